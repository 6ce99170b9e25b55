"""node -> spec: sections, rules between them, and the shapes that follow. Light."""

from __future__ import annotations

from dlrun.experiment.experiment import ExperimentSpec
from dlrun.experiment.parse import Experiment, parse_spec, recheck, restore_spec
from dlrun.experiment.shapes import LayerShape, infer_shapes

__all__ = [
    "Experiment",
    "ExperimentSpec",
    "LayerShape",
    "infer_shapes",
    "parse_spec",
    "recheck",
    "restore_spec",
]
