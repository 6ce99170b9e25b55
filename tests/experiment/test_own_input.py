"""A column of a shape of its own makes an input of its own, and says what to paste."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import ClassVar

import numpy as np
import pytest
import yaml
from typing_extensions import override

from dlrun.components.encoders import Chain, ColumnEncoder
from dlrun.data import Dataset
from dlrun.engines import KerasDoor
from dlrun.errors import DataError
from dlrun.experiment.data import DataSpec
from dlrun.experiment.own_input import own_input_problems
from dlrun.rows import encoding
from dlrun.rows.encoding import encode_columns
from dlrun.rows.learning import learn_columns
from dlrun.rows.prepared import names_of, shapes_of
from dlrun.runs import PreparedColumn
from dlrun.runs.reading import JsonObject


class Words(ColumnEncoder, abstract=True):
    """Two numbers of words for each row."""

    key: ClassVar[str] = "words"

    @property
    @override
    def takes(self):
        return "texts"

    @override
    def outline(self, given):
        return replace(given, form="tokens", names=(), shape=(2,))

    @override
    def apply(self, state, column):
        return np.array([[len(text), 0] for text in column], dtype="float64")


WORDS = (Words(),)
NUMBER = (ColumnEncoder.model_validate("number"),)


def chain(column, encoders=NUMBER, entry=None):
    return Chain(column, entry or column, encoders)


def problems(chains, **stated):
    data = DataSpec.model_validate({"csv": {"path": "a.csv", "labels": "y"}, **stated})
    return list(own_input_problems(data, chains))


def cure(problem):
    """The inputs that a cure says, after it was pasted."""
    return yaml.safe_load(problem.hint.removeprefix("write under data:"))


CHAINS = [
    chain("mass"),
    chain("a_mm", entry="*_mm"),
    chain("b_mm", entry="*_mm"),
    chain("note", WORDS),
    chain("title", WORDS),
]


def test_without_inputs_the_lines_name_all_of_them():
    (problem,) = problems(CHAINS)

    assert problem.path == ("data", "columns", "note")
    assert (
        "becomes tokens of the shape [2]: it needs an input of its" in problem.message
    )
    assert cure(problem) == {
        "inputs": {
            "numbers": ["mass", "*_mm"],
            "note": ["note"],
            "title": ["title"],
        }
    }
    assert problems(CHAINS, **cure(problem)) == []


def test_an_input_of_the_only_column_is_called_like_it():
    (problem,) = problems([chain("note", WORDS)])

    assert cure(problem) == {"inputs": {"note": ["note"]}}
    assert problems([chain("note", WORDS)], **cure(problem)) == []


def test_a_pattern_that_fits_others_too_is_not_what_a_cure_names():
    chains = [chain("a"), chain("b", entry="*"), chain("c", WORDS)]

    (problem,) = problems(chains)

    assert cure(problem)["inputs"] == {"numbers": ["a", "b"], "c": ["c"]}


@pytest.mark.parametrize(
    ("stated", "cured"),
    [
        (
            {"all": ["*"]},
            {"all": ["mass", "*_mm"], "note": ["note"], "title": ["title"]},
        ),
        (
            {"note": ["mass", "note"], "rest": ["*_mm"]},
            {"numbers": ["mass"], "rest": ["*_mm"], "note": ["note"]},
        ),
        (
            {"texts": ["note", "title"], "mass": ["m*"]},
            {"mass": ["m*"], "note": ["note"], "title": ["title"]},
        ),
        (
            {"words": ["note"], "all": ["mass", "note"]},
            {"words": ["note"], "all": ["mass"]},
        ),
    ],
)
def test_an_input_that_mixes_shapes_is_divided(stated, cured):
    (problem,) = problems(CHAINS, inputs=stated)

    assert problem.path[:2] == ("data", "inputs")
    assert cure(problem) == {"inputs": cured}
    assert problems(CHAINS, inputs=cured) == []


def test_nothing_stands_behind_tokens_or_puts_a_column_beside_them():
    scaled = chain("c", (*WORDS, ColumnEncoder.model_validate("scale")))
    fill = {"method": "most_frequent", "indicator": True}
    filled = chain("c", (ColumnEncoder.model_validate({"impute": fill}), *WORDS))

    assert "which gives an input of the model" in scaled.misfit().message
    assert "beside which no other column stands" in filled.misfit().message


@pytest.fixture
def learned(monkeypatch):
    monkeypatch.setattr(encoding, "encoders_of", _encoders)
    rows = Dataset(
        {},
        columns={
            "mass": np.array([1.0, 2.0]),
            "note": np.array(["a", "abc"], dtype=object),
        },
    )
    chains = [chain("mass"), chain("note", WORDS)]
    return learn_columns(chains, rows, rows), rows


def _encoders(prepared):
    is_words = prepared.row_shape is not None
    return list(WORDS if is_words else NUMBER)


INPUTS = {"numbers": ("mass",), "text": ("note",)}


def test_an_input_of_its_own_keeps_its_shape_and_has_no_names(learned):
    prepared, rows = learned

    encoded = encode_columns(prepared, INPUTS, rows, KerasDoor())

    assert encoded.features["text"].tolist() == [[1, 0], [3, 0]]
    assert encoded.features["text"].dtype == "float32"
    assert shapes_of(prepared, INPUTS) == {"numbers": (1,), "text": (2,)}
    assert names_of(prepared, INPUTS) == {"numbers": ("mass",)}


def test_a_shape_is_read_as_it_was_written(learned, tmp_path):
    prepared, _ = learned

    written = json.loads(json.dumps(prepared["note"].to_json()))

    assert PreparedColumn.read(JsonObject(tmp_path, written)) == prepared["note"]
    assert "row_shape" not in prepared["mass"].to_json()


def test_a_state_that_gives_another_shape_is_damage(learned):
    prepared, rows = learned
    damaged = {"note": replace(prepared["note"], row_shape=(3,))}

    with pytest.raises(DataError, match="is damaged: it gives rows of \\[2\\]"):
        encode_columns(damaged, {"text": ("note",)}, rows, KerasDoor())
