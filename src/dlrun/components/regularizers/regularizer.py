"""The kind `Regularizer`: a penalty on weights or outputs, added to the loss."""

from __future__ import annotations

from dlrun.components.part import WeightPart


class Regularizer(WeightPart, kind="regularizer"):
    """A penalty that is added to the loss."""

    keras_module = "regularizers"
