"""The runs of a learning curve: which points it has, and what is trained for them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from dlrun.config import Node, located
from dlrun.engines import KerasDoor
from dlrun.errors import ProblemsError, RunError
from dlrun.studies.axis import CurveAxis, CurveStep, needs_own_runs, steps_over
from dlrun.studies.ladder import (
    AS_GIVEN,
    Ladder,
    read_base,
    refusal,
    resolved,
    variant_run,
)

_FEWEST = 2


@dataclass(frozen=True, slots=True)
class CurvePlan:
    """The points of a learning curve, and the runs that measure them."""

    axis: CurveAxis
    steps: tuple[CurveStep, ...]
    """The smallest first."""
    ladder: Ladder
    """A run of each point and seed; where one run holds all its points, one of each
    seed."""

    @property
    def is_of_histories(self) -> bool:
        """Whether the history of one run holds all points of its seed."""
        return len(self.ladder.patches) < len(self.steps)


def plan_curve(
    config: Path,
    axis: CurveAxis,
    sizes: tuple[int, int] = (5, 5),
    overrides: Sequence[str] = (),
    deletions: Sequence[str] = (),
) -> CurvePlan:
    """The runs of a learning curve of a config.

    Args:
        config: The YAML file.
        axis: What differs from point to point.
        sizes: How many points, and how many seeds, counted up from the config's seed.
        overrides: `-s` arguments that hold for every point.
        deletions: `-u` arguments that hold for every point.

    Raises:
        ConfigError: The file is no readable YAML.
        SpecError: It does not describe a valid experiment, keeps no validation rows, or
            has nothing of the axis.
        DataError: Its rows cannot be read.
        RunError: There are too few rows for two points.
    """
    points, seeds = sizes
    given, experiment = read_base(config, overrides, deletions)
    with located(given):
        steps = steps_over(axis, experiment, points)
        experiment.require_fold()
    node, name = resolved(given, experiment), experiment.spec.name
    reasons = {step.variant: refusal(node, step.patch) for step in steps}
    steps = tuple(step for step in steps if not reasons[step.variant])
    first = experiment.spec.seed
    if axis == "rows":
        too_few = dict(_without_rows(node, name, steps, first))
        steps = tuple(step for step in steps if step.variant not in too_few)
        reasons |= too_few
        if len(steps) < _FEWEST:
            message = "there are too few rows for a curve: a smaller share is no part"
            hint = "add rows; " + next(iter(too_few.values()), "")
            raise RunError(message, hint=hint)
    is_trained = needs_own_runs(axis, experiment)
    trained = [one for one in steps if is_trained or one.variant == AS_GIVEN]
    members = tuple(
        variant_run(node, (name, step.variant), step.patch, (seed, 0))
        for seed in range(first, first + seeds)
        for step in trained
    )
    ladder = Ladder(
        name=name,
        sentences={step.variant: step.sentence for step in trained},
        patches={step.variant: step.patch for step in trained},
        members=members,
        left_out={variant: reason for variant, reason in reasons.items() if reason},
    )
    return CurvePlan(axis, steps, ladder)


def _without_rows(
    node: Node, name: str, steps: Sequence[CurveStep], seed: int
) -> Iterator[tuple[str, str]]:
    """The smallest shares of rows that do not train, each with the reason.

    Raises:
        DataError: Not even the config as given does.
        SpecError: The same.
    """
    for step in steps:
        member = variant_run(node, (name, step.variant), step.patch, (seed, 0))
        try:
            member.read_rows(KerasDoor(member.experiment.spec))
        except ProblemsError as error:
            if step.variant == AS_GIVEN:
                raise
            yield step.variant, error.problems[0].message
        else:
            return
