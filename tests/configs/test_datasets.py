"""What stands in datasets/ is small, and its page says where it comes from."""

from __future__ import annotations

import csv
import importlib.util
import sys
from pathlib import Path

import pytest

DATASETS = Path(__file__).parents[2] / "datasets"
FILES = sorted(path for path in DATASETS.iterdir() if path.suffix in {".csv", ".npz"})
PAGE = (DATASETS / "README.md").read_text("utf-8")


@pytest.fixture(scope="module")
def make_tables():
    """The script that writes the tables."""
    file = DATASETS / "make_tables.py"
    spec = importlib.util.spec_from_file_location("make_tables", file)
    module = importlib.util.module_from_spec(spec)
    sys.modules["make_tables"] = module  # a dataclass looks for its own module there
    spec.loader.exec_module(module)
    yield module
    del sys.modules["make_tables"]


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


def test_the_table_of_images_is_written_again_to_the_byte(make_tables, tmp_path):
    (tmp_path / "digits.npz").symlink_to(DATASETS / "digits.npz")
    make_tables.HERE = tmp_path

    make_tables.write_digits_images()

    written = (tmp_path / "digits_images.csv").read_bytes()
    assert written == (DATASETS / "digits_images.csv").read_bytes()


def test_every_path_of_the_table_of_images_leads_to_one():
    with (DATASETS / "digits_images.csv").open(encoding="utf-8") as file:
        paths = [row["image"] for row in csv.DictReader(file)]

    assert len(set(paths)) == 200
    assert all((DATASETS / path).is_file() for path in paths)


def test_a_line_of_wordnet_is_read_as_its_manual_says(make_tables):
    line = (
        "00002724 29 v 02 choke 0 take_air 1 002 $ 00001740 v 0000 @ 00001740 v 0000"
        ' 02 + 02 00 + 08 01 | breathe with great difficulty; "She choked"  '
    )

    found = make_tables.Meaning.parse(line)

    assert found.file == "29"
    assert found.words == ["choke", "take_air"]
    assert found.leads("@") == ["00001740"]
    assert found.frames == [(2, 0), (8, 1)]
    assert found.gloss == "breathe with great difficulty"
