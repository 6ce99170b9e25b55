from __future__ import annotations

from pathlib import Path

import pytest

from dlrun.errors import RunError, SpecError
from dlrun.runs import create_run
from dlrun.studies.ladder import VARIANTS, find_done, plan_study

ROOT = Path(__file__).parents[2] / "configs"
DIGITS = ROOT / "study" / "digits.yaml"


def test_a_study_of_images_has_every_variant_with_each_seed():
    plan = plan_study(DIGITS, seeds=2)

    variants = [one for one in VARIANTS if one not in {"scaling", "indicator"}]
    assert list(plan.patches) == variants
    assert plan.left_out == {}
    assert [(one.variant, one.seed) for one in plan.members] == [
        (name, seed) for seed in (1, 2) for name in variants
    ]
    names = {one.experiment.spec.name for one in plan.members}
    assert names == {f"digits-{name}" for name in variants}


def test_variants_of_one_seed_differ_in_what_their_patches_say_alone():
    plan = plan_study(DIGITS, seeds=1, only=["less-data", "dropout"])

    base, dropout, less = (one.experiment.spec.values() for one in plan.members)
    assert less["data"]["split"]["train"] == 0.05
    assert dropout | {"name": "", "model": {}} == base | {"name": "", "model": {}}
    assert [next(iter(one)) for one in dropout["model"]["layers"]] == [
        *("Flatten", "Dense", "Dropout", "Dense", "Dropout", "Dense")
    ]


def test_what_does_not_fit_is_left_out_with_the_reason():
    plan = plan_study(ROOT / "notes" / "batchnorm.yaml", seeds=1)

    assert plan.left_out["augmentation"].startswith("the rows are no images")
    assert "augmentation" not in plan.patches


TABLE = """\
name: t
data:
  csv: {path: t.csv, labels: y}
  split: {validation: 0.34}
  columns:
    "*_mm": {impute: median}
    a.b: [{impute: mean}, scale]
    kind: one_hot
model: {layers: [{Dense: {units: 2, activation: softmax}}]}
compile: {loss: sparse_categorical_crossentropy}
"""


@pytest.fixture
def table(tmp_path):
    rows = ["b_mm,a.b,kind,z,y", "1,2,a,1,0", ",3,b,2,1", "5,,a,3,0", "4,1,b,4,1"]
    (tmp_path / "t.csv").write_text("\n".join([*rows, *rows[1:]]))
    (tmp_path / "t.yaml").write_text(TABLE)
    return tmp_path / "t.yaml"


def test_a_table_is_asked_whether_scaling_and_an_indicator_help(table):
    plan = plan_study(table, seeds=1)

    assert plan.patches["scaling"] == (
        "data.scale=standard",
        "data.columns.*_mm+=scale",
    )
    assert plan.patches["indicator"] == (
        "data.columns.*_mm[0].impute.indicator=true",
        'data.columns["a.b"][0].impute.indicator=true',
        "model.input_shape=null",
    )
    shapes = {one.variant: one.experiment.input_shapes for one in plan.members}
    assert shapes["as-given"] == shapes["scaling"] == {"input": (5,)}
    assert shapes["indicator"] == {"input": (7,)}


def test_a_table_whose_columns_are_scaled_is_not_asked(table):
    overrides = ["data.scale=standard", 'data.columns["*_mm"]=drop']

    plan = plan_study(table, 1, (), [*overrides, 'data.columns["a.b"]=drop'])

    assert "scaling" not in plan.patches
    assert plan.left_out["scaling"].startswith("no column of the table is a number")
    assert plan.left_out["indicator"].startswith("no number of the table is imputed")


def test_the_numbers_of_a_table_without_entries_are_scaled_by_one_key(table):
    patches = plan_study(table, 1, ["scaling"], ["data.columns=null", *PLAIN]).patches

    assert patches["scaling"] == ("data.scale=standard",)


PLAIN = ["data.csv.features=[z]"]


def test_overrides_hold_for_every_variant():
    plan = plan_study(DIGITS, 1, ["l2"], ["fit.epochs=3", "seed=7"])

    assert {one.experiment.spec.fit.epochs for one in plan.members} == {3}
    assert {one.seed for one in plan.members} == {7}


def test_a_variant_that_there_is_not_gets_a_suggestion():
    with pytest.raises(RunError) as caught:
        plan_study(DIGITS, only=["droput"])

    assert "did you mean dropout?" in str(caught.value)


def test_a_study_without_validation_rows_is_refused():
    with pytest.raises(SpecError) as caught:
        plan_study(ROOT / "gender.yaml")

    assert "validation" in str(caught.value)


def test_finished_runs_of_the_same_config_are_found(tmp_path):
    plan = plan_study(DIGITS, seeds=1, only=["l2"])
    first, second = plan.members
    for member, state in ((first, "finished"), (second, "failed")):
        folder = create_run(tmp_path, member.experiment.spec.name)
        folder.write_config("", member.experiment.spec.values())
        folder.write_status(state)

    found = find_done(plan, tmp_path)

    (number,) = found
    assert plan.members[number - 1].draw == (1, 0)
    assert plan.members[number - 1].variant == "as-given"
    assert find_done(plan_study(DIGITS, 1, [], ["fit.epochs=3"]), tmp_path) == {}
