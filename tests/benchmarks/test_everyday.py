from __future__ import annotations

from copy import deepcopy

import pytest


@pytest.fixture(scope="module")
def everyday(diagnosis_benchmark):
    """The modules of the everyday trainings."""
    modules = ("check", "data", "development", "held_out", "labels", "records")
    modules += ("references",)
    found = {name: diagnosis_benchmark(f"everyday_{name}") for name in modules}
    return found | {"everyday": diagnosis_benchmark("everyday")}


@pytest.fixture(scope="module")
def halves(everyday):
    return {name: everyday[name].SETTINGS for name in ("held_out", "development")}


def test_the_halves_share_no_data_set(halves):
    used = [{setting.data for setting in settings} for settings in halves.values()]

    assert not used[0] & used[1]
    assert all(len(names) >= 10 for names in used)


def test_the_terms_of_every_data_set_are_stated(everyday, halves):
    used = {setting.data for settings in halves.values() for setting in settings}

    assert used == everyday["data"].SOURCES.keys()


def test_each_half_has_forty_settings_of_its_own(halves):
    names = [setting.name for settings in halves.values() for setting in settings]

    assert len(set(names)) == len(names)
    assert all(len(settings) >= 40 for settings in halves.values())


def test_a_reference_differs_from_its_setting_and_leaves_it_as_it_is(everyday, halves):
    references = everyday["references"].references
    for setting in (one for settings in halves.values() for one in settings):
        before = deepcopy(setting.config)

        found = dict(references(setting, deviation=100.0))

        assert setting.config == before
        assert {"longer", "wider", "third", "triple"} <= found.keys()
        assert all(config != before for config in found.values())


def figure(everyday, gain: float, error: float = 0.01, before: float = 1.0):
    return everyday["labels"].Figure(100, before, gain, error, 2.0)


def curve(everyday, rise: float = 0.0, **values):
    given = {
        "epochs": 30,
        "diverged": False,
        "restored": False,
        "train_fell": True,
        "score_error": 0.01,
        "accuracy_gap": 0.0,
        "is_constant": False,
    }
    return everyday["labels"].Curve(figure(everyday, rise), **given | values)


@pytest.mark.parametrize(
    ("rise", "gains", "kind", "accepted"),
    [
        (0.0, {"longer": 0.0, "wider": 0.04}, "healthy", ["GOOD_FIT"]),
        (0.0, {"longer": 0.4, "wider": 0.1}, "faulty", ["SLOW_CONVERGENCE"]),
        (0.0, {"longer": 0.099}, "left_out", []),
        (0.0, {"longer": 0.08}, "left_out", []),
        (0.3, {"longer": 0.0}, "faulty", ["OVERFITTING"]),
        (0.07, {"longer": 0.0}, "left_out", []),
        (0.3, {"wider": 0.2}, "faulty", ["OVERFITTING"]),
        (0.12, {"wider": 0.2}, "faulty", ["OVERFITTING", "UNDERFITTING"]),
    ],
)
def test_what_gains_decides(everyday, rise, gains, kind, accepted):
    figures = {name: figure(everyday, gain) for name, gain in gains.items()}

    found = everyday["labels"].label(curve(everyday, rise), figures, [0.5])

    assert (found.kind, list(found.accepted)) == (kind, accepted)


def test_a_rise_within_its_error_is_none(everyday):
    labels = everyday["labels"]
    unsure = labels.Curve(
        figure(everyday, 0.09, error=0.09), 30, False, False, True, 0.01, 0.0, False
    )

    assert labels.label(unsure, {}, [0.5]).kind == "healthy"


def test_a_rise_is_none_where_the_best_weights_are_put_back(everyday):
    found = everyday["labels"].label(curve(everyday, 0.3, restored=True), {}, [0.5])

    assert found.kind == "healthy"


def test_a_leak_that_acts_is_a_fault_whatever_else_gains(everyday):
    figures = {"apart": figure(everyday, 0.5), "wider": figure(everyday, 0.5)}

    found = everyday["labels"].label(curve(everyday), figures, [0.5])

    assert found.accepted == ("VALIDATION_BETTER",)


PARTS = ("held_out", "development")
LEAST = {"held_out": 300, "development": 120}
"""Runs of a half."""


@pytest.mark.parametrize("part", PARTS)
def test_labels_follow_from_what_is_kept(everyday, part):
    records = everyday["records"]

    found = records.labels_of(
        records.load_records(part),
        records.load_figures(part),
        records.column_leaks(part),
    )

    values = {name: label.to_values() for name, label in found.items()}
    assert values == records.load_labels(part)


@pytest.mark.parametrize("part", PARTS)
def test_rules_can_be_run_on_what_is_kept(everyday, halves, part):
    records = everyday["records"].load_records(part)

    answers = everyday["everyday"].answers(part)

    settings = {setting.name: setting for setting in halves[part]}
    assert len(answers) == len(records) >= LEAST[part]
    assert len({record["setting"] for record in records}) >= 40
    assert all(settings[one["setting"]].data == one["data"] for one in records)


@pytest.mark.parametrize("part", PARTS)
def test_records_hold_no_path_of_the_machine(everyday, part):
    paths = {
        record["config"]["data"]["npz"]["path"]
        for record in everyday["records"].load_records(part)
    }

    assert all(path.startswith("data/") for path in paths)


def test_advice_to_go_on_contradicts_a_model_that_learns_nothing(everyday):
    record = {"history": {}, "config": {"data": {}}}

    found = everyday["everyday"].contradictions(
        ["UNDERFITTING"], ["TRAIN_LONGER"], ["train_longer", "more_complexity"], record
    )

    assert len(list(found)) == 2


def test_checks_take_a_setting_of_each_data_set_before_another(everyday, halves):
    asked = list(everyday["check"].settings("development", 2))

    names = {setting.name for setting in halves["development"]}
    data = [setting.data for setting, _ in asked]
    sets = {*data}
    assert {*data[: len(sets)]} == sets
    assert [seed for _, seed in asked] == [0] * len(names) + [1] * len(names)
    assert {setting.name for setting, _ in asked[: len(names)]} == names


def test_a_check_is_told_in_a_line(everyday):
    finding = {
        "suspicion": "UNDERFITTING",
        "verdict": "GOOD_FIT",
        "standing": "refuted",
        "cause": None,
    }
    record = {
        "setting": "cars-small",
        "seed": 0,
        "finding": finding,
        "trainings": 4,
        "seconds": 1.04,
        "seconds_of_check": 6.0,
    }

    assert everyday["check"].line(record) == (
        "cars-small seed 0: UNDERFITTING -> GOOD_FIT (refuted; no cause), "
        "4 trainings, 1.0 + 6.0 s"
    )
