"""An image file as an array, or why there is none."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from stat import S_ISREG
from typing import TYPE_CHECKING, Literal, TypeAlias

from dlrun.data.image_header import BYTES_AT_MOST, PIXELS_AT_MOST, image_size

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from dlrun.data.image import ImageDecoder, ImageShape

ImageFaultCode: TypeAlias = Literal[
    "missing-image", "unreadable-image", "damaged-image", "too-large"
]


class ImageFileError(Exception):
    """A file that gives no image."""

    def __init__(self, code: ImageFaultCode, words: str, hint: str) -> None:
        super().__init__(words)
        self.code: ImageFaultCode = code
        self.words = words
        """What it is, behind the name of the file: `has 9 bytes`."""
        self.hint = hint


@dataclass(frozen=True, slots=True, eq=False)
class ReadImage:
    """A file that was read."""

    values: NDArray[np.float32]
    """`(height, width, channels)`, 0 to 255."""
    sha256: bytes
    """Of the file."""


def read_image(file: Path, shape: ImageShape, decode: ImageDecoder) -> ReadImage:
    """Read a PNG or JPEG image, and resize it.

    Args:
        file: where it is.
        shape: what it becomes.
        decode: decodes its bytes.

    Raises:
        ImageFileError: there is none, it is damaged, or too large.
    """
    data, size = _bytes(file)
    found = image_size(data)
    height, width = found or (0, 0)
    if size > BYTES_AT_MOST or height * width > PIXELS_AT_MOST:
        there = f"{height:,} x {width:,} pixels" if data else f"{size:,} bytes"
        hint = f"make it smaller: up to {PIXELS_AT_MOST:,} pixels are decoded"
        raise ImageFileError("too-large", f"has {there}, too many to decode", hint)
    values = None if found is None else decode(data, shape)
    if values is None:
        words = "is no PNG or JPEG image, or is damaged"
        raise ImageFileError("damaged-image", words, "repair or remove the file")
    return ReadImage(values, hashlib.sha256(data).digest())


def _bytes(file: Path) -> tuple[bytes, int]:
    """What a file holds, and how much that is; nothing of one that is too large.

    Raises:
        ImageFileError: it cannot be read.
    """
    hint = "bring the file here, or remove its name"
    try:
        status = file.stat()
        if not S_ISREG(status.st_mode):
            raise ImageFileError("unreadable-image", "is no file", hint)
        fits = status.st_size <= BYTES_AT_MOST
        return file.read_bytes() if fits else b"", status.st_size
    except (FileNotFoundError, NotADirectoryError) as error:
        words = f"cannot be read: {error.strerror}"
        raise ImageFileError("missing-image", words, hint) from error
    except OSError as error:
        words = f"cannot be read: {error.strerror}"
        raise ImageFileError("unreadable-image", words, hint) from error
    except ValueError as error:  # A NUL inside.
        words = "is not the name of a file"
        raise ImageFileError("unreadable-image", words, hint) from error
