from __future__ import annotations

from copy import deepcopy

import pytest


@pytest.fixture(scope="module")
def everyday(diagnosis_benchmark):
    """The modules of the everyday trainings."""
    modules = ("check", "data", "development", "held_out", "labels", "records")
    modules += ("references", "confidence", "checked", "healthy")
    found = {name: diagnosis_benchmark(f"everyday_{name}") for name in modules}
    whole = ("everyday", "injected", "held_out")
    return found | {f"the {name}": diagnosis_benchmark(name) for name in whole}


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


def test_wider_is_four_times_the_units_of_a_recurrent_layer(everyday):
    settings = {one.name: one for one in everyday["healthy"].SETTINGS}

    def wider(name):
        found = dict(everyday["references"].references(settings[name], deviation=None))
        return found["wider"]["model"]["layers"][:-1]

    (recurrent,), (both_ways,) = wider("waves"), wider("waves_both_ways")
    assert recurrent["LSTM"]["units"] == 64
    assert both_ways["Bidirectional"]["layer"]["LSTM"]["units"] == 32


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


@pytest.mark.parametrize("part", [*PARTS, "injected_healthy"])
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

    answers = everyday["the everyday"].answers(part)

    settings = {setting.name: setting for setting in halves[part]}
    assert len(answers) == len(records) >= LEAST[part]
    assert len({record["setting"] for record in records}) >= 40
    assert all(settings[one["setting"]].data == one["data"] for one in records)


def test_injected_faults_are_kept_with_what_is_right_about_them(everyday):
    records, part = everyday["records"], everyday["the held_out"].PART

    labels = everyday["the injected"].labels_of(part)

    kept = records.load_records("injected")
    assert {records.key(record) for record in kept} == labels.keys()
    assert records.load_labels("injected") == {
        name: label.to_values() for name, label in labels.items()
    }
    assert len(everyday["the everyday"].answers("injected")) == len(kept) > 200


def test_every_healthy_run_that_was_injected_has_a_label_by_references(everyday):
    records, part = everyday["records"], everyday["the held_out"].PART
    kept = {
        name: {records.key(one): one for one in records.load_records(name)}
        for name in ("injected", "injected_healthy")
    }

    labels = records.load_labels("injected_healthy")

    healthy = [f"{one.name}/{seed}" for one in part.healthy for seed in part.seeds]
    assert [*labels] == healthy
    assert {name: kept["injected"][name]["history"] for name in healthy} == {
        name: one["history"] for name, one in kept["injected_healthy"].items()
    }
    assert records.load_figures("injected_healthy").keys() == {
        one.name for one in part.healthy
    }


@pytest.mark.parametrize("part", [*PARTS, "injected", "injected_healthy"])
def test_records_hold_no_path_of_the_machine(everyday, part):
    paths = {
        source["path"]
        for record in everyday["records"].load_records(part)
        for source in record["config"]["data"].values()
        if isinstance(source, dict) and "path" in source
    }

    assert paths
    assert all(path.startswith("data/") for path in paths)


def test_bins_of_equal_count_say_how_far_confidence_is_off(everyday, monkeypatch):
    confidence = everyday["confidence"]
    accepted = {"kind": "faulty", "accepted": ["DIVERGED"]}
    labels = {str(number): accepted for number in range(100)}
    monkeypatch.setattr(confidence, "load_labels", lambda part: labels)
    answer = everyday["the everyday"].Answer
    said = {
        name: answer("GOOD_FIT" if int(name) < 10 else "DIVERGED", 0.9, (), ())
        for name in labels
    }

    table = confidence.reliability({"development": said})

    assert table.count(" of 20 = ") == 5
    assert table.count("0.900 |") == 5
    assert confidence.farthest({"development": said}) == pytest.approx(0.4)
    assert "90 of 100 = 90.0%" in confidence.by_confidence({"development": said})


def test_what_checks_found_is_held_against_labels(everyday, monkeypatch):
    module = everyday["checked"]
    labels = {
        "a/0": {"kind": "healthy", "accepted": ["GOOD_FIT"]},
        "b/0": {"kind": "healthy", "accepted": ["GOOD_FIT"]},
        "c/0": {"kind": "faulty", "accepted": ["OVERFITTING"]},
        "d/0": {"kind": "left_out", "accepted": []},
    }
    found = ("GOOD_FIT", "UNDERFITTING", None, "GOOD_FIT")
    cost = {"trainings": 2, "seconds": 1.0, "seconds_of_check": 5.0}
    checks = [
        {"run": run, "verdict": verdict, "suspicion": "GOOD_FIT", **cost}
        | {"standing": "open", "cause": None}
        for run, verdict in zip(labels, found, strict=True)
    ]
    monkeypatch.setattr(module, "load_labels", lambda part: labels)
    monkeypatch.setattr(module, "load_checks", lambda part: checks)

    text = module.checked("held_out")

    assert "4 runs of 4 settings, 3 with a label" in text
    assert "finding accepted: 1 of 3" in text
    assert "suspicion accepted: 2 of 3" in text
    assert "healthy runs flagged: 1 of 2" in text
    assert "not told: 1 of 3" in text
    assert "2.0 trainings on average" in text
    assert "5 times as long" in text


def test_advice_to_go_on_contradicts_a_model_that_learns_nothing(everyday):
    record = {"history": {}, "config": {"data": {}}}

    found = everyday["the everyday"].contradictions(
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
