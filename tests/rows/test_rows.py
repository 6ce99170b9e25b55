from __future__ import annotations

import pytest

from dlrun.config import node_of
from dlrun.engines import KerasDoor
from dlrun.errors import SpecError
from dlrun.experiment import parse_spec
from dlrun.rows import read_rows


def experiment_of(directory, units=2, **data):
    source = {"csv": {"path": "rows.csv", "labels": "kind"}}
    layers = [{"Dense": {"units": units, "activation": "softmax"}}]
    return parse_spec(
        node_of(
            {
                "name": "rows",
                "data": source | data,
                "model": {"layers": layers},
                "compile": {"loss": "sparse_categorical_crossentropy"},
            },
            directory,
        )
    )


@pytest.fixture
def table(tmp_path):
    lines = [f"{number},{'ab'[number % 2]}" for number in range(20)]
    (tmp_path / "rows.csv").write_text("\n".join(["size,kind", *lines]))
    return tmp_path


def test_the_rows_come_with_the_facts_that_only_they_tell(table):
    before = experiment_of(table, split={"validation": 0.25, "test": 0.25})

    after, parts = read_rows(before, KerasDoor())

    assert before.facts.classes == {}
    assert after.facts.classes == {"output": ("a", "b")}
    assert after.facts.num_rows == 20
    assert (len(parts.train), len(parts.validation), len(parts.test)) == (10, 5, 5)
    assert after.spec == before.spec


def test_a_config_that_does_not_fit_its_classes_is_refused(table):
    with pytest.raises(SpecError) as caught:
        read_rows(experiment_of(table, units=1), KerasDoor())

    (problem,) = caught.value.problems
    assert problem.path == ("model", "layers", 0, "Dense", "units")


def sequences(rows, *between, mask=True):
    """Read rows of tokens for a model that takes their mean."""
    embedding = {"input_dim": 5, "output_dim": 2, "mask_zero": mask}
    layers = [
        {"Embedding": embedding},
        *between,
        "GlobalAveragePooling1D",
        {"Dense": {"units": 2, "activation": "softmax"}},
    ]
    config = {
        "name": "sequences",
        "data": {"inline": {"features": rows, "labels": ["a", "b"] * 2}},
        "model": {"layers": layers},
        "compile": {"loss": "sparse_categorical_crossentropy"},
    }
    return read_rows(parse_spec(node_of(config)), KerasDoor())


EMPTY = [[1, 2, 0], [0, 0, 0], [3, 0, 0], [0, 0, 0]]


@pytest.mark.parametrize("between", [[], [{"Dropout": 0.5}, "LayerNormalization"]])
def test_a_mean_of_steps_that_are_all_masked_is_refused(between):
    with pytest.raises(SpecError) as caught:
        sequences(EMPTY, *between)

    (problem,) = caught.value.problems
    assert problem.message == (
        "2 rows of `input` are 0 throughout, which mask_zero hides: "
        "`GlobalAveragePooling1D` takes the mean of nothing, which is no number"
    )
    assert problem.hint == "remove mask_zero of layer 1 (`Embedding`), or the rows"


def test_a_mean_of_some_steps_or_without_a_mask_is_fine():
    some = [[1, 2, 0], [0, 0, 1], [3, 0, 0], [4, 0, 0]]

    assert sequences(some)[0].warnings == ()
    assert sequences(EMPTY, mask=False)[0].warnings == ()
    assert sequences(EMPTY, {"Conv1D": {"filters": 2, "kernel_size": 1}})[0]
