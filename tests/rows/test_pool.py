"""Unlabelled rows: where they come from, and what is refused or doubted."""

from __future__ import annotations

import numpy as np
import pytest

from dlrun.data import INPUT
from dlrun.engines import KerasDoor
from dlrun.errors import DataError
from dlrun.experiment.data import DataSpec
from dlrun.experiment.fit import FitSpec
from dlrun.experiment.pseudo_label import PseudoLabelSpec
from dlrun.rows import build_dataset

RNG = np.random.default_rng(0)
FEATURES = RNG.normal(0, 1, (100, 2)).round(4)
NAMES = ["no", "yes"] * 50


def parts_of(data, section, seed=0):
    return build_dataset(
        DataSpec.model_validate(data),
        FitSpec.model_validate({}),
        "classification",
        seed,
        KerasDoor(),
        PseudoLabelSpec.model_validate(section),
    )


def table(directory, labels, name="table.csv"):
    rows = [f"{a},{b},{label}" for (a, b), label in zip(FEATURES, labels, strict=True)]
    (directory / name).write_text("\n".join(["a,b,label", *rows, ""]))
    return {"csv": {"path": str(directory / name), "labels": "label"}}


def inline(**split):
    rows = {"features": FEATURES.tolist(), "labels": NAMES}
    return {"inline": rows, "split": split}


def codes(parts):
    return {problem.code for problem in parts.warnings}


def test_the_rest_is_what_no_part_has_and_its_labels_are_known_for_study():
    parts = parts_of(
        inline(validation=0.1, test=0.2, train=0.3), {"unlabelled": "rest"}
    )

    pool = parts.unlabelled
    taken = {*parts.train.ids, *parts.validation.ids, *parts.test.ids}
    assert set(pool.rows.ids) == set(range(100)) - taken
    assert pool.rows.labels is None
    assert pool.truth.tolist() == [row % 2 for row in pool.rows.ids]


def test_the_seed_draws_the_labelled_rows_and_the_rest():
    data, section = inline(validation=0.2, train=0.2), {"unlabelled": "rest"}

    pools = [parts_of(data, section, seed).unlabelled.rows.ids for seed in (0, 0, 1)]

    assert pools[0] == pools[1] != pools[2]


def test_rows_with_an_empty_label_are_the_pool_and_the_split_divides_the_others(
    tmp_path,
):
    labels = [name if at % 4 == 0 else "" for at, name in enumerate(NAMES)]
    labels[1] = "yes"
    data = table(tmp_path, [*labels[:50], *NAMES[50:]]) | {"split": {"validation": 0.2}}

    parts = parts_of(data | {"scale": "standard"}, {})

    assert parts.unlabelled.truth is None
    assert len(parts.unlabelled.rows) == 50 - 13 - 1
    assert len(parts.train) + len(parts.validation) == 100 - len(parts.unlabelled.rows)
    assert parts.train.classes == {"output": ("no", "yes")}
    scaler = parts.preprocessing.scalers["input"]
    expected = (FEATURES[2] - scaler["offset"]) / scaler["divisor"]
    row = parts.unlabelled.rows.ids.index(2)
    assert parts.unlabelled.rows.features[INPUT][row] == pytest.approx(
        expected, rel=1e-5
    )


def test_nan_is_an_empty_label_of_an_array(tmp_path):
    labels = np.array([0.0, 1.0] * 50)
    labels[10:] = np.nan
    np.savez(tmp_path / "rows.npz", x=FEATURES, y=labels)
    data = {"npz": {"path": str(tmp_path / "rows.npz")}, "split": {"validation": 0.2}}

    parts = parts_of(data, {})

    assert parts.unlabelled.rows.ids == tuple(range(10, 100))
    assert parts.train.classes == {"output": ("0", "1")}


def test_a_wrong_label_is_found_in_its_own_row_though_others_are_empty(tmp_path):
    labels = ["", "", "no", "yes", "maybe", *NAMES[5:]]
    data = table(tmp_path, labels) | {"classes": ["no", "yes"]}

    with pytest.raises(DataError, match=r"table\.csv:6: label maybe"):
        parts_of(data, {})


def test_without_an_empty_label_there_is_nothing_to_predict(tmp_path):
    with pytest.raises(DataError, match="every row has a label") as caught:
        parts_of(table(tmp_path, NAMES) | {"split": {"validation": 0.2}}, {})

    assert "unlabelled: rest" in caught.value.problems[0].hint


def test_an_empty_label_is_an_error_where_nobody_asks_for_pseudo_labels(tmp_path):
    data = DataSpec.model_validate(table(tmp_path, ["", *NAMES[1:]]))

    with pytest.raises(DataError, match="is empty"):
        build_dataset(
            data, FitSpec.model_validate({}), "classification", 0, KerasDoor()
        )


def test_a_source_of_its_own_brings_its_columns_in_any_order(tmp_path):
    (tmp_path / "more.csv").write_text("b,a\n5,6\n7,8\n")
    data = table(tmp_path, NAMES) | {"split": {"validation": 0.2}}
    section = {"unlabelled": {"csv": {"path": str(tmp_path / "more.csv")}}}

    parts = parts_of(data, section)

    assert parts.unlabelled.rows.features[INPUT].tolist() == [[6, 5], [8, 7]]
    record = parts.split.parts["unlabelled"]
    assert (record.rows, record.origin) == (2, "pseudo_label.unlabelled")


def test_the_pool_changes_neither_the_split_nor_the_fingerprint(tmp_path):
    data = inline(validation=0.2, train=0.4)
    without = build_dataset(
        DataSpec.model_validate(data),
        FitSpec.model_validate({}),
        "classification",
        0,
        KerasDoor(),
    )

    parts = parts_of(data, {"unlabelled": "rest"})

    assert parts.split.sha256 == without.split.sha256
    assert parts.fingerprint == without.fingerprint
    assert parts.train.fingerprint() == without.train.fingerprint()


def test_a_class_with_one_label_is_refused_by_name():
    with pytest.raises(DataError, match="2 labelled train rows, but no has 1, yes has"):
        parts_of(inline(validation=0.2, train=0.02), {"unlabelled": "rest"})


@pytest.mark.parametrize(
    ("split", "section", "expected"),
    [
        ({"validation": 0.4, "train": 0.2}, {}, {"unrealistic-validation"}),
        ({"validation": 0.1, "train": 0.4}, {}, {"few-validation-rows"}),
        (
            {"validation": 0.08, "train": 0.08},
            {},
            {"few-validation-rows", "cap-advised"},
        ),
        (
            {"validation": 0.08, "train": 0.08},
            {"balance": "cap"},
            {"few-validation-rows"},
        ),
    ],
)
def test_what_makes_a_gain_doubtful_is_told(split, section, expected):
    parts = parts_of(inline(**split), {"unlabelled": "rest"} | section)

    assert codes(parts) - {"not-representative"} == expected


def test_validation_rows_among_the_unlabelled_ones_are_told(tmp_path):
    more = {"inline": {"features": FEATURES[:90].tolist()}}

    parts = parts_of(inline(validation=0.2), {"unlabelled": more})

    assert "leaked-rows" in codes(parts)
