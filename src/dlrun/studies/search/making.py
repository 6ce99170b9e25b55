"""The next trial of a search: its settings, and whether it is trained at all."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from dlrun.config import located
from dlrun.errors import ProblemsError
from dlrun.experiment import parse_spec
from dlrun.experiment.search.check import is_too_large
from dlrun.studies.plan import config_key
from dlrun.studies.search.end import End
from dlrun.studies.search.halving import Halving
from dlrun.studies.search.sampler import sampler_of
from dlrun.studies.search.trial import SearchTrial

if TYPE_CHECKING:
    from dlrun.studies.search.plan import SearchPlan, TrialMember
    from dlrun.studies.search.trial import SearchTrials


@dataclass(frozen=True, slots=True)
class MadeTrial:
    """A trial that nobody has trained."""

    trial: SearchTrial
    member: TrialMember | None = None
    """Of its first run; `None`: it has none, as it is over at once."""
    end: End | None = None
    """Why it is not trained; `None`: it is, or repeats one."""


class TrialMaker:
    """Makes trials; each follows from its number and what is known of the others."""

    def __init__(self, plan: SearchPlan) -> None:
        """Get ready.

        Raises:
            DlrunError: The method needs a package that is not installed.
        """
        self._plan = plan
        self._sampler = sampler_of(plan)
        self._halving = Halving.of(plan)

    def make(self, number: int, trials: SearchTrials) -> MadeTrial:
        """The trial of a number.

        Args:
            number: From 1.
            trials: All before it, and what came of them so far.

        Raises:
            SpecError: The config is not valid any more, whatever is chosen.
        """
        suggestion = self._sampler.suggest(number, trials)
        trial = SearchTrial(
            number,
            suggestion.chosen,
            "",
            suggestion.knew,
            aim=None if self._halving is None else self._halving.rungs[0],
            knew_rungs=suggestion.knew_rungs,
        )
        found = self.member_of(trial)
        if isinstance(found, End):
            return MadeTrial(trial, None, found)
        key = config_key(found.experiment.spec.values())
        trial = replace(
            trial,
            config_sha256=key,
            parameters=found.experiment.parameters,
            same_as=trials.same(key),
        )
        if trial.same_as is not None:
            return MadeTrial(trial)
        refusal = self._refusal(found)
        return MadeTrial(trial, None if refusal else found, refusal)

    def again(self, trial: SearchTrial) -> MadeTrial:
        """A trial that was made before, from its settings.

        Raises:
            SpecError: The config is not valid any more, whatever is chosen.
        """
        found = self.member_of(trial)
        end = found if isinstance(found, End) else self._refusal(found)
        member = None if isinstance(found, End) or end else found
        return MadeTrial(trial, member, end)

    def member_of(self, trial: SearchTrial) -> TrialMember | End:
        """The config of its first run; or how it ends, as that is not valid.

        Raises:
            SpecError: The config is not valid any more, whatever is chosen.
        """
        try:
            return self._plan.member(trial.number, trial.chosen)
        except ProblemsError as error:
            with located(
                self._plan.template.node
            ):  # Data that have gone fail no trial.
                parse_spec(self._plan.template.node)
            most = self._plan.spec.max_params
            if most is not None and is_too_large(error):
                return _refused(most)
            return End("failed", reason=f"not valid: {error.problems[0].message}")

    def _refusal(self, member: TrialMember) -> End | None:
        """How a trial ends that has more parameters than the search allows."""
        most = self._plan.spec.max_params
        if most is None or member.experiment.parameters <= most:
            return None
        return _refused(most)


def _refused(most: int) -> End:
    """How a trial ends that is larger than a search allows."""
    reason = f"limit: more than {most:,} parameters"
    return End("refused", reason=reason, limit="max_params")
