"""What to try next, from the runs of a comparison that went wrong."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING

from dlrun.comparison.comparison import Recommendation
from dlrun.diagnosis import find_verdict
from dlrun.errors import DlrunError

if TYPE_CHECKING:
    from dlrun.changes import Advice
    from dlrun.comparison.comparison import Group
    from dlrun.comparison.read import ScoredRun
    from dlrun.runs import RunFolder

_MOST = 3
_SEEDS = 5


def find_recommendations(
    groups: Sequence[Group], runs: Sequence[ScoredRun], baseline: int | None
) -> tuple[Recommendation, ...]:
    """At most three changes: to the best group first, then to the baseline.

    Args:
        groups: In the order of the comparison.
        runs: What was read of them.
        baseline: The number of the group that the others are measured against.
    """
    by_name = {run.reading.name: run for run in runs}
    rated = [group for group in groups if group.score]
    chosen = rated[:1] + [group for group in rated[1:] if group.number == baseline]
    found: dict[str, Recommendation] = {}
    for group in chosen:
        verdict = find_verdict(group.verdict)
        if group.verdict is None or (verdict is not None and verdict.is_fine):
            continue
        # What the runs cannot tell is not said; the comparison does not depend on it.
        with suppress(DlrunError):
            for category, recommendation in _advice(group, by_name[group.runs[0]]):
                found.setdefault(category, recommendation)
    return tuple(found.values())[:_MOST]


def _advice(group: Group, run: ScoredRun) -> Iterator[tuple[str, Recommendation]]:
    from dlrun.changes import advise
    from dlrun.diagnosis import Diagnosis

    reading, judgement = run.reading, run.score.judgement
    if judgement is None or reading.facts is None:
        return
    diagnosis = Diagnosis.from_values(judgement.values)
    for advice in advise(diagnosis, reading.config, reading.facts):
        yield (
            advice.category,
            Recommendation(
                group=group.number,
                sentence=f"{group.name}: {advice.change.sentence}",
                evidence=" ".join(advice.evidence),
                command=_command(reading.folder, reading.config_name, advice),
            ),
        )


def _command(folder: RunFolder, config_name: str, advice: Advice) -> str:
    """What trains the config with the change, over several seeds, beside its runs."""
    words = ["dlrun", "train", str(folder.path / "config.yaml")]
    for argument in advice.change.patch:
        words += ["-s", argument]
    words += ["--name", advice.run_name(config_name)]
    words += ["--seeds", str(_SEEDS), "--runs", str(folder.path.parent)]
    return shlex.join(words)
