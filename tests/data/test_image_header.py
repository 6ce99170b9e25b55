from __future__ import annotations

import struct
import zlib

import pytest

from dlrun.components.sources.images import ImageFolder
from dlrun.data.image_header import PIXELS_AT_MOST, image_size
from dlrun.errors import DataError


def png(height, width):
    """A black image, as small as it can be written."""

    def chunk(kind, data):
        length, check = struct.pack(">I", len(data)), zlib.crc32(kind + data)
        return length + kind + data + struct.pack(">I", check)

    header = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    line = b"\0" * (1 + (width + 7) // 8)
    packer = zlib.compressobj(9)
    packed = b"".join(packer.compress(line) for _ in range(height)) + packer.flush()
    parts = [("IHDR", header), ("IDAT", packed), ("IEND", b"")]
    chunks = [chunk(kind.encode(), data) for kind, data in parts]
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


def jpeg(height, width, before=b"\xff\xe0\x00\x04ab\xff\xff\xfe\x00\x02"):
    frame = b"\xff\xc2\x00\x0b\x08" + struct.pack(">HH", height, width)
    return b"\xff\xd8" + before + frame + b"\x01\x11\x00\xff\xd9"


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (png(3, 5), (3, 5)),
        (jpeg(3, 5), (3, 5)),
        (jpeg(65500, 65000, before=b""), (65500, 65000)),
        (png(3, 5)[:22], None),
        (jpeg(3, 5)[:18], None),
        (b"\xff\xd8\xff\xc4\x00", None),
        (b"\xff\xd8" + b"\xff" * 99, None),
        (b"GIF89a", None),
        (b"", None),
    ],
)
def test_the_size_stands_in_the_header(data, expected):
    assert image_size(data) == expected


@pytest.mark.parametrize("name", ["a.png", "a.jpg"])
def test_an_image_that_would_fill_the_memory_is_not_decoded(tmp_path, name):
    data = png(32_000, 23_000) if name == "a.png" else jpeg(60_000, 60_000)
    for label in ("0", "1"):
        (tmp_path / label).mkdir()
        (tmp_path / label / name).write_bytes(data)

    def decode(data, shape):
        raise AssertionError("decoded")

    source = ImageFolder(directory=str(tmp_path), image_size=(8, 8))
    with pytest.raises(DataError, match=r"pixels, too many to decode") as caught:
        source.decoding_with(decode).load(task="classification")

    assert len(data) < 200_000
    assert [problem.code for problem in caught.value.problems] == ["too-large"] * 2
    assert f"{PIXELS_AT_MOST:,}" in str(caught.value.problems[0].hint)


def test_a_file_that_is_larger_than_any_image_is_not_read(tmp_path):
    for label in ("0", "1"):
        (tmp_path / label).mkdir()
        with (tmp_path / label / "a.png").open("wb") as stream:
            stream.truncate(2**40)  # It has holes, and takes no place on the disk.

    source = ImageFolder(directory=str(tmp_path), image_size=(8, 8))
    with pytest.raises(DataError, match=r"a\.png has 1,099,511,627,776 bytes"):
        source.decoding_with(lambda data, shape: None).load(task="classification")
