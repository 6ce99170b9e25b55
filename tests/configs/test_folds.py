"""The configs of configs/folds/: groups show a truth that a random division hides."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from dlrun.cli.app import run
from dlrun.experiment import parse_spec, read_config
from dlrun.runs import find_folds

CONFIGS = Path(__file__).parents[2] / "configs/folds"
AT_RANDOM = ["-u", "data.split.by", "-s", "data.columns.speaker=drop"]
FEW = ["-s", "fit.epochs=8", "-s", "data.split.folds=3", "-q"]


def accuracy(root: Path, name: str) -> float:
    (folder,) = find_folds(root, name)
    pooled = json.loads((folder.path / "folds.json").read_text())["pooled"]
    return pooled["output"]["accuracy"]


def test_breast_cancer_is_divided_twice_into_five():
    experiment = parse_spec(read_config(CONFIGS / "breast_cancer.yaml"))

    assert experiment.spec.data.split.all_folds == 10


@pytest.mark.heavy
def test_vowels_of_speakers_who_were_heard_are_known_far_better(tmp_path):
    words = ["train", str(CONFIGS / "vowels.yaml"), "--runs", str(tmp_path), *FEW]

    assert run(words) == 0
    assert run([*words, *AT_RANDOM, "-s", "name=at_random"]) == 0

    by_speaker, at_random = (accuracy(tmp_path, one) for one in ("vowels", "at_random"))
    # 990 rows: a standard error of 0.016 at most.
    assert by_speaker > 1 / 11 + 0.1
    assert at_random > by_speaker + 0.1
