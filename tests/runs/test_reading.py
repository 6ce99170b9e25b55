"""What the files of a run are read as: those of 0.1.0, and what is damaged."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from dlrun.errors import RunError
from dlrun.runs import RunFolder, find_rounds

OLD = Path(__file__).parents[1] / "golden/runs/0.1.0"
READERS = ("summary", "metrics", "environment", "split", "preprocessing", "status")


@pytest.fixture
def old(tmp_path) -> RunFolder:
    shutil.copytree(OLD / "plain-001", tmp_path / "plain-001")
    return RunFolder(tmp_path / "plain-001")


@pytest.mark.parametrize("name", ["plain-001", "rounds-001"])
@pytest.mark.parametrize("reader", READERS[:-1])
def test_a_run_of_0_1_0_is_read_and_would_be_written_with_the_same_bytes(name, reader):
    folder = RunFolder(OLD / name)

    record = getattr(folder, reader)()

    written = json.dumps(record.to_json(), ensure_ascii=False, indent=1)
    assert f"{written}\n" == (folder.path / f"{reader}.json").read_text()


def test_the_rounds_of_0_1_0_are_read_and_would_be_written_with_the_same_bytes():
    for folder in find_rounds(RunFolder(OLD / "rounds-001")):
        written = json.dumps(folder.figures().to_json(), ensure_ascii=False, indent=1)

        assert f"{written}\n" == (folder.path / "round.json").read_text()
        assert folder.figures().number == folder.number


def test_a_checkpoint_of_0_1_0_is_whole(old):
    found = old.find_checkpoint()

    assert found.skipped == ()
    assert found.checkpoint is not None
    assert (found.checkpoint.epoch, found.checkpoint.state.best_epoch) == (3, 3)
    assert [len(array) for array in found.checkpoint.arrays["weights"]] == [2, 2, 2, 1]


@pytest.mark.parametrize("reader", READERS)
def test_keys_that_a_version_did_not_write_are_unknown_not_damage(old, reader):
    file = old.path / f"{reader}.json"
    needed = {"status": {"state": "finished"}, "preprocessing": {"task": "regression"}}
    file.write_text(json.dumps(needed.get(reader, {}) | {"of a later version": 1}))

    getattr(old, reader)()


@pytest.mark.parametrize(
    ("reader", "values", "words"),
    [
        ("summary", {"parameters": "many"}, "parameters is 'many', not an integer"),
        ("summary", {"parameters": True}, "parameters is True, not an integer"),
        ("summary", {"jit": "maybe"}, "jit is 'maybe', not one of on, off"),
        ("summary", {"facts": [1]}, "facts is [1], not an object"),
        (
            "summary",
            {"layers": [{"output_shape": [None]}]},
            "layers[0].output_shape is [None], not a list of integers",
        ),
        ("metrics", {"best": {"loss": "x"}}, "best.loss is 'x', not a number"),
        ("metrics", {"test_looks": 1.5}, "test_looks is 1.5, not an integer"),
        ("environment", {"versions": []}, "versions is [], not an object"),
        ("environment", {"git": {"commit": 7}}, "git.commit is 7, not a text"),
        ("split", {"parts": {"train": 1}}, "parts.train is 1, not an object"),
        ("preprocessing", {}, "task is None, not one of classification, regression"),
        ("status", {"state": "finished", "pid": "1"}, "pid is '1', not an integer"),
    ],
)
def test_a_value_of_another_type_is_damage_that_names_the_key(
    old, reader, values, words
):
    file = old.path / f"{reader}.json"
    file.write_text(json.dumps(values))

    with pytest.raises(RunError) as caught:
        getattr(old, reader)()

    assert caught.value.message == f"{file} is damaged: {words}"
    assert caught.value.hint
