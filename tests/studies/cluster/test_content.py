"""The files that a config reads: found, held against those of a node, and sent once."""

from __future__ import annotations

import os
import struct
import tempfile
import time
import zlib
from pathlib import Path

import pytest

from dlrun.config import located, node_of
from dlrun.data.moved import SentFiles, as_recorded, data_below
from dlrun.errors import RunError
from dlrun.experiment import parse_spec
from dlrun.rows.images import place_of
from dlrun.studies.cluster import depot
from dlrun.studies.cluster.content import Contents, FileContent, hash_of, state_of
from dlrun.studies.cluster.depot import open_depot, remove_depot
from dlrun.studies.cluster.node import Inquiry, describe, look, require_fit

REST = {
    "name": "k",
    "model": {"layers": [{"Dense": {"units": 2, "activation": "softmax"}}]},
    "compile": {"loss": "sparse_categorical_crossentropy"},
}
TABLE = {**REST, "data": {"csv": {"path": "x.csv", "labels": "b"}}}


def table(directory: Path, rows: str = "1,0\n2,1\n") -> Path:
    (directory / "x.csv").write_text(f"a,b\n{rows}")
    return directory / "x.csv"


def names(config, directory: Path) -> set[str]:
    found = Contents().of_all(node_of(config, directory))
    return {path.relative_to(directory).as_posix() for path in found}


def png() -> bytes:
    def chunk(name: bytes, data: bytes) -> bytes:
        checked = zlib.crc32(name + data)
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", checked)

    header = chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0))
    pixels = chunk(b"IDAT", zlib.compress(bytes([0, 7])))
    return b"\x89PNG\r\n\x1a\n" + header + pixels + chunk(b"IEND", b"")


def test_a_table_a_pattern_and_validation_rows_of_their_own(tmp_path):
    table(tmp_path)
    (tmp_path / "more").mkdir()
    for name in ("1.csv", "2.csv"):
        (tmp_path / "more" / name).write_text("a,b\n3,1\n4,0\n")
    (tmp_path / "more/other.txt").write_text("")
    data = {
        **TABLE["data"],
        "validation": {"csv": {"path": "more/*.csv", "labels": "b"}},
    }

    assert names({**TABLE, "data": data}, tmp_path) == {
        "x.csv",
        "more/1.csv",
        "more/2.csv",
    }


def test_a_folder_of_images_is_all_its_files(tmp_path):
    for name in ("cat/1.png", "cat/deep/2.png", "dog/3.png"):
        file = tmp_path / "photos" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(png())
    (tmp_path / "owls").mkdir()
    (tmp_path / "owls/4.png").write_bytes(png())
    (tmp_path / "photos/owl").symlink_to(tmp_path / "owls")
    data = {"image_folder": {"directory": "photos", "image_size": [2, 2]}}
    config = {**REST, "data": data}
    config["model"] = {"layers": ["Flatten", {"Dense": {"units": 3}}, "Softmax"]}

    assert names(config, tmp_path) == {
        "photos/cat/1.png",
        "photos/cat/deep/2.png",
        "photos/dog/3.png",
        "photos/owl/4.png",
    }


def test_the_images_that_cells_name_and_the_code_with_what_it_imports(tmp_path):
    for name in ("pictures/1.png", "pictures/2.png", "pictures/unused.png"):
        (tmp_path / "pictures").mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(png())
    (tmp_path / "x.csv").write_text("p,b\n1.png,0\n2.png,1\n1.png,0\n")
    (tmp_path / "x.csv").rename(tmp_path / "pictures/x.csv")
    (tmp_path / "code.py").write_text(
        "from beside import N\n\ndef twice(x):\n    return x\n"
    )
    (tmp_path / "beside.py").write_text("N = 2\n")
    config = {
        **REST,
        "custom": "code.py",
        "data": {
            "csv": {"path": "pictures/x.csv", "labels": "b"},
            "columns": {"p": {"image": {"image_size": [2, 2]}}},
            "inputs": {"photo": ["p"]},
        },
        "model": {"layers": ["Flatten", *REST["model"]["layers"]]},
    }

    assert names(config, tmp_path) == {
        "pictures/x.csv",
        "pictures/1.png",
        "pictures/2.png",
        "code.py",
        "beside.py",
    }


def test_a_file_is_read_again_only_after_a_change(tmp_path):
    file, contents = table(tmp_path), Contents()
    before = contents.of(file)
    assert before == FileContent(hash_of(file), 12)

    assert contents.of(file) is before
    table(tmp_path, "1,1\n2,1\n")

    assert contents.of(file) != before


def test_a_node_with_another_file_under_the_same_path_is_refused(tmp_path):
    """The node is this machine; the machine that asks had the file before a change."""
    file, here = table(tmp_path), str(tmp_path)
    contents = Contents()
    theirs = contents.of(file)
    question = Inquiry("", "", here, (), {str(file): state_of(file)})
    assert look(question)["others"] == {}

    table(tmp_path)  # Another file, which holds the same.
    os.utime(file, (1, 1))
    copied = look(question)["others"]
    table(tmp_path, "1,1\n2,0\n")
    other = look(question)["others"]
    table(tmp_path, "1,1\n2,0\n3,0\n")
    longer = look(question)["others"]

    assert copied == {str(file): theirs.sha256}
    table(tmp_path)
    facts = {**describe(), "sees": True, "locks": True, "lacks": [], "host": "far"}
    require_fit([{**facts, "others": copied}], describe(), tmp_path, contents)
    for others in (other, longer):
        with pytest.raises(RunError, match=rf"node far has another {file} than") as one:
            require_fit([{**facts, "others": others}], describe(), tmp_path, contents)
        assert one.value.hint


@pytest.fixture
def temporary(tmp_path, monkeypatch):
    folder = tmp_path / "tmp"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


def test_workers_of_a_node_share_what_was_sent(tmp_path, temporary):
    file = table(tmp_path)
    sha256, data = hash_of(file), file.read_bytes()
    first, second = open_depot("c", "n"), open_depot("c", "n")
    assert first.lacks([sha256]) == [sha256]

    first.take(sha256, 5, data[5:])
    first.take(sha256, 0, data[:5])
    first.keep(sha256)

    assert second.lacks([sha256]) == []
    again = tmp_path / "again/y.csv"
    second.arrange({str(file): sha256, str(again): sha256})
    files = SentFiles(second.tree, second.runs)
    assert files.place(file).read_bytes() == data
    assert files.place(again).read_bytes() == data
    second.arrange({str(file): sha256})  # A pattern stands for what is there.
    assert files.place(file).read_bytes() == data
    assert not files.place(again.parent).exists()
    assert files.place(second.runs / "k-001") == second.runs / "k-001"
    first.leave()
    assert second.lacks([sha256]) == []
    second.leave()
    remove_depot("c", "n")
    assert list(temporary.iterdir()) == []


def test_what_has_not_come_as_it_was_sent_is_not_kept(tmp_path, temporary):
    sha256 = hash_of(table(tmp_path))
    place = open_depot("c", "n")
    place.take(sha256, 0, b"half")

    with pytest.raises(RunError, match="not come to a node as it was sent"):
        place.keep(sha256)

    assert place.lacks([sha256]) == [sha256]
    place.leave()


def test_what_a_killed_command_has_left_is_removed_by_the_next(temporary, monkeypatch):
    used, left = open_depot("a", "n"), open_depot("b", "n")
    os.close(left.descriptor)
    later = time.time() + 2 * depot._LEFT_SECONDS
    monkeypatch.setattr(depot.time, "time", lambda: later)

    open_depot("c", "n").leave()

    assert sorted(path.name for path in temporary.iterdir()) == [
        "dlrun-sent-a-n",
        "dlrun-sent-c-n",
    ]
    used.leave()


def test_a_place_that_another_command_sweeps_away_is_made_again(temporary, monkeypatch):
    real, swept = depot.fcntl.flock, []

    def sweep_first(descriptor, operation):
        if not swept:
            swept.append(remove_depot("c", "n"))
        real(descriptor, operation)

    monkeypatch.setattr(depot.fcntl, "flock", sweep_first)

    place = open_depot("c", "n")

    assert place.path.samefile(f"/proc/self/fd/{place.descriptor}")
    place.leave()


def test_the_image_of_a_cell_with_a_whole_path_is_that_which_was_sent(tmp_path):
    files = SentFiles(tmp_path / "tree", tmp_path / "runs")

    with data_below(files):
        whole, beside = (place_of(tmp_path / "tree/x", one) for one in ("/a.png", "a"))

    assert whole == tmp_path / "tree/a.png"
    assert beside == tmp_path / "tree/x/a"
    assert place_of(tmp_path, "/a.png") == Path("/a.png")


def test_a_config_reads_what_was_sent_and_says_where_it_was(tmp_path, temporary):
    file = table(tmp_path)
    place = open_depot("c", "n")
    place.take(hash_of(file), 0, file.read_bytes())
    place.keep(hash_of(file))
    place.arrange({str(file): hash_of(file)})
    file.unlink()
    files = SentFiles(place.tree, place.runs)
    node = node_of(TABLE, tmp_path)

    with data_below(files), located(node):
        experiment = parse_spec(node)
        (read,) = experiment.spec.data.source.describe().files
        values = experiment.spec.values()
        assert as_recorded(read) == file

    assert read == files.place(file)
    assert str(place.path) not in str(values)
    assert files.words(f"there is no file {read}") == f"there is no file {file}"
    place.leave()
