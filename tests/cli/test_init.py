from __future__ import annotations

import struct
import zlib

import pytest

from dlrun.cli.init import _templates

TEMPLATES = ["images", "minimal", "table"]


def write_png(file, value):
    """A grey image of 4x4 pixels, written by hand: the light tests have no library."""
    raw = b"".join(b"\0" + bytes([value] * 4) for _ in range(4))
    parts = [
        (b"IHDR", struct.pack(">IIBBBBB", 4, 4, 8, 0, 0, 0, 0)),
        (b"IDAT", zlib.compress(raw)),
        (b"IEND", b""),
    ]
    chunks = (
        struct.pack(">I", len(data))
        + kind
        + data
        + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in parts
    )
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(b"\x89PNG\r\n\x1a\n" + b"".join(chunks))


@pytest.fixture
def images(here):
    """The folder that the template for images expects."""
    for index in range(10):
        write_png(here / "images" / "cat" / f"{index}.png", index)
        write_png(here / "images" / "dog" / f"{index}.png", 255 - index)


def test_the_templates_are_listed_with_a_sentence_each(dlrun, here):
    outcome = dlrun("init", "--list")

    lines = outcome.out.splitlines()
    assert [line.split()[0] for line in lines] == TEMPLATES == list(_templates())
    assert all(len(line.split()) > 5 for line in lines)


@pytest.mark.parametrize("template", TEMPLATES)
def test_every_template_is_valid_as_it_is(dlrun, here, images, template):
    written = dlrun("init", template)

    assert written.code == 0
    assert written.out.splitlines()[0] == f"{template}.yaml"
    assert written.err == (
        f"next: put your own data in, then dlrun validate {template}.yaml\n"
    )
    assert dlrun("validate", f"{template}.yaml", "--warnings-as-errors").code == 0


def test_the_table_comes_with_rows(dlrun, here):
    outcome = dlrun("init")

    assert outcome.out == "table.yaml\ntable.csv\n"
    assert dlrun("validate", "table.yaml", "--data", "--warnings-as-errors").code == 0


def test_a_file_that_is_there_is_never_replaced(dlrun, here):
    (here / "minimal.yaml").write_text("mine")

    outcome = dlrun("init", "minimal")

    assert outcome.code == 3
    assert "minimal.yaml is there already" in outcome.err
    assert (here / "minimal.yaml").read_text() == "mine"


def test_a_table_that_is_there_is_never_replaced(dlrun, here):
    (here / "table.csv").write_text("mine")

    outcome = dlrun("init", "table")

    assert outcome.code == 3
    assert (here / "table.csv").read_text() == "mine"
    assert not (here / "table.yaml").exists()


def test_another_file_can_be_chosen(dlrun, here):
    (here / "configs").mkdir()

    outcome = dlrun("init", "minimal", "--out", "configs/mine.yaml")

    assert outcome.out == "configs/mine.yaml\n"
    assert dlrun("validate", "configs/mine.yaml").code == 0


def test_a_missing_directory_is_named(dlrun, here):
    outcome = dlrun("init", "minimal", "--out", "nowhere/mine.yaml")

    assert outcome.code == 3
    assert "nowhere/mine.yaml cannot be written" in outcome.err


@pytest.mark.heavy
@pytest.mark.parametrize("template", ["minimal", "table"])
def test_a_template_trains(dlrun, here, template):
    dlrun("init", template)

    outcome = dlrun("train", f"{template}.yaml", "-q", "-s", "fit.epochs=1")

    assert outcome.code == 0
    assert outcome.out.startswith(f"{template}-001: best epoch 1 of 1")


@pytest.mark.heavy
def test_the_template_for_images_reads_them(dlrun, here, images):
    dlrun("init", "images")

    outcome = dlrun("train", "images.yaml", "--dry-run")

    assert outcome.out == "images: ready to train on 16 train rows, 4 validation rows\n"


def test_a_file_and_a_template_are_not_asked_for_at_once(dlrun, tmp_path):
    done = dlrun("init", "images", "--data", str(tmp_path / "t.csv"))

    assert done.code == 2
    assert "it takes no 'images'" in done.err
