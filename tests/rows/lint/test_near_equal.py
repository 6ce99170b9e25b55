from __future__ import annotations

import pytest

from dlrun.rows.lint import near_equal

CODE = "near-equal-columns"


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda cells, _: cells, "they are equal in 400 rows"),
        (lambda cells, _: [2.54 * cell for cell in cells], "their correlation is 1.00"),
        (lambda cells, _: [9 - cell for cell in cells], "their correlation is -1.00"),
        (
            lambda cells, noise: [
                c + n / 40 for c, n in zip(cells, noise, strict=True)
            ],
            "their correlation is 0.999",
        ),
    ],
)
def test_columns_that_say_the_same_are_told_once(table, make, words):
    odd = table()
    odd.columns["twin"] = make(odd.columns["a"], odd.random.normal(0, 2, 400))

    (found,) = odd.found()

    assert found.code == CODE
    assert 'columns "a", "twin" say the same' in found.message
    assert words in found.message
    assert found.hint == "write under data: columns: {twin: drop}"


def test_columns_that_are_merely_alike_are_not(table):
    odd = table()
    noises = odd.random.normal(0, 0.2, 400)
    odd.columns["like"] = [
        cell + noise for cell, noise in zip(odd.columns["a"], noises, strict=True)
    ]

    assert odd.codes() == []


def test_three_copies_are_one_warning(table):
    odd = table()
    odd.columns |= {"x": odd.columns["a"], "y": odd.columns["a"]}

    (found,) = odd.found()

    assert 'columns "a", "x", "y" say the same' in found.message
    assert found.hint == "write under data: columns: {x: drop, y: drop}"


@pytest.mark.parametrize("kinds", [("text", "text"), ("text", "number")])
def test_categories_under_two_names_are_found(table, kinds):
    odd = table()
    drawn = odd.random.integers(0, 3, 400).tolist()
    for name, kind in zip(("one", "other"), kinds, strict=True):
        shift = len(name)
        odd.encode(**{name: "one_hot" if kind == "text" else "number"})
        places = [(number + shift) % 3 for number in drawn]
        cells = [f"{name}{place}" for place in places]
        odd.columns[name] = cells if kind == "text" else places

    (found,) = odd.found()

    assert "3 categories under two names in 400 rows" in found.message


def test_names_of_rows_are_no_categories(table):
    odd = table()
    hashed = {"hash": {"num_bins": 4, "output_mode": "one_hot"}}
    odd.encode(first=hashed, last=hashed)
    odd.columns["first"] = [f"f{row}" for row in range(400)]
    odd.columns["last"] = [f"l{row}" for row in range(400)]

    assert CODE not in odd.codes()


def test_one_extreme_row_makes_no_copies(table):
    odd = table()
    for name in ("a", "b"):
        odd.columns[name] = [*odd.columns[name][:-1], 1e9]

    assert odd.codes() == []


def test_rare_flags_that_meet_in_a_few_rows_are_no_copies(table):
    odd = table()
    odd.columns["flag"] = odd.columns["other"] = [1] * 4 + [0] * 396

    assert odd.codes() == []


def test_gaps_in_other_rows_make_other_columns(table):
    odd = table()
    filled = {"impute": {"method": "mean", "indicator": True}}
    odd.encode(a=filled, twin=filled)
    odd.columns["twin"] = [
        "" if row % 9 == 0 else cell for row, cell in enumerate(odd.columns["a"])
    ]

    assert odd.codes() == []


@pytest.fixture
def compared(monkeypatch):
    """How often two columns have been compared row by row."""
    calls = []
    for name in ("_is_alike", "_is_renamed"):
        counted = getattr(near_equal, name)
        monkeypatch.setattr(
            near_equal,
            name,
            lambda *both, counted=counted: calls.append(both) or counted(*both),
        )
    return calls


@pytest.mark.parametrize("kind", ["chance", "copies", "categories"])
def test_of_many_columns_few_are_compared(table, compared, kind):
    odd = table(rows=60)
    base = odd.random.integers(0, 3, 60)
    for place in range(300):
        drawn = odd.random.integers(0, 3, 60) if kind == "chance" else base
        odd.columns[f"of{place}"] = (drawn * (place + 1)).tolist()
    if kind == "categories":
        odd.encode(**{"of*": "one_hot"})

    assert odd.codes() == ([] if kind == "chance" else [CODE])
    assert len(compared) < 10 * 300
