"""The layers: a module per family, imported when a config names a layer of it."""

from __future__ import annotations

from dlrun.components.layers.layer import Layer, Shape, ShapeError, Weight, shape_text

__all__ = ["Layer", "Shape", "ShapeError", "Weight", "shape_text"]
