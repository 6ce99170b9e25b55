"""Windows hold rows that follow each other, of one part and one series alone."""

from __future__ import annotations

import csv
import re

import numpy as np
import pytest
import yaml

from dlrun.config import located
from dlrun.engines import KerasDoor
from dlrun.errors import DataError, SpecError
from dlrun.experiment import config_of, parse_spec
from dlrun.rows import prepare_values, read_new_rows, read_rows
from dlrun.rows.splits.in_time import cut

BASELINES = ("last value", "season ago")
HEADS = ["station", "hour", "holiday", "load"]


def table(file, series):
    """A table of several series; the load of an hour is 100 x station + hour."""
    rows = [
        [f"s{number}", hour, hour % 3 == 0, 100 * number + hour]
        for number, hours in enumerate(series)
        for hour in hours
    ]
    with file.open("w", newline="") as stream:
        csv.writer(stream).writerows([HEADS, *rows])
    return rows


def config(file, window, split=None, **others):
    return {
        "name": "loads",
        "data": {
            "csv": {"path": str(file), "labels": "load"},
            "window": {"time": "hour", "by": "station", **window},
            **({} if split is None else {"split": split}),
            **others,
        },
        "model": {"layers": ["Flatten", {"Dense": {"units": window.get("steps", 1)}}]},
        "compile": {"loss": "mse"},
    }


def parts_of(values):
    node = config_of(values)
    with located(node):
        return read_rows(parse_spec(node), KerasDoor())


def all_windows(series, allowed, length, horizon, steps, max_gap):
    """Written out: what each window holds, by its loads."""
    span = length + horizon + steps - 1
    for number, hours in enumerate(series):
        for start in range(len(hours) - span + 1):
            within = hours[start : start + span]
            passed = np.diff(within)
            known = all((number, hour) in allowed for hour in within)
            if known and (max_gap is None or (passed <= max_gap).all()):
                loads = [100 * number + hour for hour in within]
                yield loads[:length], loads[length + horizon - 1 :]


@pytest.mark.parametrize("seed", range(25))
def test_no_window_straddles_two_parts_two_series_or_a_gap(tmp_path, seed):
    draw = np.random.default_rng(seed)
    series = [
        draw.permutation(60)[: draw.integers(6, 40)].tolist()
        for _ in range(draw.integers(1, 4))
    ]
    length, horizon, steps = draw.integers(1, 4, 3).tolist()
    max_gap = [None, 1, 3][seed % 3]
    file = tmp_path / "loads.csv"
    rows = table(file, series)  # in any order
    window = {"length": length, "horizon": horizon, "steps": steps}
    window["max_gap"] = max_gap
    first = first_held_out([one[1] for one in rows])
    expected = {}
    for is_held in (False, True):
        allowed = {
            (int(name[1:]), hour)
            for name, hour, *_ in rows
            if (hour >= first) == is_held
        }
        ordered = map(sorted, series)
        found = all_windows([*ordered], allowed, length, horizon, steps, max_gap)
        expected[is_held] = [*found]
    split = {"validation": 0.3, "time": "hour"}
    values = config(file, window, split, columns={"holiday": "drop"})

    if not all(expected.values()):
        with pytest.raises(DataError, match="no more than"):
            parts_of(values)
        return
    _, parts = parts_of(values)

    for part, is_held in ((parts.train, False), (parts.validation, True)):
        labels = loads_of(part).reshape(len(part), -1)
        found = zip(part.features["input"][..., 0].tolist(), labels, strict=True)
        assert [(past, one.tolist()) for past, one in found] == expected[is_held]


def loads_of(part):
    return part.labels["output"]


def first_held_out(hours):
    """The first hour that a share of 0.3 in time holds out."""
    times = np.sort(np.array(hours, dtype=float))
    return times[cut(times, len(times) - int(0.3 * len(times) + 0.5))]


def test_windows_of_parts_are_called_as_what_they_predict(tmp_path):
    file = tmp_path / "loads.csv"
    table(file, [range(20), range(20)])
    window = {"length": 3, "horizon": 2, "steps": 2}

    experiment, parts = parts_of(
        config(file, window, {"validation": 0.4, "time": "hour"})
    )

    held = parts.validation
    assert experiment.layers[0].output_shape == (6,)
    assert experiment.facts.label_columns == {"output": ("load+2", "load+3")}
    assert held.ids[:2] == (16, 17)
    assert held.kept["station"] == ["s0"] * 3 + ["s1"] * 3
    assert held.kept["hour+2"][:2] == ["16", "17"]
    assert held.kept["hour+3"][:2] == ["17", "18"]
    assert parts.split.parts["validation"].ids == held.ids
    assert parts.split.parts["validation"].rows == len(held) == 6


def test_what_is_known_in_advance_is_an_input_of_its_own(tmp_path):
    file = tmp_path / "loads.csv"
    table(file, [range(12)])
    window = {"length": 4, "steps": 2, "known": ["holiday"]}
    values = config(file, window)
    values["model"] = {
        "layers": [
            {"Flatten": {"from": "past", "name": "a"}},
            {"Flatten": {"from": "known", "name": "b"}},
            {"Concatenate": ["a", "b"]},
            {"Dense": 2},
        ]
    }

    experiment, parts = parts_of(values)

    assert experiment.input_shapes == {"known": (2, 1), "past": (4, 2)}
    ahead = loads_of(parts.train) % 3 == 0
    assert (parts.train.features["known"][..., 0] == ahead).all()
    assert parts.train.features["past"][0].tolist() == [
        [1, 0],
        [0, 1],
        [0, 2],
        [1, 3],
    ]


def test_scalers_learn_from_train_rows_and_steps_share_them(tmp_path):
    file = tmp_path / "loads.csv"
    table(file, [range(20)])
    split = {"validation": 0.4, "time": "hour"}
    others = {"scale": "standard", "scale_labels": "standard"}

    _, parts = parts_of(config(file, {"length": 2, "steps": 3}, split, **others))

    scaler = parts.train.label_scalers["output"]
    train = np.arange(12)
    assert scaler.offset == pytest.approx((train.mean(),) * 3)
    assert scaler.divisor == pytest.approx((train.std(),) * 3)
    past = parts.validation.features["input"][0, :, 1]
    assert past == pytest.approx((np.array([12, 13]) - train.mean()) / train.std())
    assert loads_of(parts.validation)[0].tolist() == [14, 15, 16]


def test_windows_that_share_no_rows_may_be_drawn_at_random(tmp_path):
    file = tmp_path / "loads.csv"
    table(file, [range(40)])
    window = {"length": 3, "stride": 4}

    _, parts = parts_of(config(file, window, {"validation": 0.3}))

    loads = [
        {*past, ahead}
        for part in (parts.train, parts.validation)
        for past, ahead in zip(
            map(tuple, part.features["input"][..., 1].tolist()),
            loads_of(part).tolist(),
            strict=True,
        )
    ]
    assert len(loads) == 10
    assert sum(map(len, loads)) == len(set().union(*loads)) == 40


def test_overlapping_windows_are_not_drawn_at_random(tmp_path):
    file = tmp_path / "loads.csv"
    table(file, [range(40)])

    with pytest.raises(SpecError) as caught:
        parts_of(config(file, {"length": 3}, {"validation": 0.3}))

    (problem,) = caught.value.problems
    assert problem.code == "overlapping-windows"
    cure = "write split: {validation: 0.2, time: hour}, or by: station for series"
    assert str(problem.hint).startswith(cure)
    parts_of(config(file, {"length": 3}, {"validation": 0.2, "time": "hour"}))
    parts_of(config(file, {"length": 3, "stride": 4}, {"validation": 0.3}))


def test_walk_forward_folds_hold_windows_of_their_own(tmp_path):
    file = tmp_path / "loads.csv"
    table(file, [range(40)])
    split = {"folds": 3, "fold": 2, "time": "hour", "gap": 5}

    _, parts = parts_of(config(file, {"length": 3}, split))

    assert loads_of(parts.train).tolist() == [*range(3, 15)]
    assert loads_of(parts.validation).tolist() == [*range(23, 30)]


def test_rows_of_arrays_are_a_series_in_their_order(tmp_path):
    file = tmp_path / "series.npz"
    values = np.arange(30, dtype="float32")
    np.savez(file, x=np.stack([values, -values], axis=1), y=values)
    node = config_of(
        {
            "name": "arrays",
            "data": {"npz": {"path": str(file)}, "window": {"length": 5, "horizon": 2}},
            "fit": {"validation_split": 0.4},
            "model": {"layers": [{"LSTM": 2}, {"Dense": 1}]},
            "compile": {"loss": "mse"},
        }
    )

    experiment, parts = read_rows(parse_spec(node), KerasDoor())

    assert experiment.input_shapes == {"input": (5, 2)}
    assert loads_of(parts.train).tolist() == [*range(6, 18)]
    assert parts.validation.ids == tuple(range(24, 30))
    assert parts.validation.features["input"][0, :, 1].tolist() == [
        -18,
        -19,
        -20,
        -21,
        -22,
    ]


def test_new_rows_are_predicted_up_to_beyond_their_end(tmp_path):
    file, new = tmp_path / "loads.csv", tmp_path / "new.csv"
    table(file, [range(20), range(20)])
    experiment, parts = parts_of(config(file, {"length": 3, "steps": 2}))
    table(new, [range(20, 25), range(30, 33)])

    given = experiment.spec, parts.preprocessing
    asked = read_new_rows(*given, new, KerasDoor(), labelled=False)
    measured = read_new_rows(*given, new, KerasDoor(), labelled=True)

    assert asked.kept["station"] == ["s0", "s0", "s0", "s1"]
    assert asked.kept["hour+1"] == ["23", "24", "25", "33"]
    assert asked.kept["hour+2"] == ["24", "25", "26", "34"]
    assert asked.ids == ("3", "4", "4+1", "7+1")
    assert asked.features["input"][:, :, 1].tolist() == [
        [20, 21, 22],
        [21, 22, 23],
        [22, 23, 24],
        [130, 131, 132],
    ]
    assert loads_of(measured).tolist() == [[23, 24]]


def test_rows_that_only_are_predicted_need_what_is_known_alone(tmp_path):
    file, new = tmp_path / "loads.csv", tmp_path / "new.csv"
    table(file, [range(20)])
    window = {"length": 3, "steps": 2, "known": ["holiday"], "by": None}
    values = config(file, window, columns={"station": "drop"})
    values["model"]["layers"] = [
        {"Flatten": {"from": "past", "name": "a"}},
        {"Flatten": {"from": "known", "name": "b"}},
        {"Concatenate": ["a", "b"]},
        {"Dense": 2},
    ]
    experiment, parts = parts_of(values)
    rows = [
        {"hour": hour, "holiday": hour == 24, "load": hour if hour < 23 else None}
        for hour in range(20, 25)
    ]

    given = experiment.spec, parts.preprocessing
    asked = prepare_values(*given, rows, KerasDoor())

    assert asked.features["past"][:, :, 1].tolist() == [[20, 21, 22]]
    assert asked.features["known"].tolist() == [[[0], [1]]]
    assert asked.kept == {"hour+1": ["23"], "hour+2": ["24"]}
    assert new.exists() is False


@pytest.mark.parametrize(
    ("hours", "window", "code"),
    [
        ([0, 1, 1, 2, 3, 4], {}, "split-cells"),
        ([0, 1, "noon", 2, 3, 4], {}, "split-cells"),
        ([0, 1, "", 2, 3, 4], {}, "split-cells"),
        ([0, 1, 2, 3, 4], {"max_gap": "2h"}, "wrong-type"),
        ([0, 1, 2, 3, 4], {"length": 5}, "long-window"),
        ([0, 10, 20, 30, 40], {"max_gap": 1}, "long-window"),
    ],
)
def test_rows_that_are_no_series_are_refused(tmp_path, hours, window, code):
    file = tmp_path / "loads.csv"
    with file.open("w", newline="") as stream:
        rows = [["s", hour, False, load] for load, hour in enumerate(hours)]
        csv.writer(stream).writerows([HEADS, *rows])

    with pytest.raises(DataError) as caught:
        parts_of(config(file, {"length": 2, **window}))

    problem = caught.value.problems[0]
    assert problem.code == code
    assert problem.path[:2] == ("data", "window")
    assert problem.hint


@pytest.mark.parametrize(
    ("split", "length"),
    [
        ({"validation": 0.2}, 30),
        ({"validation": 0.1, "test": 0.2}, 30),
        ({"validation": 0.1, "test": 0.3}, 13),
        ({"folds": 30, "fold": 1}, 9),
        ({"folds": 12, "fold": 12}, 17),
    ],
)
def test_the_cure_of_a_part_that_is_too_short_leaves_room(tmp_path, split, length):
    file = tmp_path / "loads.csv"
    table(file, [range(100)])
    drawn = {**split, "time": "hour"}

    with pytest.raises(DataError) as caught:
        parts_of(config(file, {"length": length}, split=drawn))

    hint = caught.value.problems[0].hint
    stated = re.findall(r"(folds|validation|test): ([\d.]+)", hint)
    cured = {**drawn, **{name: yaml.safe_load(value) for name, value in stated}}
    if "folds" in cured:
        cured["fold"] = 1
    assert cured != drawn
    assert len(parts_of(config(file, {"length": length}, split=cured))[1].train) > 0


def test_a_share_that_would_leave_train_no_window_is_no_cure(tmp_path):
    file = tmp_path / "loads.csv"
    table(file, [range(100)])
    drawn = {"validation": 0.3, "time": "hour"}

    with pytest.raises(DataError) as caught:
        parts_of(config(file, {"length": 60}, split=drawn))

    assert "write validation" not in caught.value.problems[0].hint


def test_a_season_before_every_series_is_told(tmp_path):
    file = tmp_path / "loads.csv"
    table(file, [range(40)])
    windows = {"length": 3, "time": "hour"}

    short, long = (
        parts_of(config(file, {**windows, "season": season}))[1] for season in (5, 50)
    )

    assert "long-season" not in [one.code for one in short.warnings]
    assert "long-season" in [one.code for one in long.warnings]


def test_the_gap_before_a_part_is_one_of_each_series(tmp_path):
    file = tmp_path / "loads.csv"
    table(file, [range(20), range(20)])
    split = {"validation": 0.3, "test": 0.2, "time": "hour", "gap": 2}

    _, parts = parts_of(config(file, {"length": 1}, split))

    found = [loads_of(part).tolist() for part in (parts.train, parts.validation)]
    assert found[0] == [*range(1, 6), *range(101, 106)]
    assert found[1] == [*range(9, 14), *range(109, 114)]
    assert loads_of(parts.test).tolist() == [*range(17, 20), *range(117, 120)]


def test_labels_may_be_classes_and_two_columns(tmp_path):
    file = tmp_path / "loads.csv"
    table(file, [range(20)])
    window = {"length": 2, "season": 3}
    values = config(file, window, {"validation": 0.3, "time": "hour"})
    values["data"]["csv"]["labels"] = "holiday"
    values["data"]["columns"] = {"holiday": "one_hot"}
    values["model"]["layers"][1] = {"Dense": {"units": 2, "activation": "softmax"}}
    values["compile"] = {"loss": "sparse_categorical_crossentropy"}

    _, parts = parts_of(values)

    assert parts.train.classes["output"] == ("False", "True")
    assert parts.train.labels["output"].tolist() == [
        int(hour % 3 == 0) for hour in range(2, 14)
    ]
    last, ago = (parts.train.baselines[one]["output"] for one in BASELINES)
    assert last.tolist() == [int(hour % 3 == 0) for hour in range(1, 13)]
    assert ago.tolist() == [-1, *(int(hour % 3 == 0) for hour in range(11))]


def test_several_label_columns_are_told_step_by_step(tmp_path):
    file = tmp_path / "loads.csv"
    table(file, [range(20)])
    values = config(file, {"length": 2, "steps": 2})
    values["data"]["csv"]["labels"] = ["load", "hour_again"]
    head, *lines = file.read_text().splitlines()
    again = [f"{head},hour_again", *(f"{one},{one.split(',')[1]}" for one in lines)]
    file.write_text("\n".join(again) + "\n")
    values["model"]["layers"][1] = {"Dense": 4}

    experiment, parts = parts_of(values)

    names = ("load+1", "hour_again+1", "load+2", "hour_again+2")
    assert experiment.facts.label_columns["output"] == names
    assert parts.preprocessing.outputs["output"].label_names == names
    assert loads_of(parts.train)[0].tolist() == [2, 2, 3, 3]


def test_a_value_of_a_series_that_comes_again_is_no_copy(tmp_path):
    """Windows of one source share no rows; a file of its own may hold copies."""
    hours = [range(60), range(60)]
    table(tmp_path / "loads.csv", hours)
    text = (tmp_path / "loads.csv").read_text().splitlines()
    levels = np.random.default_rng(0).integers(100, 400, 120)
    rows = [
        f"{row.rpartition(',')[0]},{level}"
        for row, level in zip(text[1:], levels, strict=True)
    ]
    (tmp_path / "loads.csv").write_text("\n".join([text[0], *rows]))
    window = {"length": 3, "columns": ["load"]}
    split = {"validation": 0.3, "time": "hour"}

    divided = parts_of(config(tmp_path / "loads.csv", window, split))[1]

    assert [one.code for one in divided.warnings if one.code == "leaked-rows"] == []

    (tmp_path / "copy.csv").write_text("\n".join([text[0], *rows[:40]]))
    source = {"csv": {"path": str(tmp_path / "loads.csv"), "labels": "load"}}
    copied = {"csv": {"path": str(tmp_path / "copy.csv"), "labels": "load"}}
    values = config(tmp_path / "loads.csv", window, None, validation=copied)
    values["data"] |= {**source, "window": {"length": 3, "columns": ["load"]}}
    codes = [one.code for one in parts_of(values)[1].warnings]
    assert codes == ["leaked-rows"]


@pytest.mark.parametrize("written", ["{:d}", "{:d}.0", " {:d}", "{:d}e0"])
def test_rows_of_a_source_of_its_own_are_known_however_they_are_written(
    tmp_path, written
):
    train, held = tmp_path / "train.csv", tmp_path / "held.csv"
    lines = [f"{number},{hour},{hour}" for number in (1, 2) for hour in range(9)]
    train.write_text("\n".join(["station,hour,load", *lines]) + "\n")
    values = config(train, {"length": 2})
    for first, is_shared in ((9, False), (8, True)):
        again = [f"2.0,{written.format(hour)},0" for hour in range(first, 15)]
        held.write_text("\n".join(["station,hour,load", *again]) + "\n")
        own = {"csv": {"path": str(held), "labels": "load"}}
        values["data"]["validation"] = own

        if not is_shared:
            assert len(parts_of(values)[1].validation) == 4
            continue
        with pytest.raises(DataError, match="1 of 7 validation rows train as well"):
            parts_of(values)


def test_dates_that_are_numbers_too_are_no_days_apart(tmp_path):
    file = tmp_path / "loads.csv"
    days = [20240130, 20240131, 20240201, 20240202, 20240204]
    table(file, [days])

    for stretch, cure in ((1, ", and max_gap: 1d or"), ("1d", "")):
        window = {"length": 2, "max_gap": stretch}
        with pytest.raises(DataError) as caught:
            parts_of(config(file, window))
        (problem,) = caught.value.problems
        assert f'format: "%Y%m%d" beside time{cure}' in str(problem.hint)

    window = {"length": 2, "max_gap": "1d", "format": "%Y%m%d"}
    _, parts = parts_of(config(file, window))
    assert parts.train.kept["hour"] == ["20240201", "20240202"]


def test_rows_that_do_not_follow_each_other_are_not_called_too_few(tmp_path):
    file = tmp_path / "loads.csv"
    table(file, [range(20)])
    experiment, parts = parts_of(config(file, {"length": 3, "max_gap": 1}))
    rows = [
        {"station": "s0", "hour": hour, "holiday": False, "load": hour}
        for hour in range(0, 50, 10)
    ]

    with pytest.raises(DataError) as caught:
        prepare_values(experiment.spec, parts.preprocessing, rows, KerasDoor())

    message = caught.value.problems[0].message
    assert message.startswith("no 3 of 5 rows follow each other")
