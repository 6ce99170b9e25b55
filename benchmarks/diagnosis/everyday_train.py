"""Train everyday settings and their references, and keep what rules can be run on.

    python benchmarks/diagnosis/everyday_train.py --part held_out

The data must have been written by `everyday_data.py`. Each training is a line of
`.everyday/trainings.jsonl` as soon as it is over; what is there is not trained again.
`everyday_pack.py` makes of them what is kept.
"""

from __future__ import annotations

import argparse
import json
import math
import shutil
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import everyday_development
import everyday_healthy
import everyday_held_out
import numpy as np
from everyday_data import CACHE
from everyday_references import references
from everyday_rows import Follower, followed, pack
from everyday_setting import SEEDS, Config, Setting

from dlrun.errors import DlrunError

if TYPE_CHECKING:
    from dlrun.config import Node
    from dlrun.experiment import Experiment
    from dlrun.rows import Parts

PARTS = {
    "held_out": everyday_held_out.SETTINGS,
    "development": everyday_development.SETTINGS,
    "injected_healthy": everyday_healthy.SETTINGS,
}
HALVES = ("held_out", "development")
"""What is trained and packed unless a part is named."""
COMPARED = (0, 1)
"""The seeds that references are trained with."""
TRAININGS = CACHE / "trainings.jsonl"
_NOT_KEPT = {"weights_sha256", "seconds"}


@dataclass(frozen=True, slots=True)
class Training:
    """One training to be done."""

    part: str
    setting: Setting
    seed: int
    reference: str
    """Empty: the setting itself."""
    config: Config

    @property
    def key(self) -> str:
        """What tells it from all others."""
        return f"{self.part}/{self.setting.name}/{self.seed}/{self.reference}"


def trainings(
    part: str,
    compared: Sequence[int] = COMPARED,
    seeds: Sequence[int] = SEEDS,
) -> Iterator[Training]:
    """Everything to train; those that share a model follow each other."""
    for setting in PARTS[part]:
        for seed in seeds:
            yield Training(part, setting, seed, "", setting.config)
        for name, config in references(setting, deviation(setting)):
            for seed in compared:
                yield Training(part, setting, seed, name, config)


def deviation(setting: Setting) -> float | None:
    """Of the targets; None for classes."""
    source = setting.config["data"].get("npz")
    if source is None:
        return None  # Tables are of classes.
    with np.load(CACHE / "data" / Path(source["path"]).name) as arrays:
        labels = arrays[source.get("labels", "y")]
    return None if labels.dtype.kind in "iu" else float(labels.std())


@dataclass(frozen=True, slots=True)
class Ready:
    """What a training is made from."""

    node: Node
    experiment: Experiment
    parts: Parts


def prepare(training: Training, root: Path) -> Ready:
    """Read config and rows, as `dlrun train` does."""
    from dlrun.config import load_config, located
    from dlrun.engines import KerasDoor
    from dlrun.experiment import parse_spec
    from dlrun.rows import read_rows

    values = {"name": "run", "seed": training.seed, **training.config}
    values["fit"] = {"checkpoint_seconds": 1e9, **values["fit"]}
    if training.reference:
        values["probe"] = {"every": "off"}
    file = root / "configs" / "run.yaml"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(values), encoding="utf-8")
    node = load_config(file)
    with located(node):
        return Ready(node, *read_rows(parse_spec(node), KerasDoor()))


def train(training: Training, root: Path) -> dict[str, Any]:
    """Train as `dlrun train` does, and give what is kept of it."""
    from dlrun.training import start_run
    from dlrun.training import train as train_run

    ready = prepare(training, root)
    spec, parts = ready.experiment.spec, ready.parts
    weights = spec.fit.weights_of(parts.train.class_counts())
    name = _snake(spec.compile.loss.key)
    follower = Follower(name, parts.train, parts.validation, weights)
    shutil.rmtree(root / "runs", ignore_errors=True)
    folder = start_run(ready.node, ready.experiment, root / "runs")
    with followed(follower):
        try:
            train_run(ready.experiment, parts, folder, follower)
        except DlrunError:
            if folder.status().state != "diverged":
                raise
    return _record(training, follower, folder)


def _snake(name: str) -> str:
    return "".join(f"_{c.lower()}" if c.isupper() else c for c in name).lstrip("_")


def _record(training: Training, follower: Follower, folder: Any) -> dict[str, Any]:
    record: dict[str, Any] = {
        "part": training.part,
        "setting": training.setting.name,
        "seed": training.seed,
        "reference": training.reference,
        "state": folder.status().state,
        "constant": follower.constant,
        "best_epoch": follower.best_epoch,
        "epochs": follower.epochs,
        "best": pack(follower.best),
        "last": pack(follower.last),
    }
    if training.reference:
        return record
    history = {k: v for k, v in folder.history().items() if k not in _NOT_KEPT}
    return record | {
        "shares": follower.shares,
        "history": history,
        "probe": folder.probes(),
        "facts": folder.summary().facts,
        "config": folder.config(),
    }


def rounded(value: Any, digits: int = 6) -> Any:
    """The value with floats of so many digits."""
    if isinstance(value, float):
        return float(f"{value:.{digits}g}") if math.isfinite(value) else value
    if isinstance(value, dict):
        return {key: rounded(item, digits) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [rounded(item, digits) for item in value]
    return value


def done(file: Path) -> dict[str, dict[str, Any]]:
    """The trainings that are there, by their keys; a last line cut short is none."""
    found: dict[str, dict[str, Any]] = {}
    if not file.exists():
        return found
    for line in file.read_text("utf-8").splitlines():
        try:
            record = json.loads(line)
        except json.JSONDecodeError:
            continue
        key = "/".join(str(record[k]) for k in ("part", "setting", "seed", "reference"))
        found[key] = record
    return found


def work_folder(name: str = "work") -> Path:
    """Where configs and runs come and go; `data` beside them leads to the rows."""
    root = CACHE / name
    root.mkdir(parents=True, exist_ok=True)
    data = root / "data"
    if not data.exists():
        data.symlink_to(CACHE / "data")
    return root


def keep(training: Training, root: Path, file: Path) -> None:
    """Train, and append what is kept to a file."""
    before = time.process_time()
    try:
        record = train(training, root)
    except DlrunError as error:
        print(f"{training.key}: {error}", flush=True)
        return
    record["cpu_seconds"] = time.process_time() - before
    with file.open("a", encoding="utf-8") as stream:
        stream.write(json.dumps(rounded(record)) + "\n")
    spent = f"{record['cpu_seconds']:.2f} s, in all {time.process_time():.0f} s"
    print(f"{training.key}: {spent}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--part", choices=PARTS, action="append")
    parser.add_argument("--only", default="", help="the name of one setting")
    parser.add_argument("--one-seed", action="store_true", help="of each reference")
    parser.add_argument("--seeds", type=int, default=len(SEEDS), help="of a setting")
    arguments = parser.parse_args()
    there, root = done(TRAININGS), work_folder()
    compared = COMPARED[:1] if arguments.one_seed else COMPARED
    for part in arguments.part or HALVES:
        for training in trainings(part, compared, SEEDS[: arguments.seeds]):
            is_asked = arguments.only in {"", training.setting.name}
            if is_asked and training.key not in there:
                keep(training, root, TRAININGS)


if __name__ == "__main__":
    main()
