"""The encoder of images that cells name."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar, Literal

from typing_extensions import override

from dlrun.components.encoders.cure import Cure
from dlrun.components.encoders.encoder import (
    CellFault,
    CellsError,
    ColumnEncoder,
    EncoderState,
)
from dlrun.components.encoders.outline import Outline
from dlrun.components.fields import Pair
from dlrun.data import ColumnType, TypedColumn
from dlrun.data.image import CHANNELS, ImageShape

if TYPE_CHECKING:
    import keras


class ImageEncoder(ColumnEncoder):
    """The image that a cell names, as `image_folder` reads one: values from 0 to 255.

    A cell is the path of a PNG or JPEG file, from the folder of the table on, or of the
    current directory where rows stand in no file; or an absolute one. Images are
    resized (bilinear, as in `keras.utils.image_dataset_from_directory`). They make an
    input of their own, so `data.inputs` names one with this column alone.
    """

    key: ClassVar[str] = "image"
    reads_images: ClassVar[bool] = True
    synonyms: ClassVar[tuple[str, ...]] = ("images", "photo", "picture")

    image_size: Pair = (256, 256)
    """Height and width that every image gets."""
    color_mode: Literal["grayscale", "rgb", "rgba"] = "rgb"
    """The channels that every image gets: 1, 3 or 4."""
    missing: Literal["error", "ignore"] = "error"
    """What an empty cell is: an error, or (`ignore`) an image of zeros, which is black.
    A file that is not there is always an error."""

    @property
    def shape(self) -> ImageShape:
        """`(height, width, channels)`."""
        return (*self.image_size, CHANNELS[self.color_mode])

    @property
    @override
    def takes(self) -> ColumnType:
        return "images"

    @property
    @override
    def cell_shape(self) -> tuple[int, ...]:
        return self.shape

    @override
    def outline(self, given: Outline) -> Outline:
        return replace(given, form="array", names=(), shape=self.shape)

    @override
    def apply(self, state: EncoderState, column: TypedColumn) -> TypedColumn:
        import numpy as np

        gaps = np.flatnonzero(np.isnan(column[:, 0, 0, 0]))
        if not len(gaps):
            return column
        if self.missing == "error":
            words = f"has {len(gaps)} gap{'' if len(gaps) == 1 else 's'}"
            cure = Cure({"missing": "ignore"})
            raise CellsError([CellFault("gap", words, gaps, cure)])
        filled = column.copy()
        filled[gaps] = 0
        return filled

    @override
    def cells(self, column: TypedColumn) -> TypedColumn:
        return column

    @override
    def connect(
        self, state: EncoderState, column: keras.KerasTensor
    ) -> keras.KerasTensor:
        from keras import ops

        return ops.where(ops.isnan(column), 0.0, column)
