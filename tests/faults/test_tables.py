"""Damaged tables: each is refused with its line, or every line of it is a row.

The suite tries some hundred; `python tests/faults/test_tables.py 100000` tries more.
"""

from __future__ import annotations

import csv
import io
import random
import re
import sys
import tempfile
from collections import Counter
from contextlib import suppress
from pathlib import Path

import pytest

from dlrun.components.sources.text_table import Csv
from dlrun.data.class_names import doubts
from dlrun.diagnosis.reading import read_recorded
from dlrun.errors import DataError, HistoryError

TABLES = (
    b"a,b,y\n1,2,0\n3,4,1\n5,6,0\n7,8,1\n9,10,0\n",
    b'"a","b","y"\n"1","2","no"\n"3","4","yes"\n"5","6","no"\n"7","8","yes"\n',
    b"a;b;y\r\n1.5;True;007\r\n2.5;False;7\r\n3e-1;True;007\r\n.5;False;7\r\n",
    'a\tnoté\ty\n1\t"x ""y"""\t1\n2\té\t0\n3\t-\t1\n'.encode(),
)
PIECES = [bytes([code]) for code in b'",;\t|\n\r _\0\'-.e019"\n,']
PIECES += [b"\xe9", b'""', b'\n"']


def damaged(chance: random.Random) -> bytes:
    """A table with up to three places changed."""
    table = bytearray(chance.choice(TABLES))
    for _ in range(chance.randint(1, 3)):
        place = chance.randrange(len(table))
        table[place : place + chance.randint(0, 2)] = chance.choice(PIECES)
    return bytes(table)


def outcome(folder: Path, table: bytes) -> str:
    """What becomes of a table; whatever is no `DataError` is a fault.

    Raises:
        AssertionError: headers and rows disagree, or rows are lost without a word.
    """
    file = folder / "t.csv"
    file.write_bytes(table)
    names = [name for name in ("a", "b") if name.encode() in table.splitlines()[0]]
    source = Csv(path=str(file), labels="y", features=names or None)
    try:
        facts, rows = source.describe(), source.load(task="classification")
    except DataError:
        return "refused"
    assert facts.row_shapes == rows.row_shapes
    assert facts.feature_names == rows.feature_names
    text = table.decode("utf-8-sig")
    lines = [line for line in re.split(r"\r\n|\n|\r", text) if line]
    is_doubted = bool(rows.warnings or list(doubts(rows.classes.get("output", ()))))
    assert len(rows) == len(lines) - 1 or is_doubted or has_long_cell(text)
    return "doubted" if is_doubted else "read"


def has_long_cell(text: str) -> bool:
    """Whether a quoted cell holds the end of a line, by Python's own reader."""
    return any(
        "\n" in cell or "\r" in cell
        for separator in ",;\t|"
        for cells in csv.reader(io.StringIO(text, newline=""), delimiter=separator)
        for cell in cells
    )


def as_history(folder: Path, table: bytes) -> None:
    """The same bytes as a history: read, or refused in words."""
    file = folder / "h.csv"
    file.write_bytes(table)
    with suppress(HistoryError):
        read_recorded(file)


def tried(cases: int, seed: int) -> Counter[str]:
    """How often each outcome comes of so many damaged tables."""
    chance, counts = random.Random(seed), Counter[str]()
    with tempfile.TemporaryDirectory() as folder:
        for _ in range(cases):
            table = damaged(chance)
            counts[outcome(Path(folder), table)] += 1
            as_history(Path(folder), table)
    return counts


@pytest.mark.parametrize("seed", range(4))
def test_a_damaged_table_is_refused_or_every_line_of_it_is_a_row(seed):
    counts = tried(100, seed)

    assert counts["refused"] > 0
    assert counts["read"] > 0


if __name__ == "__main__":
    print(dict(tried(int(sys.argv[1]), seed=len(sys.argv))))
