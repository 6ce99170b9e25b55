"""A config with code of its own, by every command: with `--allow-code` and without."""

from __future__ import annotations

import contextlib
import io
import json
import shutil
import subprocess
import sys

import pytest

from dlrun.cli.app import COMMANDS, run
from dlrun.errors import RunError

pytestmark = pytest.mark.heavy

CODE = '''
import os
import sys

import keras

with open(r"MARKER", "a") as stream:
    stream.write("x")
print("imported")


class Scale(keras.layers.Layer):
    """A trained factor per feature."""

    def __init__(self, start: float = 1.0, **kwargs):
        super().__init__(**kwargs)
        self.start = start

    def build(self, input_shape):
        constant = keras.initializers.Constant(self.start)
        self.factor = self.add_weight(
            shape=(input_shape[-1],), initializer=constant, name="factor"
        )

    def call(self, inputs):
        print("called")
        sys.stdout.write("written\\n")
        os.write(1, b"by number\\n")
        return inputs * self.factor


def focal(y_true, y_pred, gamma=2.0):
    p = keras.ops.clip(y_pred, 1e-7, 1 - 1e-7)
    y = keras.ops.cast(y_true, p.dtype)
    return -keras.ops.mean(
        y * (1 - p) ** gamma * keras.ops.log(p)
        + (1 - y) * p**gamma * keras.ops.log(1 - p),
        axis=-1,
    )


def distance(y_true, y_pred):
    return keras.ops.mean(keras.ops.abs(y_true - y_pred), axis=-1)


class Hits(keras.metrics.Metric):
    def __init__(self, threshold=0.5, **kwargs):
        super().__init__(**kwargs)
        self.threshold = threshold
        self.hits = self.add_variable((), initializer="zeros", name="hits")

    def update_state(self, y_true, y_pred, sample_weight=None):
        y = keras.ops.cast(y_true, "float32")
        same = keras.ops.equal(y > 0.5, y_pred > self.threshold)
        self.hits.assign_add(keras.ops.sum(keras.ops.cast(same, "float32")))

    def result(self):
        return self.hits


def bend(x):
    return keras.ops.tanh(x) * 2


class Warmup(keras.optimizers.schedules.LearningRateSchedule):
    def __init__(self, peak: float, decay_steps):
        self.peak, self.decay_steps = peak, decay_steps

    def __call__(self, step):
        share = keras.ops.cast(step + 1, "float32") / self.decay_steps
        return self.peak * keras.ops.minimum(share, 1.0)

    def get_config(self):
        return {"peak": self.peak, "decay_steps": self.decay_steps}


class Patience(keras.callbacks.Callback):
    def __init__(self, epochs=100):
        super().__init__()
        self.epochs = epochs

    def on_train_begin(self, logs=None):
        self.seen = []

    def on_epoch_end(self, epoch, logs=None):
        self.seen.append(round(logs["val_loss"], 6))
        if len(self.seen) >= self.epochs:
            self.model.stop_training = True


def rows(count: int = 40, seed=0):
    import numpy as np

    x = np.random.default_rng(seed).normal(size=(count, 3))
    return x, (x.sum(axis=1) > 0).astype("int64")
'''
CONFIG = """
name: own
custom: own.py
data:
  custom: {function: rows, count: 48}
  split: {validation: 0.25, test: 0.25}
model:
  layers:
    - Dense: {units: 4, activation: bend}
    - Scale: 0.5
    - Dropout: 0.2
    - Dense: {units: 1, activation: sigmoid}
compile:
  optimizer: {Adam: {learning_rate: {Warmup: {peak: 0.05, decay_steps: auto}}}}
  loss: {focal: {gamma: 1.5, labels: binary}}
  metrics: [accuracy, {Hits: {mode: max, name: hits}}, {distance: {name: off}}]
fit: {epochs: 4, batch_size: 8, callbacks: [Patience], checkpoint_seconds: 0}
"""
QUICK = "fit.epochs=2"


def call(*arguments: str) -> tuple[int, str, str]:
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = run(list(arguments))
    return code, out.getvalue(), err.getvalue()


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """The folder with the config, its code, and a run of it; and how it was told."""
    folder = tmp_path_factory.mktemp("own")
    code = CODE.replace("MARKER", str(folder / "marker"))
    (folder / "own.py").write_text(code)
    (folder / "own.yaml").write_text(CONFIG)
    told = call(
        "train", str(folder / "own.yaml"), "--runs", str(folder / "runs"),
        "--json", "-q", "--allow-code",
    )  # fmt: skip
    assert told[0] == 0, told
    return folder, told


@pytest.fixture
def here(trained, monkeypatch):
    """The same as the current directory, without a mark of an import."""
    folder, _ = trained
    monkeypatch.chdir(folder)
    (folder / "marker").unlink(missing_ok=True)
    return folder


def test_a_config_with_code_of_every_kind_is_trained(trained):
    folder, (_, out, err) = trained

    metrics = json.loads(out)
    assert metrics["epochs"] == 4
    assert err.splitlines()[-1].endswith("runs/own-001 --allow-code")
    assert {"val_hits", "val_off", "val_accuracy"} <= metrics["best"].keys()
    rows = metrics["best"]["val_hits"] / metrics["best"]["val_accuracy"]
    assert rows == pytest.approx(12, rel=1e-6)
    assert "imported" in err
    assert "called" in err
    run_folder = folder / "runs/own-001"
    assert (run_folder / "source/custom/own.py").read_bytes() == (
        folder / "own.py"
    ).read_bytes()
    config = json.loads((run_folder / "config.json").read_text())
    rate = config["compile"]["optimizer"]["Adam"]["learning_rate"]
    assert rate["Warmup"]["decay_steps"] == 4 * 3
    summary = json.loads((run_folder / "summary.json").read_text())
    assert summary["parameters"] == 16 + 4 + 5
    assert summary["jit"] == "off"


RUNS_CODE = {
    "train": ["own.yaml"],
    "train --dry-run": ["own.yaml"],
    "train --jobs": ["own.yaml", "--seeds", "2", "--jobs", "2"],
    "resume": ["runs/own-001", "--epochs", "6"],
    "verify": ["runs/own-001"],
    "predict": ["runs/own-001"],
    "predict --data": ["runs/own-001", "--rows", "[[1, 2, 3]]"],
    "evaluate": ["runs/own-001"],
    "study": ["own.yaml"],
    "validate --data": ["own.yaml"],
    "summary --graph": ["own.yaml"],
    "advise --run": ["runs/own-001"],
    "diagnose --check": ["runs/own-001"],
}
"""Commands that need the code, with an option that makes them."""
ONLY_READS = {
    "validate": ["own.yaml"],
    "summary": ["own.yaml"],
    "summary RUN": ["runs/own-001"],
    "show": ["own.yaml"],
    "show --origin": ["own.yaml"],
    "show RUN": ["runs/own-001"],
    "compare": ["runs"],
    "diagnose": ["runs/own-001"],
    "advise": ["runs/own-001"],
    "runs": ["runs"],
    "explain": ["custom"],
    "init": ["--list"],
    "search --dry-run": ["own.yaml", "-g", "fit.batch_size=[2, 4]"],
}
"""Commands that do without."""


@pytest.mark.parametrize("command", RUNS_CODE)
def test_without_allow_code_nothing_is_run_by_a_command_that_needs_it(here, command):
    name, *options = command.split()
    taken = {"--jobs", "--data"} if "--rows" in RUNS_CODE[command] else {"--jobs"}
    given = [option for option in options if option not in taken]

    code, out, err = call(name, *RUNS_CODE[command], *given)

    assert not (here / "marker").exists()
    if command in {"advise --run", "diagnose --check"} and "is code" not in err:
        return  # There is nothing to try: this run has no fault.
    assert code == 3, (out, err)
    assert "is code (sha256 " in err
    assert "give --allow-code" in err


@pytest.mark.parametrize("command", ONLY_READS)
def test_nothing_is_run_by_a_command_that_only_reads(here, command):
    name, *options = command.split()
    options = [option for option in options if option.startswith("--")]

    code, _, err = call(name, *ONLY_READS[command], *options)

    assert code == 0, err
    assert not (here / "marker").exists()


def test_every_command_is_asked():
    asked = {command.split()[0] for command in (*RUNS_CODE, *ONLY_READS)}

    assert asked == set(COMMANDS)


def test_predictions_and_figures_come_on_stdout_alone(here):
    code, out, _ = call("predict", "runs/own-001", "--json", "--allow-code")
    evaluated = call("evaluate", "runs/own-001", "--json", "--allow-code")

    assert code == 0
    assert len([json.loads(line) for line in out.splitlines()]) == 12
    figures = json.loads(evaluated[1])["metrics"]
    kept = json.loads((here / "runs/own-001/metrics.json").read_text())["best"]
    assert figures["loss"] == pytest.approx(kept["val_loss"], rel=1e-5)


def test_whatever_code_writes_to_stdout_a_program_reads_answers_alone(here):
    command = [sys.executable, "-m", "dlrun", "predict", "runs/own-001", "--json"]
    done = subprocess.run(
        [*command, "--allow-code"], capture_output=True, text=True, check=False
    )

    assert done.returncode == 0, done.stderr
    assert len([json.loads(line) for line in done.stdout.splitlines()]) == 12
    for words in ("called", "written", "by number"):
        assert f"{words}\n" in done.stderr


def test_new_rows_are_predicted(here):
    rows = "[[1, 2, 3], [-1, -2, -3]]"

    code, out, err = call("predict", "own", "--rows", rows, "--json", "--allow-code")

    assert code == 0, err
    assert len(out.splitlines()) == 2


def test_a_notebook_allows_code_in_so_many_words(here):
    import dlrun

    run_folder = dlrun.open_run("own-001", allow_code=True)

    assert len(run_folder.predict([[1, 2, 3], [-1, -2, -3]])) == 2
    assert run_folder.evaluate()["hits"] > 0
    with pytest.raises(RunError, match="is code"):
        dlrun.open_run("own-001").predict([[1, 2, 3]])
    with pytest.raises(RunError, match="is code"):
        dlrun.train("own.yaml", verbose=False)


def test_a_run_with_code_is_verified_bit_by_bit(here):
    code, out, err = call("verify", "runs/own-001", "-q", "--allow-code")

    assert code == 0, err
    assert "bit-identical weights after each of 4 epochs" in out


def test_a_run_goes_on_with_its_own_copy_and_says_that_the_file_has_changed(here):
    shutil.copytree(here / "runs/own-001", here / "moved/own-001")
    text = (here / "own.py").read_text()
    (here / "own.py").write_text(text.replace("* 2", "* 3"))
    try:
        code, _, err = call(
            "resume", "moved/own-001", "--epochs", "6", "-q", "--allow-code"
        )
        whole = call(
            "train", "moved/own-001/config.yaml", "--runs", "whole", "-q",
            "--allow-code", "-s", "fit.epochs=6",
        )  # fmt: skip
    finally:
        (here / "own.py").write_text(text)

    assert code == 0, err
    assert "own.py has changed since own-001 began, which goes on with its own" in err
    assert whole[0] == 0, whole
    hashes = [
        (folder / "history.csv").read_text().splitlines()[6].rpartition(",")[2]
        for folder in (here / "moved/own-001", here / "whole/own-001")
    ]
    # `decay_steps: auto` was that of four epochs, and stays so.
    assert hashes[0] == hashes[1]


def test_a_callback_goes_on_with_what_it_remembers(here):
    stop = "fit.callbacks=[{Patience: 5}]"
    begun = call(
        "train", "own.yaml", "--runs", "stopped", "-q", "--allow-code",
        "-s", stop, "-s", "fit.epochs=3",
    )  # fmt: skip
    code, out, err = call(
        "resume", "stopped/own-001", "--epochs", "9", "-q", "--json", "--allow-code"
    )

    assert begun[0] == 0, begun
    assert code == 0, err
    assert json.loads(out)["epochs"] == 5


def test_a_damaged_copy_of_the_code_is_not_run(here):
    shutil.copytree(here / "runs/own-001", here / "damaged/own-001")
    copy = here / "damaged/own-001/source/custom/own.py"
    copy.write_text(copy.read_text() + "\n")

    code, _, err = call("predict", "damaged/own-001", "--allow-code")

    assert code == 3
    assert "the code of the run cannot be used: " in err
    assert "is other code: its sha256 is " in err
    assert not (here / "marker").exists()


def test_a_link_in_place_of_the_copy_is_not_followed(here):
    shutil.copytree(here / "runs/own-001", here / "linked/own-001")
    copy = here / "linked/own-001/source/custom/own.py"
    copy.unlink()
    copy.symlink_to(here / "own.py")

    code, _, err = call("predict", "linked/own-001", "--allow-code")

    assert code == 3
    assert "own.py is a link; dlrun follows none inside a run folder" in err
    assert not (here / "marker").exists()


def test_seeds_are_trained_by_several_processes(here):
    code, _, err = call(
        "train", "own.yaml", "--seeds", "2", "--jobs", "2", "--runs", "seeds", "-q",
        "--allow-code", "-s", QUICK,
    )  # fmt: skip

    assert code == 0, err
    compared = call("compare", "seeds")
    assert compared[0] == 0, compared
    again = call(
        "train", "own.yaml", "--runs", "alone", "-q", "--allow-code", "-s", QUICK,
    )  # fmt: skip
    assert again[0] == 0
    seeds = {
        json.loads((folder / "config.json").read_text())["seed"]: folder
        for folder in (here / "seeds").glob("own-*")
    }
    hashes = [
        (folder / "history.csv").read_text().splitlines()[2].rpartition(",")[2]
        for folder in (seeds[0], here / "alone/own-001")
    ]
    assert sorted(seeds) == [0, 1]
    assert hashes[0] == hashes[1]


def test_a_study_trains_with_code(here):
    code, _, err = call(
        "study", "own.yaml", "--runs", "study", "-q", "--allow-code", "-s", QUICK,
        "--seeds", "1", "--only", "l2",
    )  # fmt: skip

    assert code == 0, err


def test_weights_that_are_changed_after_they_were_measured_are_refused(here, tmp_path):
    text = (here / "own.py").read_text()
    change = "self.model.layers[1].kernel.assign_add(self.model.layers[1].kernel)\n"
    late = text.replace(
        "        self.seen.append(", f"        {change}        self.seen.append("
    )
    begin = "    def on_epoch_begin(self, epoch, logs=None):\n"
    early = text.replace(
        "    def on_epoch_end(", f"{begin}        {change}\n    def on_epoch_end("
    )
    (tmp_path / "own.yaml").write_text(CONFIG)
    answers = []
    for code in (late, early):
        (tmp_path / "own.py").write_text(code)
        answers.append(
            call(
                "train", str(tmp_path / "own.yaml"), "--runs", str(tmp_path / "runs"),
                "-q", "--allow-code", "-s", QUICK,
            )
        )  # fmt: skip

    assert answers[0][0] == 1
    assert "a callback has changed weights in `on_epoch_end`" in answers[0][2]
    assert "change them in on_epoch_begin" in answers[0][2]
    assert answers[1][0] == 0, answers[1]


FAILURES = {
    "call": ("return inputs * self.factor", "return inputs * self.fctor", "self.fctor"),
    "init": ("self.start = start", "self.start = 1 / 0", "1 / 0"),
    "loss": ("keras.ops.log(p)\n", "keras.ops.lgo(p)\n", "keras.ops.lgo"),
    "metric": ("return self.hits\n", "return self.hitz\n", "self.hitz"),
    "callback": ('logs["val_loss"]', 'logs["val_los"]', 'logs["val_los"]'),
    "schedule": ("self.peak * keras", "self.paek * keras", "self.paek"),
    "activation": ("keras.ops.tanh(x)", "keras.ops.tan_h(x)", "keras.ops.tan_h"),
    "loss of all rows": (",\n        axis=-1,\n    )\n", ")\n", "focal"),
    "exit of a layer": ("return inputs * self.factor", "exit(0)", "exit(0)"),
    "exit of a callback": ('logs["val_loss"]', "exit(0)", "exit(0)"),
    "source": ("(x.sum(axis=1) > 0)", "(x.sum(axis=7) > 0)", "x.sum(axis=7)"),
}
"""By what fails: how the code is changed, and what is marked."""
BEFORE = {"call", "exit of a layer", "init", "source"}
"""What fails before there is a run: shapes and rows are checked first."""


@pytest.mark.parametrize("kind", FAILURES)
def test_a_failure_is_told_with_its_own_line_and_no_traceback(here, tmp_path, kind):
    before, after, marked = FAILURES[kind]
    text = (here / "own.py").read_text()
    assert text.count(before) == 1
    (tmp_path / "own.py").write_text(text.replace(before, after))
    (tmp_path / "own.yaml").write_text(CONFIG)

    code, _, err = call(
        "train", str(tmp_path / "own.yaml"), "--runs", str(tmp_path / "runs"), "-q",
        "--allow-code", "-s", QUICK,
    )  # fmt: skip

    lines = err.splitlines()
    place = next(
        index
        for index, line in enumerate(lines)
        if f"--> {tmp_path / 'own.py'}:" in line
    )
    shown, carets = lines[place + 1], lines[place + 2]
    start = carets.index("^")
    assert shown[start : start + carets.count("^")].startswith(marked)
    assert "Traceback" not in err
    assert code == (3 if kind in BEFORE else 1)
