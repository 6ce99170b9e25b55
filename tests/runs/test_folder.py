from __future__ import annotations

import csv
import errno
import json
import math
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from dlrun.errors import RunError
from dlrun.runs import Metrics, RunFolder, create_run

HOLD_THE_LOCK = """
import sys, time
from pathlib import Path
from dlrun.runs import RunFolder
with RunFolder(Path(sys.argv[1])).lock():
    print("locked", flush=True)
    time.sleep(60)
"""


@pytest.fixture
def run(tmp_path: Path) -> RunFolder:
    return create_run(tmp_path, "gender")


def fail(*_: object, **__: object) -> None:
    raise OSError(28, "No space left on device")


@pytest.mark.parametrize("broken", ["fsync", "replace"])
def test_a_full_disk_leaves_the_old_file_and_no_litter(run, monkeypatch, broken):
    run.write_metrics(Metrics(epochs=1))
    before = sorted(path.name for path in run.path.iterdir())
    monkeypatch.setattr(os, broken, fail)

    with pytest.raises(
        RunError, match=r"cannot write .*metrics\.json.*No space"
    ) as caught:
        run.write_metrics(Metrics(epochs=2))

    monkeypatch.undo()
    assert caught.value.hint
    assert run.metrics() == Metrics(epochs=1)
    assert sorted(path.name for path in run.path.iterdir()) == before


def test_a_model_that_cannot_be_saved_leaves_the_old_one(run):
    run.write_model(lambda path: path.write_text("old") and None)

    def save(path: Path) -> None:
        path.write_text("half")
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        run.write_model(save)

    assert run.model_file.read_text() == "old"
    assert [path.suffix for path in run.path.glob("*.keras")] == [".keras"]


def test_a_model_is_saved_under_a_path_that_keras_accepts(run):
    seen = []

    run.write_model(lambda path: seen.append(path) or path.write_text("model"))

    assert seen[0].suffix == ".keras"
    assert seen[0].parent == run.path


def test_numbers_that_json_does_not_know_become_null(run):
    best = {"loss": float("nan"), "mse": float("-inf"), "mae": 1.5}

    run.write_metrics(Metrics(best=best))

    written = json.loads((run.path / "metrics.json").read_text())
    assert written["best"] == {"loss": None, "mse": None, "mae": 1.5}
    assert [math.isnan(value) for value in run.metrics().best.values()] == [
        True,
        True,
        False,
    ]


def test_a_config_with_infinity_is_refused(run):
    with pytest.raises(RunError, match=r"config\.json"):
        run.write_config("name: a\n", {"clipnorm": float("inf")})


def test_a_config_is_kept_for_people_and_for_programs(run):
    run.write_config("name: gender\n", {"name": "gender", "text": "größer"})

    assert (run.path / "config.yaml").read_text() == "name: gender\n"
    assert run.config() == {"name": "gender", "text": "größer"}


def test_a_config_has_the_keys_that_have_come_since(run):
    run.write_config("", {"name": "old", "fit": {"epochs": 3}})
    older = run.config()
    run.write_config("", {"name": "new", "fit": {"epochs": 3, "threads": 2}})

    assert older == {"name": "old", "fit": {"epochs": 3, "threads": "auto"}}
    assert run.config()["fit"] == {"epochs": 3, "threads": 2}


@pytest.mark.parametrize("reader", ["config", "environment", "split", "preprocessing"])
def test_a_missing_file_is_named(run, reader):
    with pytest.raises(RunError, match=rf"{reader}\.json is missing") as caught:
        getattr(run, reader)()

    assert caught.value.hint


@pytest.mark.parametrize("text", ["", "{", "[1]", "null", "\0", "[" * 100_000])
def test_a_damaged_file_is_named(run, text):
    (run.path / "metrics.json").write_text(text)

    with pytest.raises(RunError, match=r"metrics\.json is damaged"):
        run.metrics()


def test_bytes_that_are_not_text_are_refused(run):
    (run.path / "metrics.json").write_bytes(b"\xff\xfe")

    with pytest.raises(RunError, match="UTF-8"):
        run.metrics()


def test_a_pipe_in_place_of_a_file_is_refused_not_waited_for(run):
    os.mkfifo(run.path / "metrics.json")

    with pytest.raises(RunError, match="not a plain file"):
        run.metrics()


def test_a_history_reads_back_as_written(run):
    rows = [
        {
            "epoch": 1,
            "loss": 0.1 + 0.2,
            "val_loss": float("inf"),
            "weights_sha256": "0e1",
        },
        {"epoch": 2, "loss": float("nan"), "val_loss": None, "weights_sha256": None},
    ]

    for row in rows:
        run.append_history(row)

    history = run.history()
    assert history["epoch"] == [1, 2]
    assert history["loss"][0] == 0.1 + 0.2
    assert history["loss"][1] != history["loss"][1]
    assert history["val_loss"] == [float("inf"), None]
    assert history["weights_sha256"] == ["0e1", None]


def test_a_run_without_an_epoch_has_no_history(run):
    assert run.history() == {}


def test_a_torn_last_line_is_left_out_and_then_replaced(run):
    for epoch in (1, 2):
        run.append_history({"epoch": epoch, "loss": 0.5})
    file = run.path / "history.csv"
    file.write_bytes(file.read_bytes()[:-2])

    assert run.history()["epoch"] == [1]
    run.append_history({"epoch": 2, "loss": 0.25})

    assert run.history() == {"epoch": [1, 2], "loss": [0.5, 0.25]}


def test_a_torn_header_is_written_again(run):
    (run.path / "history.csv").write_text("epo")

    run.append_history({"epoch": 1, "loss": 0.5})

    assert run.history() == {"epoch": [1], "loss": [0.5]}


@pytest.mark.parametrize("line", ["x,0.5", "2,y", "2", "2,0.5,1", "epoch,loss", "\0\0"])
def test_garbage_in_the_middle_is_named_with_its_line(run, line):
    (run.path / "history.csv").write_text(f"epoch,loss\n1,0.5\n{line}\n3,0.5\n")

    with pytest.raises(RunError, match=r"history\.csv is damaged in line 3"):
        run.history()


def test_other_columns_in_a_later_row_are_a_mistake_in_the_code(run):
    run.append_history({"epoch": 1, "loss": 0.5})

    with pytest.raises(ValueError, match="columns of a table changed"):
        run.append_history({"epoch": 2, "accuracy": 0.5})


@pytest.mark.parametrize("name", ["a,b", 'a"b', "a\nb", ""])
def test_a_column_that_would_break_the_table_is_refused(run, name):
    with pytest.raises(ValueError, match="cannot hold"):
        run.append_history({name: 1})


def test_a_row_that_does_not_fit_the_disk_is_a_run_error(run, monkeypatch):
    monkeypatch.setattr(os, "write", lambda *_: 1)

    with pytest.raises(RunError, match=r"history\.csv: No space"):
        run.append_history({"epoch": 1})


def test_text_that_a_spreadsheet_would_run_is_disarmed(run):
    cells = [
        "=1+1",
        "+cmd",
        "-x",
        "@a",
        "\tx",
        "\rx",
        "fine",
        "-1",
        -1,
        -0.5,
        None,
        True,
    ]

    run.write_predictions(["a", "=b"], [(cell, 0.1) for cell in cells])

    with run.predictions_file.open(newline="") as stream:
        header, *rows = csv.reader(stream)
    assert header == ["a", "'=b"]
    assert [row[0] for row in rows[:6]] == [f"'{cell}" for cell in cells[:6]]
    assert [row[0] for row in rows[6:]] == ["fine", "-1", "-1", "-0.5", "", "true"]


def test_predictions_are_read_as_they_were_kept_whatever_ends_lines(run):
    cells = ["a\nb", "a\r\nb", "a\rb", "a\u2028b", "a\x85b", "a\x1cb", 'a",b', ""]

    run.write_predictions(["id", "label"], [(cell, "x") for cell in cells])

    assert [row["id"] for row in run.predictions()] == cells
    assert all(row["label"] == "x" for row in run.predictions())


def test_a_row_of_another_length_is_a_mistake_in_the_code(run):
    with pytest.raises(ValueError, match="3 cells below 2 columns"):
        run.write_predictions(["a", "b"], [(1, 2, 3)])

    assert not run.predictions_file.exists()


def test_sources_get_safe_names_of_their_own(run):
    sources = [("../a/base.yaml", "1"), ("Base.yaml", "2"), ("/.arguments.json", "3")]

    run.write_sources([*sources, ("..", "4")], ["fit.epochs=3"], ["seed"])

    files = {path.name: path.read_text() for path in (run.path / "source").iterdir()}
    arguments = json.loads(files.pop("arguments.json"))
    assert sorted(files.values()) == ["1", "2", "3", "4"]
    assert len({name.lower() for name in files}) == 4
    assert not any(name.startswith(".") for name in files)
    assert arguments["overrides"] == ["fit.epochs=3"]
    assert arguments["deletions"] == ["seed"]
    assert arguments["files"]["base.yaml"] == "../a/base.yaml"


def test_looks_at_the_test_rows_are_counted_by_everyone_who_looks(run):
    run.write_metrics(Metrics(epochs=1))
    looks = [
        threading.Thread(target=run.count_test_look, args=["evaluate"])
        for _ in range(8)
    ]

    for look in looks:
        look.start()
    for look in looks:
        look.join()

    assert run.metrics() == Metrics(
        epochs=1, test_looks=8, test_looks_by={"evaluate": 8}
    )


def test_a_look_that_cannot_be_counted_says_what_to_do(run, monkeypatch):
    run.write_metrics(Metrics(epochs=1))

    def refuse(*_):
        raise OSError(errno.EROFS, "Read-only file system")

    monkeypatch.setattr(Path, "replace", refuse)
    with pytest.raises(RunError) as caught:
        run.count_test_look("evaluate")

    assert "metrics.json" in caught.value.message
    assert "copy the run to a folder that may be written" in caught.value.hint


def test_a_new_run_is_running(run):
    status = run.status()

    assert (status.state, status.reason, status.pid) == ("running", None, os.getpid())
    assert status.finished is None


def test_an_end_keeps_the_start(run):
    started = run.status().started

    run.write_status("failed", "no memory")

    status = run.status()
    assert (status.state, status.reason, status.started) == (
        "failed",
        "no memory",
        started,
    )
    assert status.finished == status.heartbeat


def test_a_damaged_status_is_replaced(run):
    (run.path / "status.json").write_text("{")

    run.write_status("finished")

    assert run.status().state == "finished"


def test_an_unknown_state_is_damage(run):
    (run.path / "status.json").write_text('{"state": "great"}')

    with pytest.raises(RunError, match="the state is 'great'"):
        run.status()


def test_a_held_lock_names_its_holder_and_a_killed_run_is_interrupted(run):
    command = [sys.executable, "-c", HOLD_THE_LOCK, str(run.path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "locked\n"

        with (
            pytest.raises(RunError, match=f"in use by process {process.pid} on"),
            run.lock(),
        ):
            pass
        alive = run.status().state
        os.kill(process.pid, signal.SIGKILL)

    status = run.status()
    assert alive == "running"
    assert status.state == "interrupted"
    assert status.reason == "the process ended without saying why"


def test_a_killed_run_says_how_long_it_lived_at_least(run):
    started = "2026-01-02T03:04:05.000+00:00"
    status = {"state": "running", "pid": 1, "host": "h", "started": started}
    status |= {"heartbeat": "2026-01-02T03:04:25.000+00:00"}
    run.hashes.write_json("status.json", status)
    with run.lock():
        pass

    assert run.status().reason == (
        "the process ended without saying why, at least 20 s after its start"
    )


def test_a_freed_lock_can_be_taken_again(run):
    with run.lock():
        pass

    with run.lock():
        assert run.status().state == "running"


def test_asking_for_the_status_does_not_keep_a_run_from_starting(run):
    with run.lock():
        pass
    stop = threading.Event()

    def ask() -> None:
        while not stop.is_set():
            run.status()

    asking = threading.Thread(target=ask)
    asking.start()
    try:
        for _ in range(50):
            with run.lock():
                pass
    finally:
        stop.set()
        asking.join()


def test_a_file_may_have_any_name_of_a_module(run):
    (run.path / "code").mkdir()

    run.hashes.write_text("code/übung.py", "N = 2\n")

    assert run.hashes.damages() == []
    assert run.hashes.names()[-1] == "code/übung.py"
