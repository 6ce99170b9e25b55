"""What to try next, from the runs of a comparison that went wrong."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from dlrun.diagnosis import find_verdict
from dlrun.errors import DlrunError
from dlrun.writing import command_line

if TYPE_CHECKING:
    from dlrun.changes import Advice
    from dlrun.comparison.reading import GroupEvidence

_MOST = 3
_SEEDS = 5


@dataclass(frozen=True, slots=True)
class Recommendation:
    """One thing to try next."""

    group: int
    """The number of the group whose runs are the evidence."""
    sentence: str
    evidence: str
    command: str
    """What to type next: `dlrun train ... -s model.layers.drop1.rate=0.3 --seeds 5`."""


def recommend(evidence: Sequence[GroupEvidence]) -> tuple[Recommendation, ...]:
    """At most three changes, of each name the first.

    Args:
        evidence: What they are drawn from; the group that matters most comes first.
    """
    recommendations: dict[str, Recommendation] = {}
    for group in evidence:
        verdict = find_verdict(group.verdict)
        is_fine = verdict is not None and verdict.is_fine
        helps = group.finding is not None and group.finding.helping
        if group.verdict is None or (is_fine and not helps):
            continue
        # What the runs cannot tell is not said; the comparison does not depend on it.
        with suppress(DlrunError):
            for name, recommendation in _advice(group):
                recommendations.setdefault(name, recommendation)
    return tuple(recommendations.values())[:_MOST]


def _advice(group: GroupEvidence) -> Iterator[tuple[str, Recommendation]]:
    from dlrun.changes import advise_checked
    from dlrun.diagnosis import Diagnosis

    diagnosis = Diagnosis.from_record(group.diagnosis)
    for advice in advise_checked(group.finding, diagnosis, group.config, group.facts):
        yield (
            advice.category,
            Recommendation(
                group=group.group,
                sentence=f"{group.name}: {advice.change.sentence}",
                evidence=" ".join(advice.evidence),
                command=_command(group, advice),
            ),
        )


def _command(group: GroupEvidence, advice: Advice) -> str:
    """What trains the config with the change, over seeds or folds, beside its runs."""
    from dlrun.config import CUSTOM

    path = group.folder.path
    words = ["train", str(path / "config.yaml")]
    for argument in advice.change.patch:
        words += ["-s", argument]
    words += ["--name", advice.run_name(str(group.config.get("name") or ""))]
    folds = _folds(group.config)
    many = ["--seeds", str(_SEEDS)] if folds is None else ["--folds", str(folds)]
    words += [*many, "--runs", str(path.parent)]
    words += ["--allow-code"] if group.config.get(*CUSTOM) is not None else []
    return command_line(*words)


def _folds(config: Mapping[str, object]) -> int | None:
    """Into how many folds a config divides its rows; None: into none."""
    data = config.get("data")
    split = data.get("split") if isinstance(data, Mapping) else None
    folds = split.get("folds") if isinstance(split, Mapping) else None
    return folds if isinstance(folds, int) else None
