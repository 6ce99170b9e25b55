from __future__ import annotations

import copy
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from dlrun.comparison.settings.difference import find_settings
from dlrun.comparison.settings.text import NAMES
from dlrun.experiment import config_of

DENSE = {"Dense": {"units": 16, "activation": "relu", "name": None}}
CONFIG: dict[str, Any] = {
    "name": "a",
    "seed": 1,
    "model": {"layers": [DENSE, {"Dense": {"units": 2}}]},
    "compile": {"optimizer": {"Adam": {"learning_rate": 0.001, "beta_1": 0.9}}},
    "fit": {"epochs": 10, "batch_size": 32},
}


def differing(*configs: dict[str, Any]) -> dict[str, tuple[object, ...]]:
    found = find_settings(configs, frozenset())
    return {setting.path: values for setting, values in found.items()}


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


def test_a_name_with_a_dot_is_written_as_a_config_writes_it():
    one, two = (
        layers({"Dense": {"units": units, "name": "tower.2.main"}}) for units in (3, 4)
    )
    one["fit"] = {"class_weight": {"a.b": 1.0}}
    two["fit"] = {"class_weight": {"a.b": 2.0}}

    assert differing(one, two) == {
        'model.layers["tower.2.main"].units': (3, 4),
        'fit.class_weight["a.b"]': (1.0, 2.0),
    }
    assert heads(one, two) == ["units", '["a.b"]']


def test_another_class_shows_the_class_and_the_arguments_both_know():
    other = changed(
        compile={"optimizer": {"SGD": {"learning_rate": 0.1, "momentum": 0.0}}}
    )

    assert differing(CONFIG, other) == {
        "compile.optimizer": ("Adam", "SGD"),
        "compile.optimizer.learning_rate": (0.001, 0.1),
    }


def test_names_that_a_person_chose_are_no_classes():
    one, two = (
        changed(
            vars={"Net": {"Units": {"first": size}}},
            fit={"class_weight": {"Digit": {"Odd": 1.0, "even": size}}},
            data={"npz": {"features": {"Photo": {"x": size}}}},
        )
        for size in (3, 4)
    )
    other = changed(
        vars={"Tree": {"depth": 2}}, fit={"class_weight": {"Parity": {"Odd": 1.0}}}
    )
    weighed = changed(fit={"class_weight": {"Digit": {"Odd": 2.0}}})

    assert differing(one, two) == {
        "vars.Net.Units.first": (3, 4),
        "fit.class_weight.Digit.even": (3, 4),
        "data.npz.features.Photo.x": (3, 4),
    }
    assert "fit.class_weight.Digit.even" in differing(one, other)
    assert differing(changed(fit={"class_weight": "balanced"}), weighed) == {
        "fit.class_weight": ("balanced", '{"Digit":{"Odd":2.0}}')
    }


def test_the_code_of_a_config_is_told_by_its_hash():
    code = {"path": "source/custom/own.py", "sha256": "ab" * 32}
    other = {**code, "sha256": "cd" * 32}

    found = differing(changed(custom=code), changed(custom=other), CONFIG)

    assert found == {"custom": ("own.py abababababab", "own.py cdcdcdcdcdcd", "absent")}


def test_a_class_without_arguments_is_told_like_those_with_some():
    one, two, three = (
        changed(compile={"loss": {"a": loss, "b": "Hinge"}, "metrics": {"a": metrics}})
        for loss, metrics in (
            ("Hinge", ["accuracy"]),
            ({"Huber": {"delta": 1.0}}, ["accuracy", {"AUC": {"curve": "PR"}}]),
            ({"Huber": {"delta": 2.0}}, ["accuracy", {"AUC": {"curve": "ROC"}}]),
        )
    )

    assert differing(one, two, three) == {
        "compile.loss.a": ("Hinge", "Huber", "Huber"),
        "compile.loss.a.delta": ("absent", 1.0, 2.0),
        "compile.metrics.a": ("accuracy", "accuracy + AUC", "accuracy + AUC (2)"),
    }


def test_where_names_stand_is_what_the_sections_say():
    grammar = config_of({}).grammar

    assert set(NAMES) == {one.path for one in grammar.names if not one.objects}


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

    assert differing(CONFIG, other) == {"model.layers[0].Dense.units": (16, 8)}


def test_a_layer_with_a_name_goes_by_it():
    first = layers({"Conv2D": {"name": "c1", "padding": "valid"}})
    second = layers({"Conv2D": {"name": "c1", "padding": "same"}})

    assert differing(first, second) == {"model.layers.c1.padding": ("valid", "same")}


def dense(units: int, name: str | None = None, **more: object) -> dict[str, Any]:
    return {"Dense": {"name": name, "units": units, **more}}


def dropout(rate: float) -> dict[str, Any]:
    return {"Dropout": {"rate": rate, "enabled": True}}


OUTPUT = dense(2)
NORM = {"BatchNormalization": {"axis": -1, "momentum": 0.9}}
HIDDEN = [dense(16, "h1"), dense(16, "h2")]


def test_layers_that_only_some_models_have_are_named_with_their_place():
    more = layers(HIDDEN[0], dropout(0.5), HIDDEN[1], OUTPUT)

    assert differing(layers(*HIDDEN, OUTPUT), more) == {
        "model.layers.h1+.Dropout": (None, 0.5)
    }
    assert heads(layers(*HIDDEN, OUTPUT), more) == ["Dropout after h1"]


def test_no_two_settings_have_one_path():
    first = layers(dense(8), dense(16, "Dense"), OUTPUT)
    second = layers(dense(9), dropout(0.5), dense(17, "Dense"), OUTPUT)

    found = find_settings([first, second], frozenset())

    paths = [setting.path for setting in found]
    assert len(paths) == len({*paths}) == 3


def test_a_layer_without_a_number_is_there_or_not():
    more = layers(HIDDEN[0], NORM, HIDDEN[1], OUTPUT)

    assert differing(layers(*HIDDEN, OUTPUT), more) == {
        "model.layers.h1+.BatchNormalization": (None, "yes")
    }


def test_what_differs_beside_the_number_is_told_too():
    slow = {"BatchNormalization": {"axis": -1, "momentum": 0.99}}
    found = differing(
        layers(*HIDDEN), *(layers(HIDDEN[0], one, HIDDEN[1]) for one in (NORM, slow))
    )

    assert found == {
        "model.layers.h1+.BatchNormalization": (None, "momentum=0.9", "momentum=0.99")
    }


def test_settings_of_layers_are_told_apart_from_layers_that_are_added():
    wide = layers(dense(64, "h1"), HIDDEN[1], OUTPUT)
    penalty = {"L2": {"l2": 0.01}}
    strict = layers(
        dense(16, "h1", kernel_regularizer=penalty), NORM, HIDDEN[1], OUTPUT
    )

    assert differing(layers(*HIDDEN, OUTPUT), wide, strict) == {
        "model.layers.h1.units": (16, 64, 16),
        "model.layers.h1.kernel_regularizer": (None, None, "L2(0.01)"),
        "model.layers.h1+.BatchNormalization": (None, None, "yes"),
    }


def test_a_deeper_model_keeps_its_output():
    wide = layers(dense(64), OUTPUT)
    deep = layers(dense(16), dense(16), OUTPUT)

    assert differing(layers(dense(16), OUTPUT), wide, deep) == {
        "model.layers[0].Dense.units": (16, 64, 16),
        "model.layers.Dense1+.Dense": (None, None, 16),
    }


def test_several_new_layers_of_a_class_stand_in_one_value():
    deeper = [layers(dense(16, "in"), *[dense(8)] * many, OUTPUT) for many in (0, 1, 3)]

    assert differing(*deeper) == {"model.layers.in+.Dense": (None, 8, "8-8-8")}


def test_another_class_in_one_place_is_one_difference():
    embed = {"Embedding": {"input_dim": 9}}
    lstm, gru = ({kind: {"units": 4}} for kind in ("LSTM", "GRU"))

    found = differing(
        *(layers(embed, one, OUTPUT) for one in (lstm, gru)),
        layers(embed, lstm, dropout(0.5), OUTPUT),
    )

    assert differing(*(layers(embed, one, OUTPUT) for one in (lstm, gru))) == {
        "model.layers[1]": ("LSTM", "GRU")
    }
    assert found == {
        "model.layers.Embedding+.LSTM": (4, None, 4),
        "model.layers.Embedding+.GRU": (None, 4, None),
        "model.layers.Embedding+.Dropout": (None, None, 0.5),
    }


def test_models_of_another_order_stay_apart():
    first = layers(HIDDEN[0], NORM, dropout(0.5), HIDDEN[1])
    second = layers(HIDDEN[0], dropout(0.5), NORM, HIDDEN[1])

    values = differing(first, second, layers(*HIDDEN))["model.layers.h1+.layers"]

    assert values == (
        "BatchNormalization + Dropout(0.5)",
        "Dropout(0.5) + BatchNormalization",
        None,
    )


def test_the_order_of_the_runs_changes_no_column():
    models = [
        layers(*HIDDEN, OUTPUT),
        layers(HIDDEN[0], NORM, HIDDEN[1], dropout(0.2), OUTPUT),
        layers(HIDDEN[0], dropout(0.3), HIDDEN[1], OUTPUT),
    ]

    forth, back = differing(*models), differing(*reversed(models))

    assert forth == {path: values[::-1] for path, values in back.items()}


def test_models_with_little_in_common_are_told_as_a_whole():
    first = layers(*[{"Conv2D": {"filters": 8}}] * 5, OUTPUT)
    second = layers(*[dense(16)] * 7, OUTPUT)

    assert differing(first, second) == {
        "model.layers": ("6 layers +5 Conv2D", "8 layers +7 Dense")
    }


def test_a_few_callbacks_go_by_their_classes():
    stop = {"EarlyStopping": {"patience": 10}}

    found = differing(*(changed(fit={"callbacks": many}) for many in ([], [stop])))

    assert found == {"fit.callbacks": ("none", "EarlyStopping")}


layer_lists = st.lists(
    st.sampled_from([*HIDDEN, OUTPUT, dense(8), NORM, dropout(0.1), dropout(0.2)]),
    max_size=7,
    unique_by=lambda one: one.get("Dense", {}).get("name") or object(),
)


def nameless(items):
    """The layers without their names, which alone may make no difference."""
    return [
        {
            kind: {key: value for key, value in arguments.items() if key != "name"}
            if isinstance(arguments, dict)
            else arguments
            for kind, arguments in one.items()
        }
        for one in items
    ]


@given(st.lists(layer_lists, min_size=2, max_size=5))
def test_other_models_always_differ_and_equal_ones_never(models):
    found = [*differing(*(layers(*one) for one in models)).values()]

    rows = [*zip(*found, strict=True)] or [()] * len(models)
    for at, one in enumerate(models):
        for also, other in enumerate(models):
            assert one != other or rows[at] == rows[also]
            assert nameless(one) == nameless(other) or rows[at] != rows[also]


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


def test_other_names_of_layers_are_no_difference():
    named, renamed = [dense(16, "h1"), OUTPUT], [dense(16, "first"), OUTPUT]
    deeper = [dense(16, "first"), dropout(0.5), OUTPUT]

    assert differing(layers(*named), layers(*renamed)) == {}
    assert differing(layers(*named), layers(*deeper)) == {
        "model.layers.Dense1+.Dropout": (None, 0.5)
    }
