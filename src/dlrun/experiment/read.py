"""The arrow config file -> node, for configs of an experiment.

`dlrun.config` reads any YAML; that of the keys of data sources only one can stand in a
mapping is told to it here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from dlrun.components.sources import Source
from dlrun.config import Node, load_config, node_of
from dlrun.experiment.experiment import ExperimentSpec


def read_config(
    file: Path, overrides: Sequence[str] = (), deletions: Sequence[str] = ()
) -> Node:
    """Read the config of an experiment, as `load_config` does.

    Raises:
        ConfigError: every mistake that could be found in files and arguments.
    """
    keys = frozenset(ExperimentSpec.model_fields)
    return load_config(file, overrides, deletions, frozenset(Source.types), keys)


def config_of(values: Mapping[str, Any]) -> Node:
    """Take the config of an experiment that was written in Python.

    Args:
        values: The config; relative paths start at the current directory.
    """
    return node_of(values, exclusive=frozenset(Source.types))
