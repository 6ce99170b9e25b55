"""The tables of a run that say how it trained: `layers.csv` and `outputs.csv`.

Both grow by one probe at a time. `outputs.csv`, which has one row for each, is written
last: a probe that stands there is whole.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from dlrun.errors import RunError
from dlrun.runs.reading import read_text
from dlrun.runs.storage import make_directory, write_text
from dlrun.runs.table import append_rows, csv_line

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


def cut_probes(directory: Path, epoch: int) -> None:
    """Forget the probes after an epoch; a table that is damaged is started anew.

    Raises:
        RunError: The disk refuses.
    """
    for name in (_LAYERS, _OUTPUTS):
        file = directory / name
        if not file.exists():
            continue
        columns: list[str] = []
        rows: list[list[str]] = []
        with suppress(RunError):
            columns, rows = _read(file)
        kept = [row for row in rows if int(row[0]) <= epoch]
        lines = (columns, *kept) if columns else ()
        text = "".join(f"{csv_line(row)}\n" for row in lines)
        write_text(file, text)


def read_probes(directory: Path) -> list[dict[str, object]]:
    """The probes, oldest first, as `diagnose` takes them.

    Raises:
        RunError: A line is damaged; the message has its number.
    """
    if not (directory / _OUTPUTS).exists():
        return []
    layers: dict[str, list[_Row]] = {}
    if (directory / _LAYERS).exists():
        columns, rows = _read(directory / _LAYERS)
        for row in rows:
            layers.setdefault(row[0], []).append(dict(zip(columns, row, strict=True)))
    columns, rows = _read(directory / _OUTPUTS)
    most = max((len(group) for group in layers.values()), default=0)
    try:
        return [
            _probe(dict(zip(columns, row, strict=True)), layers.get(row[0], []))
            for row in rows
            if len(layers.get(row[0], ())) == most
        ]
    except (KeyError, ValueError) as error:
        raise RunError(f"{directory} is damaged: {error}", hint=_HINT) from error


def _read(file: Path) -> tuple[list[str], list[list[str]]]:
    """Header and rows; a last line without its end is left out."""
    text = read_text(file)
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
    counts = [int(text) for key, text in outputs.items() if key.startswith(_COUNT)]
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
        "pred_counts": counts or None,
        "reg_loss": _number(outputs["regularisation_loss"]),
        "nonfinite": outputs["nonfinite"] == "true",
    }
