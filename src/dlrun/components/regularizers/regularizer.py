"""The kind `Regularizer`: a penalty on weights or outputs, added to the loss."""

from __future__ import annotations

from dlrun.components.keras_component import NamedInSnakeCase


class Regularizer(NamedInSnakeCase, kind="regularizer"):
    """A penalty that is added to the loss."""

    keras_module = "regularizers"
