from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlrun.config import node_of
from dlrun.data import INPUT, OUTPUT
from dlrun.engines import KerasDoor
from dlrun.errors import DataError, format_path
from dlrun.experiment import parse_spec
from dlrun.experiment.data import DataSpec
from dlrun.experiment.fit import FitSpec
from dlrun.rows import build_dataset, read_rows
from dlrun.runs import Preprocessing
from dlrun.runs.reading import JsonObject

RNG = np.random.default_rng(0)
FEATURES = RNG.normal([5, -50], [1, 20], (60, 2)).round(3).tolist()
LABELS = ["no", "yes"] * 30


def inline(features=FEATURES, labels=LABELS):
    return {"inline": {"features": features, "labels": labels}}


def parts_of(data, fit=None, task="classification", seed=0):
    spec, fit_spec = DataSpec.model_validate(data), FitSpec.model_validate(fit or {})
    wanted = "one_hot" if spec.one_hot else task
    return build_dataset(spec, fit_spec, wanted, seed, KerasDoor())


def problems(data, fit=None, task="classification"):
    with pytest.raises(DataError) as caught:
        parts_of(data, fit, task)
    return [(format_path(item.path), item.message) for item in caught.value.problems]


def test_all_rows_train_where_nothing_is_held_out():
    parts = parts_of(inline())

    assert len(parts.train) == 60
    assert parts.validation is None
    assert parts.test is None
    assert parts.split.parts["train"].origin == "data"


def test_a_split_divides_the_rows_and_is_recorded():
    parts = parts_of(inline() | {"split": {"validation": 0.2, "test": 0.1}}, seed=7)

    record = json.loads(json.dumps(parts.split.to_json()))
    ids = {name: part["ids"] for name, part in record["parts"].items()}

    assert record["seed"] == 7
    assert {part["from"] for part in record["parts"].values()} == {"data.split"}
    assert {name: part["rows"] for name, part in record["parts"].items()} == {
        "train": 42,
        "validation": 12,
        "test": 6,
    }
    assert sorted(ids["train"] + ids["validation"] + ids["test"]) == list(range(60))
    assert ids["validation"] == list(parts.validation.ids)
    assert parts.train.class_counts() == {"no": 21, "yes": 21}


def test_the_fingerprint_is_that_of_the_data_and_the_hash_that_of_the_split():
    split = {"split": {"validation": 0.2}}

    one, other = (parts_of(inline() | split, seed=seed) for seed in (1, 2))
    changed = parts_of(inline(features=[[9, 9], *FEATURES[1:]]) | split, seed=1)

    assert one.fingerprint == other.fingerprint != changed.fingerprint
    assert len({one.split.sha256, other.split.sha256, changed.split.sha256}) == 3


def test_the_last_rows_validate_as_in_keras():
    parts = parts_of(inline(), {"validation_split": 0.2})

    assert parts.train.ids == tuple(range(48))
    assert parts.validation.ids == tuple(range(48, 60))
    assert parts.warnings == ()


def test_the_last_rows_are_those_of_what_a_split_leaves():
    data = inline() | {"split": {"test": 0.1}}
    without = parts_of(data)

    parts = parts_of(data, {"validation_split": 0.2})

    assert parts.test.ids == without.test.ids
    assert parts.train.ids + parts.validation.ids == without.train.ids
    assert len(parts.validation) == 11
    assert parts.split.parts["validation"].origin == "fit.validation_split"


def test_last_rows_that_do_not_represent_the_others_are_a_warning():
    labels = ["no"] * 25 + ["yes"] * 35

    parts = parts_of(inline(labels=labels), {"validation_split": 0.2})

    (warning,) = parts.warnings
    assert warning.path == ("fit", "validation_split")
    assert warning.severity == "warning"
    assert warning.message == (
        "the validation rows are not representative: "
        "none of the 12 validation rows is of class no, but 25 train rows are"
    )


def test_train_rows_of_a_single_class_teach_nothing():
    found = problems(
        inline(labels=["no"] * 48 + ["yes"] * 12), {"validation_split": 0.2}
    )

    assert found == [("fit.validation_split", "all 48 train rows are of class no")]


def test_sources_of_their_own_take_the_classes_and_columns_of_the_train_rows(tmp_path):
    (tmp_path / "train.csv").write_text("a,b,y\n1,10,u\n2,20,v\n3,30,w\n")
    (tmp_path / "more.csv").write_text("y,b,a\nw,30,3\n")
    own = {"csv": {"path": str(tmp_path / "more.csv"), "labels": "y"}}
    data = {"csv": {"path": str(tmp_path / "train.csv"), "labels": "y"}}

    parts = parts_of(data | {"validation": own, "test": own})

    assert (
        parts.validation.features[INPUT].tolist()
        == parts.test.features[INPUT].tolist()
        == [[3, 30]]
    )
    assert parts.validation.labels[OUTPUT].tolist() == [2]
    assert parts.validation.classes == {"output": ("u", "v", "w")}
    assert parts.split.parts["validation"].origin == "data.validation"


def test_an_unknown_class_in_the_validation_rows_is_named_with_its_row(tmp_path):
    (tmp_path / "more.csv").write_text("a,b,y\n1,2,yes\n3,4,perhaps\n")
    own = {"csv": {"path": str(tmp_path / "more.csv"), "labels": "y"}}

    assert problems(inline() | {"validation": own}) == [
        ("data.validation.csv.labels", "more.csv:3: label perhaps is not in no, yes")
    ]


def test_validation_rows_of_another_shape_are_refused():
    own = inline(features=[[1, 2, 3]], labels=["no"])

    assert problems(inline() | {"validation": own}) == [
        ("data.validation.inline", "expected 2 columns, got 3")
    ]


def test_training_needs_labels():
    assert problems({"inline": {"features": [[1], [2]]}}) == [
        ("data.inline", "there are no labels to train with")
    ]


def test_a_class_without_rows_is_a_warning():
    parts = parts_of(inline() | {"classes": ["no", "yes", "perhaps"]})

    assert [(item.path, item.message) for item in parts.warnings] == [
        (("data", "classes"), "class perhaps has no rows")
    ]


def test_copies_of_train_rows_are_a_warning():
    copied = inline(FEATURES[:5] + (np.array(FEATURES[5:10]) + 1).tolist(), LABELS[:10])

    parts = parts_of(inline() | {"validation": copied})

    assert [(item.code, item.message) for item in parts.warnings] == [
        ("leaked-rows", "5 of 10 validation rows are train rows as well")
    ]


def test_equal_features_with_another_label_are_no_copies():
    other = inline(FEATURES[:4], ["yes", "no", "yes", "no"])

    assert parts_of(inline() | {"validation": other}).warnings == ()


def test_people_of_the_same_age_are_no_copies():
    ages = RNG.integers(13, 101, (60, 1)).tolist()

    parts = parts_of(inline(ages) | {"split": {"validation": 0.2}})

    assert parts.warnings == ()


def test_scaling_learns_from_train_rows_alone():
    parts = parts_of(inline() | {"split": {"validation": 0.2}, "scale": "standard"})

    np.testing.assert_allclose(parts.train.features[INPUT].mean(axis=0), 0, atol=1e-5)
    assert abs(parts.validation.features[INPUT].mean()) > 1e-3
    raw = np.array(FEATURES)[list(parts.train.ids)]
    np.testing.assert_allclose(
        parts.preprocessing.scalers["input"]["offset"], raw.mean(axis=0), rtol=1e-5
    )


@given(
    st.lists(st.floats(-1e6, 1e6, width=32), min_size=12, max_size=12),
    st.sampled_from(["standard", "minmax"]),
)
def test_validation_rows_never_change_transformed_train_rows(values, scale):
    changed = FEATURES[:48] + [[value, 0] for value in values]
    fit = {"validation_split": 0.2}

    before = parts_of(inline() | {"scale": scale}, fit)
    after = parts_of(inline(changed) | {"scale": scale}, fit)

    assert np.array_equal(before.train.features[INPUT], after.train.features[INPUT])
    assert before.preprocessing == after.preprocessing


def test_less_data_is_scaled_by_the_rows_that_train():
    less = parts_of(
        inline() | {"split": {"validation": 0.2, "train": 0.3}, "scale": "minmax"}
    )

    assert len(less.train) == 18
    assert less.train.features[INPUT].min(axis=0).tolist() == [0, 0]
    assert less.train.features[INPUT].max(axis=0).tolist() == [1, 1]


def test_one_hot_labels_have_a_column_per_class():
    parts = parts_of(inline() | {"one_hot": True, "split": {"validation": 0.2}})

    assert parts.train.labels[OUTPUT].shape == (48, 2)
    assert parts.validation.class_counts() == {"no": 6, "yes": 6}


def test_numbers_to_predict_stay_as_they_are():
    numbers = RNG.normal(size=60).round(3).tolist()

    parts = parts_of(
        inline(labels=numbers) | {"split": {"validation": 0.2}}, task="regression"
    )

    assert parts.train.labels[OUTPUT].dtype == "float32"
    assert parts.preprocessing.outputs["output"].classes is None


def test_what_was_learned_is_plain_json():
    parts = parts_of(inline() | {"scale": "minmax", "one_hot": True})

    written = json.loads(json.dumps(parts.preprocessing.to_json()))

    read = Preprocessing.read(JsonObject(Path("preprocessing.json"), written))
    assert read == parts.preprocessing
    assert read.outputs["output"].classes == ("no", "yes")


def test_the_seed_changes_nothing_where_nothing_is_drawn():
    one, other = (parts_of(inline(), seed=seed) for seed in (1, 2))

    assert one.train.fingerprint() == other.train.fingerprint()


PRICES = [float(100_000 + 7_000 * number) for number in range(60)]


def test_targets_that_are_large_may_be_scaled():
    parts = parts_of(inline(labels=PRICES), task="regression")
    scaled = inline(labels=PRICES) | {"scale_labels": "standard"}

    (warning,) = parts.warnings
    assert warning.message.startswith("the targets have a standard deviation of")
    assert warning.hint.startswith("write scale_labels: standard under data")
    assert parts_of(scaled, task="regression").warnings == ()


def test_labels_stay_as_they_were_read_beside_what_scales_them():
    data = inline(labels=PRICES) | {
        "scale_labels": "standard",
        "split": {"validation": 0.2},
    }
    parts = parts_of(data, task="regression")

    train = parts.train
    assert set(train.labels[OUTPUT].tolist()) <= set(PRICES)
    scaled = train.label_scalers[OUTPUT].apply(train.labels[OUTPUT])
    assert scaled.mean() == pytest.approx(0, abs=1e-6)
    assert parts.validation.label_scalers == train.label_scalers
    plain = parts_of(
        inline(labels=PRICES) | {"split": {"validation": 0.2}}, task="regression"
    )
    assert parts.fingerprint == plain.fingerprint
    written = Preprocessing.read(
        JsonObject(Path("p.json"), parts.preprocessing.to_json())
    )
    assert written == parts.preprocessing


@pytest.mark.parametrize("part", ["data", "validation"])
def test_a_label_without_a_logarithm_is_named_by_its_row(part):
    good, bad = inline(labels=PRICES), inline(labels=[*PRICES[:59], -1.0])
    data = bad if part == "data" else good | {"validation": bad}

    ((path, message),) = problems(data | {"scale_labels": "log"}, task="regression")

    before = "" if part == "data" else "validation."
    assert path == f"data.{before}inline.labels[59]"
    assert message == "row 59: label -1 is not above -1, so it has no log(1 + label)"


def test_labels_of_places_share_one_scale():
    places = (np.arange(60 * 8).reshape(60, 4, 2) * 1000.0).tolist()
    data = inline(labels=places) | {"scale_labels": {"conv1d": "standard"}}

    parts = parts_of(data, task="regression")

    assert parts.warnings == ()
    assert len(parts.train.label_scalers[OUTPUT].scales) == 1


@pytest.mark.parametrize(
    ("order", "cure"),
    [
        ({"column": "part"}, 'mark other rows in "part", or draw them'),
        ({"time": "when", "validation": 0.5}, "what comes later differs"),
    ],
)
def test_rows_that_do_not_stand_for_others_are_cured_by_what_divides(
    tmp_path, order, cure
):
    rows = [
        f"{row},{'train' if row < 40 else 'validation'},{row},{'ab'[row // 40]}"
        for row in range(80)
    ]
    rows[0] = rows[0].replace(",a", ",b")
    (tmp_path / "t.csv").write_text("\n".join(["x,part,when,y", *rows]))
    drops = {"part": "drop", "when": "drop"}
    columns = {name: one for name, one in drops.items() if name not in order.values()}
    values = {
        "name": "parts",
        "data": {
            "csv": {"path": "t.csv", "labels": "y"},
            "split": order,
            "columns": columns,
        },
        "model": {"layers": [{"Dense": {"units": "classes", "activation": "softmax"}}]},
        "compile": {"loss": "sparse_categorical_crossentropy"},
    }

    _, parts = read_rows(parse_spec(node_of(values, tmp_path)), KerasDoor())

    (warning,) = parts.warnings
    assert warning.code == "not-representative"
    assert warning.hint.startswith(cure)
