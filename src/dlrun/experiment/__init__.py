"""file -> node -> spec: sections, rules between them, shapes that follow. Light."""

from __future__ import annotations

from dlrun.experiment.experiment import ExperimentSpec
from dlrun.experiment.parse import Experiment, parse_spec, recheck, restore_spec
from dlrun.experiment.read import config_of, read_config
from dlrun.experiment.shapes import LayerShape, infer_shapes

__all__ = [
    "Experiment",
    "ExperimentSpec",
    "LayerShape",
    "config_of",
    "infer_shapes",
    "parse_spec",
    "read_config",
    "recheck",
    "restore_spec",
]
