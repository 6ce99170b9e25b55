from __future__ import annotations

import json

import pytest

from dlrun.comparison import Question, compare
from dlrun.comparison.group import group_runs
from dlrun.comparison.read import read_runs
from dlrun.errors import QueryError, RunError
from dlrun.report.text import render_text
from dlrun.runs import RecordedVariables

SEEDS = (1, 2, 3, 4, 5)


def named(comparison):
    return {group.name: group for group in comparison.groups}


def test_runs_of_one_config_are_a_group_by_its_name(study):
    groups = named(compare(study))

    assert set(groups) == {"base", "larger", "slower", "other"}
    assert groups["base"].seeds == SEEDS
    assert groups["base"].score.mean == pytest.approx(0.512)
    assert groups["base"].score.n == 5


def test_runs_that_differ_in_the_seed_alone_are_one_group(make_run):
    folders = [
        make_run("a-001"),
        make_run("a-002", config={"seed": 43, "name": "other"}),
        make_run("a-003", config={"fit/batch_size": 6}),
    ]

    groups = {row.run: row.group for row in compare(folders).rows}

    assert groups["a-001"] == groups["a-002"] != groups["a-003"]


def test_groups_can_be_left_apart_or_made_by_key(study):
    apart = compare(study, Question(group_by="none"))
    by_key = compare(study, Question(group_by="batch_size"))

    assert len(apart.groups) == len(study)
    assert {group.name for group in by_key.groups} == {"batch_size=3", "batch_size=6"}
    assert {group.n for group in by_key.groups} == {5, 15}


def test_an_unknown_key_to_group_by_gets_the_nearest_name(study):
    with pytest.raises(QueryError, match="batch_sise") as caught:
        compare(study, Question(group_by="batch_sise"))

    assert "did you mean batch_size?" in str(caught.value.hint)


def test_a_filter_leaves_runs_out_by_settings_and_metrics(study):
    comparison = compare(study, Question(where="batch_size < 6 and val_loss < 0.6"))

    assert set(named(comparison)) == {"base", "other"}
    assert "batch_size" not in {setting.head for setting in comparison.settings}


def test_a_filter_that_leaves_nothing_says_so(study):
    with pytest.raises(RunError, match="none of the 20 runs meets 'val_loss > 9'"):
        compare(study, Question(where="val_loss > 9"))


def test_layers_that_only_some_have_filter_sort_and_group(ladder):
    def names(**asked):
        question = Question(metric="val_loss", **asked)
        return [group.name for group in compare(ladder, question).groups]

    assert names(where="Dropout > 0.2") == ["dropout"]
    assert names(where="Dropout = none and units < 20") == ["base", "l2"]
    assert names(where="kernel_regularizer != none") == ["l2"]
    assert names(sort="Dropout after h1")[0] == "dropout"
    assert names(group_by="Dropout") == [
        "Dropout after h1=0.3",
        "Dropout after h1=none",
    ]


def test_a_setting_that_only_looks_is_no_other_config(make_run):
    probing = json.loads('{"every": 3}')

    comparison = compare(
        [make_run("a-001"), make_run("a-002", config={"seed": 43, "probe": probing})]
    )

    assert len(comparison.groups) == 1


def test_groups_of_one_config_name_show_in_brackets_what_tells_them_apart(make_group):
    folders = [
        *make_group("gender", 0.5),
        *make_group("other", 0.4, **{"fit/epochs": 7}),
        *[
            folder
            for rate in (0.1, 0.2)
            for folder in make_group(
                "gender",
                rate,
                seeds=(int(100 * rate),),
                **{"compile/optimizer/Adam/learning_rate": rate},
            )
        ],
    ]

    comparison = compare(folders)

    assert {group.name for group in comparison.groups} == {
        "other",
        "gender (learning_rate=0.0001)",
        "gender (learning_rate=0.1)",
        "gender (learning_rate=0.2)",
    }
    assert "  gender (learning_rate=0.1)  " in render_text(comparison)


@pytest.fixture
def with_variables(make_group):
    """Write the runs of a config with variables: width, and half of it."""

    def make(name, width, sections, half="computed", **config):
        folders = make_group(
            name,
            0.5,
            **{"model/layers/0/Dense/units": width, "fit/batch_size": width // 2},
            **config,
        )
        for folder in folders:
            computed = ("half",) if half == "computed" else ()
            values = {"width": width, "half": width // 2}
            variables = RecordedVariables(values, computed, sections)
            folder.write_sources([], variables=variables)
        return folders

    return make


def settings_of(folders):
    grouped = group_runs(read_runs(folders, Question()), Question())
    return [setting.path for setting in grouped.group_settings]


def test_runs_that_differ_in_one_variable_are_told_apart_by_it_alone(with_variables):
    alike = {"model": "1", "fit": "2"}

    folders = [
        folder
        for width in (8, 16)
        for folder in with_variables(f"w{width}", width, alike)
    ]

    assert settings_of(folders) == ["vars.width"]


def test_a_section_that_was_written_otherwise_is_told_as_well(with_variables):
    one = with_variables("a", 8, {"model": "1", "fit": "2"})
    two = with_variables("b", 16, {"model": "1", "fit": "3"})

    assert settings_of([*one, *two]) == ["vars.width", "fit.batch_size"]


def test_a_variable_that_is_computed_in_one_and_given_in_another_is_no_setting(
    with_variables,
):
    one = with_variables("a", 8, {"model": "1", "fit": "2"})
    two = with_variables("b", 16, {"model": "1", "fit": "3"}, half="given")

    assert settings_of([*one, *two]) == ["vars.width", "fit.batch_size"]


def test_next_to_a_run_without_variables_the_values_are_compared(
    with_variables, make_group
):
    one = with_variables("a", 8, {"model": "1", "fit": "2"})
    two = make_group("b", 0.5, **{"model/layers/0/Dense/units": 16})

    assert "vars.width" not in settings_of([*one, *two])
    assert "model.layers[0].Dense.units" in settings_of([*one, *two])
