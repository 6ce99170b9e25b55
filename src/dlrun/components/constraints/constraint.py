"""The kind `Constraint`: what a weight is forced to satisfy after every step."""

from __future__ import annotations

from dlrun.components.part import WeightPart


class Constraint(WeightPart, kind="constraint"):
    """A condition on a weight."""

    keras_module = "constraints"
