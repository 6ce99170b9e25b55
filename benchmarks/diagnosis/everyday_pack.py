"""Trainings → what is kept: records, figures of the references, labels.

    python benchmarks/diagnosis/everyday_pack.py

Needs what `everyday_data.py` and `everyday_train.py` have written. `--facts` describes
the data of each kept run anew instead, as the rules of this checkout want to know them;
it trains nothing, and changes no label.
"""

from __future__ import annotations

import argparse
import json
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict

import numpy as np
from everyday_labels import Figure
from everyday_records import (
    Record,
    column_leaks,
    labels_of,
    load_figures,
    load_records,
    write_records,
    write_values,
)
from everyday_rows import row_losses, unpack
from everyday_setting import Setting
from everyday_train import (
    COMPARED,
    HALVES,
    PARTS,
    TRAININGS,
    Training,
    deviation,
    done,
    prepare,
    rounded,
    trainings,
    work_folder,
)

_PATH = re.compile(r"[^\"]*/data/(\w+\.(?:npz|csv))")
_NOT_KEPT = {"part", "reference", "cpu_seconds", "best", "last"}


def figure(
    setting: Setting, name: str, pairs: Sequence[tuple[Record, Record]]
) -> Figure | None:
    """What a reference gains, over the seeds it was trained with.

    Args:
        setting: What is compared.
        name: Of the reference.
        pairs: The run and its reference, a pair for each seed.
    """
    if name == "apart":
        return _apart(pairs)
    before = np.concatenate([unpack(run["best"]) for run, _ in pairs])
    after = np.concatenate([unpack(other["best"]) for _, other in pairs])
    constant = float(np.mean([run["constant"] for run, _ in pairs]))
    seeds = tuple(run["seed"] for run, _ in pairs)
    if name == "unit":
        after = after * _unit(setting)
    if not np.isfinite(before).all() or not len(after):
        return None
    gains = before - after
    gain = float(gains.mean())
    return Figure(
        len(gains), float(before.mean()), gain, _error(gains), constant, seeds
    )


def _apart(pairs: Sequence[tuple[Record, Record]]) -> Figure:
    """How much higher the loss is without the leak, of its own.

    The rows are others, and may have other classes: losses are shares of the constant.
    """
    leaked = np.concatenate([unpack(run["best"]) / run["constant"] for run, _ in pairs])
    clean = np.concatenate([unpack(one["best"]) / one["constant"] for _, one in pairs])
    error, gain = (
        math.hypot(_error(leaked), _error(clean)),
        clean.mean() - leaked.mean(),
    )
    seeds = tuple(run["seed"] for run, _ in pairs)
    return Figure(len(clean), float(clean.mean()), float(gain), error, 1.0, seeds)


def _error(values: np.ndarray) -> float:
    return float(values.std(ddof=1) / math.sqrt(len(values)))


def _unit(setting: Setting) -> float:
    """What turns the loss of scaled numbers into that of the numbers themselves."""
    spread = deviation(setting) or 1.0
    squared = setting.config["compile"]["loss"] == "mean_squared_error"
    return spread**2 if squared else spread


def figures_of(
    part: str, found: Mapping[str, Record]
) -> Iterator[tuple[str, dict[str, Figure]]]:
    """The figures of each setting whose references are all there."""
    names: dict[str, dict[str, Setting]] = {}
    for training in trainings(part):
        if training.reference:
            of = names.setdefault(training.setting.name, {})
            of[training.reference] = training.setting
    for setting, of in names.items():
        if any(f"{part}/{setting}/{COMPARED[0]}/{name}" not in found for name in of):
            continue  # What was not tried cannot be said not to gain.
        figures = {}
        for name, one in of.items():
            keys = [
                (f"{part}/{setting}/{s}/", f"{part}/{setting}/{s}/{name}")
                for s in COMPARED
            ]
            pairs = [(found[a], found[b]) for a, b in keys if a in found and b in found]
            pairs = [pair for pair in pairs if _is_whole(pair[1])]
            made = figure(one, name, pairs) if pairs else None
            if made is not None:
                figures[name] = made
        if figures:
            yield setting, figures


def _is_whole(reference: Record) -> bool:
    """A reference that diverged before its first epoch has no score."""
    return bool(np.isfinite(unpack(reference["best"])).all())


def _kept(record: Record) -> Record:
    """Without what is of this machine; of the losses by row, what a run keeps."""
    best, last = unpack(record["best"]), unpack(record["last"])
    kept = {k: v for k, v in record.items() if k not in _NOT_KEPT}
    kept |= {"validation_rows": len(best), "row_losses": row_losses(best, last)}
    text = json.dumps(kept)
    return json.loads(_PATH.sub(r'"data/\1'.removeprefix('"'), text))


def pack(part: str, found: Mapping[str, Record]) -> None:
    """Write everything that is kept of a part."""
    settings = {setting.name: setting for setting in PARTS[part]}
    records = [
        _kept(record) | {"data": settings[record["setting"]].data}
        for record in found.values()
        if record["part"] == part and not record["reference"]
        if record["setting"] in settings
    ]
    order = list(settings)
    records.sort(key=lambda one: (order.index(one["setting"]), one["seed"]))
    figures = dict(figures_of(part, found))
    leaks = sorted(one.name for one in PARTS[part] if not one.is_leak_seen)
    records = [record for record in records if record["setting"] in figures]
    write_records(part, records)
    write_values(
        f"{part}-figures.json",
        {
            "leaks_by_column": leaks,
            "settings": {
                setting: {name: rounded(asdict(one)) for name, one in of.items()}
                for setting, of in figures.items()
            },
        },
    )
    write_labels(part)


def write_labels(part: str) -> None:
    """Label the kept runs by the kept figures."""
    made = labels_of(load_records(part), load_figures(part), column_leaks(part))
    values = {name: one.to_values() for name, one in made.items()}
    write_values(f"{part}-labels.json", values)


def describe_again(part: str) -> None:
    """Replace the facts of each kept run by those of this checkout."""
    from dlrun.training.watch.facts import describe_facts

    settings, root = {one.name: one for one in PARTS[part]}, work_folder("facts")
    records = load_records(part)
    for record in records:
        setting = settings[record["setting"]]
        training = Training(part, setting, record["seed"], "", setting.config)
        ready = prepare(training, root)
        record["facts"] = rounded(describe_facts(ready.experiment, ready.parts))
    write_records(part, records)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--part", choices=PARTS, action="append")
    parser.add_argument("--facts", action="store_true", help="describe the data anew")
    arguments = parser.parse_args()
    for part in arguments.part or HALVES:
        if arguments.facts:
            describe_again(part)
        else:
            pack(part, done(TRAININGS))


if __name__ == "__main__":
    main()
