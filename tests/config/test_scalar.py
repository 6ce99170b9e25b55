from __future__ import annotations

import copy
import json
import math
import pickle
from pathlib import Path

import pytest
import yaml

from dlrun.config import ConfigText
from dlrun.config.scalar import ScalarError, parse_scalar


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("", None),
        ("~", None),
        ("null", None),
        ("true", True),
        ("False", False),
        ("no", "no"),
        ("on", "on"),
        ("yes", "yes"),
        ("y", "y"),
        ("0", 0),
        ("-0", 0),
        ("+12", 12),
        ("0x1F", 31),
        ("0o17", 15),
        ("0b11", "0b11"),
        ("1_000", "1_000"),
        ("1e-4", 1e-4),
        ("1e3", 1000.0),
        ("-.5", -0.5),
        ("5.", 5.0),
        ("01.5", 1.5),
        (".inf", math.inf),
        ("-.INF", -math.inf),
        (".", "."),
        ("-", "-"),
        ("1e", "1e"),
        ("inf", "inf"),
        ("nan", "nan"),
        ("2024-01-01", "2024-01-01"),
        ("12:30:45", "12:30:45"),
        ("1.2.3", "1.2.3"),
        ("\u0661", "\u0661"),
    ],
)
def test_a_plain_scalar_is_read_as_in_yaml_1_2(text, value):
    found = parse_scalar(text)

    assert found == value
    assert type(found) is type(value)


def test_not_a_number_can_be_written():
    assert math.isnan(parse_scalar(".nan"))


@pytest.mark.parametrize("text", ["010", "-00", "+01", "08"])
def test_a_leading_zero_is_ambiguous(text):
    with pytest.raises(ScalarError) as caught:
        parse_scalar(text)

    assert caught.value.code == "ambiguous-number"


@pytest.mark.parametrize("text", ["1e999", "-1e400", "9" * 5000, "0x" + "f" * 3000])
def test_a_number_that_no_float_can_hold_is_out_of_range(text):
    with pytest.raises(ScalarError) as caught:
        parse_scalar(text)

    assert caught.value.code == "number-out-of-range"
    assert len(str(caught.value)) < 80


def test_a_text_keeps_its_directory_when_copied_or_pickled():
    text = ConfigText("iris.csv", Path("/data"))

    copies = [copy.copy(text), copy.deepcopy(text), pickle.loads(pickle.dumps(text))]

    assert [(twin, twin.directory) for twin in copies] == [
        ("iris.csv", Path("/data"))
    ] * 3


def test_a_text_is_written_like_any_other():
    text = ConfigText("no", Path("/data"))

    assert json.dumps([text]) == '["no"]'
    assert yaml.safe_dump({"name": text}) == yaml.safe_dump({"name": "no"})
    assert hash(text) == hash("no")
