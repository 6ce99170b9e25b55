"""What makes numbers of an encoded image."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Protocol, TypeAlias

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

ImageShape: TypeAlias = tuple[int, int, int]
"""Height, width and channels."""
CHANNELS: Mapping[str, int] = {"grayscale": 1, "rgb": 3, "rgba": 4}
"""How many there are of each `color_mode`."""


class ImageDecoder(Protocol):
    """Decodes an image; a backend has one (`dlrun.engines.KerasDoor`)."""

    def __call__(self, data: bytes, shape: ImageShape, /) -> NDArray[np.float32] | None:
        """Decode a PNG or JPEG image, and resize it, bilinear.

        Args:
            data: the file.
            shape: `(height, width, channels)`, with 1 channel for gray values, 3 for
                colours, 4 for colours with opacity; an image without has all of it.

        Returns:
            `(height, width, channels)`, 0 to 255; `None`: no image, or damaged.
        """
