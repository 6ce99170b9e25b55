"""What to try next, from the runs of a comparison that went wrong."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING

from dlrun.comparison.comparison import Recommendation
from dlrun.diagnosis import find_verdict
from dlrun.errors import DlrunError, RunError

if TYPE_CHECKING:
    from dlrun.changes import Advice
    from dlrun.comparison.comparison import Group
    from dlrun.comparison.reading import Reading
    from dlrun.runs import RunFolder

_MOST = 3
_SEEDS = 5


def find_recommendations(
    groups: Sequence[Group], readings: Sequence[Reading], baseline: int | None
) -> tuple[Recommendation, ...]:
    """At most three changes: to the best group first, then to the baseline.

    Args:
        groups: In the order of the comparison.
        readings: The runs.
        baseline: The number of the group that the others are measured against.
    """
    folders = {reading.name: reading.folder for reading in readings}
    rated = [group for group in groups if group.score]
    chosen = rated[:1] + [one for one in rated[1:] if one.number == baseline]
    found: dict[str, Recommendation] = {}
    for group in chosen:
        verdict = find_verdict(group.verdict)
        if group.verdict is None or (verdict is not None and verdict.is_fine):
            continue
        # What the runs cannot tell is not said; the comparison does not depend on it.
        with suppress(DlrunError):
            for category, one in _advice(group, folders[group.runs[0]]):
                found.setdefault(category, one)
    return tuple(found.values())[:_MOST]


def _advice(group: Group, folder: RunFolder) -> Iterator[tuple[str, Recommendation]]:
    from dlrun.changes import advise
    from dlrun.diagnosis import Diagnosis, diagnose_run

    diagnosis: Diagnosis | None = None
    with suppress(RunError):
        diagnosis = Diagnosis.from_values(folder.diagnosis())
    facts = folder.summary().get("facts")
    for one in advise(
        diagnosis or diagnose_run(folder),
        folder.config(),
        facts if isinstance(facts, Mapping) else {},
    ):
        yield (
            one.category,
            Recommendation(
                group=group.number,
                sentence=f"{group.name}: {one.change.sentence}",
                evidence=" ".join(one.evidence),
                command=_command(folder, one),
            ),
        )


def _command(folder: RunFolder, advice: Advice) -> str:
    """What trains the config with the change, over several seeds, beside its runs."""
    words = ["dlrun", "train", str(folder.path / "config.yaml")]
    for argument in advice.change.patch:
        words += ["-s", argument]
    words += ["--name", advice.run_name(str(folder.config()["name"]))]
    words += ["--seeds", str(_SEEDS), "--runs", str(folder.path.parent)]
    return shlex.join(words)
