"""A search from its beginning to its end, for whoever has asked for it.

What it needs is missed before its plan is kept.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from dlrun.config import locate_problems
from dlrun.experiment.search.check import check_space
from dlrun.studies.search.halving import Halving
from dlrun.studies.search.mending import mend, require_own_trials
from dlrun.studies.search.sampler import sampler_of
from dlrun.studies.search.trial import SearchTrials

if TYPE_CHECKING:
    from dlrun.errors import Problem
    from dlrun.runs import SearchFolder
    from dlrun.studies.audience import Audience
    from dlrun.studies.cluster.cluster import Cluster
    from dlrun.studies.search.plan import SearchPlan


def begin_search(plan: SearchPlan, folder: SearchFolder) -> list[Problem]:
    """Check the space and keep the plan, or go on with that which is there.

    Returns:
        What the config makes doubtful, where the search is new; else which of its lines
        had to be made again.

    Raises:
        ConfigError: A path of the space leads nowhere.
        SpecError: A trial would not be valid.
        DlrunError: A package is not installed that the method needs.
        RunError: Another plan has this name, or its lines cannot be made again.
    """
    plan.experiment.require_code()
    sampler_of(plan)  # What it needs is missed now, not once the plan is kept.
    if folder.exists:
        plan.require_same(folder)
        if plan.has_moved(folder):
            folder.move(plan.to_values())
        folder.extend(plan.trials, plan.ends)
        return mend(plan, folder)
    problems = locate_problems(plan.template.node, plan.experiment.warnings)
    check_space(plan.template, plan.spec, plan.seed)
    require_own_trials(plan, folder)
    folder.begin(plan.to_values())
    plan.require_same(folder)  # Another process may have been quicker.
    return [*problems, *mend(plan, folder)]


def _most_at_once(plan: SearchPlan, folder: SearchFolder, processes: int) -> int:
    """How many processes have something to do: none, where all is done."""
    trials = SearchTrials(folder, plan.space)
    trials.refresh()
    made, wanted = len(trials.by_number), plan.trials
    if wanted is None:
        return processes
    halving = Halving.of(plan)
    may_go_on = halving and (halving.promotion(trials) or halving.last(trials))
    left = sum(one.needs_training for one in trials.by_number.values())
    left += max(0, wanted - made)
    if halving and (left or may_go_on):  # Whatever ends may let another go on.
        return processes
    return min(processes, left)


def work_on_search(
    plan: SearchPlan, folder: SearchFolder, where: Cluster | int, audience: Audience
) -> Iterator[int]:
    """Train until nothing is left, in this process or in several.

    Yields:
        The number of each trial that is brought to its end.

    Raises:
        DlrunError: The disk or the data have failed.
        Interrupted: A signal came.
    """
    from dlrun.studies.search.crew import SearchCrew

    if not isinstance(where, int):
        config = (plan.template.node, plan.experiment.spec)
        with where.join(folder.path.parent, [config], audience.tells) as place:
            crew = SearchCrew(folder, plan.end_overrides, audience, place.start)
            yield from crew.work(min(place.slots, plan.trials or place.slots))
        return
    if where == 1:
        from dlrun.studies.search.memory import MOST_GROWTH, MemoryWatch, growth_text
        from dlrun.studies.search.work import SearchWorker

        memory = MemoryWatch()
        for trial in SearchWorker(plan, folder, audience).work():
            yield trial.number
            growth = memory.trial_is_over()
            if growth > MOST_GROWTH:
                audience.tells(growth_text(growth))
                break
        else:
            return
    processes = _most_at_once(plan, folder, where)
    yield from SearchCrew(folder, plan.end_overrides, audience).work(processes)
