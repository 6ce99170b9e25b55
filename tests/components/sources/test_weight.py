"""What a large table takes is said before it is read."""

from __future__ import annotations

import contextvars
from pathlib import Path
from shutil import copyfile

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from dlrun.cli.app import run
from dlrun.data import table_size
from dlrun.progress import reading

GOLDEN = Path(__file__).parents[2] / "golden" / "lint"
CONFIG = """\
name: large
data:
  {source}: {{path: {path}, labels: y{more}}}
  split: {{validation: 0.2}}
model: {{layers: [{{Dense: {{units: 2, activation: softmax}}}}]}}
compile: {{loss: sparse_categorical_crossentropy}}
"""


@pytest.fixture
def memory(monkeypatch):
    """Let a machine have so much memory, and so much of it free."""

    def have(free, whole=10**12):
        monkeypatch.setattr(table_size, "free_memory", lambda: free)
        monkeypatch.setattr(table_size, "machine_memory", lambda: whole)

    monkeypatch.setattr(reading, "_warned", set())
    return have


@pytest.fixture
def large(tmp_path, monkeypatch):
    """Write 5,000 rows of 10 columns, and a config."""
    columns = {f"c{place}": [0.25 * place] * 5000 for place in range(9)}
    columns |= {"c9": [*range(5000)], "y": [0, 1] * 2500}
    rows = zip(*columns.values(), strict=True)
    lines = [",".join(columns), *(",".join(map(str, row)) for row in rows)]
    (tmp_path / "rows.csv").write_text("\n".join([*lines, ""]))
    pq.write_table(pa.table(columns), tmp_path / "rows.parquet")
    monkeypatch.chdir(tmp_path)

    def write(source="csv", path=None, more=""):
        text = CONFIG.format(source=source, path=path or f"rows.{source}", more=more)
        (tmp_path / "large.yaml").write_text(text)
        return "large.yaml"

    return write


def test_more_than_half_of_what_is_free_is_told_first(large, memory, capsys, golden):
    memory(free=3_000_000)

    code = run(["validate", "--data", large()])
    told = capsys.readouterr().err

    assert code == 0
    golden(GOLDEN / "large-file.txt", told.partition("\nwarning[")[0].rstrip())


@pytest.mark.parametrize("source", ["csv", "parquet"])
def test_what_leaves_room_is_not_told(large, memory, capsys, source):
    memory(free=5_000_000)

    assert run(["validate", "--data", large(source)]) == 0
    assert "memory" not in capsys.readouterr().err


@pytest.mark.parametrize("source", ["csv", "parquet"])
def test_fewer_columns_take_less(large, memory, capsys, source):
    memory(free=3_000_000)

    run(["validate", "--data", large(source)])
    told = capsys.readouterr().err
    run(["validate", "--data", large(source, more=", features: [c1, c9]")])
    less = capsys.readouterr().err

    assert f"rows.{source}: about " in told
    assert "memory that is free" in told
    assert "memory" not in less


def test_rows_of_all_files_count(large, memory, capsys):
    memory(free=5_000_000)
    file = large(path="[rows.csv, more.csv]")
    copyfile("rows.csv", "more.csv")

    run(["validate", "--data", file])

    assert (
        "rows.csv and 1 more: about 10,000 rows of 10 columns"
        in capsys.readouterr().err
    )


def test_what_cannot_fit_is_refused_before_it_is_read(large, memory, capsys, golden):
    memory(free=100, whole=150_000)

    assert run(["validate", "--data", large()]) == 3
    golden(GOLDEN / "too-large-file.txt", capsys.readouterr().err.rstrip())


def test_nothing_is_said_where_no_rows_are_read(large, memory, capsys):
    memory(free=100, whole=150_000)

    assert run(["validate", large()]) == 0
    assert "memory" not in capsys.readouterr().err


def test_it_is_said_once(large, memory, capsys):
    memory(free=3_000_000)
    file = large()

    run(["validate", "--data", file])
    run(["validate", "--data", file])

    assert capsys.readouterr().err.count("memory that is free") == 1


def test_one_of_several_processes_leaves_it_to_the_first(large, memory, capsys):
    memory(free=3_000_000)

    contextvars.copy_context().run(silently_validate, large())

    assert "memory" not in capsys.readouterr().err


def silently_validate(config):
    reading.warn_nothing()
    assert run(["validate", "--data", config]) == 0
