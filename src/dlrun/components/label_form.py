"""The form of the labels that losses and metrics are made for."""

from __future__ import annotations

from typing import Literal, TypeAlias

LabelForm: TypeAlias = Literal["index", "one_hot", "binary", "number"]
"""The form of the labels.

`index`: a class per row, counted from 0, `(batch,)`. `one_hot`: a vector per row that
is 1 at the class, `(batch, classes)`. `binary`: 0 or 1 for each output unit,
`(batch, units)`. `number`: numbers of the shape of the output.
"""
