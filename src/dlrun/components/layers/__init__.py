"""The layers: a module per family; a new family is one module and one line here."""

from __future__ import annotations

from dlrun.components.layers import activations as activations
from dlrun.components.layers import convolutional as convolutional
from dlrun.components.layers import core as core
from dlrun.components.layers import depthwise as depthwise
from dlrun.components.layers import normalization as normalization
from dlrun.components.layers import pooling as pooling
from dlrun.components.layers import preprocessing as preprocessing
from dlrun.components.layers import regularization as regularization
from dlrun.components.layers import reshaping as reshaping
from dlrun.components.layers import rnn as rnn
from dlrun.components.layers.layer import Layer, Shape, ShapeError, Weight, shape_text
from dlrun.components.layers.merging import Merge

__all__ = ["Layer", "Merge", "Shape", "ShapeError", "Weight", "shape_text"]
