"""The arrow config file -> node, for configs of an experiment.

`dlrun.config` reads any YAML; what the keys mean is told to it here: that of those of
data sources only one can stand in a mapping, and where keys are names.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, get_args

from dlrun.components.sources import Source
from dlrun.config import Grammar, Node, load_config, node_of
from dlrun.experiment.experiment import ExperimentSpec
from dlrun.experiment.section import Section


def read_config(
    file: Path, overrides: Sequence[str] = (), deletions: Sequence[str] = ()
) -> Node:
    """Read the config of an experiment, as `load_config` does.

    Raises:
        ConfigError: every mistake that could be found in files and arguments.
    """
    return load_config(file, overrides, deletions, _grammar())


def config_of(values: Mapping[str, Any]) -> Node:
    """Take the config of an experiment that was written in Python.

    Args:
        values: The config; relative paths start at the current directory.

    Raises:
        ConfigError: a name is given twice, as a text and as a number.
    """
    return node_of(values, grammar=_grammar())


def _grammar() -> Grammar:
    """What the sections say of their keys."""
    fields = ExperimentSpec.model_fields
    names = [
        names.below(key)
        for key, field in fields.items()
        for kind in (field.annotation, *get_args(field.annotation))
        if isinstance(kind, type) and issubclass(kind, Section)
        for names in kind.names
    ]
    return Grammar(
        frozenset(Source.types), (*ExperimentSpec.names, *names), frozenset(fields)
    )
