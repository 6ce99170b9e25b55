"""Checks of real runs, each with the answer that its data were made to have."""

from __future__ import annotations

import contextlib
import json
import random
import shutil

import pytest

from dlrun.cli.app import run
from dlrun.runs import RunFolder

pytestmark = pytest.mark.heavy

CONFIG = """\
name: it
seed: 1
data:
  csv: {{path: rows.csv, labels: y}}
  split: {{validation: 0.5}}
model:
  layers:
    - Dense: {{units: {units}, activation: relu}}
    - Dense: {{units: {units}, activation: relu}}
    - Dense: {{units: {outputs}, activation: {activation}}}
compile:
  optimizer: {{Adam: {rate}}}
  loss: {loss}
fit: {{epochs: {epochs}, batch_size: 16}}
"""
CLASSES = {
    "outputs": 2,
    "activation": "softmax",
    "loss": "sparse_categorical_crossentropy",
}
NUMBERS = {"outputs": 1, "activation": "linear", "loss": "mse"}


def write(directory, label, rows, **values):
    """Write a config, and rows of six features whose label a function gives."""
    draw = random.Random(7)
    lines = ["a,b,c,d,e,f,y"]
    for _ in range(rows):
        features = [draw.gauss(0, 1) for _ in range(6)]
        cells = [f"{value:.4f}" for value in features]
        lines.append(",".join([*cells, str(label(features, draw))]))
    (directory / "rows.csv").write_text("\n".join(lines) + "\n")
    (directory / "it.yaml").write_text(CONFIG.format(**values))


@pytest.fixture
def trained(dlrun, tmp_path, monkeypatch):
    """Train a config on rows whose label a function gives."""
    monkeypatch.chdir(tmp_path)

    def train(label, rows, **values):
        write(tmp_path, label, rows, **values)
        outcome = dlrun("train", "it.yaml", "-q")
        assert outcome.code == 0, outcome.err
        return RunFolder(tmp_path / "runs" / "it-001")

    return train


@pytest.fixture(scope="module")
def once_checked(tmp_path_factory):
    """A run that only needs epochs, and its check; trained once for all tests."""
    directory = tmp_path_factory.mktemp("checked")
    write(directory, sign, 300, units=16, rate=0.001, epochs=5, **CLASSES)
    with contextlib.chdir(directory):
        assert run(["train", "it.yaml", "-q"]) == 0
        assert run(["diagnose", "it", "--check", "-q"]) == 0
    return directory


@pytest.fixture
def checked(once_checked, tmp_path, monkeypatch):
    """An own copy of it, as the current directory."""
    shutil.copytree(once_checked, tmp_path / "copy")
    monkeypatch.chdir(tmp_path / "copy")
    return RunFolder(tmp_path / "copy" / "runs" / "it-001")


def sign(features, draw):
    return int(features[0] + features[1] * features[2] > 0)


def noisy_sign(features, draw):
    return int(features[0] + draw.gauss(0, 1.5) > 0)


def noise(features, draw):
    return round(0.3 * features[0] + draw.gauss(0, 1), 4)


def names(folder):
    return sorted(path.name for path in folder.path.parent.glob("it*"))


def test_a_run_that_only_needs_epochs_is_found_to(checked):
    finding = checked.finding()

    longer = next(item for item in finding.references if item.name == "longer")
    assert finding.suspicion in {"UNDERFITTING", "SLOW_CONVERGENCE"}
    assert finding.verdict == "SLOW_CONVERGENCE"
    assert longer.helps
    assert longer.run == "it-longer-001"
    assert longer.gain.low > 0
    assert longer.gain.mean > finding.matters > 0
    best = checked.metrics().best["val_loss"]
    assert finding.value == pytest.approx(best, rel=1e-4)
    assert finding.rows == 150
    checked.hashes.require_all()


def test_a_second_check_trains_nothing_and_finds_the_same(dlrun, checked):
    there, found = names(checked), checked.finding()

    outcome = dlrun("diagnose", "it", "--check", "-q")

    assert outcome.code == 0
    assert outcome.err == ""
    assert names(checked) == there
    assert checked.finding() == found
    assert not (checked.path.parent / ".dlrun" / "plans").exists()


def test_what_was_trained_by_name_alone_is_no_reference(dlrun, checked):
    """Another seed is another config, whatever the run is called."""
    there = names(checked)
    config = str(checked.path / "config.yaml")
    assert dlrun("train", config, "-s", "seed=2", "-q").code == 0

    outcome = dlrun("diagnose", "it-002", "--check")

    assert outcome.code == 0, outcome.err
    assert "it-002: trains" in outcome.err
    trained = [name for name in names(checked) if name not in there]
    assert trained[0] == "it-002"
    first = trained[1].removeprefix("it-")[:-4].replace("-", "_")
    assert first in outcome.err.partition("in all: ")[2]
    assert "checked: " in outcome.out


def test_references_are_trained_by_several_processes_with_the_same_result(
    dlrun, checked
):
    alone = checked.finding()

    outcome = dlrun("diagnose", "it", "--check", "--again", "--jobs", "2", "-q")

    assert outcome.code == 0, outcome.err
    together = checked.finding()
    assert [item.run[-3:] for item in together.references] == ["002"] * len(
        alone.references
    )
    assert [(item.name, item.gain) for item in together.references] == [
        (item.name, item.gain) for item in alone.references
    ]


def test_going_on_with_a_run_forgets_what_was_found_of_it(dlrun, checked):
    outcome = dlrun("resume", "it-001", "--epochs", "6", "-q")

    assert outcome.code == 0, outcome.err
    assert checked.finding() is None
    checked.hashes.require_all()


def test_advice_after_a_check_begins_with_what_has_helped(dlrun, checked):
    there = names(checked)
    helping = [item.name for item in checked.finding().helping]

    values = json.loads(dlrun("advise", "it-001", "--run", "--json", "-q").out)

    assert [item["category"] for item in values["advice"]] == helping[:3]
    assert values["kept"] == values["tried"][0]["run"]
    assert names(checked) == there


def test_a_run_that_learns_noise_by_heart_is_found_to_overfit(dlrun, trained):
    trained(noisy_sign, 160, units=64, rate=0.01, epochs=40, **CLASSES)

    values = json.loads(dlrun("diagnose", "it", "--check", "--json").out)

    assert values["verdict"] == "OVERFITTING"
    assert values["finding"]["standing"] == "confirmed"
    assert values["finding"]["rise"]["low"] > 0
    assert "After the last epoch" in values["finding"]["sentence"]


def test_of_labels_that_are_mostly_noise_the_data_are_the_limit(dlrun, trained):
    trained(noise, 2400, units=4, rate=0.003, epochs=8, **NUMBERS)

    values = json.loads(dlrun("diagnose", "it", "--check", "--json").out)

    finding = values["finding"]
    assert values["verdict"] == "UNDERFITTING"
    assert (finding["verdict"], finding["standing"]) == ("GOOD_FIT", "refuted")
    assert "the data are the limit" in finding["sentence"]


def test_a_run_that_broke_down_is_checked_against_a_constant_prediction(dlrun, checked):
    config = str(checked.path / "config.yaml")
    wild = ["-s", "compile.optimizer={SGD: 1.0e+30}", "-s", "name=wild"]
    assert dlrun("train", config, *wild, "-q").code != 0

    values = json.loads(dlrun("diagnose", "wild", "--check", "--json", "-q").out)

    finding = values["finding"]
    assert finding["suspicion"] == finding["verdict"] == "DIVERGED"
    assert finding["value"] is None
    assert {item["name"] for item in finding["references"]} >= {"learning_rate_down"}
    assert not any(item["helps"] for item in finding["references"])
