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
