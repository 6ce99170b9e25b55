"""What the runs of each group say of each of several outputs."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from dlrun.comparison.curve import GroupCurves, group_curves
from dlrun.comparison.estimate import overlap_of, sample_of
from dlrun.comparison.score import OutputScore, guess_mode
from dlrun.estimates import Estimate, estimate

if TYPE_CHECKING:
    from dlrun.comparison.comparison import Comparison, Group, Row
    from dlrun.comparison.score import Mode

_Part = Callable[[OutputScore], float | None]


@dataclass(frozen=True, slots=True)
class OutputEstimates:
    """One output of the models of a group, at the epochs that the monitor chose."""

    output: str
    column: str
    """What is told: its first metric on the validation rows, else its loss."""
    group: Group
    score: Estimate | None
    train: Estimate | None
    """The same on the train rows."""
    gap: Estimate | None
    """Validation minus train."""
    curves: GroupCurves

    @property
    def measure(self) -> str:
        """What is measured: `accuracy` of `val_digit_accuracy`."""
        return self.column.removeprefix(f"val_{self.output}_")

    @property
    def mode(self) -> Mode:
        """Which values are best."""
        return guess_mode(self.measure)


def estimate_outputs(comparison: Comparison) -> tuple[OutputEstimates, ...]:
    """Sum up every output: of each all groups, in their order.

    Returns:
        Nothing where no run has several outputs.
    """
    outputs = dict.fromkeys(
        output for row in comparison.rows for output in row.score.outputs
    )
    return tuple(
        found
        for output in outputs
        for group in comparison.groups
        for found in _estimated(output, group, comparison.members(group))
    )


def _estimated(
    output: str, group: Group, rows: Sequence[Row]
) -> Iterator[OutputEstimates]:
    members = [row for row in rows if output in row.score.outputs]
    if not members:
        return
    own = members[0].score.outputs[output].column
    alike = [row for row in members if row.score.outputs[output].column == own]

    def over_runs(part: _Part) -> Estimate | None:
        values = sample_of(alike, lambda row: part(row.score.outputs[output]))
        return estimate([*values.values()], overlap_of(alike)) if values else None

    yield OutputEstimates(
        output=output,
        column=own,
        group=group,
        score=over_runs(lambda score: score.value),
        train=over_runs(lambda score: score.train),
        gap=over_runs(_gap),
        curves=group_curves(
            [row.score.outputs[output].curves for row in alike],
            best_epoch=group.best_epoch,
            overlap=overlap_of(alike),
        ),
    )


def _gap(score: OutputScore) -> float | None:
    if score.value is None or score.train is None:
        return None
    return score.value - score.train
