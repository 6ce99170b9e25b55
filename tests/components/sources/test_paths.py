"""Bytes that are not UTF-8 in the names of files: one error, before any reading."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from dlrun.components.sources.images import ImageFolder
from dlrun.components.sources.npz import Npz
from dlrun.components.sources.text_table import Csv
from dlrun.errors import DataError

STRANGE = os.fsdecode(b"caf\xe9")


@pytest.fixture
def strange(tmp_path) -> Path:
    """A folder with a name of other bytes, and files of every kind in it."""
    folder = tmp_path / STRANGE
    try:
        folder.mkdir()
    except OSError:
        pytest.skip("this file system knows only names in UTF-8")
    (folder / "t.csv").write_text("a,y\n1,0\n2,1\n")
    np.savez(folder / "t.npz", x=[[1], [2]], y=[0, 1])
    for name in ("cats/a.png", "dogs/b.png"):
        (folder / "images" / name).parent.mkdir(parents=True)
        (folder / "images" / name).touch()
    return folder


@pytest.mark.parametrize(
    "source_in",
    [
        lambda folder: Csv(path=str(folder / "t.csv"), labels="y"),
        lambda folder: Csv(path=str(folder.parent / "*" / "t.csv"), labels="y"),
        lambda folder: Npz(path=str(folder / "t.npz")),
        lambda folder: ImageFolder(directory=str(folder / "images")),
    ],
)
def test_a_path_that_is_no_utf8_is_refused_by_every_source(strange, source_in):
    with pytest.raises(DataError, match=r"caf\\xe9.* is not UTF-8"):
        source_in(strange).describe()


@pytest.mark.parametrize(
    "name", [f"images/{STRANGE}/a.png", f"images/cats/{STRANGE}.png"]
)
def test_images_and_classes_have_names_in_utf8(strange, tmp_path, name):
    (strange / "images").rename(tmp_path / "images")
    (tmp_path / name).parent.mkdir(exist_ok=True)
    (tmp_path / name).touch()
    source = ImageFolder(directory=str(tmp_path / "images"))

    with pytest.raises(DataError, match=r"caf\\xe9.* is not UTF-8"):
        source.describe()
    with pytest.raises(DataError, match=r"caf\\xe9.* is not UTF-8"):
        source.load_unlabelled()
