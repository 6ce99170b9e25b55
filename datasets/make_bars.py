"""Write the images of `bars/` again, byte for byte: 20 lying and 20 standing bars.

    python datasets/make_bars.py

Each image has 20 x 20 pixels in RGB: a bar in one colour on a ground in another.
"""

from __future__ import annotations

import struct
import zlib
from pathlib import Path

import numpy as np

HERE = Path(__file__).resolve().parent
SIZE = 20


def bar(rng: np.random.Generator, *, lies: bool) -> np.ndarray:
    """An image `(20, 20, 3)`: a bar 2 to 4 pixels wide and 10 to 16 long, anywhere."""
    ground, color = rng.integers(0, 100, 3), rng.integers(140, 256, 3)
    width, length = int(rng.integers(2, 5)), int(rng.integers(10, 17))
    top, left = (
        int(rng.integers(0, SIZE - width + 1)),
        int(rng.integers(0, SIZE - length + 1)),
    )
    image = np.tile(ground.astype("uint8"), (SIZE, SIZE, 1))
    image[top : top + width, left : left + length] = color
    return image if lies else image.transpose(1, 0, 2)


def png(pixels: np.ndarray) -> bytes:
    """An RGB image `(height, width, 3)` as a PNG file."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        check = struct.pack(">I", zlib.crc32(kind + data))
        return struct.pack(">I", len(data)) + kind + data + check

    height, width, _ = pixels.shape
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    lines = b"".join(b"\0" + line.tobytes() for line in pixels)
    parts = [(b"IHDR", header), (b"IDAT", zlib.compress(lines, 9)), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunk(kind, data) for kind, data in parts)


def main(seed: int = 40, images: int = 20) -> None:
    rng = np.random.default_rng(seed)
    for name, lies in (("lying", True), ("standing", False)):
        folder = HERE / "bars" / name
        folder.mkdir(parents=True, exist_ok=True)
        for number in range(images):
            (folder / f"{number:02}.png").write_bytes(png(bar(rng, lies=lies)))


if __name__ == "__main__":
    main()
