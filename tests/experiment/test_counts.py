"""`units: classes` and `decay_steps: auto`: numbers that the data tell."""

from __future__ import annotations

import pytest

from dlrun.config import located
from dlrun.errors import SpecError
from dlrun.experiment import config_of, parse_spec

ROWS = {"features": [[0, 1], [1, 0], [1, 1], [0, 0]], "labels": ["a", "b", "c", "a"]}
COSINE = {"CosineDecay": {"initial_learning_rate": 0.1, "decay_steps": "auto"}}


def parse(layers, data=None, overrides=(), **sections):
    config = {
        "name": "a",
        "data": data or {"inline": ROWS},
        "model": {"layers": layers},
        "compile": {"loss": "sparse_categorical_crossentropy"},
        **sections,
    }
    node = config_of(config, overrides)
    with located(node):
        return parse_spec(node)


@pytest.mark.parametrize(
    "layer",
    [
        {"Dense": {"units": "classes"}},
        {"Dense": "classes"},
        {"Dense": {"units": "classes", "name": "out"}},
    ],
)
def test_a_layer_has_a_unit_for_each_class(layer):
    experiment = parse([{"Dense": 4}, layer])

    assert experiment.layers[-1].output_shape == (3,)
    last = experiment.spec.values()["model"]["layers"][-1]
    assert last["Dense"]["units"] == 3


def test_an_argument_may_ask_for_the_classes():
    experiment = parse(
        [{"Dense": {"units": 7, "name": "out"}}],
        overrides=["model.layers.out.units=classes"],
    )

    assert experiment.layers[-1].output_shape == (3,)


def test_a_layer_within_another_may_ask_for_the_classes():
    layers = [
        {"Reshape": [2, 1]},
        {"TimeDistributed": {"layer": {"Dense": {"units": "classes"}}}},
        "Flatten",
        {"Dense": "classes"},
    ]

    assert parse(layers).layers[1].output_shape == (2, 3)


def test_a_table_tells_its_classes(tmp_path):
    file = tmp_path / "a.csv"
    file.write_text("x,kind\n1,3\n2,10\n3,3.0\n4,7\n")
    source = {"csv": {"path": str(file), "labels": "kind"}}

    experiment = parse([{"Dense": "classes"}], source)

    assert experiment.layers[-1].output_shape == (3,)


def test_listed_classes_are_counted(tmp_path):
    file = tmp_path / "a.csv"
    file.write_text("x,kind\n1,a\n2,b\n")
    source = {"csv": {"path": str(file), "labels": "kind"}, "classes": ["a", "b", "c"]}

    assert parse([{"Dense": "classes"}], source).layers[-1].output_shape == (3,)


@pytest.mark.parametrize(
    "last",
    [{"Dense": "classes"}, {"Dense": {"units": "classes", "activation": "softmax"}}],
)
def test_where_nobody_knows_the_classes_the_cure_is_told(tmp_path, last):
    import numpy as np

    file = tmp_path / "a.npz"
    np.savez(file, x=np.zeros((4, 2), "float32"), y=np.arange(4) % 2)
    source = {"npz": {"path": str(file)}}

    with pytest.raises(SpecError, match="only known when the rows are read") as caught:
        parse([last], source)
    cured = parse([last], {**source, "classes": ["0", "1"]})

    (problem,) = caught.value.problems
    assert problem.path[:4] == ("model", "layers", 0, "Dense")
    assert cured.layers[-1].output_shape == (2,)


def test_other_words_are_no_number():
    with pytest.raises(SpecError, match="`units` must be an integer"):
        parse([{"Dense": {"units": "class"}}])


def test_a_schedule_falls_until_the_last_step_of_the_run():
    from dlrun.rows import read_rows

    experiment = parse(
        [{"Dense": 3}],
        compile={
            "loss": "sparse_categorical_crossentropy",
            "optimizer": {"SGD": {"learning_rate": COSINE}},
        },
        fit={"epochs": 5, "batch_size": 3},
    )
    before = experiment.spec.compile.optimizer.learning_rate.decay_steps

    read, _ = read_rows(experiment, lambda *_: None)

    assert before == "auto"
    assert read.spec.compile.optimizer.learning_rate.decay_steps == 5 * 2


def test_with_pseudo_labels_no_number_is_that_of_the_run():
    with pytest.raises(SpecError, match="no number of steps is that of the run"):
        parse(
            [{"Dense": {"units": 3, "activation": "softmax"}}],
            compile={
                "loss": "sparse_categorical_crossentropy",
                "optimizer": {"SGD": {"learning_rate": COSINE}},
            },
            pseudo_label={"unlabelled": {"inline": {"features": [[0, 1]]}}},
        )
