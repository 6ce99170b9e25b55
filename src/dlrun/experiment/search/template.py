"""The config of a search, from which those of its trials are made."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from dlrun.config import Node, varied, with_values, without
from dlrun.config.path import equals_sign
from dlrun.errors import ConfigError, Problem
from dlrun.experiment.folding import folding
from dlrun.experiment.read import expanded, read_written

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from dlrun.experiment.search.space import Chosen

KEY = "search"


@dataclass(frozen=True, eq=False)
class Template:
    """A config with `search`; a trial is the same config with values for its paths."""

    written: Node
    """With variables and blocks as they were written."""

    @classmethod
    def read(
        cls, file: Path, overrides: Sequence[str] = (), deletions: Sequence[str] = ()
    ) -> Template:
        """Read the config of a search.

        Raises:
            ConfigError: every mistake that could be found in files and arguments.
        """
        return cls(_with_folds(read_written(file, overrides, deletions)))

    @cached_property
    def node(self) -> Node:
        """With everything in its place, `search` included.

        Raises:
            ConfigError: what cannot be known of variables and blocks.
        """
        return expanded(self.written)

    def trial(self, chosen: Chosen, values: Mapping[str, object] | None = None) -> Node:
        """The config of a trial; what is not chosen stays as the config has it.

        Args:
            chosen: The point of the space.
            values: What else stands at some paths, such as the seed.

        Raises:
            ConfigError: a path of the space does not fit the config.
        """
        node = varied(self.written, self.node, (KEY, "space"), chosen)
        if values:
            node = with_values(node, values, (KEY,))
        # A value may stand where a variable was used, or use what nothing else does.
        return without(expanded(node, may_be_unused=True), KEY)


def _with_folds(node: Node) -> Node:
    """The config with its rows divided into the folds that `search` asks for.

    Those that the rows are divided into already stay.
    """
    values = node.value
    if not isinstance(values, dict) or not isinstance(values.get(KEY), dict):
        return node
    folds = values[KEY].get("folds")
    if not isinstance(folds, int) or isinstance(folds, bool):
        return node
    if node.origin(("data", "split", "folds")) != "default":
        return node
    changes, _ = folding(values, folds)
    return with_values(node, changes, (KEY, "folds"))


def with_grid(
    file: Path,
    overrides: Sequence[str],
    deletions: Sequence[str],
    grid: Sequence[str],
) -> list[str]:
    """The `-s` arguments of a config with those of `-g`, which are paths to search.

    A config that has no `search` becomes a grid of them.

    Raises:
        ConfigError: The config cannot be read, or a `-g` has no `=`.
    """
    if not grid:
        return [*overrides]
    written = read_written(file, overrides, deletions)
    is_search = written.origin((KEY,)) != "default"
    method = [] if is_search else [f"{KEY}.method=grid"]
    return [*overrides, *method, *map(_entry, grid)]


def _entry(argument: str) -> str:
    """`fit.batch_size=[16, 32]` as an entry of the space."""
    at = equals_sign(argument)
    if at is None:
        message = f"expected path=values, found -g '{argument}'"
        hint = "write a list to choose from: -g 'fit.batch_size=[16, 32]'"
        raise ConfigError(Problem((), message, hint=hint, code="invalid-override"))
    path = json.dumps(argument[:at].strip(), ensure_ascii=False)
    return f"{KEY}.space[{path}]={argument[at + 1 :]}"
