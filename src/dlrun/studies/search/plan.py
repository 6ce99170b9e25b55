"""The plan of a search: its config as it was when the search began."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from typing_extensions import override

from dlrun.config import KeptTexts, located
from dlrun.errors import RunError, SpecError, format_path
from dlrun.experiment import Experiment, parse_spec
from dlrun.experiment.monitor import monitor_mode
from dlrun.experiment.search import Goal, Goals, SearchSpec, Space
from dlrun.experiment.search.start import start_points
from dlrun.experiment.search.template import Template
from dlrun.runs.search_folder import ENDS
from dlrun.studies.plan import Member
from dlrun.writing import command_line, listing

if TYPE_CHECKING:
    from dlrun.experiment.search import Chosen
    from dlrun.runs import SearchFolder

_SHOWN = 3
_EXTENDED = frozenset(("search", key) for key in ENDS)
"""What may change while a search goes on."""


@dataclass(frozen=True, slots=True)
class TrialMember(Member):
    """A run of a trial of a search, as the executor trains it."""

    number: int = 0
    """Of the trial."""
    part: str = ""
    """Which of the runs of the trial, such as `seed 2`; empty: it is the only one."""

    @property
    @override
    def label(self) -> str:
        """What people call it before it has a run."""
        return f"trial {self.number}{self.part and f', {self.part}'}"


@dataclass(frozen=True, eq=False)
class SearchPlan:
    """A config with `search`, validated."""

    template: Template
    experiment: Experiment
    """The config as it stands, without a trial's values."""
    command: str = ""
    """What a person types to go on with it."""

    @classmethod
    def read(
        cls,
        file: Path,
        overrides: Sequence[str] = (),
        deletions: Sequence[str] = (),
        command: str = "",
    ) -> SearchPlan:
        """Read the config of a search.

        Raises:
            ConfigError: It cannot be read.
            SpecError: It is not valid, or has no `search`.
        """
        return cls._of(Template.read(file, overrides, deletions), command)

    @classmethod
    def _of(cls, template: Template, command: str) -> SearchPlan:
        with located(template.node):
            experiment = parse_spec(template.node)
            experiment.require_search()
        return cls(template, experiment, command)

    @classmethod
    def of_folder(
        cls, folder: SearchFolder, overrides: Sequence[str] = ()
    ) -> SearchPlan:
        """Read the plan that a folder keeps, whatever became of its files.

        Args:
            folder: Of the search.
            overrides: `-s` arguments that come last.

        Raises:
            RunError: It is damaged.
            ConfigError: An argument does not fit it.
            SpecError: Its data are no longer there.
        """
        values = folder.plan()
        texts = {
            Path(name): str(text) for name, text in values.mapping("files").items()
        }
        if not texts:
            raise values.damage("files", "the files of the config")
        stated = [str(text) for text in values.items("overrides")]
        deletions = [str(text) for text in values.items("deletions")]
        directory = Path(values.text("directory") or os.curdir)
        ends = _as_overrides(folder.ends())
        with KeptTexts(texts, directory).again():
            template = Template.read(
                next(iter(texts)), [*stated, *ends, *overrides], deletions
            )
        try:
            return cls._of(template, values.text("command") or "")
        except SpecError as error:
            if directory.is_dir():
                raise
            message = f"{folder.path} was begun in {directory}, which is gone"
            file = next(iter(texts)).name
            hint = (
                f"go on with its file, where it is now: {command_line('search', file)}"
            )
            raise RunError(message, hint=hint) from error

    @property
    def name(self) -> str:
        """Of the config."""
        return self.experiment.spec.name

    @property
    def spec(self) -> SearchSpec:
        """What the section says."""
        assert self.experiment.spec.search is not None  # noqa: S101 - asked before
        return self.experiment.spec.search

    @property
    def space(self) -> Space:
        """What is searched."""
        return self.spec.space

    @property
    def seed(self) -> int:
        """That of the config, which drives the search, too."""
        return self.experiment.spec.seed

    @cached_property
    def goals(self) -> Goals:
        """What is searched for; by default the monitor."""
        if self.spec.goal is not None:
            return self.spec.goal
        monitor = str(self.experiment.spec.fit.monitor)
        return Goals([Goal(monitor_mode(self.experiment.spec, monitor), monitor)])

    @property
    def goal(self) -> Goal:
        """The goal, or the first of several."""
        return self.goals[0]

    @property
    def trials(self) -> int | None:
        """How many settings are tried; of a grid no more than it has.

        `None`: as many as patience or hours allow.
        """
        points = self.space.points if self.spec.method == "grid" else None
        counts = [one for one in (self.spec.trials, points) if one is not None]
        return min(counts, default=None)

    @property
    def end_overrides(self) -> list[str]:
        """The `-s` arguments that say when it ends, whatever the plan that is kept."""
        return _as_overrides(self.ends)

    @property
    def ends(self) -> Mapping[str, float | None]:
        """When it ends, by key; `None`: not by that."""
        spec = self.spec
        return {
            "trials": spec.trials,
            "hours": spec.hours,
            "patience": spec.patience,
        }

    @cached_property
    def start(self) -> Sequence[Chosen]:
        """The points with which it begins.

        Raises:
            ConfigError: One does not fit the config.
            SpecError: One is not valid, or not in the space.
        """
        return start_points(self.template, self.space, self.spec.start or ())

    @property
    def folds(self) -> int:
        """Into how many folds the rows of each trial are divided; 0: into none."""
        split = self.experiment.spec.data.split
        return split.folds or 0 if split is not None and split.lacks_fold else 0

    @property
    def runs(self) -> int:
        """How many runs a trial is."""
        split = self.experiment.spec.data.split
        if split is not None and self.folds:
            return split.all_folds
        return self.spec.seeds or 1

    def place(self, place: int) -> int | None:
        """The number of a run in the name of its folder; `None`: it is the only one."""
        return place if self.runs > 1 else None

    def member(self, number: int, chosen: Chosen, place: int = 1) -> TrialMember:
        """The config of a run of a trial, validated.

        Args:
            number: Of the trial.
            chosen: The point of the space.
            place: Of the run among those of the trial, from 1.

        Raises:
            ConfigError: A path does not fit the config.
            SpecError: It is not valid.
        """
        seed, part = self.seed + place - 1, ""
        values: dict[str, object] = {}
        if self.folds:
            values, part = {"data.split.fold": place}, f"fold {place}"
        elif self.runs > 1:
            values, part = {"seed": seed}, f"seed {seed}"
        node = self.template.trial(chosen, values)
        with located(node):
            return TrialMember(node, parse_spec(node), number, part)

    def to_values(self) -> dict[str, object]:
        """Plain values that JSON can hold, from which the plan is read again."""
        node = self.template.written
        texts = (text for _, text in node.sources)
        files = zip(map(str, node.files), texts, strict=True)
        return {
            "name": self.name,
            "command": self.command,
            "trials": self.trials,
            "runs": self.runs,
            "folds": self.folds,
            "goal": self.goal.text,
            "goals": [goal.text for goal in self.goals],
            "directory": str(Path.cwd()),
            "overrides": list(node.overrides),
            "deletions": list(node.deletions),
            "files": dict(files),
            "config": self._config(),
        }

    def _config(self) -> dict[str, object]:
        """The resolved config, with everything that trials are made from."""
        experiment = self.experiment
        variables = self.template.node.variables
        written = {} if variables is None else dict(variables.sections)
        written.pop("search", None)
        code = None if experiment.code is None else experiment.code.sha256
        values = {**experiment.spec.values(), "written": written, "code": code}
        values.pop("description", None)
        values.pop("tags", None)
        return {key: _as_kept(value) for key, value in values.items()}

    def require_same(self, folder: SearchFolder) -> None:
        """Refuse to go on with a search that was begun with another plan.

        More trials are no other plan.

        Raises:
            RunError: It was; with what differs, and both ways on.
        """
        begun = folder.plan().mapping("config")
        paths = [*_differences(begun, self._config(), ())]
        if not paths:
            return
        is_data = all(path.startswith("data.") for path in paths)
        if is_data and self.has_moved(folder):
            return
        named = listing(paths, _SHOWN)
        verb = "differs" if len(paths) == 1 else "differ"
        message = f"{folder.path} was begun with another plan: {named} {verb}"
        hint = f"give this one a name of its own: -s name={self.name}-2; or go on with "
        hint += f"the one that was begun: {command_line('search', folder.path)}; "
        hint += "for more trials of it: -s search.trials=..."
        raise RunError(message, hint=hint)

    def has_moved(self, folder: SearchFolder) -> bool:
        """Whether the config is elsewhere than when its search was begun.

        Its files have the same texts, and the directory of then is gone.

        Raises:
            RunError: The plan that is kept is damaged.
        """
        begun = folder.plan()
        texts = [*begun.mapping("files").values()]
        same = texts == [text for _, text in self.template.written.sources]
        directory = Path(begun.text("directory") or os.curdir)
        return same and directory != Path.cwd() and not directory.is_dir()


def _as_overrides(ends: Mapping[str, float | None]) -> list[str]:
    return [f"search.{key}={json.dumps(value)}" for key, value in ends.items()]


def _as_kept(value: object) -> object:
    """A value as JSON gives it back: keys are texts there."""
    if isinstance(value, Mapping):
        return {str(key): _as_kept(one) for key, one in value.items()}
    return [_as_kept(one) for one in value] if isinstance(value, list) else value


def _differences(
    before: object, now: object, path: tuple[str | int, ...]
) -> Iterator[str]:
    """The paths at which two configs differ, but for what may."""
    if before == now or path in _EXTENDED:
        return
    if isinstance(before, Mapping) and isinstance(now, Mapping):
        for key in dict.fromkeys([*before, *now]):
            yield from _differences(before.get(key), now.get(key), (*path, key))
        return
    is_deep = isinstance(before, list) and isinstance(now, list)
    if is_deep and len(before) == len(now):  # type: ignore[arg-type]
        for index, (one, other) in enumerate(zip(before, now, strict=True)):  # type: ignore[call-overload]
            yield from _differences(one, other, (*path, index))
        return
    yield format_path(path)
