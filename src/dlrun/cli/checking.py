"""Training the references of a run: what it costs, how it gets on, what failed."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from dlrun.cli.output import remark, typed_command

if TYPE_CHECKING:
    from dlrun.diagnosis import Diagnosis
    from dlrun.runs import RecordedFinding, RunFolder
    from dlrun.studies.plan import Plan
    from dlrun.studies.references import ReferenceRun
    from dlrun.studies.task import Ending


@dataclass(frozen=True, slots=True)
class Way:
    """How trainings beside a run are done."""

    jobs: int = 1
    anew: bool = False
    """Whether runs of the same configs that are there already do not count."""
    quiet: bool = False


@dataclass(frozen=True, slots=True)
class Checked:
    """What came of a check."""

    finding: RecordedFinding | None
    """None: others still train a reference."""
    failed: int = 0
    """How many references failed."""


def check_run(folder: RunFolder, diagnosis: Diagnosis, way: Way) -> Checked:
    """Train the references of a run, and keep what they find beside it.

    Raises:
        DlrunError: The run cannot be checked.
        Exit: A signal has stopped it.
    """
    from dlrun.studies.check import find_out, plan_check

    check = plan_check(folder, diagnosis)
    endings = train_beside(folder, check.plan(typed_command()), check.members, way)
    if any(ending.state == "elsewhere" for ending in endings.values()):
        remark(f"next: {typed_command()}  # when they have ended")
        return Checked(None)
    finding = find_out(check, endings)
    folder.write_finding(finding)
    failed = sum(ending.error is not None for ending in endings.values())
    return Checked(finding, failed - _diverged(endings))


def _diverged(endings: Mapping[int, Ending]) -> int:
    """How many trainings broke down, which is a result."""
    return sum(
        ending.folder is not None and ending.folder.status().state == "diverged"
        for ending in endings.values()
        if ending.error is not None
    )


def train_beside(
    folder: RunFolder, plan: Plan, members: Sequence[ReferenceRun], way: Way
) -> dict[int, Ending]:
    """Train what is missing of some trainings, and say what it costs before.

    Args:
        folder: The run beside which they are trained.
        plan: The trainings.
        members: Those of the plan, which have names.
        way: How.

    Returns:
        What became of each, by number.

    Raises:
        RunError: The plan is refused.
        Exit: A signal has stopped it.
    """
    from dlrun.cli.execution import StudyAudience, stoppable, tell_ending
    from dlrun.studies.check import find_trained
    from dlrun.studies.execute import execute

    if not members:
        return {}
    root = folder.path.parent
    done = {} if way.anew else find_trained(folder, plan)
    missing = [member for number, member in enumerate(members, 1) if number not in done]
    if missing and not way.quiet:
        remark(_cost(folder, missing))
    shown = StudyAudience(root, len(members), way.jobs, quiet=way.quiet)
    endings: dict[int, Ending] = {}
    with stoppable(plan, shown, root):
        for ending in execute(
            plan, root, shown, jobs=way.jobs, anew=way.anew, finished=done
        ):
            endings[ending.number] = ending
            if ending.state in {"elsewhere", "stopped"}:
                tell_ending(ending, shown, alone=len(members) == 1)
            elif ending.error is not None:
                shown.tells(f"{ending.member.label}: {ending.error}")
            shown.one_is_over()
    return endings


def _cost(folder: RunFolder, missing: Sequence[ReferenceRun]) -> str:
    """`gender-001: trains 4 runs, about 96 s in all: longer 48 s, wider 12 s, ...`."""
    from dlrun.studies.references import seconds_of
    from dlrun.writing import duration

    seconds = [*seconds_of(folder, missing)]
    words = f"{folder.name}: trains {len(missing)} "
    words += "run" if len(missing) == 1 else "runs"
    names = [member.name_of_change for member in missing]
    if any(map(math.isnan, seconds)):
        return f"{words}: {', '.join(names)}"
    each = ", ".join(
        f"{name} {duration(value)}" for name, value in zip(names, seconds, strict=True)
    )
    return f"{words}, about {duration(sum(seconds))} in all: {each}"
