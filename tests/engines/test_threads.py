from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from dlrun.engines import usable_threads

pytestmark = pytest.mark.heavy

ONE, OTHER = usable_threads() + 1, usable_threads() + 2
IMAGES = Path(__file__).parents[2] / "datasets/bars"
TRAIN = """
import sys
from pathlib import Path
from dlrun.config import node_of
from dlrun.engines import KerasDoor
from dlrun.errors import RunError
from dlrun.experiment import parse_spec
from dlrun.rows import read_rows
from dlrun.progress import Progress
from dlrun.training import start_run, train

def run(threads):
    node = node_of({
        "name": "bars",
        "data": {"image_folder": {"directory": sys.argv[1], "image_size": 4}},
        "model": {"layers": ["Flatten", {"Dense": 2}]},
        "compile": {"loss": "sparse_categorical_crossentropy"},
        "fit": {"epochs": 1, "threads": threads},
    }, Path.cwd())
    experiment = parse_spec(node)
    try:
        experiment, parts = read_rows(experiment, KerasDoor(experiment.spec))
        train(experiment, parts, start_run(node, experiment, Path("runs")), Progress())
    except RunError as error:
        print(error.message, "|", error.hint)
"""


def run(program, directory):
    done = subprocess.run(
        [sys.executable, "-c", TRAIN + program, str(IMAGES)],
        capture_output=True,
        check=True,
        cwd=directory,
        text=True,
    )
    files = sorted((directory / "runs").glob("*/environment.json"))
    threads = [json.loads(file.read_text("utf-8"))["threads"] for file in files]
    return done.stdout.splitlines(), threads


def test_a_run_has_the_threads_that_its_config_states(tmp_path):
    told, threads = run(f"run({ONE}); run({ONE})", tmp_path)

    assert (told, threads) == ([], [ONE, ONE])


def test_a_process_does_not_compute_with_other_threads_than_a_run_states(tmp_path):
    told, threads = run(f"run({ONE}); run({OTHER}); run('auto')", tmp_path)

    assert threads == [ONE]
    assert [line.partition(" needs ")[0] for line in told] == [
        f"this process computes with {ONE} threads already, "
        f"but bars with fit.threads: {stated}"
        for stated in (OTHER, "auto")
    ]
    assert "train it by a command of its own" in told[0]


def test_an_open_number_takes_what_a_notebook_has_set(tmp_path):
    notebook = f"""
import tensorflow as tf
tf.config.threading.set_intra_op_parallelism_threads({ONE})
tf.zeros(1)
"""

    told, threads = run(f"{notebook}run('auto'); run({OTHER})", tmp_path)

    assert threads == [ONE]
    assert [line.partition(" already")[0] for line in told] == [
        f"this process computes with {ONE} threads"
    ]
