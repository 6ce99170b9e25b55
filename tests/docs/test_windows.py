"""Every example of docs/windows.md trains and predicts as the page says."""

from __future__ import annotations

import csv
import datetime
import json
import math
import re
from pathlib import Path

import pytest

import dlrun
from dlrun.cli.app import run
from dlrun.diagnosis import diagnose
from dlrun.engines import KerasDoor
from dlrun.experiment import parse_spec, read_config
from dlrun.rows import read_rows

PAGE = (Path(__file__).parents[2] / "docs/windows.md").read_text("utf-8")
EXAMPLES = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
NAMES = ("day_ahead", "stations", "forward")
FIRST = datetime.date(2021, 1, 1)


def high(day):
    return round(10 - 8 * math.cos(2 * math.pi * day / 365) + day * 7919 % 13 / 4, 1)


def days(first, last):
    for day in range(first, last):
        date = FIRST + datetime.timedelta(days=day)
        yield [date.isoformat(), round(high(day) - 5 + day % 3, 1), high(day)]


def hours(count):
    for station in "ab":
        for hour in range(count):
            holiday = "yes" if hour // 24 % 5 == 0 else "no"
            yield [station, hour, holiday, ord(station) + hour % 24]


def write(file, heads, rows):
    with file.open("w", newline="") as stream:
        csv.writer(stream).writerows([heads, *rows])


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    place = tmp_path_factory.mktemp("windows")
    write(place / "days.csv", ["date", "low", "high"], days(0, 900))
    write(place / "hours.csv", ["station", "hour", "holiday", "load"], hours(240))
    for name, text in zip(NAMES, EXAMPLES, strict=True):
        assert text.startswith(f"name: {name}\n")
        (place / f"{name}.yaml").write_text(text)
    return place


def parts_of(folder, name, *overrides):
    experiment = parse_spec(read_config(folder / f"{name}.yaml", overrides))
    return read_rows(experiment, KerasDoor())


def test_a_sample_is_two_weeks_and_its_label_the_day_after(folder):
    experiment, parts = parts_of(folder, "day_ahead", "data.scale=null")

    assert experiment.input_shapes == {"input": (14, 2)}
    first = parts.train.features["input"][0]
    assert first[:, 1] == pytest.approx([high(day) for day in range(14)], rel=1e-6)
    assert parts.train.labels["output"][0] == pytest.approx(high(14), rel=1e-6)
    assert parts.train.kept["date"][0] == "2021-01-15"
    assert len(parts.train) == 720 - 14
    assert len(parts.validation) == 180 - 14
    assert parts.validation.ids[0] == 734


def test_of_stations_each_is_a_series_and_holidays_are_known(folder):
    experiment, parts = parts_of(folder, "stations")

    assert experiment.input_shapes == {"known": (6, 1), "past": (24, 2)}
    assert experiment.output_shapes == {"dense": (6,)}
    assert parts.validation.kept["station"] == ["a"] * 19 + ["b"] * 19
    assert parts.validation.kept["hour+6"][0] == "221"


def test_folds_in_time_have_a_gap_before_them(folder):
    for fold in range(1, 5):
        _, parts = parts_of(folder, "forward", f"data.split.fold={fold}")
        begin = 180 * fold
        assert parts.train.ids == tuple(range(14, begin - 7))
        assert parts.validation.ids == tuple(range(begin + 14, begin + 180))


def test_windows_that_overlap_are_not_drawn_at_random(folder, capsys):
    at_random = [str(folder / "day_ahead.yaml"), "-u", "data.split.time"]

    assert run(["validate", *at_random]) == 3
    assert "error[overlapping-windows]" in capsys.readouterr().err
    assert run(["validate", *at_random, "-s", "data.window.stride=15"]) == 0


@pytest.fixture(scope="module")
def trained(folder):
    pytest.importorskip("tensorflow")
    runs = folder / "runs"
    config = folder / "day_ahead.yaml"
    assert run(["train", str(config), "--runs", str(runs), "-q"]) == 0
    return dlrun.find_runs(runs)[0]


@pytest.mark.heavy
def test_both_baselines_stand_beside_the_score(trained, capsys):
    found = trained.metrics["baselines"]

    assert set(found) == {"last value", "season ago"}
    held = range(734, 900)
    last = [abs(high(day) - high(day - 1)) for day in held]
    ago = [abs(high(day) - high(day - 365)) for day in held]
    for name, errors in (("last value", last), ("season ago", ago)):
        mean = sum(errors) / len(errors)
        assert found[name]["mean_absolute_error"] == pytest.approx(mean, rel=1e-4)
        assert found[name]["rows"] == 166
    assert run(["evaluate", str(trained.path)]) == 0
    told = capsys.readouterr().out
    assert "  last value: loss" in told
    assert "  season ago: loss" in told
    assert run(["compare", str(trained.path), "--json"]) == 0
    (group,) = json.loads(capsys.readouterr().out)["groups"]
    assert group["last_value"] == pytest.approx(found["last value"]["loss"])
    assert group["season_ago"] == pytest.approx(found["season ago"]["loss"])


@pytest.mark.heavy
def test_a_model_that_is_no_better_is_told(trained, folder, capsys):
    naive = {"last value": {"loss": 1e-9}}
    facts = {"task": "regression", "naive": naive}
    history = {"train_loss": [1, 0.5, 0.4, 0.39, 0.39, 0.39], "val_loss": [0.4] * 6}

    assert diagnose(history, facts=facts).verdict == "BELOW_BASELINE"
    summary = json.loads((trained.path / "summary.json").read_text())
    assert summary["facts"]["naive"]["season ago"]["loss"] > 0


@pytest.mark.heavy
def test_the_last_days_predict_tomorrow(trained, folder, capsys):
    new = folder / "new.csv"
    write(new, ["date", "low", "high"], days(900, 914))

    assert run(["predict", str(trained.path), "--data", str(new)]) == 0
    head, line = capsys.readouterr().out.splitlines()
    assert head == "id,date,prediction"
    assert line.startswith("13+1,2023-07-04,")
    frame = pytest.importorskip("pandas").read_csv(new, parse_dates=["date"])
    (told,) = trained.predict(frame).to_dict("records")
    assert told["date"].startswith("2023-07-04")
    assert told["prediction"] == pytest.approx(float(line.split(",")[-1]), rel=1e-5)
    predictions = (trained.path / "predictions.csv").read_text().splitlines()
    assert predictions[0] == "id,date,label,prediction"
    assert predictions[1].startswith(f"734,2023-01-05,{high(734)},")


@pytest.mark.heavy
def test_a_run_of_windows_is_the_same_again_and_goes_on(trained, folder, capsys):
    assert run(["verify", str(trained.path)]) == 0
    assert run(["resume", str(trained.path), "--epochs", "4"]) == 0
    longer = folder / "longer"
    config = str(folder / "day_ahead.yaml")
    asked = ["train", config, "--runs", str(longer), "-q", "-s", "fit.epochs=4"]
    assert run(asked) == 0
    again = dlrun.find_runs(longer)[0]
    hashes = trained.history["weights_sha256"]
    assert list(hashes) == list(again.history["weights_sha256"])


@pytest.mark.heavy
def test_steps_and_what_is_known_go_through_a_run(folder, capsys):
    runs, new = folder / "runs", folder / "later.csv"
    config = str(folder / "stations.yaml")
    later = [
        ["a", hour, "no", 97 + hour % 24 if hour < 24 else ""] for hour in range(30)
    ]
    write(new, ["station", "hour", "holiday", "load"], later)

    assert run(["train", config, "--runs", str(runs), "-q"]) == 0
    assert run(["evaluate", "stations", "--runs", str(runs)]) == 0
    assert "load+6" in capsys.readouterr().out
    asked = ["predict", "stations", "--runs", str(runs), "--data", str(new), "--json"]
    assert run(asked) == 0
    (line,) = capsys.readouterr().out.splitlines()
    told = json.loads(line)
    assert told["station"] == "a"
    assert [told[f"hour+{step}"] for step in (1, 6)] == ["24", "29"]
    assert isinstance(told["prediction_load+6"], float)
