"""A run for each fold, told together at the end."""

from __future__ import annotations

import csv
import json
from types import SimpleNamespace

import pytest

from dlrun.cli.app import run
from dlrun.cli.folding import Folding, _Told
from dlrun.runs.folds_folder import FoldsFolder
from dlrun.studies.task import Ending

FOLDS = ["train", "people.yaml", "--folds", "4", "-q"]


def test_without_training_each_fold_is_checked(here, capsys):
    assert run([*FOLDS, "--dry-run", "--seeds", "2"]) == 0

    told = capsys.readouterr()
    assert "folds validate in place of data.split.validation: 0.25" in told.err
    lines = told.out.splitlines()
    assert len(lines) == 8
    assert lines[1].startswith("people with seed 3, fold 2: ready to train on 9 train")


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("5x2", "--folds 5 -s data.split.repeats=2"),
        ("2 x 5", "--folds 5 -s data.split.repeats=2"),
        ("1", "at least 2"),
        ("many", "a whole number"),
    ],
)
def test_how_many_folds_is_one_number(here, capsys, words, told):
    assert run(["train", "people.yaml", "--dry-run", "--folds", words]) == 2

    assert told in " ".join(capsys.readouterr().err.split())


def test_the_cure_of_repeated_folds_repeats_them(here, capsys):
    words = ["--folds", "4", "-s", "data.split.repeats=2", "--dry-run"]

    assert run(["train", "people.yaml", "-q", *words]) == 0

    assert len(capsys.readouterr().out.splitlines()) == 8


def test_a_study_has_each_variant_with_each_fold(here, capsys):
    words = ["study", "people.yaml", "-s", "data.split={folds: 3}", "--only", "l2"]

    assert run([*words, "--dry-run"]) == 0
    assert "6 runs, 3 of each variant, about" in capsys.readouterr().out

    assert run([*words, "--seeds", "2", "--dry-run"]) == 0
    assert "12 runs, 6 of each variant, about" in capsys.readouterr().out


def test_folds_in_time_are_studied_at_one_seed(here, capsys):
    table = "height,weight,sex,day\n"
    rows = zip(range(16), "fm" * 8, strict=True)
    table += "".join(f"{150 + day},{50 + day},{sex},{day}\n" for day, sex in rows)
    (here / "people.csv").write_text(table)
    words = ["study", "people.yaml", "-s", "data.split={folds: 3, time: day}"]

    assert run([*words, "--dry-run"]) == 0
    assert run([*words, "--seeds", "2", "--dry-run"]) != 0

    assert (
        "another seed would divide them into the same folds" in capsys.readouterr().err
    )


@pytest.mark.heavy
def test_the_change_of_a_study_is_that_of_each_fold(here, capsys):
    words = ["study", "people.yaml", "-s", "data.split={folds: 3}", "--only", "l2"]

    assert run([*words, "-q", "--json", "--html", "study.html"]) == 0
    values = json.loads(capsys.readouterr().out)

    base, changed = values["variants"]
    assert values["folds"] == 3
    assert values["overlap"] == pytest.approx(0.5, 0.1)
    assert base["n"] == changed["score_change"]["n"] == 3
    assert changed["score_change"]["is_paired"]
    assert run([*words, "-q"]) == 0
    text = " ".join(capsys.readouterr().out.split())
    assert (
        "people, 3 folds: each change alone, against as-given of the same fold." in text
    )
    assert "Folds share train rows and are not independent" in text
    assert "seed" not in text
    assert len(list((here / "runs").glob("people-*-00?"))) == 6


@pytest.mark.heavy
def test_folds_are_runs_that_are_told_together(here, capsys):
    assert run([*FOLDS, "--json"]) == 0
    told = capsys.readouterr()
    answer = json.loads(told.out)

    (folds,) = answer["folds"]
    assert told.err.endswith("next: dlrun compare runs/people.folds-001\n")
    assert [one["run"] for one in folds["runs"]] == [
        f"people-00{number}" for number in range(1, 5)
    ]
    assert [one["fold"] for one in folds["runs"]] == [1, 2, 3, 4]
    assert {one["train"] for one in folds["runs"]} == {9}
    assert folds["overlap"] == pytest.approx(1 / 3)
    losses = [one["metrics"]["val_loss"] for one in folds["runs"]]
    assert folds["mean"]["val_loss"]["mean"] == pytest.approx(sum(losses) / 4)
    kept = here / "runs/people.folds-001"
    assert json.loads((kept / "folds.json").read_text())["runs"] == folds["runs"]
    with (kept / "predictions.csv").open() as stream:
        rows = list(csv.DictReader(stream))
    assert len(rows) == len({row["id"] for row in rows}) == 12
    assert folds["pooled"]["output"]["rows"] == 12


@pytest.mark.heavy
def test_a_fold_is_a_run_like_others(here, capsys):
    assert run([*FOLDS[:3], "2", "-q"]) == 0
    assert run(["verify", "people-002", "-q"]) == 0
    assert run(["resume", "people-002", "--epochs", "4", "-q"]) == 0
    assert run(["evaluate", "people-001", "--json"]) == 0
    again = ["train", "runs/people-002/config.yaml", "-q"]
    assert run(again) == 0

    capsys.readouterr()
    assert run([*again, "--folds", "2"]) == 0
    told = capsys.readouterr().out
    assert "people: 2 folds, each at its best epoch" in told
    assert "(2 folds)" in told
    assert "corrected variance of Nadeau and Bengio, 2003" in told
    assert "predictions out of fold, 12 rows: accuracy" in told
    assert (here / "runs/people.folds-002").is_dir()


DAYS = """\
name: days
data:
  csv: {path: days.csv, labels: y, weights: w}
  split: {folds: 4, time: day}
model: {layers: [{Dense: 1}]}
compile: {optimizer: {SGD: 0.001}, loss: mean_squared_error}
fit: {epochs: 2}
"""


def write_days(folder, weights):
    rows = [f"{day},{day % 3},{day % 2},{w}" for day, w in enumerate(weights)]
    (folder / "days.csv").write_text("\n".join(["day,x,y,w", *rows, ""]))
    (folder / "days.yaml").write_text(DAYS)


@pytest.mark.heavy
def test_without_a_fold_that_diverges_the_others_are_told(here, capsys):
    # Only the last fold trains on the row whose weight throws the model off.
    write_days(here, [1] * 15 + [9e29] + [1] * 4)

    assert run(["train", "days.yaml", "-q", "--json"]) == 1

    told = capsys.readouterr()
    (folds,) = json.loads(told.out)["folds"]
    assert [one["fold"] for one in folds["runs"]] == [1, 2, 3]
    assert folds["missing"] == [
        {"seed": 0, "fold": 4, "run": "days-004", "state": "diverged"}
    ]
    assert folds["path"] is None
    assert folds["mean"]["val_loss"]["n"] == 3
    assert not [*here.glob("runs/*.folds-*")]
    assert run(["train", "days.yaml", "-q"]) == 1
    text = capsys.readouterr().out
    assert "days: 3 of 4 folds, each at its best epoch" in text
    assert "without fold 4 diverged: nothing below counts what is missing" in text


@pytest.mark.heavy
def test_folds_of_other_rows_have_no_mean(here, capsys, monkeypatch):
    write_days(here, [1] * 20)
    from dlrun.cli.train import _Results

    take = _Results.take

    def take_and_change(self, ending):
        take(self, ending)
        with (here / "days.csv").open("a") as stream:
            stream.write("21,1,1,1\n")

    with monkeypatch.context() as patch:
        patch.setattr(_Results, "take", take_and_change)
        assert run(["train", "days.yaml", "-q"]) == 1

    told = capsys.readouterr()
    assert "no mean over folds: the data had changed when days-002" in told.err
    assert "train all folds anew: dlrun train days.yaml -q" in told.err
    assert "95 % intervals" not in told.out
    assert run(["train", "days.yaml", "-q"]) == 0
    assert "(4 folds)" in capsys.readouterr().out


@pytest.mark.heavy
def test_a_config_that_is_there_twice_has_a_mean_for_each(here, capsys):
    assert run([*FOLDS[:2], *FOLDS[1:3], "2", "-q", "--json"]) == 0

    folds = json.loads(capsys.readouterr().out)["folds"]
    assert [[one["fold"] for one in each["runs"]] for each in folds] == [[1, 2]] * 2
    assert len({one["run"] for each in folds for one in each["runs"]}) == 4


@pytest.mark.heavy
def test_a_disk_that_is_full_after_the_last_fold_costs_no_run(
    here, capsys, monkeypatch
):
    import dlrun.runs.folds_folder as kept

    def refuse(*_given):
        raise OSError(28, "No space left on device")

    command = [*FOLDS[:3], "2", "-q"]
    with monkeypatch.context() as patch:
        patch.setattr(kept, "fill_table", refuse)
        assert run(command) != 0

    told = capsys.readouterr().err
    assert "No space left on device" in told
    assert "resume: dlrun train people.yaml --folds 2 -q" in told
    assert run(command) == 0
    assert "(2 folds)" in capsys.readouterr().out
    assert len([*here.glob("runs/people-*")]) == 2
    assert not (here / "runs/.dlrun/plans").exists()


class KeptFolds:
    """What folds say together, to be kept where runs are."""

    def __init__(self, numbers):
        self.runs, self.numbers = (), numbers

    def keep(self, root):
        return FoldsFolder(root / "people.folds-001"), {"numbers": self.numbers}


@pytest.mark.parametrize("state", ["running", "finished"])
def test_folds_that_another_process_has_trained_meanwhile_count(
    tmp_path, monkeypatch, state
):
    now = ["running"]
    monkeypatch.setattr(Folding, "_sets", [(1, 2)])
    monkeypatch.setattr(Folding, "_read", lambda self, numbers: KeptFolds(numbers))
    monkeypatch.setattr(_Told, "to_values", lambda self: self.pooled)
    elsewhere = SimpleNamespace(status=lambda: SimpleNamespace(state=now[0]))
    folding = Folding([None, None], tmp_path)
    folding.take(Ending(1, None, "elsewhere", elsewhere))
    folding.take(Ending(2, None, "trained", SimpleNamespace()))
    assert not folding.to_values()

    now[0] = state
    folding.take_the_rest()

    complete = [{"numbers": (1, 2)}] if state == "finished" else []
    assert folding.to_values() == complete


def test_figures_of_each_step_and_output_are_told_apart():
    from dlrun.cli.folding import _pooled

    steps = {"load+1": {"rows": 8, "mae": 0.5}, "load+2": {"rows": 8, "mae": 1.0}}

    assert _pooled("", {"labels": steps}) == [
        "predictions of load+1 out of fold, 8 rows: mae 0.5000",
        "predictions of load+2 out of fold, 8 rows: mae 1.000",
    ]
    assert "of load+2 of power out" in _pooled(" of power", {"labels": steps})[1]
