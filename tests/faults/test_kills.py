"""SIGKILL at random instants of every kind of run, until it has ended all the same.

A command is killed up to three times and gone on with as its words say: a run with
`resume`, several with the same command. In the end every history and every prediction
is that of the command that nobody killed. The suite kills one kind; by hand, all
(how many kills, and the seed): `python tests/faults/test_kills.py 60 7`.
"""

from __future__ import annotations

import csv
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from ast import literal_eval
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
import yaml

from dlrun.cli.app import run as command
from dlrun.runs import RunFolder, find_runs

pytestmark = [pytest.mark.heavy, pytest.mark.slow]
KILLS_AT_MOST = 3
ATTEMPTS = 12
KINDS: dict[str, tuple[str, ...]] = {
    "plain": ("train", "plain.yaml"),
    "stopping": ("train", "stopping.yaml"),
    "augmented": ("train", "augmented.yaml"),
    "rounds": ("train", "rounds.yaml"),
    "seeds": ("train", "plain.yaml", "--seeds", "3"),
    "jobs": ("train", "plain.yaml", "--seeds", "3", "--jobs", "2"),
    "study": ("study", "plain.yaml", "--seeds", "1", "--only", "dropout,l2"),
    "extended": ("resume", "plain-001", "--epochs", "16"),
}
SEVERAL = {"seeds", "jobs", "study"}
"""Kinds that the same command goes on with."""


def rows() -> str:
    chance = random.Random(5)
    lines = ["a,b,y"]
    for number in range(80):
        values = [round(chance.gauss(number % 2, 1.0), 3) for _ in range(2)]
        lines.append(f"{values[0]},{values[1]},{'yn'[number % 2]}")
    return "\n".join(lines) + "\n"


def config(**more: Any) -> dict[str, Any]:
    layers = [
        {"Dense": {"units": 6, "activation": "relu"}},
        {"Dropout": 0.2},
        {"Dense": {"units": 2, "activation": "softmax"}},
    ]
    values: dict[str, Any] = {
        "name": "plain",
        "seed": 3,
        "data": {
            "csv": {"path": "rows.csv", "labels": "y"},
            "split": {"train": 0.4, "validation": 0.2, "test": 0.1},
            "scale": "standard",
        },
        "model": {"layers": layers},
        "compile": {"loss": "sparse_categorical_crossentropy"},
        "fit": {"epochs": 12, "batch_size": 4, "checkpoint_seconds": 0},
    }
    for path, value in more.items():
        *parents, last = path.split("__")
        place = values
        for key in parents:
            place = place[key]
        place[last] = value
    return values


def write_configs(here: Path) -> None:
    callbacks = [{"EarlyStopping": {"patience": 2}}, "ReduceLROnPlateau"]
    pseudo = {"unlabelled": "rest", "rounds": 2, "threshold": 0.5}
    configs = {
        "plain": config(),
        "stopping": config(name="stopping", fit__callbacks=callbacks),
        "augmented": config(name="augmented", data__augment=[{"GaussianNoise": 0.1}]),
        "rounds": config(name="rounds", fit__epochs=4, pseudo_label=pseudo),
    }
    (here / "rows.csv").write_text(rows())
    for name, values in configs.items():
        (here / f"{name}.yaml").write_text(yaml.safe_dump(values))


def begin(here: Path, words: tuple[str, ...]) -> int:
    """Start a command in a process of its own, which has loaded Keras already.

    A process that has trained may not fork: its child waits for ever for threads of
    TensorFlow that it does not have.
    """
    child = os.fork()
    if child:
        return child
    code = 70
    try:
        os.chdir(here)
        log = os.open(here / "log", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        for number in (1, 2):
            os.dup2(log, number)
        code = command([*words, "-q"])
    except BaseException:
        import traceback

        os.write(2, traceback.format_exc().encode())
    finally:
        os._exit(code)


def end(child: int) -> int:
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def children_of(process: int) -> list[int]:
    with suppress(OSError):
        text = Path(f"/proc/{process}/task/{process}/children").read_text()
        return [int(word) for word in text.split()]
    return []


def kill_after(child: int, seconds: float, *, a_worker: bool) -> bool:
    """Kill a process, or one that it has started; whether it was there to be killed."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if os.waitid(os.P_PID, child, os.WEXITED | os.WNOHANG | os.WNOWAIT):
            return False
        time.sleep(0.002)
    target = ([*children_of(child)] or [child])[-1] if a_worker else child
    with suppress(ProcessLookupError):
        os.kill(target, signal.SIGKILL)
    return True


def go_on(here: Path, kind: str) -> tuple[str, ...]:
    """What a person types after a kill."""
    if kind in SEVERAL:
        return KINDS[kind]
    runs = find_runs(here / "runs") if (here / "runs").is_dir() else []
    if kind == "extended":
        state = runs[0].status().state
        return KINDS[kind] if state == "finished" else ("resume", "plain-001")
    return ("resume", runs[0].name) if runs else KINDS[kind]


def left(root: Path) -> dict[str, str]:
    """What a command has left: config and history of every run, without seconds."""
    known: dict[str, str] = {}
    for run in find_runs(root):
        values = run.config()
        name = f"{values['name']} {values['seed']}"
        text = ""
        for file in sorted(run.path.rglob("history.csv")):
            for line in csv.DictReader(file.read_text().splitlines()):
                del line["seconds"]
                text += f"{file.parent.relative_to(run.path)} {line}\n"
        text += run.predictions_file.read_text()
        known[name] = text + run.status().state
    return known


class World:
    """What each kind leaves when nobody kills it, and how long it takes."""

    def __init__(self, here: Path) -> None:
        self.here = here
        self.expected: dict[str, dict[str, str]] = {}
        self.seconds: dict[str, float] = {}

    def fresh(self, name: str, kind: str) -> Path:
        here = self.here / name
        here.mkdir()
        write_configs(here)
        if kind == "extended":
            assert end(begin(here, KINDS["plain"])) == 0, (here / "log").read_text()
        return here

    def learn(self, kind: str) -> None:
        if kind in self.expected:
            return
        here = self.fresh(f"whole-{kind}", kind)
        start = time.monotonic()
        assert end(begin(here, KINDS[kind])) == 0, (here / "log").read_text()
        self.seconds[kind] = time.monotonic() - start
        self.expected[kind] = left(here / "runs")

    def tried(self, number: int, kind: str, chance: random.Random) -> tuple[int, str]:
        """How often a command was killed, and what is wrong in the end."""
        self.learn(kind)
        here = self.fresh(f"{number:04d}", kind)
        words, kills = KINDS[kind], 0
        wanted = chance.randint(1, KILLS_AT_MOST)
        for _ in range(ATTEMPTS):
            child = begin(here, words)
            if kills < wanted:
                seconds = chance.uniform(0, self.seconds[kind])
                is_worker = kind == "jobs" and chance.random() < 0.5
                kills += kill_after(child, seconds, a_worker=is_worker)
            code = end(child)
            if code == 0:
                break
            words = go_on(here, kind)
        else:
            return kills, f"{kind}: not finished\n{(here / 'log').read_text()[-3000:]}"
        log = (here / "log").read_text()
        if "Traceback" in log:
            return kills, f"{kind}: traceback\n{log[-3000:]}"
        if left(here / "runs") != self.expected[kind]:
            return kills, f"{kind}: other results\n{log[-3000:]}"
        return kills, "" if no_damage(here / "runs") else f"{kind}: damaged"


def no_damage(root: Path) -> bool:
    return not any(RunFolder(run.path).hashes.damages() for run in find_runs(root))


def failures(
    kills: int, seed: int, kinds: Sequence[str]
) -> Iterator[tuple[str, int, str]]:
    """The kind, how often it was killed, and what is wrong; until so many kills."""
    from dlrun.engines.backend import import_keras

    import_keras()
    with tempfile.TemporaryDirectory() as directory:
        world, number, done = World(Path(directory)), 0, 0
        while done < kills:
            kind = kinds[number % len(kinds)]
            chance = random.Random(f"{seed} {number}")
            count, wrong = world.tried(number, kind, chance)
            done, number = done + count, number + 1
            yield kind, count, wrong


def test_killed_at_any_instant_a_run_can_be_finished():
    done = subprocess.run(
        [sys.executable, __file__, "1", "1", "stopping"],
        capture_output=True,
        text=True,
        check=False,
        timeout=240,
    )

    assert done.returncode == 0, done.stdout + done.stderr
    assert literal_eval(done.stdout)["stopping"] >= 1


if __name__ == "__main__":
    wanted, seed, *kinds = sys.argv[1:]
    counts: Counter[str] = Counter()
    for kind, killed, wrong in failures(int(wanted), int(seed), kinds or [*KINDS]):
        counts[kind] += killed
        counts["failures"] += bool(wrong)
        if wrong:
            print(wrong, flush=True)
    print(dict(counts), flush=True)
    sys.exit(bool(counts["failures"]))
