"""The pixels of an encoded image, by its header: what decoding takes is known before.

Source: PNG, ISO/IEC 15948, section 11.2.1; JPEG, ITU-T T.81, annex B.
"""

from __future__ import annotations

from typing import TypeAlias

PIXELS_AT_MOST = 2**27
"""More than cameras have; decoded, 0.4 GB of colours."""
BYTES_AT_MOST = 2**30
"""No image of so many pixels is a larger file."""
Size: TypeAlias = tuple[int, int]
"""Height and width."""
_PNG = b"\x89PNG\r\n\x1a\n"
_JPEG = b"\xff\xd8"
_PNG_SIZE, _JPEG_SIZE = 8, 4
"""The bytes of width and height."""
_ALONE = {0x01, *range(0xD0, 0xD9)}
"""Markers that nothing follows."""
_FRAMES = {*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC}
"""Markers of a frame, whose header has the size."""


def image_size(data: bytes) -> Size | None:
    """The size of a PNG or JPEG image; None: it is none, or has no header."""
    if data.startswith(_PNG):
        header = data[16:24]
        size = int.from_bytes(header[4:]), int.from_bytes(header[:4])
        return (size[0], size[1]) if len(header) == _PNG_SIZE else None
    return _jpeg_size(data) if data.startswith(_JPEG) else None


def _jpeg_size(data: bytes) -> Size | None:
    """Walk the segments up to the first frame, as a decoder does."""
    place = 2
    while (place := data.find(b"\xff", place)) >= 0:
        marker = data[place + 1 : place + 2]
        if marker in {b"\xff", b"\x00"}:  # Filling, and no marker.
            place += 1
        elif marker and marker[0] in _ALONE:
            place += 2
        elif marker and marker[0] in _FRAMES:
            header = data[place + 5 : place + 9]
            size = int.from_bytes(header[:2]), int.from_bytes(header[2:])
            return (size[0], size[1]) if len(header) == _JPEG_SIZE else None
        else:
            length = int.from_bytes(data[place + 2 : place + 4])
            place += 2 + max(length, 2)
    return None
