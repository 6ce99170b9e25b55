"""What checks have found, against the labels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from statistics import mean, median
from typing import Any

from everyday_records import load_checks, load_labels
from report import interval, table

Checks = Mapping[str, Mapping[str, Any]]
"""By the run that was checked."""


def checked(part: str) -> str:
    """How often findings are accepted, what they cost, and what was missed."""
    labels, checks = load_labels(part), load_checks(part)
    judged = {
        one["run"]: one for one in checks if labels[one["run"]]["kind"] != "left_out"
    }
    accepted = {run: labels[run]["accepted"] for run in judged}
    healthy = [run for run in judged if labels[run]["kind"] == "healthy"]
    flagged = [
        run for run in healthy if judged[run]["verdict"] not in {None, *accepted[run]}
    ]
    untold = sum(one["verdict"] is None for one in judged.values())
    figures = {
        "suspicion accepted": _share(judged, accepted, "suspicion"),
        "finding accepted": _share(judged, accepted, "verdict"),
        "healthy runs flagged": interval(len(flagged), len(healthy)),
        "not told": interval(untold, len(judged)),
    }
    settings = {one["run"].partition("/")[0] for one in checks}
    sizes = (
        f"{len(checks)} runs of {len(settings)} settings, {len(judged)} with a label."
    )
    misses = [
        (run, " or ".join(accepted[run]), *(one[name] or "-" for name in _COLUMNS))
        for run, one in judged.items()
        if one["verdict"] not in accepted[run]
    ]
    return "\n\n".join(
        (
            _INTRODUCTION,
            sizes,
            "\n".join(f"- {words}: {share}" for words, share in figures.items()),
            _cost(checks),
            table(("run", "accepted", *_COLUMNS), misses),
        )
    )


_COLUMNS = ("suspicion", "standing", "verdict", "cause")
_INTRODUCTION = """As `dlrun diagnose --check` finds it; a run of which it cannot tell
counts as not accepted. Settings come in the order of `everyday_check.settings`, one of
each data set and then another, as far as it went, with the first seed. The table has
what is not accepted."""


def _share(judged: Checks, accepted: Mapping[str, Sequence[str]], name: str) -> str:
    right = [one[name] in accepted[run] for run, one in judged.items()]
    return interval(sum(right), len(right))


def _cost(checks: Sequence[Mapping[str, Any]]) -> str:
    trainings = [one["trainings"] for one in checks]
    times = [one["seconds_of_check"] / max(one["seconds"], 0.1) for one in checks]
    return (
        f"A check takes {mean(trainings):.1f} trainings on average, from "
        f"{min(trainings)} to {max(trainings)}, one of them of four times the epochs: "
        f"in the middle {median(times):.0f} times as long as the run itself."
    )
