"""The tables of a run that say how it trained: `layers.csv` and `outputs.csv`.

Both grow by one probe at a time. `outputs.csv`, which has one row for each, is written
last: a probe that stands there is whole.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path

from dlrun.errors import RunError
from dlrun.runs.hashes import Hashes
from dlrun.runs.reading import require_no_link
from dlrun.runs.storage import is_there, make_directory
from dlrun.runs.table import append_rows, csv_line

DIAGNOSTICS = "diagnostics"
_LAYERS = "layers.csv"
_OUTPUTS = "outputs.csv"
_COUNT = "count_"
_HINT = "delete the folder diagnostics of the run: nothing else needs it"

_Row = dict[str, str]


def append_probe(
    directory: Path,
    layers: Sequence[Mapping[str, object]],
    outputs: Mapping[str, object],
) -> None:
    """Add one probe to both tables.

    Raises:
        RunError: The disk refuses.
    """
    make_directory(directory)
    if layers:
        cells = [list(row.values()) for row in layers]
        append_rows(directory / _LAYERS, list(layers[0]), cells)
    append_rows(directory / _OUTPUTS, list(outputs), [list(outputs.values())])


def kept_probes(hashes: Hashes, epoch: int) -> tuple[dict[Path, bytes], list[str]]:
    """The tables without the probes after an epoch; one that is damaged has no line.

    Returns:
        What each file shall hold, and a sentence for each that is damaged.

    Raises:
        RunError: A link stands where dlrun makes none.
    """
    tables: dict[Path, bytes] = {}
    told: list[str] = []
    require_no_link(hashes.directory / DIAGNOSTICS)
    for name in (_LAYERS, _OUTPUTS):
        if not _has(hashes, name):
            continue
        file = hashes.directory / DIAGNOSTICS / name
        columns: list[str] = []
        rows: list[list[str]] = []
        try:
            columns, rows = _parse(file, hashes.read_text(f"{DIAGNOSTICS}/{name}"))
        except RunError as error:
            told.append(f"{name} is begun anew: {error.message}")
        kept = [row for row in rows if int(row[0]) <= epoch]
        lines = (columns, *kept) if columns else ()
        tables[file] = "".join(f"{csv_line(row)}\n" for row in lines).encode()
    return tables, told


def read_probes(hashes: Hashes) -> list[dict[str, object]]:
    """The probes, oldest first, as `diagnose` takes them.

    Raises:
        RunError: A line is damaged; the message has its number.
    """
    directory = hashes.directory / DIAGNOSTICS
    if not _has(hashes, _OUTPUTS):
        return []
    layers: dict[str, list[_Row]] = {}
    if _has(hashes, _LAYERS):
        text = hashes.read_text(f"{DIAGNOSTICS}/{_LAYERS}")
        columns, rows = _parse(directory / _LAYERS, text)
        for row in rows:
            layers.setdefault(row[0], []).append(dict(zip(columns, row, strict=True)))
    text = hashes.read_text(f"{DIAGNOSTICS}/{_OUTPUTS}")
    columns, rows = _parse(directory / _OUTPUTS, text)
    most = max((len(group) for group in layers.values()), default=0)
    try:
        return [
            _probe(dict(zip(columns, row, strict=True)), layers.get(row[0], []))
            for row in rows
            if len(layers.get(row[0], ())) == most
        ]
    except (KeyError, ValueError) as error:
        raise RunError(f"{directory} is damaged: {error}", hint=_HINT) from error


def _has(hashes: Hashes, name: str) -> bool:
    """Whether there is a table, or should be: the run has no layers to tell of."""
    name = f"{DIAGNOSTICS}/{name}"
    return hashes.lists(name) or is_there(hashes.directory / name)


def _parse(file: Path, text: str) -> tuple[list[str], list[list[str]]]:
    """Header and rows; a last line without its end is left out."""
    try:
        lines = list(csv.reader(text[: text.rfind("\n") + 1].split("\n")[:-1]))
    except csv.Error as error:
        raise RunError(f"{file} is damaged: {error}", hint=_HINT) from error
    if not lines:
        return [], []
    for number, row in enumerate(lines[1:], 2):
        if len(row) != len(lines[0]) or not row[0].isdecimal():
            message = f"{file} is damaged in line {number}"
            raise RunError(message, hint=_HINT)
    return lines[0], lines[1:]


def _number(text: str) -> float | None:
    return float(text) if text else None


def _probe(outputs: _Row, layers: Sequence[_Row]) -> dict[str, object]:
    """One probe from the texts of its rows."""
    kernels = [row for row in layers if row["weight_norm"]]

    def column(name: str, rows: Sequence[_Row] = kernels) -> list[float | None]:
        return [_number(row[name]) for row in rows]

    def shares(name: str) -> tuple[list[float | None] | None, list[str]]:
        shown = [row for row in layers if row[name]]
        return column(name, shown) or None, [row["layer"] for row in shown]

    dead, dead_layers = shares("dead_share")
    saturated, saturated_layers = shares("saturated_share")
    counts = {
        key.removeprefix(_COUNT): int(text)
        for key, text in outputs.items()
        if key.startswith(_COUNT)
    }
    return {
        "epoch": int(outputs["epoch"]),
        "layers": [row["layer"] for row in kernels],
        "grad_norm": column("grad_norm"),
        "grad_mean_abs": column("grad_mean_abs"),
        "weight_norm": column("weight_norm"),
        "epoch_update_ratio": column("update_ratio"),
        "step_update_ratio": column("step_update_ratio"),
        "dead_frac": dead,
        "dead_layers": dead_layers,
        "zero_frac": shares("zero_share")[0],
        "sat_frac": saturated,
        "sat_layers": saturated_layers,
        "pred_counts": list(counts.values()) or None,
        "pred_names": list(counts),
        "reg_loss": _number(outputs["regularisation_loss"]),
        "nonfinite": outputs["nonfinite"] == "true",
    }
