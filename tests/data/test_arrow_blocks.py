"""Arrow gives of a table what the strict reader gives, bit for bit, or leaves it."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from dlrun.components.sources.text_table import Csv
from dlrun.data import arrow_blocks
from dlrun.errors import DataError
from tests.faults.test_tables import TABLES, damaged

CELLS = [
    "1", "-0", "+3", "007", ".5", "1.", "1e-3", "1E+05", "1e400", "1e-400", " 7 ",
    "\t8", "\u00a09", "12345678901234567890", "0.1", "3.4028235e38", "3.5e38",
    "4.9406564584124654e-324", "0.30000000000000004", "nan(12)", "-nan", "NaN", "NA",
    " NA ", "", " ", "?", "null", "inf", "-Infinity", "True", "false", " TRUE", "1_000",
    "\u0661", "0x10", "1,5", "-0,25", "1,200", "1;5", "x", "caf\u00e9",
    "\u6771\u4eac", "a b", " a", "a ",
    "=1+1", "\u2028", "\x1c", "\x85", "\ufeff", "x" * 200, "'", "#",
]  # fmt: skip
QUOTED = [
    '"1,5"',
    '"a,b"',
    '"1"',
    '"NA"',
    '""',
    '"a ""b"""',
    '"a\nb"',
    ' "a"',
    '"a"b',
    'a"b',
]
SEPARATORS = [",", ";", "\t", "|"]


@st.composite
def tables(draw):
    """A table of any cells, mostly with as many in each line."""
    separator = draw(st.sampled_from(SEPARATORS))
    kinds = draw(
        st.lists(
            st.sampled_from(
                [CELLS[:18], CELLS[:25], ["True", "false", "NA", ""], CELLS]
            ),
            min_size=1,
            max_size=3,
        )
    )
    if draw(st.booleans()):
        kinds[-1] = [*kinds[-1], *QUOTED]
    row = st.tuples(*(st.sampled_from(kind) for kind in kinds), st.sampled_from("ab"))
    rows = draw(st.lists(row, min_size=1, max_size=12))
    end = draw(st.sampled_from(["\n", "\n", "\r\n", "\r"]))
    names = [f"c{place}" for place in range(len(kinds))]
    lines = [separator.join(cells) for cells in ([*names, "y"], *rows)]
    if draw(st.integers(0, 5)) == 0:
        lines.insert(draw(st.integers(1, len(lines))), "")
    return end.join(lines) + draw(st.sampled_from(["", end, end * 2])), names


def outcome(file, types, *, by_arrow, **keys):
    """All that a source gives, or all of its words."""
    source = Csv(path=str(file), labels="y", **keys).reading_columns(types)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(arrow_blocks, "LARGE", 0 if by_arrow else 1 << 60)
        patch.setattr(arrow_blocks, "CHUNK", 40)
        try:
            rows = source.load(task="classification")
        except DataError as error:
            return [(problem.message, problem.hint) for problem in error.problems]
    arrays = [*rows.features.values(), *rows.columns.values(), *rows.labels.values()]
    lines = None if rows.places is None else list(rows.places.lines)
    return [
        *(
            array.tobytes() if array.dtype != object else list(array)
            for array in arrays
        ),
        rows.classes,
        rows.ids,
        None if rows.digests is None else rows.digests.tobytes(),
        None if rows.weights is None else rows.weights.tobytes(),
        lines,
        rows.warnings,
    ]


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    return tmp_path_factory.mktemp("tables") / "t.csv"


@settings(deadline=None, max_examples=300)
@given(
    tables(),
    st.sampled_from(["numbers", "texts", "mixed", "plain"]),
    st.sampled_from([{}, {"decimal": ","}, {"decimal": "."}]),
)
@example(("c0,y\n1,a\n2,b", ["c0"]), "plain", {})
@example(("c0;y\n1,5;a\n2;b", ["c0"]), "plain", {})
def test_arrow_reads_as_the_strict_reader(file, table, kind, keys):
    text, names = table
    file.write_bytes(text.encode())
    types = {
        name: "texts"
        if kind == "texts" or (kind == "mixed" and place % 2)
        else "numbers"
        for place, name in enumerate(names)
    }
    types = {} if kind == "plain" else types

    strict, fast = (outcome(file, types, by_arrow=one, **keys) for one in (False, True))

    assert fast == strict


@pytest.mark.parametrize("seed", range(150))
def test_of_damaged_tables_nothing_else_is_said(file, seed):
    import random

    chance = random.Random(seed)
    file.write_bytes(damaged(chance))

    strict, fast = (outcome(file, {}, by_arrow=one) for one in (False, True))

    assert fast == strict


@pytest.mark.parametrize("table", TABLES)
def test_only_what_leaves_something_open_is_read_strictly(file, table, monkeypatch):
    file.write_bytes(table)
    ends = []
    strictly = arrow_blocks.Chunks._strictly
    monkeypatch.setattr(
        arrow_blocks.Chunks,
        "_strictly",
        lambda self, end: ends.append(end) or strictly(self, end),
    )

    outcome(file, {"a": "texts"}, by_arrow=True)

    assert bool(ends) == (b'""' in table)


def test_names_and_weights_of_rows_are_those_of_the_strict_reader(file):
    rows = "".join(f"{row},{row % 3}.5,{'ab'[row % 2]},r{row}\n" for row in range(60))
    file.write_text(f"c0,w,y,i\n{rows}")

    strict, fast = (
        outcome(file, {"c0": "numbers"}, by_arrow=one, ids="i", weights="w")
        for one in (False, True)
    )

    assert fast == strict
    assert len(np.frombuffer(fast[0])) == 60
