"""Every file of a run, damaged in every way: named, and nobody else is harmed."""

from __future__ import annotations

import io
import json
import os
import random
import shutil
import zipfile
from contextlib import suppress

import numpy as np
import pytest

from dlrun.cli.app import run as command
from dlrun.components.sources.npz import Npz
from dlrun.errors import DlrunError, RunError
from dlrun.runs import (
    DamagedError,
    LayerSummary,
    Metrics,
    RecordedDiagnosis,
    RecordedSplit,
    RunFolder,
    Summary,
    create_run,
    find_runs,
    forget_training,
    start_over,
)

CONFIG = {"name": "whole", "seed": 1, "fit": {"epochs": 3, "monitor": "val_loss"}}
READ_BY_COMPARE = (
    "config.json",
    "summary.json",
    "metrics.json",
    "diagnosis.json",
    "history.csv",
    "SHA256SUMS",
    "status.json",
)
FILES = (
    *READ_BY_COMPARE,
    "split.json",
    "model.keras",
    "predictions.csv",
    "diagnostics/layers.csv",
    "diagnostics/outputs.csv",
)
DAMAGED_ARCHIVES = int(os.environ.get("DLRUN_DAMAGED_ARCHIVES", "300"))
"""The long part by hand: `DLRUN_DAMAGED_ARCHIVES=5000 pytest tests/faults/...`."""
PROBED = (
    "grad_norm", "grad_mean_abs", "weight_norm", "update_ratio", "step_update_ratio",
    "dead_share", "zero_share", "saturated_share",
)  # fmt: skip
DAMAGES = ("bit", "cut", "empty", "another", "gone", "pipe", "directory")

CASES = [(name, kind) for name in FILES for kind in DAMAGES]


def make_whole(root):
    folder = create_run(root, "whole")
    folder.write_config("name: whole\n", CONFIG)
    folder.write_split(RecordedSplit(1, "aa", "bb"))
    layers = (LayerSummary("a", "Dense", (1,), 3),)
    summary = Summary(parameters=3, layers=layers, monitor="val_loss")
    folder.write_summary(summary)
    for epoch in (1, 2, 3):
        row = {"epoch": epoch, "train_loss": 1 / epoch, "val_loss": 1.5 / epoch}
        folder.append_history(row | {"weights_sha256": "ab" * 32})
    layer = {"epoch": 0, "layer": "a"} | dict.fromkeys(PROBED) | {"weight_norm": 1.0}
    outputs = {"epoch": 0, "regularisation_loss": None, "nonfinite": False}
    folder.append_probe([layer], outputs)
    folder.write_model(lambda file: file.write_bytes(b"model") and None)
    folder.write_predictions(["id"], [(1,)])
    folder.write_metrics(Metrics(epochs=3, best_epoch=3))
    folder.write_diagnosis(RecordedDiagnosis(verdict="GOOD_FIT", tag="ok"))
    folder.write_status("finished")
    return folder


def damage(file, kind):
    data = file.read_bytes()
    file.unlink()
    if kind == "pipe":
        os.mkfifo(file)
    elif kind == "directory":
        file.mkdir()
    elif kind != "gone":
        place = random.Random(f"{file.name}{kind}").randrange(
            4 * len(data), 8 * len(data)
        )
        flipped = bytearray(data)
        flipped[place // 8] ^= 1 << place % 8
        changed = {"cut": data[: len(data) // 2], "empty": b"", "another": b"{}\n"}
        file.write_bytes(changed.get(kind, bytes(flipped)))


@pytest.mark.parametrize(("name", "kind"), CASES)
def test_a_damaged_file_is_named_and_harms_no_other_run(tmp_path, capsys, name, kind):
    hurt, whole = make_whole(tmp_path), make_whole(tmp_path)

    damage(hurt.path / name, kind)

    assert command(["runs", str(tmp_path), "--json"]) == 0
    listed = capsys.readouterr().out
    assert '"state": "damaged"' in listed
    assert name in listed or "SHA256SUMS" in listed
    assert '"state": "finished"' in listed
    assert command(["compare", str(tmp_path)]) == 0
    said = capsys.readouterr()
    assert (hurt.name in said.out + said.err) or name not in READ_BY_COMPARE
    assert whole.name in said.out


def test_a_run_of_an_older_dlrun_is_not_vouched_for_and_not_damaged(
    tmp_path, as_older_run, capsys
):
    folder = make_whole(tmp_path)
    as_older_run(folder)
    (folder.path / "split.json").write_text("{}")

    assert command(["runs", str(tmp_path), "--json"]) == 0

    assert '"state": "finished"' in capsys.readouterr().out
    assert folder.split() == RecordedSplit(None, None, None)


def test_of_a_run_without_hashes_it_is_said_that_nothing_vouches_for_it(
    tmp_path, as_older_run, capsys
):
    as_older_run(make_whole(tmp_path))
    make_whole(tmp_path)

    assert command(["runs", str(tmp_path)]) == 0
    listed = capsys.readouterr().out.splitlines()
    assert command(["compare", str(tmp_path)]) == 0
    compared = " ".join(capsys.readouterr().out.split())

    assert "no hashes vouch" in listed[1]
    assert "no hashes vouch" not in listed[2]
    words = "whole-001: no hashes vouch for its files, of an older dlrun"
    assert words in compared


def test_the_verdict_of_a_run_without_hashes_is_that_of_its_curves(
    tmp_path, as_older_run, capsys
):
    folder = make_whole(tmp_path)
    as_older_run(folder)
    assert command(["compare", str(tmp_path), "--json"]) == 0
    expected = json.loads(capsys.readouterr().out)["groups"][0]["verdict"]
    file = folder.path / "diagnosis.json"
    file.write_text(file.read_text().replace("GOOD_FIT", "OVERFITTING"))

    assert command(["compare", str(tmp_path), "--json"]) == 0

    assert json.loads(capsys.readouterr().out)["groups"][0]["verdict"] == expected


def test_parameters_that_are_not_those_of_the_layers_are_damage_without_hashes_too(
    tmp_path, as_older_run, capsys
):
    folder = make_whole(tmp_path)
    as_older_run(folder)
    file = folder.path / "summary.json"
    file.write_text(file.read_text().replace('"parameters": 3', '"parameters": 7', 1))

    assert command(["runs", str(tmp_path), "--json"]) == 0
    [run] = json.loads(capsys.readouterr().out)

    assert run["state"] == "damaged"
    assert run["reason"] == (
        "summary.json of whole-001 is damaged: 7 parameters, but those of its layers "
        "are 3"
    )


def test_a_cut_history_of_an_older_run_is_found_by_the_epochs_of_its_metrics(
    tmp_path, as_older_run, capsys
):
    folder = make_whole(tmp_path)
    as_older_run(folder)
    file = folder.path / "history.csv"
    file.write_text("".join(file.read_text().splitlines(keepends=True)[:2]))

    assert command(["diagnose", str(folder.path)]) == 3

    assert "ends with epoch 1, metrics.json with epoch 3" in capsys.readouterr().err


def test_a_config_that_somebody_edits_to_train_it_makes_no_damage(tmp_path):
    folder = make_whole(tmp_path)
    (folder.path / "config.yaml").write_text("name: other\n")

    assert folder.hashes.damages() == []
    with pytest.raises(DamagedError, match=r"config\.yaml"):
        folder.hashes.require_config()


def test_a_file_that_is_replaced_again_and_again_stays_vouched_for(tmp_path):
    folder = make_whole(tmp_path)
    for looks in range(1, 4):
        assert folder.count_test_look("evaluate") == looks

    lines = (folder.path / "SHA256SUMS").read_text().splitlines()
    assert sum(line.endswith("  metrics.json") for line in lines) == 1
    assert folder.hashes.damages() == []


@pytest.mark.parametrize("place", ["checkpoints", "diagnostics", "rounds", "source"])
def test_nothing_behind_a_link_is_removed(tmp_path, place):
    folder = make_whole(tmp_path / "runs")
    elsewhere = tmp_path / "elsewhere"
    for name in (".git", "2023", "00", "0001"):
        (elsewhere / name).mkdir(parents=True)
    (elsewhere / "layers.csv").write_text("mine")
    shutil.rmtree(folder.path / place, ignore_errors=True)
    (folder.path / place).symlink_to(elsewhere)
    before = sorted(path.name for path in elsewhere.iterdir())

    for remove in (forget_training, start_over):
        with suppress(RunError):
            remove(folder)

    assert sorted(path.name for path in elsewhere.iterdir()) == before
    assert (elsewhere / "layers.csv").read_text() == "mine"


def test_what_dlrun_has_not_made_stays_in_a_run_that_starts_over(tmp_path):
    folder = make_whole(tmp_path)
    for name in ("notes.txt", "checkpoints/2023/thesis.txt", "rounds/00/mine.txt"):
        file = folder.path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("mine")

    start_over(folder)

    files = {
        path.relative_to(folder.path).as_posix()
        for path in folder.path.rglob("*")
        if path.is_file()
    }
    ours = {"status.json", "SHA256SUMS"}
    mine = {"notes.txt", "checkpoints/2023/thesis.txt", "rounds/00/mine.txt"}
    assert files == ours | mine
    assert find_runs(tmp_path) == [folder]


def test_a_log_that_is_a_link_is_not_written_through(tmp_path):
    folder = make_whole(tmp_path / "runs")
    (tmp_path / "mine.txt").write_text("mine")
    folder.log_file.symlink_to(tmp_path / "mine.txt")

    with pytest.raises(RunError, match="is a link"):
        folder.write_log("a traceback")

    assert (tmp_path / "mine.txt").read_text() == "mine"


def test_a_lock_that_is_a_pipe_is_refused_not_waited_for(tmp_path):
    folder = make_whole(tmp_path)
    os.mkfifo(folder.path / "run.lock")

    with pytest.raises(RunError, match=r"run\.lock is no plain file"), folder.lock():
        pass


def packed_archives(arrays):
    """The arrays as NumPy saves them, and as other programs may."""
    wholes = []
    for save in (np.savez, np.savez_compressed):
        stream = io.BytesIO()
        save(stream, **arrays)
        wholes.append(stream.getvalue())
    for method in (zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA):
        stream = io.BytesIO()
        with (
            zipfile.ZipFile(stream, "w", method) as packed,
            zipfile.ZipFile(io.BytesIO(wholes[0])) as archive,
        ):
            for name in archive.namelist():
                packed.writestr(name, archive.read(name))
        wholes.append(stream.getvalue())
    return wholes


def hurt(chance, whole):
    """Cut it, flip a bit, or change a byte of a header."""
    data, place = bytearray(whole), chance.randrange(len(whole))
    kind = chance.randrange(3)
    if kind == 0:
        del data[place:]
    elif kind == 1:
        data[place] ^= 1 << chance.randrange(8)
    else:
        start = data.find(chance.choice([b"PK\x01\x02", b"PK\x05\x06", b"NUMPY"]))
        place = max(start, 0) + chance.randrange(22)
        data[place % len(data)] = chance.randrange(256)
    return bytes(data)


def test_damaged_npz_files_are_refused_or_read_as_they_were(tmp_path):
    arrays = {"x": np.random.default_rng(1).normal(size=(9, 3)), "y": np.arange(9) % 2}
    chance, wholes = random.Random(7), packed_archives(arrays)
    source = Npz(path=tmp_path / "rows.npz")

    for _ in range(DAMAGED_ARCHIVES):
        source.path.write_bytes(hurt(chance, chance.choice(wholes)))
        try:
            rows = source.load(task="classification")
        except DlrunError:
            continue
        (features,) = rows.features.values()
        assert features.tobytes() == arrays["x"].astype("float32").tobytes()


def test_a_whole_run_is_what_it_was(tmp_path):
    assert RunFolder(make_whole(tmp_path).path).hashes.damages() == []
