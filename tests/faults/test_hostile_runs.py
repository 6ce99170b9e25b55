"""Run folders with a file damaged, or made by a stranger, through every command.

Damaged: an answer is the one of before, or names what is wrong. A stranger's: the lists
of hashes are right, the values are not; whatever is answered, no command ends in a
traceback. The suite tries some; by hand, more (how many, and the seed):
`python tests/faults/test_hostile_runs.py 1500 7`.
"""

from __future__ import annotations

import contextlib
import csv
import hashlib
import io
import json
import os
import random
import re
import shutil
import sys
import tempfile
import traceback
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
import yaml

from dlrun.cli.app import run as command
from dlrun.runs.hash_list import read_list
from dlrun.runs.hashes import Hashes

pytestmark = [pytest.mark.heavy, pytest.mark.filterwarnings("ignore")]

VICTIMS = ("plain-001", "rounds-001", "stopped-001")
OTHERS = {
    "plain-001": "other-001",
    "rounds-001": "others-001",
    "stopped-001": "other-001",
}
"""Where the files of another run come from."""
LIGHT = (
    ("compare", "runs"),
    ("compare", "runs", "--json"),
    ("compare", "runs", "--test", "--md"),
    ("compare", "runs", "--filter", "status == finished", "--fail-if", "val_loss > 9"),
    ("runs", "runs"),
    ("runs", "runs", "--json"),
    ("show", "RUN"),
    ("summary", "RUN"),
    ("diagnose", "RUN"),
    ("advise", "RUN"),
)
HEAVY = (
    ("predict", "RUN"),
    ("evaluate", "RUN"),
    ("evaluate", "RUN", "--split", "test"),
    ("verify", "RUN", "--epochs", "2"),
    ("resume", "RUN", "-q"),
)
TOLD = re.compile(
    "damage|foreign|missing|warning|no history|left out|cannot|changed|not vouch|"
    "no plain file|is a link|is not UTF-8|has no model|other weights",
)
CODES = {0, 1, 3, 4}
STRANGE: tuple[Any, ...] = (
    None, {}, [], "", "x", 0, -1, 10**9, 10**30, 1e308, -0.5, True, [[]], [None],
    "\x1b[31m", "\ud800", {"a": {"b": [1]}}, "../../etc", 2**63, [10**9, 10**9],
)  # fmt: skip


def rows(count: int) -> str:
    chance = random.Random(5)
    lines = ["a,b,y"]
    for number in range(count):
        label = number % 2
        values = [round(chance.gauss(label, 1.0), 3) for _ in range(2)]
        lines.append(f"{values[0]},{values[1]},{'yn'[label]}")
    return "\n".join(lines) + "\n"


def config(name: str, **more: Any) -> dict[str, Any]:
    layers = [
        {"Dense": {"units": 5, "activation": "relu"}},
        {"Dropout": 0.2},
        {"Dense": {"units": 2, "activation": "softmax"}},
    ]
    return {
        "name": name,
        "seed": 3,
        "data": {
            "csv": {"path": "rows.csv", "labels": "y"},
            "split": {"train": 0.4, "validation": 0.2, "test": 0.2},
            "scale": "standard",
        },
        "model": {"layers": layers},
        "compile": {"loss": "sparse_categorical_crossentropy"},
        "fit": {"epochs": 4, "batch_size": 8, "checkpoint_seconds": 0},
        **more,
    }


def make_world(here: Path, victims: Sequence[str]) -> None:
    """Runs of these kinds, trained, and those that files of others are taken from."""
    (here / "rows.csv").write_text(rows(60))
    pseudo = {"unlabelled": "rest", "rounds": 1, "threshold": 0.5}
    every: dict[str, dict[str, Any]] = {
        "plain-001": {},
        "other-001": {"seed": 4},
        "rounds-001": {"pseudo_label": pseudo},
        "others-001": {"pseudo_label": pseudo, "seed": 4},
        "stopped-001": {},
    }
    for run, more in every.items():
        if run not in victims and run not in {OTHERS[victim] for victim in victims}:
            continue
        name = run.removesuffix("-001")
        (here / "c.yaml").write_text(yaml.safe_dump(config(name, **more)))
        assert said(("train", "c.yaml", "-q")).code == 0
    (here / "c.yaml").unlink()
    if "stopped-001" in victims:
        make_stopped(here / "runs" / "stopped-001")


def make_stopped(folder: Path) -> None:
    """As if it had been killed after its third epoch."""
    shutil.rmtree(folder / "checkpoints" / "0004")
    history = (folder / "history.csv").read_text().splitlines(keepends=True)
    (folder / "history.csv").write_text("".join(history[:4]))
    late = {"metrics.json", "diagnosis.json", "model.keras", "predictions.csv"}
    for name in late:
        (folder / name).unlink()
    lines = (folder / "SHA256SUMS").read_text().splitlines(keepends=True)[1:]
    growing = late | {"history.csv", "status.json", "diagnostics/layers.csv"}
    growing |= {"diagnostics/outputs.csv"}
    kept = [line for line in lines if line.split()[1] not in growing]
    (folder / "SHA256SUMS").write_text("".join(kept))
    status = json.loads((folder / "status.json").read_text())
    status |= {"state": "running", "finished": None, "reason": None}
    Hashes(folder).write_json("status.json", status)


class Said:
    """What a command said, and what it left."""

    def __init__(self, code: int | None, out: str, err: str, trace: str) -> None:
        self.code, self.out, self.err, self.trace = code, out, err, trace


def said(words: tuple[str, ...]) -> Said:
    """Run a command in this process."""
    read_list.cache_clear()
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            code: int | None = command([*words])
        except BaseException:
            return Said(None, out.getvalue(), err.getvalue(), traceback.format_exc())
    return Said(code, out.getvalue(), err.getvalue(), "")


def answer(words: tuple[str, ...], name: str, here: Path) -> Said:
    """The same of a run; of a resume the answer is what it leaves on the disk."""
    done = said(tuple(word.replace("RUN", name) for word in words))
    if words[0] == "resume" and done.code == 0:
        folder = here / "runs" / name
        done.out = ""
        for file in sorted(folder.rglob("history.csv")):
            lines = list(csv.reader(file.read_text().splitlines()))
            place = lines[0].index("seconds") if "seconds" in lines[0] else 0
            kept = ["|".join(line[:place] + line[place + 1 :]) for line in lines]
            done.out += "\n".join([file.parent.name, *kept])
        done.out += (folder / "predictions.csv").read_text()
    return done


def hurt(chance: random.Random, folder: Path, name: str) -> str:
    """Damage a file of a run, or exchange it; says how."""
    files = sorted(path for path in (folder / name).rglob("*") if path.is_file())
    file = chance.choice([path for path in files if path.name not in {"log.txt"}])
    inside = file.relative_to(folder / name)
    other = folder / OTHERS[name] / inside
    kinds = ["bit", "bit", "cut", "byte", "swap", "swap", "gone", "sibling"]
    kind = chance.choice(kinds)
    data = bytearray(file.read_bytes())
    if kind == "swap" and other.is_file() and other.read_bytes() != bytes(data):
        file.write_bytes(other.read_bytes())
    elif kind == "gone":
        file.unlink()
    elif kind == "sibling":
        file.write_bytes(chance.choice(files).read_bytes())
    elif data:
        place = chance.randrange(len(data))
        if kind == "cut":
            del data[place:]
        elif kind == "byte":
            data[place] = chance.randrange(256)
        else:
            data[place] ^= 1 << chance.randrange(8)
        file.write_bytes(data)
    return f"{kind} {name}/{inside}"


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    yield path
    if isinstance(value, dict):
        for key in value:
            yield from places(value[key], (*path, key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from places(item, (*path, index))


def changed(value: Any, path: tuple[Any, ...], new: Any) -> Any:
    if not path:
        return new
    copy = json.loads(json.dumps(value))
    parent = copy
    for step in path[:-1]:
        parent = parent[step]
    parent[path[-1]] = new
    return copy


def estrange(chance: random.Random, folder: Path, name: str) -> str:
    """Put another value into a JSON file or a table, and make every hash right."""
    run = folder / name
    files = sorted(
        path
        for path in run.rglob("*")
        if path.suffix in {".json", ".csv"} and path.is_file()
    )
    file = chance.choice(files)
    new = chance.choice(STRANGE)
    if file.suffix == ".json":
        value = json.loads(file.read_text())
        path = chance.choice([*places(value)])
        file.write_text(json.dumps(changed(value, path, new)))
        where = ".".join(map(str, path))
    else:
        lines = [line.split(",") for line in file.read_text().splitlines()]
        line = chance.choice(lines)
        line[where := chance.randrange(len(line))] = str(new).replace("\ud800", "")
        file.write_text("\n".join(map(",".join, lines)) + "\n")
    vouch(run)
    return f"{name}/{file.relative_to(run)} {where}={new!r}"


def vouch(run: Path) -> None:
    """Let every hash be that of what is there."""
    for manifest in run.rglob("manifest.json"):
        with contextlib.suppress(ValueError, AttributeError, TypeError, KeyError):
            values = json.loads(manifest.read_text())
            for name, known in values["files"].items():
                data = (manifest.parent / name).read_bytes()
                known["sha256"] = hashlib.sha256(data).hexdigest()
                known["bytes"] = len(data)
            manifest.write_text(json.dumps(values))
    for listed in run.rglob("SHA256SUMS"):
        lines = listed.read_text().splitlines()
        renewed = [renewed_line(listed.parent, line) for line in lines]
        listed.write_text("\n".join(renewed) + "\n")


def renewed_line(run: Path, line: str) -> str:
    name = line[66:]
    if line.startswith("#") or not (run / name).is_file():
        return line
    return f"{hashlib.sha256((run / name).read_bytes()).hexdigest()}  {name}"


Wrong = tuple[str, str]
"""What went wrong, and where."""


class World:
    """Whole runs, and a copy of them that is harmed again and again."""

    def __init__(
        self, here: Path, victims: Sequence[str], heavy: Sequence[tuple[str, ...]]
    ) -> None:
        self.here = here
        self.whole = here.with_name("whole")
        self.victims = victims
        self.heavy = heavy
        make_world(here, victims)
        shutil.move(here / "runs", self.whole)
        self.known: dict[tuple[str, ...], Said] = {}

    def renew(self) -> Path:
        runs = self.here / "runs"
        shutil.rmtree(runs, ignore_errors=True)
        shutil.copytree(self.whole, runs, copy_function=shutil.copyfile)
        return runs

    def expected(self, words: tuple[str, ...], name: str) -> Said:
        key = (name, *words)
        if key not in self.known:
            self.renew()
            self.known[key] = answer(words, name, self.here)
        return self.known[key]

    def tried(
        self,
        harm: Callable[[random.Random, Path, str], str],
        chance: random.Random,
        *,
        is_damage: bool,
    ) -> Iterator[Wrong]:
        """One folder with one file harmed, through a few commands."""
        name, wholes = chance.choice(self.victims), {}
        words = [*chance.sample(LIGHT, 3), chance.choice(self.heavy)]
        if is_damage:
            wholes = {each: self.expected(each, name) for each in words}
        place = chance.random()
        for each in words:  # Some commands write: each finds the same folder.
            what = harm(random.Random(place), self.renew(), name)
            done = answer(each, name, self.here)
            where = f"{what}: {' '.join(each)}"
            if done.trace:
                yield "traceback", f"{where}\n{done.trace}"
            elif done.code not in CODES:
                yield "exit code", f"{where}: {done.code}\n{done.err}"
            elif done.code and not done.err.strip():
                yield "no words", f"{where}: {done.code}"
            elif is_damage and is_silent(wholes[each], done):
                yield "silent", f"{where}\n{difference(wholes[each], done)}"


def difference(whole: Said, done: Said) -> str:
    """The lines of the second answer that are none of the first."""
    known = timeless(whole.out).splitlines()
    lines = [line for line in timeless(done.out).splitlines() if line not in known]
    return "\n".join([f"{whole.code} -> {done.code}", *lines[:20], done.err])


def is_silent(whole: Said, done: Said) -> bool:
    """Whether an answer differs from that of the whole run, without a word of why."""
    is_same = (whole.code, timeless(whole.out)) == (done.code, timeless(done.out))
    known = {*(whole.out + whole.err).splitlines()}
    new = [line for line in (done.out + done.err).splitlines() if line not in known]
    return not is_same and not TOLD.search("\n".join(new))


def timeless(text: str) -> str:
    """An answer without the seconds that a command itself took."""
    return re.sub(r"\d+(\.\d+)? m?s\b", "", text)


def failures(
    count: int,
    seed: int,
    *,
    is_damage: bool,
    victims: Sequence[str] = VICTIMS,
    heavy: Sequence[tuple[str, ...]] = HEAVY,
) -> Iterator[Wrong]:
    """What goes wrong in so many folders."""
    before = Path.cwd()
    with tempfile.TemporaryDirectory() as directory:
        here = Path(directory) / "here"
        here.mkdir()
        os.chdir(here)
        try:
            world = World(here, victims, heavy)
            for number in range(count):
                chance = random.Random(f"{seed} {number}")
                harm = hurt if is_damage else estrange
                for kind, where in world.tried(harm, chance, is_damage=is_damage):
                    yield kind, f"#{number} {where}"
        finally:
            os.chdir(before)


@pytest.mark.parametrize("is_damage", [True, False], ids=["damaged", "strange"])
def test_harmed_runs_are_named_or_answer_as_before(is_damage):
    """Without what trains again, which takes most of the long part."""
    short = failures(
        4, seed=1, is_damage=is_damage, victims=VICTIMS[:1], heavy=HEAVY[:2]
    )

    found = list(short)

    assert found == []


if __name__ == "__main__":
    for kind_of_harm in (True, False):
        if len(sys.argv) > 3 and (sys.argv[3] == "damaged") != kind_of_harm:
            continue
        counts: Counter[str] = Counter()
        for kind, where in failures(
            int(sys.argv[1]), int(sys.argv[2]), is_damage=kind_of_harm
        ):
            counts[kind] += 1
            print(f"{kind} {where}", flush=True)
        words = "damaged" if kind_of_harm else "strange"
        print(f"{sys.argv[1]} {words} run folders: {dict(counts)}", flush=True)
