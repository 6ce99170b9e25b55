"""SIGKILL at random instants of searches of two processes, until they have ended.

One worker is killed, or the command alone, or all of them at once; then the same
command goes on. In the end no trial is lost and none is there twice; each has the
history of the same settings when nobody is killed; what `grid` and `random` try is what
one process tries, and what `tpe` tries and `halving` lets go on follows from what was
recorded. The suite kills a few times; by hand (how many kills, the seed, the kinds):
`python tests/faults/test_search_kills.py 24 7`.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from ast import literal_eval
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from dlrun.runs import RunFolder, SearchFolder
from dlrun.studies.search.halving import Halving
from dlrun.studies.search.plan import SearchPlan
from dlrun.studies.search.sampler import sampler_of
from dlrun.studies.search.trial import SearchTrial, SearchTrials

pytestmark = [pytest.mark.slow, pytest.mark.heavy]
CONFIG = """\
name: tiny
data:
  csv: {path: rows.csv, labels: sex}
  split: {validation: 0.25}
model:
  layers:
    - Dense: {units: 3, activation: relu}
    - Dropout: 0.2
    - Dense: {units: 2, activation: softmax}
compile: {optimizer: adam, loss: sparse_categorical_crossentropy}
fit: {epochs: 40, batch_size: 4, checkpoint_seconds: 0}
search:
  method: grid
  space:
    compile.optimizer.learning_rate: [0.01, 0.02, 0.05, 0.1]
    fit.batch_size: [2, 4, 8]
"""
ROWS = "".join(f"{row % 7},{row % 5},{'mf'[row % 2]}\n" for row in range(16))
HALVING = "search.halving={from: 5, factor: 2}"
KINDS: Mapping[str, tuple[str, ...]] = {
    "grid": (),
    "random": ("search.method=random", "search.trials=10"),
    "tpe": ("search.method=tpe", "search.trials=14"),
    "halving": (HALVING,),
    "tpe-halving": ("search.method=tpe", "search.trials=14", HALVING),
    "seeds": ("search.seeds=2", "search.trials=5"),
    "confirm": ("search.folds=2", "search.trials=3"),
}
SAME_FOR_ONE_PROCESS = {"grid", "random", "seeds", "confirm"}
"""Kinds of which two processes try what one does."""
TARGETS = ("a worker", "the command", "all")
KILLS_AT_MOST = 4
ATTEMPTS = 20
PATIENCE_SECONDS = 300


def command(kind: str, *words: str) -> list[str]:
    stated = [word for text in KINDS[kind] for word in ("-s", text)]
    return [sys.executable, "-m", "dlrun", "search", "tiny.yaml", *stated, *words]


def write_files(here: Path) -> None:
    here.mkdir(exist_ok=True)
    (here / "rows.csv").write_text(f"height,weight,sex\n{ROWS}")
    (here / "tiny.yaml").write_text(CONFIG)


def begin(here: Path, kind: str, *words: str) -> subprocess.Popen[bytes]:
    with (here / "log").open("ab") as log:
        return subprocess.Popen(command(kind, *words), cwd=here, stdout=log, stderr=log)


def confirming(kind: str) -> tuple[str, ...]:
    """What is asked of a search that is over; of others nothing."""
    return ("--confirm", "2") if kind == "confirm" else ()


def log_of(here: Path) -> str:
    return (here / "log").read_text()


def workers_of(parent: int) -> list[int]:
    """The processes that a command has started to train."""
    found = []
    with suppress(OSError):
        text = Path(f"/proc/{parent}/task/{parent}/children").read_text()
        for child in map(int, text.split()):
            with suppress(OSError):
                words = Path(f"/proc/{child}/cmdline").read_bytes()
                found += [child] if b"spawn_main" in words else []
    return found


def kill(running: subprocess.Popen[bytes], target: str, chance: random.Random) -> bool:
    """Kill what is named; whether there was something."""
    workers = workers_of(running.pid)
    doomed = {"the command": [running.pid], "all": [running.pid, *workers]}
    chosen = doomed.get(target, [chance.choice(workers)] if workers else [])
    for process in chosen:
        with suppress(ProcessLookupError):
            os.kill(process, signal.SIGKILL)
    return bool(chosen)


def has_ended_within(running: subprocess.Popen[bytes], seconds: float) -> bool:
    try:
        running.wait(seconds)
    except subprocess.TimeoutExpired:
        return False
    return True


def lines(here: Path) -> list[dict[str, object]]:
    file = here / "runs/tiny.search/trials.jsonl"
    text = file.read_text() if file.exists() else ""
    return [json.loads(line) for line in text.split("\n")[:-1]]


@dataclass(frozen=True)
class Left:
    """What a search has left."""

    plan: SearchPlan
    folder: SearchFolder
    trials: SearchTrials

    @classmethod
    def of(cls, here: Path, kind: str) -> Left:
        os.chdir(here)  # The kept plan names its data from there.
        folder = SearchFolder(here / "runs/tiny.search")
        plan = SearchPlan.read(here / "tiny.yaml", KINDS[kind])
        trials = SearchTrials(folder, plan.space)
        trials.refresh()
        return cls(plan, folder, trials)

    def table(self) -> list[tuple[object, ...]]:
        """What each trial was given, and what came of it, but for seconds."""
        return [
            (number, *map(str, one.chosen.values()), one.same_as, *scores_of(one))
            for number, one in self.trials.by_number.items()
        ]

    def histories(self) -> Iterator[tuple[str, list[str]]]:
        """What a run was given, and its rows without seconds."""
        runs = self.folder.confirmed.runs().values()
        confirmed = [run for trial in runs for run in trial.values()]
        for run in [*self.folder.runs(), *confirmed]:
            values, history = run.config(), run.history()
            rate = values["compile"]["optimizer"]
            fold = values["data"]["split"].get("fold")
            key = f"{rate} {values['fit']['batch_size']} {values['seed']} {fold}"
            columns = [name for name in history if name != "seconds"]
            rows = zip(*(history[name] for name in columns), strict=True)
            yield key, [str(row) for row in rows]

    def faults(self) -> Iterator[str]:
        """What no search may leave, whatever it tries."""
        made = [line["trial"] for line in lines_of(self.folder) if "chosen" in line]
        if made != [*range(1, (self.plan.trials or 0) + 1)]:
            yield f"trials {made}"
        ended = Counter(
            line["trial"] for line in lines_of(self.folder) if "state" in line
        )
        for number, one in self.trials.by_number.items():
            is_over = one.is_paused or one.same_as is not None
            if ended[number] != (0 if is_over else 1):
                yield f"trial {number} has ended {ended[number]} times"
            if one.end is not None and one.end.state != "finished":
                yield f"trial {number} {one.end.state}: {one.end.reason}"
        trained = [
            self.folder.run(number, self.plan.place(place)).name
            for number, one in self.trials.by_number.items()
            for place in range(1, self.plan.runs + 1)
            if one.same_as is None
        ]
        there = sorted(path.name for path in self.folder.runs_root.iterdir())
        if there != sorted(trained):
            yield f"folders {there} of {trained}"
        for run in self.folder.runs():
            yield from (f"{run.name}: {one}" for one in RunFolder(run.path).damages())
        locks = [*(self.folder.path / "locks").iterdir()]
        paused = [one for one in self.trials.by_number.values() if one.is_paused]
        if locks and not paused:
            yield f"locks {locks}"

    def wrong_repeats(self, kind: str) -> Iterator[str]:
        """Repetitions that are missing, too many, or not finished."""
        repeated = self.folder.confirmed.runs()
        if kind == "confirm" and [*map(len, repeated.values())] != [6, 4, 4, 4]:
            yield f"repeated {repeated}"
        for runs in repeated.values():
            states = {run.status().state for run in runs.values()}
            yield from () if states == {"finished"} else (f"repeated {states}",)

    def wrong_suggestions(self) -> Iterator[str]:
        """Suggestions that do not follow from what was recorded."""
        for number, one in self.trials.by_number.items():
            known = SearchTrials(self.folder, self.trials.space)
            known.by_number.update(
                (earlier, as_known(self.trials.by_number[earlier], one))
                for earlier in range(1, number)
            )
            again = sampler_of(self.plan).suggest(number, known)
            if (again.chosen, again.knew) != (one.chosen, one.knew):
                yield f"trial {number} was {one.chosen}, now {again.chosen}"

    def wrong_promotions(self) -> Iterator[str]:
        """Trials that went on, and were not among the best of those that got there."""
        halving = Halving.of(self.plan)
        if halving is None:
            return
        if halving.promotion(self.trials) is not None:
            yield "a trial might go on, and does not"
        trials = self.trials.by_number
        for line in lines_of(self.folder):
            if "promoted_from" not in line:
                continue
            rung, among = line["promoted_from"], line["among"]
            cost = {one: score_at(trials[one], rung) for one in among}
            best = sorted(among, key=lambda one: (cost[one], one))
            most = max(1, len(among) // halving.factor)
            if line["trial"] not in best[:most]:
                yield f"{line} is not among the best of {cost}"


def lines_of(folder: SearchFolder) -> list[dict[str, object]]:
    return lines(folder.path.parents[1])


def scores_of(one: SearchTrial) -> tuple[object, ...]:
    end = one.end
    if end is None:
        return ()
    return end.state, end.scores, tuple(run.scores for run in end.runs), end.epoch


def score_at(one: SearchTrial, rung: object) -> tuple[float, ...]:
    at = [pause.scores for pause in one.rungs if pause.epochs == rung]
    return at[0] if at else one.end.scores


def as_known(one: SearchTrial, by: SearchTrial) -> SearchTrial:
    """A trial with as much as another knew of it."""
    knew = by.knew or ()
    last = by.knew_rungs.get(one.number, 0)
    is_known = one.number in knew
    rungs = one.rungs if is_known else [at for at in one.rungs if at.epochs <= last]
    return replace(one, end=one.end if is_known else None, rungs=tuple(rungs))


class World:
    """What searches leave when nobody is killed, and how long they take."""

    def __init__(self, here: Path) -> None:
        self.here = here
        self.tables: dict[str, list[tuple[object, ...]]] = {}
        self.seconds: dict[str, float] = {}
        self.rows: dict[str, list[str]] = {}
        """The longest history of the same settings, whichever search has it."""

    def learn(self, kind: str) -> None:
        if kind in self.tables:
            return
        here = self.here / f"whole-{kind}"
        write_files(here)
        asked = [confirming(kind)] if confirming(kind) else []
        for words in [(), *asked]:
            start = time.monotonic()
            running = begin(here, kind, *words)
            assert running.wait(PATIENCE_SECONDS) == 0, log_of(here)
            self.seconds[kind] = time.monotonic() - start
        left = Left.of(here, kind)
        assert not [*self.faults(left, kind)], [*self.faults(left, kind)]
        self.tables[kind] = left.table()

    def faults(self, left: Left, kind: str) -> Iterator[str]:
        """What is wrong with what a search has left."""
        yield from left.faults()
        yield from left.wrong_repeats(kind)
        yield from left.wrong_suggestions()
        yield from left.wrong_promotions()
        for key, rows in left.histories():
            known = self.rows.setdefault(key, rows)
            shorter, longer = sorted((known, rows), key=len)
            self.rows[key] = longer
            if longer[: len(shorter)] != shorter:
                yield f"{key} has another history"
        is_same = left.table() == self.tables.get(kind, left.table())
        if kind in SAME_FOR_ONE_PROCESS and not is_same:
            yield "another table than that of one process"

    def tried(
        self, number: int, kind: str, chance: random.Random
    ) -> tuple[Counter[str], str]:
        """How often what was killed, and what is wrong in the end."""
        self.learn(kind)
        here = self.here / (f"whole-{kind}" if confirming(kind) else f"{number:04d}")
        write_files(here)
        if confirming(kind):  # The trials are there; only what follows is killed.
            shutil.rmtree(here / "runs/tiny.search/confirm")
            (here / "runs/tiny.search/confirm.json").unlink()
            (here / "log").unlink()
        kills: Counter[str] = Counter()
        wanted = chance.randint(2, KILLS_AT_MOST)
        for _ in range(ATTEMPTS):
            running = begin(here, kind, *confirming(kind), "--jobs", "2")
            while kills.total() < wanted:
                if has_ended_within(running, chance.uniform(0, self.seconds[kind])):
                    break
                target = chance.choice(TARGETS)
                kills[target] += kill(running, target, chance)
                if target != "a worker":
                    break
            if running.wait(PATIENCE_SECONDS) == 0:
                break
        else:
            return kills, f"{kind}: not finished\n{log_of(here)[-3000:]}"
        if "Traceback" in log_of(here):
            return kills, f"{kind}: traceback\n{log_of(here)[-3000:]}"
        wrong = [*self.faults(Left.of(here, kind), kind)]
        text = f"{kind}: {wrong}\n{log_of(here)[-3000:]}"
        return kills, text if wrong else ""


def failures(
    kills: int, seed: int, kinds: Sequence[str]
) -> Iterator[tuple[str, Counter, str]]:
    """The kind, what was killed how often, and what is wrong; until so many kills."""
    with tempfile.TemporaryDirectory() as directory:
        world, number, done = World(Path(directory)), 0, 0
        while done < kills:
            kind = kinds[number % len(kinds)]
            chance = random.Random(f"{seed} {number}")
            count, wrong = world.tried(number, kind, chance)
            done, number = done + count.total(), number + 1
            yield kind, count, wrong


def test_killed_at_any_instant_a_search_loses_and_doubles_no_trial():
    done = subprocess.run(
        [sys.executable, __file__, "2", "1", "halving"],
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE_SECONDS,
    )

    assert done.returncode == 0, done.stdout + done.stderr
    assert literal_eval(done.stdout)["halving"] >= 2


def test_two_commands_share_the_trials(tmp_path):
    write_files(tmp_path)
    both = [
        subprocess.Popen(
            command("grid", "-s", "search.trials=6"), cwd=tmp_path, text=True,
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
        )
        for _ in range(2)
    ]  # fmt: skip

    said = [one.communicate(timeout=PATIENCE_SECONDS)[1] for one in both]

    assert [one.returncode for one in both] == [0, 0], said
    told = sorted(
        line.split(":")[0]
        for text in said
        for line in text.splitlines()
        if line.startswith("trial ")
    )
    assert told == [f"trial {number} of 6" for number in range(1, 7)]
    made = [line["trial"] for line in lines(tmp_path) if "chosen" in line]
    assert made == [*range(1, 7)]


if __name__ == "__main__":
    wanted, seed, *kinds = sys.argv[1:]
    counts: Counter[str] = Counter()
    for kind, killed, wrong in failures(int(wanted), int(seed), kinds or [*KINDS]):
        counts[kind] += killed.total()
        counts += killed
        counts["failures"] += bool(wrong)
        if wrong:
            print(wrong, flush=True)
    print(dict(counts), flush=True)
    sys.exit(bool(counts["failures"]))
