"""Writes docs/images/compare.png, the page of some runs down to the end of its table.

    dlrun study configs/study/digits.yaml
    python docs/make_picture.py runs

Needs Chromium.
"""

from __future__ import annotations

import os
import shutil
import struct
import sys
import tempfile
import zlib
from pathlib import Path

from playwright.sync_api import sync_playwright

from dlrun.comparison import compare
from dlrun.report.page import render_page
from dlrun.runs import find_runs

ROOT = Path(__file__).parents[1]
PICTURE = ROOT / "docs" / "images" / "compare.png"
WIDTH = 1400
TALLEST = 1250
COLORS = 255
MOST_BYTES = 150_000


def main() -> None:
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    comparison = compare(find_runs(Path(sys.argv[1])))
    with tempfile.TemporaryDirectory() as directory:
        page = Path(directory) / "compare.html"
        page.write_text(render_page(comparison), encoding="utf-8")
        take(page)
    size = PICTURE.stat().st_size
    print(f"{PICTURE}: {size:,} bytes")
    if size > MOST_BYTES:
        sys.exit(f"it should have at most {MOST_BYTES:,}")


def take(page: Path) -> None:
    """Take the page down to the end of its table."""
    program = shutil.which("chromium") or shutil.which("google-chrome")
    # Chromium has no sandbox for root.
    options = ["--no-sandbox"] if os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=options)
        view = browser.new_page(viewport={"width": WIDTH, "height": 900})
        view.goto(page.as_uri())
        table = view.locator("#groups").bounding_box()
        end = table["y"] + table["height"] + 24 if table else TALLEST
        area = {"x": 0, "y": 0, "width": WIDTH, "height": min(end, TALLEST)}
        PICTURE.parent.mkdir(exist_ok=True)
        picture = view.screenshot(full_page=True, clip=area)
        browser.close()
    PICTURE.write_bytes(shrink(picture))


def shrink(picture: bytes) -> bytes:
    """The picture in its most frequent colours, the others by the nearest of them."""
    import numpy as np
    import tensorflow as tf

    pixels = tf.io.decode_png(picture, channels=3).numpy()
    height, width = pixels.shape[:2]
    colors, places, counts = np.unique(
        pixels.reshape(-1, 3), axis=0, return_inverse=True, return_counts=True
    )
    palette = colors[np.argsort(-counts)[:COLORS]].astype(int)
    distances = ((colors[:, None].astype(int) - palette) ** 2).sum(axis=2)
    lines = distances.argmin(axis=1)[places].reshape(height, width).astype(np.uint8)
    # Each line begins with its filter, which is none.
    body = np.pad(lines, ((0, 0), (1, 0))).tobytes()
    return b"".join(
        [
            b"\x89PNG\r\n\x1a\n",
            chunk(b"IHDR", struct.pack(">2I5B", width, height, 8, 3, 0, 0, 0)),
            chunk(b"PLTE", palette.astype(np.uint8).tobytes()),
            chunk(b"IDAT", zlib.compress(body, 9)),
            chunk(b"IEND", b""),
        ]
    )


def chunk(kind: bytes, data: bytes) -> bytes:
    """A part of a PNG file: its length, its kind, what it holds, a checksum."""
    checksum = struct.pack(">I", zlib.crc32(kind + data))
    return struct.pack(">I", len(data)) + kind + data + checksum


if __name__ == "__main__":
    main()
