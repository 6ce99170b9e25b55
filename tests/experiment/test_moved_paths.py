"""Every path of a run to its data is read below another folder, and kept as it was."""

from __future__ import annotations

import json

import numpy as np
import pytest

from dlrun.config import node_of
from dlrun.data.moved import DataRoot, data_below
from dlrun.experiment import parse_spec, restore_spec

TABLE = "a,b,y\n1,2,0\n3,4,1\n5,6,0\n"
SOURCES = {
    "csv": {"csv": {"path": "data/rows.csv", "labels": "y"}},
    "list": {"csv": {"path": ["data/rows.csv", "data/more.csv"], "labels": "y"}},
    "pattern": {"csv": {"path": "data/part-*.csv", "labels": "y"}},
    "npz": {"npz": {"path": "data/rows.npz"}},
    "images": {"image_folder": {"directory": "data/images", "image_size": [4, 4]}},
}


@pytest.fixture
def old(tmp_path):
    folder = tmp_path / "old"
    data = folder / "data"
    for name in ("images/cats", "images/dogs"):
        (data / name).mkdir(parents=True)
        (data / name / "1.png").write_bytes(b"no image")
    for name in ("rows", "more", "part-1", "part-2", "validation", "test", "pool"):
        (data / f"{name}.csv").write_text(TABLE)
    np.savez(data / "rows.npz", x=np.ones((3, 2)), y=[0, 1, 0])
    return folder


def config(data, **others):
    layers = [{"Dense": {"units": 2, "activation": "softmax"}}]
    if "image_folder" in data:
        layers.insert(0, "Flatten")
    return {
        "name": "moved",
        "data": data,
        "model": {"layers": layers},
        "compile": {"loss": "sparse_categorical_crossentropy"},
        **others,
    }


def recorded(values, folder):
    spec = parse_spec(node_of(values, folder)).spec
    return json.loads(json.dumps(spec.values()))


def files_of(spec):
    sources = [spec.data.source, spec.data.validation, spec.data.test]
    sources.append(getattr(spec.pseudo_label, "unlabelled", None))
    return [
        file
        for source in sources
        if source is not None
        for file in source.describe_pool().files
    ]


@pytest.mark.parametrize("data", SOURCES.values(), ids=SOURCES)
def test_every_source_is_read_below_another_folder(old, tmp_path, data):
    values = recorded(config(data), old)
    before = len(files_of(restore_spec(values).spec))
    new = old.rename(tmp_path / "new")

    root = DataRoot(new)
    with data_below(root):
        spec = restore_spec(values).spec
        kept = spec.values()

    assert len(files_of(spec)) == before
    assert all(file.is_relative_to(new) for file in files_of(spec))
    assert kept == values
    assert not root.missing


def test_so_are_the_rows_for_validation_and_test_and_those_without_labels(
    old, tmp_path
):
    data = SOURCES["csv"] | {
        name: {"csv": {"path": f"data/{name}.csv", "labels": "y"}}
        for name in ("validation", "test")
    }
    pool = {"unlabelled": {"csv": {"path": "data/pool.csv", "features": ["a", "b"]}}}
    values = recorded(config(data, pseudo_label=pool), old)
    new = old.rename(tmp_path / "new")

    with data_below(DataRoot(new)):
        spec = restore_spec(values).spec
        kept = spec.values()

    names = ["rows.csv", "validation.csv", "test.csv", "pool.csv"]
    assert files_of(spec) == [new / "data" / name for name in names]
    assert kept == values
