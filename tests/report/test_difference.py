from __future__ import annotations

import copy
from typing import Any

from dlrun.report.difference import find_settings

DENSE = {"Dense": {"units": 16, "activation": "relu", "name": None}}
CONFIG: dict[str, Any] = {
    "name": "a",
    "seed": 1,
    "model": {"layers": [DENSE, {"Dense": {"units": 2}}]},
    "compile": {"optimizer": {"Adam": {"learning_rate": 0.001, "beta_1": 0.9}}},
    "fit": {"epochs": 10, "batch_size": 32},
}


def differing(*configs: dict[str, Any]) -> dict[str, tuple[object, ...]]:
    return {one.path: one.values for one in find_settings(configs, frozenset())}


def heads(*configs: dict[str, Any]) -> list[str]:
    return [one.head for one in find_settings(configs, frozenset({"epochs"}))]


def changed(**sections: Any) -> dict[str, Any]:
    return copy.deepcopy(CONFIG) | sections


def layers(*items: object) -> dict[str, Any]:
    return changed(model={"layers": list(items)})


def test_equal_configs_differ_in_nothing():
    assert differing(CONFIG, copy.deepcopy(CONFIG)) == {}


def test_names_tags_and_descriptions_are_no_difference():
    assert differing(CONFIG, changed(name="b", description="x", tags=["y"])) == {}


def test_a_seed_is_a_difference():
    assert differing(CONFIG, changed(seed=2)) == {"seed": (1, 2)}


def test_a_value_is_found_under_its_yaml_path():
    other = changed(
        compile={"optimizer": {"Adam": {"learning_rate": 0.1, "beta_1": 0.9}}}
    )

    assert differing(CONFIG, other) == {
        "compile.optimizer.Adam.learning_rate": (0.001, 0.1)
    }


def test_another_class_shows_the_class_and_the_arguments_both_know():
    other = changed(
        compile={"optimizer": {"SGD": {"learning_rate": 0.1, "momentum": 0.0}}}
    )

    assert differing(CONFIG, other) == {
        "compile.optimizer": ("Adam", "SGD"),
        "compile.optimizer.learning_rate": (0.001, 0.1),
    }


def test_a_missing_key_is_a_value_of_its_own():
    assert differing(CONFIG, changed(fit={"epochs": 10})) == {
        "fit.batch_size": (32, "absent")
    }


def test_null_against_an_object_is_one_column():
    bare = layers({"Dense": {"units": 1, "kernel_regularizer": None}})
    penalty = layers(
        {"Dense": {"units": 1, "kernel_regularizer": {"L2": {"l2": 0.01}}}}
    )

    assert differing(bare, penalty) == {
        "model.layers[0].Dense.kernel_regularizer": (None, "L2(0.01)")
    }


def test_layers_of_one_number_are_compared_one_by_one():
    other = layers(
        {"Dense": {"units": 8, "activation": "relu"}}, {"Dense": {"units": 2}}
    )

    assert differing(CONFIG, other) == {
        "model.layers[0].Dense.units": (16, 8),
        "model.layers[0].Dense.name": (None, "absent"),
    }


def test_a_layer_with_a_name_goes_by_it():
    first = layers({"Conv2D": {"name": "c1", "padding": "valid"}})
    second = layers({"Conv2D": {"name": "c1", "padding": "same"}})

    assert differing(first, second) == {"model.layers.c1.padding": ("valid", "same")}


def test_one_layer_more_is_named():
    dropout = {"Dropout": {"rate": 0.5}}
    other = layers(DENSE, dropout, dropout, {"Dense": {"units": 2}})

    assert differing(CONFIG, other) == {
        "model.layers": ("2 layers", "4 layers +2 Dropout")
    }


def test_models_that_look_alike_show_their_sizes():
    wide = layers({"Dense": {"units": 64}}, {"Dense": {"units": 2}})
    deep = layers(DENSE, DENSE, {"Dense": {"units": 2}})

    assert differing(CONFIG, wide, deep) == {
        "model.layers": ("2 layers: 16-2", "2 layers: 64-2", "3 layers +Dense: 16-16-2")
    }


def test_long_rows_of_numbers_are_one_difference():
    rows = [list(range(50)), [*range(49), 0], list(range(50))]

    values = differing(*(changed(data={"x": row}) for row in rows))["data.x"]

    assert values[0] == values[2] != values[1]
    assert all(len(str(value)) < 40 for value in values)


def test_heads_are_the_shortest_endings_that_stand_alone():
    other = changed(
        seed=2,
        fit={"epochs": 20, "batch_size": 8},
        model={
            "layers": [
                {"Dense": {**DENSE["Dense"], "units": 1}},
                {"Dense": {"units": 3}},
            ]
        },
    )

    assert heads(CONFIG, other) == [
        "seed",
        "layers[0].Dense.units",
        "layers[1].Dense.units",
        "fit.epochs",
        "batch_size",
    ]
