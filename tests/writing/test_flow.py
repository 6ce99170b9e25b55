"""Values that are pasted into a config are YAML, in lines that fit a terminal."""

from __future__ import annotations

import pytest
import yaml

from dlrun.writing.flow import paste

MANY = {f"column {number} of many": "one_hot" for number in range(60)}
WHEN = [
    {"impute": "most_frequent"},
    {"date": {"parts": ["year", "month"], "format": "%Y/%m/%d at %H"}},
    "scale",
]


def test_what_is_short_stands_in_a_line():
    assert paste("data", {"inputs": {"a": ["b"]}}, "; or not") == (
        "write under data: inputs: {a: [b]}; or not"
    )


@pytest.mark.parametrize(
    "values",
    [
        {"columns": MANY},
        {"inputs": {"numbers": [*MANY, "a, b"], "photo": ["p"]}},
        {"columns": {"a": "one_hot", "*": "scale"}, "scale": "standard"},
        {"columns": {"x" * 90: [{"impute": "median"}, "scale"]}},
        {"columns": {"two words": "one_hot", "others": "drop"}},
        {"columns": {"when": WHEN, "2012": ["null", "1.5"]}},
        {"a": [["b" * 40, "c" * 40], {"d": ["e" * 30, {"f": "g" * 30}]}]},
    ],
)
def test_what_is_long_stands_in_lines_that_are_yaml(values):
    text = paste("data", values, ", and more")

    first, *lines, last = text.split("\n")
    assert (first, last) == ("write under data:", "and more")
    assert yaml.safe_load("\n".join(lines)) == values
    assert all(len(line) <= 60 for line in lines if "x" * 90 not in line)
    assert all(line.startswith("  ") for line in lines)
