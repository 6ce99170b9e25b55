"""The everyday trainings as they are kept: records of runs, figures, labels."""

from __future__ import annotations

import gzip
import json
import math
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from everyday_labels import Curve, Figure, Label, label

KEPT = Path(__file__).resolve().parent / "everyday"
_OFTEN = 0.98
_RARE = 0.01
Record = dict[str, Any]
Figures = dict[str, dict[str, Figure]]
"""By setting and reference."""


def key(record: Mapping[str, Any]) -> str:
    """What tells a run from all others of its part."""
    return f"{record['setting']}/{record['seed']}"


def load_records(part: str) -> list[Record]:
    """The runs of a part, each with all that a rule may see."""
    return read_records(KEPT / f"{part}.jsonl.gz")


def read_records(file: Path) -> list[Record]:
    """The records of a file, one a line."""
    text = gzip.decompress(file.read_bytes()).decode()
    return [json.loads(line) for line in text.splitlines()]


def write_records(part: str, records: Iterable[Record]) -> None:
    """One run a line; the same records give the same bytes."""
    lines = (json.dumps(one, sort_keys=True, separators=(",", ":")) for one in records)
    packed = gzip.compress("".join(f"{line}\n" for line in lines).encode(), 9, mtime=0)
    KEPT.mkdir(exist_ok=True)
    (KEPT / f"{part}.jsonl.gz").write_bytes(packed)


def load_figures(part: str) -> Figures:
    """What each reference gains."""
    values = json.loads((KEPT / f"{part}-figures.json").read_text("utf-8"))
    return {
        setting: {
            name: Figure(**one | {"seeds": tuple(one["seeds"])})
            for name, one in of.items()
        }
        for setting, of in values["settings"].items()
    }


def column_leaks(part: str) -> set[str]:
    """The settings with a column that is the label."""
    values = json.loads((KEPT / f"{part}-figures.json").read_text("utf-8"))
    return set(values["leaks_by_column"])


def kept_checks(part: str) -> Path:
    """The file of what was found when runs of a part were checked."""
    return KEPT / f"{part}-checks.jsonl"


def load_checks(part: str) -> list[dict[str, Any]]:
    """What was found in each check of a part, and at what cost."""
    file = kept_checks(part)
    lines = file.read_text("utf-8").splitlines() if file.exists() else []
    return [json.loads(line) for line in lines]


def load_labels(part: str) -> dict[str, dict[str, Any]]:
    """The label of each run, as plain values, by `key`."""
    return json.loads((KEPT / f"{part}-labels.json").read_text("utf-8"))


def write_values(name: str, values: Mapping[str, Any]) -> None:
    """A line for each setting or run, so that changes can be read."""
    lines = [
        f"{json.dumps(name)}: {json.dumps(one)}"
        if not isinstance(one, Mapping) or "kind" in one
        else f"{json.dumps(name)}: {{\n  "
        + ",\n  ".join(f"{json.dumps(k)}: {json.dumps(v)}" for k, v in one.items())
        + "\n }"
        for name, one in values.items()
    ]
    text = "{\n " + ",\n ".join(lines) + "\n}\n"
    (KEPT / name).write_text(text, encoding="utf-8")


def curve_of(record: Record) -> Curve:
    """What the criteria ask of a run itself."""
    rows = record["row_losses"]
    rise = Figure(
        record["validation_rows"],
        rows["loss"],
        rows["rise"],
        rows["rise_error"],
        record["constant"],
        (record["seed"],),
    )
    history, config = record["history"], record["config"]
    losses = history.get("train_loss") or [math.nan]
    at_best = losses[max(0, record["best_epoch"] - 1)]
    callbacks = config["fit"]["callbacks"]
    return Curve(
        rise,
        record["epochs"],
        record["state"] == "diverged",
        any(_restores(callback) for callback in callbacks),
        losses[-1] < at_best,
        rows["error"],
        _accuracy_gap(history),
        _is_constant(record),
    )


def facts_of(record: Record) -> dict[str, Any]:
    """All that is known of a run beside its curves and probes, once it has ended."""
    return record["facts"] | {
        "diverged": record["state"] == "diverged",
        "row_losses": record["row_losses"],
    }


def _restores(callback: Mapping[str, Any]) -> bool:
    keys = callback.get("EarlyStopping")
    return isinstance(keys, Mapping) and bool(keys.get("restore_best_weights"))


def _accuracy_gap(history: Mapping[str, list[float]]) -> float:
    train, other = history.get("train_accuracy"), history.get("val_accuracy")
    return train[-1] - other[-1] if train and other else 0.0


def _is_constant(record: Record) -> bool:
    counts = list(record["facts"]["val_class_counts"].values())
    if not counts or not record["shares"]:
        return False
    others = 1 - max(counts) / sum(counts)
    return max(record["shares"]) >= _OFTEN and others >= _RARE


def labels_of(
    records: Iterable[Record], figures: Figures, leaks_by_column: set[str]
) -> dict[str, Label]:
    """The label of each run by the criteria, by `key`."""
    curves = {key(record): (record, curve_of(record)) for record in records}
    shares: dict[str, list[float]] = {}
    for record, curve in curves.values():
        if math.isfinite(curve.share):
            shares.setdefault(record["setting"], []).append(curve.share)
    return {
        name: label(
            curve,
            figures.get(record["setting"], {}),
            shares.get(record["setting"], [math.inf]),
            is_leak_seen=record["setting"] not in leaks_by_column,
        )
        for name, (record, curve) in curves.items()
    }
