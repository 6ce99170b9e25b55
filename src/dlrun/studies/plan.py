"""A plan: the runs that one command trains, each a complete config with its seed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from dlrun.config import Node, locate_problems, located
from dlrun.engines import threads_of
from dlrun.errors import RunError
from dlrun.experiment import Experiment
from dlrun.runs import PlanFolder, RunFolder, find_runs

if TYPE_CHECKING:
    from dlrun.errors import Problem
    from dlrun.rows import Door, Parts, RowShelf

_LONGEST_NAME = 80
_DIGITS = 12


@dataclass(frozen=True, slots=True)
class Member:
    """One run of a plan."""

    node: Node
    experiment: Experiment

    @property
    def name(self) -> str:
        """That of its config, by which its runs are called."""
        return self.experiment.spec.name

    @property
    def seed(self) -> int:
        """That of its config."""
        return self.experiment.spec.seed

    @property
    def fold(self) -> int | None:
        """The fold that validates; `None`: its rows are divided once."""
        split = self.experiment.spec.data.split
        return None if split is None else split.fold

    @property
    def label(self) -> str:
        """What people call it before it has a run."""
        fold = "" if self.fold is None else f", fold {self.fold}"
        return f"{self.name} with seed {self.seed}{fold}"

    def read_rows(
        self, door: Door, shelf: RowShelf | None = None
    ) -> tuple[Experiment, Parts, list[Problem]]:
        """Read its rows, as `dlrun.rows.read_rows` does.

        Args:
            door: To Keras.
            shelf: Where they may stand already; `None`: they are read.

        Returns:
            The experiment, now with classes, the rows, and what they make doubtful
            beyond what the config does.

        Raises:
            DataError: The rows cannot be read.
            SpecError: The config does not fit them.
        """
        from dlrun.rows import read_rows

        with located(self.node):
            experiment, parts = read_rows(self.experiment, door, shelf=shelf)
        stated = self.experiment.warnings
        new = [problem for problem in experiment.warnings if problem not in stated]
        return experiment, parts, locate_problems(self.node, [*new, *parts.warnings])


@dataclass(frozen=True, slots=True)
class Plan:
    """The runs of a command, in the order in which they are trained."""

    name: str
    members: Sequence[Member]
    command: str = ""
    """What a person types to finish it."""
    keys: tuple[str, ...] = field(init=False)
    """A hash of the config of each member."""

    def __post_init__(self) -> None:
        """Hash the configs once."""
        keys = (config_key(member.experiment.spec.values()) for member in self.members)
        object.__setattr__(self, "keys", tuple(keys))

    @property
    def identity(self) -> str:
        """SHA-256 of the configs: a plan with another config is another plan."""
        return hashlib.sha256(" ".join(self.keys).encode()).hexdigest()

    def folder(self, root: Path) -> PlanFolder:
        """Where it is kept while it is unfinished."""
        name = f"{self.name[:_LONGEST_NAME]}-{self.identity[:_DIGITS]}"
        return PlanFolder(root, name)

    def to_values(self, *, anew: bool) -> dict[str, object]:
        """Plain values that JSON can hold.

        Args:
            anew: Whether runs of the same configs that are there already do not count.
        """
        return {
            "name": self.name,
            "sha256": self.identity,
            "command": self.command,
            "anew": anew,
            "members": [
                {"name": member.name, "seed": member.seed, "config_sha256": key}
                for member, key in zip(self.members, self.keys, strict=True)
            ],
        }


def check_threads(members: Sequence[Member], jobs: int) -> None:
    """Refuse runs that need several numbers of threads, if one process trains them.

    Args:
        members: The runs.
        jobs: So many processes train at once.

    Raises:
        RunError: Only several processes could train them.
    """
    by_number = {threads_of(member.experiment.spec): member for member in members}
    if jobs > 1 or len(by_number) <= 1:
        return
    needs = [
        f"{member.name} with fit.threads: {member.experiment.spec.fit.threads} "
        f"needs {number}"
        for number, member in sorted(by_number.items())
    ]
    message = f"a process computes with one number of threads: {', '.join(needs)}"
    hint = "train each by a command of its own, or give --jobs 2"
    raise RunError(message, hint=hint)


def config_key(config: Mapping[str, object]) -> str:
    """SHA-256 of a resolved config, as `stated_values` has it."""
    text = json.dumps(_without_nulls(stated_values(config)), sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def stated_values(config: Mapping[str, object]) -> dict[str, object]:
    """What a resolved config says by itself: the shape of a row follows from data."""
    section = config["model"]
    model = dict(section) if isinstance(section, Mapping) else {}
    model.pop("input_shape", None)
    values = {**config, "model": model}
    if isinstance(code := config.get("custom"), Mapping):  # Its hash, wherever it is.
        values["custom"] = code.get("sha256")
    return values


def _without_nulls(value: object) -> object:
    """The same without keys that are null: those that an older dlrun did not know."""
    if isinstance(value, Mapping):
        stated = value.items()
        return {key: _without_nulls(one) for key, one in stated if one is not None}
    return [_without_nulls(one) for one in value] if isinstance(value, list) else value


def find_finished(root: Path, keys: Iterable[str]) -> dict[str, RunFolder]:
    """The newest finished run of each config, where there is one.

    Args:
        root: Where run folders are.
        keys: Hashes of the configs.
    """
    return _find(root, keys, frozenset({"finished"}))


def find_ended(root: Path, keys: Iterable[str]) -> dict[str, RunFolder]:
    """The newest run of each config that would end as it has: one may diverge, too.

    Args:
        root: Where run folders are.
        keys: Hashes of the configs.
    """
    return _find(root, keys, frozenset({"finished", "diverged"}))


def _find(
    root: Path, keys: Iterable[str], states: Collection[str]
) -> dict[str, RunFolder]:
    wanted = set(keys)
    found: dict[str, RunFolder] = {}
    for folder in find_runs(root) if root.is_dir() else ():
        try:
            if folder.status().state in states:
                found[config_key(folder.config())] = folder
        except (RunError, KeyError, AttributeError):  # A damaged run is none of these.
            continue
    return {key: folder for key, folder in found.items() if key in wanted}
