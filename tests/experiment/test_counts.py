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


@pytest.fixture
def arrays(tmp_path):
    import numpy as np

    file = tmp_path / "a.npz"
    names = np.array(["a", "b", "c", "b"])
    labels = {"y": np.arange(4) % 2, "name": names, "size": np.arange(4) / 4}
    np.savez(file, x=np.zeros((4, 2), "float32"), **labels)
    return {"path": str(file)}


SEVERAL = [
    {"Dense": {"units": 4, "name": "trunk"}},
    {"Dense": {"units": "classes", "activation": "softmax", "name": "kind"}},
    {"Dense": {"from": "trunk", "units": 1, "name": "size"}},
]
LOSSES = {"loss": {"kind": "sparse_categorical_crossentropy", "size": "mse"}}


def parse_several(arrays, layers=SEVERAL, **data):
    labels = {"kind": "name", "size": "size"} | data.pop("labels", {})
    outputs = [next(iter(layer.values()))["name"] for layer in layers[1:]]
    return parse(
        layers,
        {"npz": {**arrays, "labels": labels}, **data},
        [f"model.outputs=[{','.join(outputs)}]"],
        compile=LOSSES,
    )


def test_labels_in_an_array_tell_their_classes(arrays):
    experiment = parse([{"Dense": "classes"}], {"npz": {**arrays, "labels": "name"}})

    assert experiment.layers[-1].output_shape == (3,)


def test_of_several_outputs_the_one_of_the_layers_name_tells_its_classes(arrays):
    assert parse_several(arrays).layers[1].output_shape == (3,)


def test_of_several_outputs_the_layer_that_asks_has_the_name_of_one(arrays):
    named = {**SEVERAL[1]["Dense"], "name": "what"}

    with pytest.raises(SpecError, match="name the layer: kind, size"):
        parse_several(arrays, [SEVERAL[0], {"Dense": named}, SEVERAL[2]])


def test_labels_that_name_no_classes_are_told_beside_other_mistakes(arrays):
    layers = [{"Dense": -1}, {"Dense": "classes"}]

    with pytest.raises(SpecError) as caught:
        parse(layers, {"npz": {**arrays, "labels": "size"}})

    assert [problem.path for problem in caught.value.problems] == [
        ("data", "npz", "labels"),
        ("model", "layers", 0, "Dense", "units"),
    ]


def test_where_nobody_knows_the_classes_the_cure_is_told_and_nothing_else(
    arrays, monkeypatch
):
    monkeypatch.setattr("dlrun.components.sources.npz.READ_AT_MOST", 1)
    layers = [{"Dense": {"units": "classes", "activation": "softmax"}}]

    with pytest.raises(SpecError, match="only known when the rows are read") as caught:
        parse(layers, {"npz": arrays})
    cured = parse(layers, {"npz": arrays, "classes": ["0", "1"]})
    with pytest.raises(SpecError, match=r"data\.classes: {kind: \[a, b, c\]}"):
        parse_several(arrays)

    assert [problem.path for problem in caught.value.problems] == [
        ("model", "layers", 0, "Dense", "units")
    ]
    assert cured.layers[-1].output_shape == (2,)


def test_other_words_are_no_number():
    with pytest.raises(SpecError, match="`units` must be an integer"):
        parse([{"Dense": {"units": "class"}}])


def test_a_schedule_falls_until_the_last_step_of_the_run():
    from dlrun.engines import KerasDoor
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

    read, _ = read_rows(experiment, KerasDoor())

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
