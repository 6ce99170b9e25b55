"""PNG and JPEG images as numbers, by TensorFlow's own decoders."""

from __future__ import annotations

from typing import TYPE_CHECKING

import tensorflow as tf

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt


def decode_image(
    data: bytes, shape: tuple[int, int, int]
) -> npt.NDArray[np.float32] | None:
    """Decode a PNG or JPEG image, as `dlrun.data.ImageDecoder` says."""
    height, width, channels = shape
    is_jpeg = data.startswith(b"\xff\xd8\xff")
    if not is_jpeg and not data.startswith(b"\x89PNG\r\n\x1a\n"):
        return None
    try:
        if is_jpeg:
            image = tf.io.decode_jpeg(data, channels=min(channels, 3))
        else:
            image = tf.io.decode_png(data, channels=channels)
    except tf.errors.InvalidArgumentError:
        return None
    if image.shape[-1] < channels:
        image = tf.pad(image, [[0, 0], [0, 0], [0, 1]], constant_values=255)
    pixels: npt.NDArray[np.float32] = tf.image.resize(
        image, (height, width), method="bilinear"
    ).numpy()
    return pixels
