"""Tables in Parquet give what the same tables in CSV give; what is no table is told."""

from __future__ import annotations

import datetime
from decimal import Decimal

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from dlrun.components.sources.parquet_table import Parquet
from dlrun.components.sources.text_table import Csv
from dlrun.data import parquet_file
from dlrun.data.table_file import AskedColumns
from dlrun.data.typed_rows import plain_text
from dlrun.errors import DataError
from dlrun.writing import number_of

DAY = datetime.datetime(2024, 2, 29, 23, 59)
COLUMNS = {
    "whole": pa.array([1, None, -3, 2**53]),
    "number": pa.array([0.1, np.nan, None, 1e300]),
    "half": pa.array(np.array([1, 2, 3, 4], "float16")),
    "decimal": pa.array([Decimal("1.50"), None, Decimal("-2.25"), Decimal(3)]),
    "truth": pa.array([True, False, None, True]),
    "text": pa.array(["a", "", None, " \u6771 "]),
    "category": pa.array(["x", "y", None, "x"]).dictionary_encode(),
    "nothing": pa.nulls(4),
}
MINUTE = "2024-02-29T23:59:00"
TIMES = {
    "date": (pa.array([DAY.date(), None] * 2), "2024-02-29"),
    "time": (pa.array([DAY, None] * 2, pa.timestamp("us")), MINUTE),
    "nanoseconds": (pa.array([DAY, None] * 2, pa.timestamp("ns")), DAY.isoformat()),
    "zone": (
        pa.array([DAY, None] * 2, pa.timestamp("s", "UTC")),
        "2024-02-29T23:59:00",
    ),
}


@pytest.fixture
def write(tmp_path):
    def table(columns, **options):
        columns = {**columns, "y": pa.array(["no", "yes", "no", "yes"])}
        file = tmp_path / "t.parquet"
        pq.write_table(pa.table(columns), file, **options)
        return file

    return table


def source(file, types=None, **keys):
    read = Parquet(path=str(file), labels="y", **keys)
    return read if types is None else read.reading_columns(types)


def read(file, types=None, **keys):
    return source(file, types, **keys).load(task="classification")


@pytest.mark.parametrize("batch", [1, 3, 65_536])
@pytest.mark.parametrize("kind", ["numbers", "texts"])
def test_columns_are_those_of_the_same_table_as_text(
    write, tmp_path, monkeypatch, kind, batch
):
    monkeypatch.setattr(parquet_file, "_BATCH", batch)
    file = write(COLUMNS)
    rows = [
        "1,0.1,1,1.50,True,a,x,,no", ",,2,,False,,y,,yes", "-3,,3,-2.25,,,,,no",
        "9007199254740992,1e300,4,3.00,True, \u6771 ,x,,yes",
    ]  # fmt: skip
    (tmp_path / "t.csv").write_text("\n".join([",".join([*COLUMNS, "y"]), *rows]))
    names = [
        name for name in COLUMNS if kind == "texts" or name not in {"text", "category"}
    ]
    if kind == "texts":
        names = ["text", "category", "truth", "whole", "half"]
    types = dict.fromkeys(names, kind)

    found = read(file, types)

    csv = Csv(path=str(tmp_path / "t.csv"), labels="y").reading_columns(types)
    expected = csv.load(task="classification")
    for name in names:
        assert np.array_equal(
            found.columns[name], expected.columns[name], equal_nan=kind == "numbers"
        ), name
    assert found.labels["output"].tolist() == [0, 1, 0, 1]
    assert [found.place(row) for row in (0, 3)] == [
        "t.parquet row 0",
        "t.parquet row 3",
    ]


@pytest.mark.parametrize("name", TIMES)
def test_dates_and_times_are_texts_of_iso_8601(write, name):
    column, text = TIMES[name]
    found = read(write({name: column}), {name: "texts"}).columns[name]

    assert [cell.removesuffix("+00:00") for cell in found] == [text, "", text, ""]


@pytest.mark.parametrize("unit", ["s", "ms", "us", "ns"])
def test_durations_are_seconds_in_a_file_and_in_rows_of_python(write, unit):
    column = pa.array([datetime.timedelta(hours=25), None] * 2, pa.duration(unit))
    file = write({"took": column})

    numbers = read(file, {"took": "numbers"}).columns["took"]
    texts = read(file, {"took": "texts"}).columns["took"]

    assert np.array_equal(numbers, [90_000, np.nan] * 2, equal_nan=True)
    values = (datetime.timedelta(hours=25), np.timedelta64(90_000_000, "ms"))
    written = [plain_text(one, frozenset()) for one in values]
    assert written == ["90000.0"] * 2
    assert [number_of(text) for text in texts] == [90_000, None] * 2


def test_only_columns_that_are_needed_are_read(write, monkeypatch):
    file = write({"a": pa.array([1, 2, 3, 4]), "b": pa.array([[1]] * 4)})

    rows = read(file, features="a")

    assert rows.features["input"].ravel().tolist() == [1, 2, 3, 4]
    with pytest.raises(DataError, match="holds values of the type list"):
        read(file)


def test_a_number_that_marks_a_gap_is_one(write):
    file = write({"a": pa.array([1.0, -999.0, 3.0, 4.0])})

    found = read(file, {"a": "numbers"}, missing=["-999"]).columns["a"]

    assert np.array_equal(found, [1, np.nan, 3, 4], equal_nan=True)


def test_rows_are_known_by_the_file_whichever_columns_are_read(write):
    columns = {"a": pa.array([1, 2, 3, 4]), "b": pa.array([5, 6, 7, 8])}
    file = write(columns)

    prints = [read(file, {name: "numbers"}).fingerprint() for name in columns]
    file = write({**columns, "b": pa.array([5, 6, 7, 9])})

    assert prints[0] == prints[1] != read(file, {"a": "numbers"}).fingerprint()


def test_several_files_are_one_table(write, tmp_path):
    content = write({"a": pa.array([1, 2, 3, 4])}).read_bytes()
    (tmp_path / "u.parquet").write_bytes(content)

    rows = read(tmp_path / "*.parquet")

    assert len(rows) == 8
    assert source(tmp_path / "*.parquet").place(5) == "u.parquet row 1"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda data: data[: len(data) // 2], "is no whole Parquet file"),
        (lambda data: b"", "t.parquet is empty"),
        (lambda data: b"a,y\n1,0\n2,1\n", "write csv in place of parquet"),
        (lambda data: data[:4] + bytes(40) + data[44:], "is no whole Parquet file"),
    ],
)
def test_what_is_no_whole_file_is_told(write, change, words):
    file = write({"a": pa.array([1, 2, 3, 4])})
    file.write_bytes(change(file.read_bytes()))

    with pytest.raises(DataError) as error:
        read(file)

    assert words in str(error.value)


def test_a_text_among_the_features_is_told_with_its_row(write):
    file = write({"a": pa.array([1, 2, 3, 4]), "b": pa.array(["1", "2", "x", "4"])})

    with pytest.raises(DataError) as error:
        read(file)

    assert 'column "b" mixes numbers and text, first at t.parquet row 2: "x"' in str(
        error.value
    )


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        ([b"one", b"\xff\xfe"], pa.binary()),
        ([0, 10**18], pa.timestamp("us")),
        ([0, -(10**17)], pa.timestamp("us", "UTC")),
        ([0, 10**9], pa.date32()),
        ([None, 0], pa.timestamp("ms", "Mars/Phobos")),
    ],
    ids=["bytes", "late", "early", "date", "zone"],
)
def test_a_value_that_has_no_text_is_told_with_its_row(write, values, kind):
    column = pa.array([values[0], values[0], *values], kind)
    file = write({"a": column, "b": pa.array([1, 2, 3, 4])})

    for types in ({"a": "texts"}, {"a": "numbers"}, None):
        with pytest.raises(DataError) as error:
            read(file, types)

        (problem,) = error.value.problems
        assert problem.message.startswith('t.parquet row 3: column "a" has a value of')
    assert read(file, features="b").features["input"].ravel().tolist() == [1, 2, 3, 4]


@pytest.mark.parametrize("groups", [1, 3, 40])
def test_some_rows_of_a_sorted_file_come_from_all_over_it(tmp_path, groups):
    rows, most = 24_000, 1600
    file = tmp_path / "sorted.parquet"
    table = pa.table({"a": np.arange(rows)})
    pq.write_table(table, file, row_group_size=-(-rows // groups))
    source = Parquet(path=file)
    asked = AskedColumns({0: "numbers"}, frozenset())

    blocks = [*source.read_file(file).some_blocks(source, asked, most)]

    seen = np.concatenate([block.numbers(0) for block in blocks])
    assert [line for block in blocks for line in block.lines] == seen.tolist()
    assert most / 2 < len(seen) <= most
    tenths = np.bincount((10 * seen // rows).astype("int64"), minlength=10)
    assert tenths.min() >= most / 40
