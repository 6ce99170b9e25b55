"""What stands in datasets/ is small, and its page says where it comes from."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

DATASETS = Path(__file__).parents[2] / "datasets"
FILES = sorted(path for path in DATASETS.iterdir() if path.suffix in {".csv", ".npz"})
PAGE = (DATASETS / "README.md").read_text("utf-8")


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_every_file_is_small_and_its_page_says_where_it_comes_from(file):
    assert file.stat().st_size <= 500_000
    assert f"| `{file.name}` |" in PAGE
    assert f"**{file.name}**" in PAGE


@pytest.mark.parametrize(
    ("name", "rows", "gaps"),
    [
        ("cars", 398, {"Horsepower": 6}),
        ("diamonds", 2000, {}),
        ("seattle_weather", 1461, {}),
        ("nouns", 2000, {}),
        ("verbs", 3000, {}),
        ("digits_images", 200, {}),
    ],
)
def test_a_table_has_the_rows_and_gaps_that_its_page_names(name, rows, gaps):
    with (DATASETS / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        table = list(csv.DictReader(file))

    assert len(table) == rows
    empty = {column: sum(not row[column] for row in table) for column in table[0]}
    assert {column: count for column, count in empty.items() if count} == gaps


def test_the_licence_of_wordnet_goes_with_its_words():
    text = (DATASETS / "WORDNET-LICENSE.txt").read_text("utf-8")

    assert "Copyright 2006 by Princeton University" in text
    assert "The name of Princeton University or Princeton may not be used" in text
