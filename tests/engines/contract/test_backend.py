"""What every backend of the table offers beside its engine."""

from __future__ import annotations

import struct
import zlib
from importlib.metadata import version

import numpy as np
import pytest

from dlrun.engines import import_keras, usable_threads


@pytest.fixture(autouse=True)
def _keras(backend):
    import_keras()


def png(pixels: np.ndarray) -> bytes:
    """`(height, width, channels)` of 1 to 4 channels as a file."""
    height, width, channels = pixels.shape
    kind = {1: 0, 2: 4, 3: 2, 4: 6}[channels]
    lines = b"".join(b"\0" + line.tobytes() for line in pixels.astype("uint8"))
    header = struct.pack(">IIBBBBB", width, height, 8, kind, 0, 0, 0)
    chunks = (b"IHDR", header), (b"IDAT", zlib.compress(lines)), (b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(content))
        + name
        + content
        + struct.pack(">I", zlib.crc32(name + content))
        for name, content in chunks
    )


PIXELS = np.random.default_rng(0).integers(0, 256, (4, 6, 4))


@pytest.mark.parametrize("channels", [1, 3, 4])
def test_an_image_of_the_asked_size_keeps_its_pixels(backend, channels):
    pixels = PIXELS[:, :, :channels]

    image = backend.decode_image(png(pixels), (4, 6, channels))

    assert image.dtype == "float32"
    np.testing.assert_array_equal(image, pixels)


def test_what_an_image_lacks_of_channels_is_added(backend):
    gray = PIXELS[:, :, :1]

    coloured = backend.decode_image(png(gray), (4, 6, 3))
    opaque = backend.decode_image(png(PIXELS[:, :, :3]), (4, 6, 4))

    np.testing.assert_array_equal(coloured, np.repeat(gray, 3, axis=2))
    assert (opaque[:, :, 3] == 255).all()


def test_an_image_is_resized(backend):
    plain = np.full((5, 7, 3), 90)

    image = backend.decode_image(png(plain), (2, 3, 3))

    np.testing.assert_allclose(image, np.full((2, 3, 3), 90.0))


@pytest.mark.parametrize("data", [b"", b"GIF89a", png(PIXELS)[:-30], b"\xff\xd8\xff\0"])
def test_what_is_no_image_or_damaged_is_none(backend, data):
    assert backend.decode_image(data, (4, 6, 3)) is None


def test_its_libraries_have_versions(backend):
    assert all(version(name) for name in backend.libraries)


def test_it_computes_on_a_device(backend):
    assert backend.devices()


def test_threads_that_it_has_are_no_change(backend):
    threads = backend.threads()

    assert 1 <= threads <= usable_threads()
    assert backend.set_threads(threads)
    assert backend.threads() == threads


def test_determinism_can_be_chosen_again(backend):
    for on in (False, True):
        backend.set_determinism(on=on)


def test_an_error_is_not_taken_for_a_full_memory(backend):
    assert not backend.is_out_of_memory(ValueError("no"))


@pytest.mark.parametrize(
    ("name", "arguments", "argument"),
    [
        ("DepthwiseConv2D", {"kernel_size": 3, "strides": (1, 2)}, "strides"),
        (
            "SeparableConv2D",
            {"filters": 2, "kernel_size": 3, "strides": (2, 1)},
            "strides",
        ),
        (
            "Conv2DTranspose",
            {"filters": 2, "kernel_size": 3, "dilation_rate": 2},
            "dilation_rate",
        ),
    ],
)
def test_what_a_device_has_no_kernel_for_is_known_by_the_argument(
    backend, name, arguments, argument
):
    """Where it has one, other devices have none: then nothing is refused."""
    import keras

    refused = None
    try:
        getattr(keras.layers, name)(**arguments)(np.zeros((1, 8, 8, 2), "float32"))
    except Exception as error:
        refused = error

    assert refused is None or backend.refused_argument(refused) == argument
    with pytest.raises(Exception, match="shape") as wrong:
        getattr(keras.layers, name)(**arguments)(np.zeros((1, 8), "float32"))
    assert backend.refused_argument(wrong.value) is None
