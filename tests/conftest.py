from __future__ import annotations

import copy
import json
import signal
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from hypothesis import settings

from dlrun.config import apply_overrides, node_of
from dlrun.runs import RunFolder, SearchFolder

settings.register_profile("patient", deadline=None)  # machines are busy at times
settings.load_profile("patient")


def refuse_to_fork(event: str, _: object) -> None:
    if event == "os.fork" and "tensorflow" in sys.modules:
        message = "a child of a process with TensorFlow's threads may wait for ever"
        raise RuntimeError(message)


sys.addaudithook(refuse_to_fork)

Golden = Callable[[Path, str], None]
Train = Callable[..., RunFolder]
CONFIG: dict[str, Any] = {
    "name": "gender",
    "seed": 42,
    "description": None,
    "tags": [],
    "model": {
        "layers": [
            {"Dense": {"units": 16, "activation": "relu", "name": None}},
            {"Dense": {"units": 2, "activation": "sigmoid", "name": None}},
        ]
    },
    "compile": {
        "optimizer": {"Adam": {"learning_rate": 0.0001, "beta_1": 0.9}},
        "loss": "sparse_categorical_crossentropy",
    },
    "fit": {"epochs": 5, "batch_size": 3, "monitor": "val_loss"},
}
SUMMARY = {
    "parameters": 658,
    "monitor": "val_loss",
    "monitor_mode": "min",
    "split_hash": "11111111aa",
    "data_fingerprint": "22222222bb",
}
LOSSES = (0.9, 0.6, 0.5, 0.55, 0.7)

MakeRun = Callable[..., RunFolder]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--update-golden",
        action="store_true",
        help="rewrite the golden files with what the code says now; review the diff",
    )


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the files that take long: at the end no process waits for another."""
    weights: Counter[Path] = Counter()
    for item in items:
        marks = {mark.name for mark in item.iter_markers()}
        weights[item.path] = max(weights[item.path], len(marks & {"heavy", "slow"}))
    items.sort(key=lambda item: -weights[item.path])


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Golden:
    """Compare a text with a golden file, or rewrite the file on --update-golden."""
    is_update = request.config.getoption("--update-golden")

    def compare(file: Path, text: str) -> None:
        if is_update:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text + "\n", encoding="utf-8")
        assert file.exists(), f"{file} is missing; pytest --update-golden writes it"
        assert text + "\n" == file.read_text(encoding="utf-8")

    return compare


@pytest.fixture(scope="session", autouse=True)
def _signals_are_heard():
    """A build server may start tests with signals that are ignored, as nohup does."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)


BENCHMARK = Path(__file__).resolve().parents[1] / "benchmarks" / "diagnosis"


@pytest.fixture(scope="module")
def diagnosis_benchmark() -> Iterator[Callable[[str], ModuleType]]:
    """Import modules of the benchmark by name; they find each other as scripts do."""
    names = {file.stem for file in BENCHMARK.glob("*.py")}
    before = {name: sys.modules.pop(name) for name in names & sys.modules.keys()}
    sys.path.insert(0, str(BENCHMARK))
    yield import_module
    sys.path.remove(str(BENCHMARK))
    for name in names:
        sys.modules.pop(name, None)
    sys.modules.update(before)


def change(values: dict[str, Any], path: str, value: object) -> None:
    *parents, last = path.split("/")
    place: Any = values
    for key in parents:
        place = place[int(key) if key.isdigit() else key]
    place[int(last) if last.isdigit() else last] = value


def as_older_run(folder: RunFolder) -> None:
    """Make it a run of an older dlrun, whose files nothing vouches for."""
    (folder.path / "SHA256SUMS").unlink()
    file = folder.path / "status.json"
    status = json.loads(file.read_text())
    file.write_text(json.dumps({**status, "vouched": False}))


@pytest.fixture(name="as_older_run")
def as_older_run_of_a_test() -> Callable[[RunFolder], None]:
    return as_older_run


@pytest.fixture
def make_run(tmp_path: Path) -> MakeRun:
    """Write a run with plain files, so that a test states all it depends on."""

    def make(
        name: str,
        losses: tuple[float, ...] = LOSSES,
        config: dict[str, object] | None = None,
        summary: dict[str, object] | None = None,
        validation: bool = True,
        outputs: tuple[str, ...] = (),
        **status: object,
    ) -> RunFolder:
        path = tmp_path / "runs" / name
        path.mkdir(parents=True)
        values = copy.deepcopy(CONFIG)
        for key, value in (config or {}).items():
            change(values, key, value)
        if outputs:
            values["model"]["outputs"] = list(outputs)
        versions = {"keras": "3.15.0", "tensorflow": "2.21.0"}
        files = {
            "config.json": values,
            "summary.json": SUMMARY | (summary or {}),
            "environment.json": {"versions": versions},
            "status.json": {
                "state": "finished",
                "reason": None,
                "pid": 1,
                "host": "host",
                "started": "2026-01-02T03:04:05.000+00:00",
                "finished": "2026-01-02T03:05:35.000+00:00",
                "heartbeat": "2026-01-02T03:05:35.000+00:00",
            }
            | status,
        }
        for file, content in files.items():
            (path / file).write_text(json.dumps(content))
        folder = RunFolder(path)
        folder.hashes.begin()  # An open list: a test may change each file.
        for epoch, loss in enumerate(losses, 1):
            row = {
                "epoch": epoch,
                "seconds": 1.5,
                "loss": loss,
                "train_loss": loss - 0.1,
            }
            row |= {"train_accuracy": 0.75}
            row |= (
                {"val_loss": loss, "val_accuracy": 0.5 + epoch / 20}
                if validation
                else {}
            )
            for place, output in enumerate(outputs):
                for part in ("train", "val") if validation else ("train",):
                    share = loss + place - 0.1 * (part == "train")
                    row[f"{part}_{output}_loss"] = share
                    row[f"{part}_{output}_accuracy"] = 1 - share / 4
            folder.append_history(row | {"weights_sha256": "ab" * 32})
        return folder

    return make


def _trial_lines(
    number: int, chosen: dict[str, float], score: Any
) -> list[dict[str, object]]:
    """What is kept of a trial; see `make_search`."""
    made: dict[str, object] = {"chosen": chosen, "config_sha256": f"{number}"}
    ends: list[dict[str, object]] = []
    if isinstance(score, str):
        ends = [{"state": "diverged", "reason": score}]
    elif isinstance(score, dict):
        made["aim"] = max(score)
        paused = {"epoch": 1, "seconds": 0.5}
        ends = [
            {"rung": rung, "scores": [one], **paused} for rung, one in score.items()
        ]
    elif score is not None:
        end = {"state": "finished", "epoch": 5, "seconds": 1.5}
        kept = {"scores": [*score]} if isinstance(score, tuple) else {"score": score}
        ends = [{**end, **kept}]
    return [{"trial": number, **line} for line in (made, *ends)]


@pytest.fixture
def make_search(tmp_path: Path, make_run: MakeRun) -> Callable[..., SearchFolder]:
    """Write a search that nobody has trained: its plan, its lines, and its runs.

    `make_search(space, [({"fit.batch_size": 0}, 0.9), ...])`: what each trial has
    chosen, and its score, by several goals a tuple; a text is why it has diverged,
    None: it is not over; {4: 0.5, 12: 0.6}: where it has paused, and its score.
    """

    def make(
        space: dict[str, Any],
        trials: list[tuple[dict[str, float], Any]],
        goal: Any = "max val_accuracy",
        *,
        runs: bool = False,
        **stated: Any,
    ) -> SearchFolder:
        asked = {"name": "people", "method": "random", "planned": len(trials)} | stated
        name, size = asked["name"], asked["planned"]
        folder = SearchFolder.of(tmp_path / "runs", name)
        search = {"goal": goal, "trials": size, "method": asked["method"]}
        goals = goal if isinstance(goal, list) else [goal]
        plan = {"name": name, "goal": goals[0], "goals": goals, "trials": size}
        plan |= {"runs": asked.get("repeats", 1), "folds": asked.get("folds", 0)}
        config = {"seed": 1, "search": search | {"space": space}}
        folder.begin(plan | {"config": config})
        lines: list[dict[str, object]] = []
        for number, (chosen, score) in enumerate(trials, 1):
            lines += _trial_lines(number, chosen, score)
            if runs and not isinstance(score, str):
                make_run(f"{name}-{number:04d}").path.rename(folder.run(number).path)
        text = "".join(f"{json.dumps(line)}\n" for line in lines)
        (folder.path / "trials.jsonl").write_text(text)
        return folder

    return make


@pytest.fixture
def train(tmp_path: Path) -> Train:
    """Train a config in this process: `train(config, "fit.epochs=2")`."""

    def train_config(
        config: dict[str, Any], *overrides: str, progress: Any = None
    ) -> RunFolder:
        from dlrun.engines import KerasDoor
        from dlrun.experiment import parse_spec
        from dlrun.progress import Progress
        from dlrun.rows import read_rows
        from dlrun.training import start_run, train

        node = apply_overrides(node_of(config, tmp_path), overrides)
        experiment, parts = read_rows(parse_spec(node), KerasDoor())
        folder = start_run(node, experiment, tmp_path / "runs")
        train(experiment, parts, folder, progress or Progress())
        return folder

    return train_config
