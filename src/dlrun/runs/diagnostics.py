"""The tables of a run that say how it trained: `layers.csv` and `outputs.csv`.

Both grow by one probe at a time. `outputs.csv`, which has one row for each, is written
last: a probe that stands there is whole.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from itertools import takewhile
from pathlib import Path

from dlrun.errors import RunError
from dlrun.runs.checkpoint_state import CheckpointState, FileDigest
from dlrun.runs.hashes import Hashes
from dlrun.runs.reading import MissingError, decoded, read_bytes, require_no_link
from dlrun.runs.storage import is_there, make_directory, sync, write_error
from dlrun.runs.table import append_rows

_LAYERS = "diagnostics/layers.csv"
_OUTPUTS = "diagnostics/outputs.csv"
PROBES = (_LAYERS, _OUTPUTS)
"""The tables, that of a line for each probe last."""
_COUNT = "count_"
_HINT = "keep a copy, delete what is damaged, and try again; or leave this run out"

_EPOCH = re.compile("[0-9]{1,18}")

_Row = dict[str, str]


def append_probe(
    run: Path,
    layers: Sequence[Mapping[str, object]],
    outputs: Mapping[str, object],
) -> None:
    """Add one probe to both tables.

    Raises:
        RunError: The disk refuses.
    """
    make_directory((run / _OUTPUTS).parent)
    if layers:
        cells = [list(row.values()) for row in layers]
        append_rows(run / _LAYERS, list(layers[0]), cells)
    append_rows(run / _OUTPUTS, list(outputs), [list(outputs.values())])


def probe_digests(run: Path, epoch: int | None) -> dict[str, FileDigest]:
    """Bring the tables to the disk; the size and hash of each, up to a probe.

    One that somebody has removed or garbled stops no training: it has no digest.

    Args:
        run: The folder.
        epoch: That of the last probe to count; None: there is none.

    Raises:
        RunError: The disk refuses.
    """
    digests: dict[str, FileDigest] = {}
    if epoch is None:
        return digests
    for name in PROBES:
        with suppress(MissingError, ValueError):
            digests[name] = FileDigest.of(_until(read_bytes(run / name), epoch))
    try:
        for name in digests:
            sync(run / name)
    except OSError as error:
        raise write_error(run / _OUTPUTS, error) from error
    return digests


def kept_probes(
    hashes: Hashes, state: CheckpointState
) -> tuple[dict[Path, bytes], list[str]]:
    """The tables as a checkpoint knows them; one that is damaged has no line.

    Returns:
        What each file shall hold, and a sentence for each that is damaged.

    Raises:
        RunError: A link stands where dlrun makes none.
    """
    tables: dict[Path, bytes] = {}
    told: list[str] = []
    require_no_link((hashes.directory / _OUTPUTS).parent)
    for name in PROBES:
        if name in state.probes or _has(hashes, name):
            file = hashes.directory / name
            try:
                tables[file] = _kept(hashes, name, state)
            except RunError as error:
                told.append(f"{file.name} is begun anew: {error.message}")
                if is_there(file):
                    tables[file] = b""
    return tables, told


def _kept(hashes: Hashes, name: str, state: CheckpointState) -> bytes:
    """The rows of a table until a checkpoint, which may be one of 0.1.0.

    Raises:
        RunError: They are damaged.
    """
    file, data = hashes.directory / name, hashes.read(name)
    known = state.probes.get(name)
    if known is None:
        _parse(file, decoded(file, data))
        return _until(data, -1 if state.probed_epoch is None else state.probed_epoch)
    if not known.begins(data):
        words = f"{file} is damaged or foreign: the checkpoint knows other rows"
        raise RunError(words)
    return data[: known.bytes]


def _until(table: bytes, epoch: int) -> bytes:
    """The header and the rows up to an epoch; a line without its end is none."""
    whole = table[: table.rfind(b"\n") + 1].splitlines(keepends=True)
    rows = takewhile(lambda line: int(line.partition(b",")[0]) <= epoch, whole[1:])
    return b"".join([*whole[:1], *rows])


def read_probes(hashes: Hashes) -> list[dict[str, object]]:
    """The probes, oldest first, as `diagnose` takes them.

    Raises:
        RunError: A line is damaged; the message has its number.
    """
    if not _has(hashes, _OUTPUTS):
        return []
    layers: dict[str, list[_Row]] = {}
    if _has(hashes, _LAYERS):
        text = hashes.read_text(_LAYERS)
        columns, rows = _parse(hashes.directory / _LAYERS, text)
        for row in rows:
            layers.setdefault(row[0], []).append(dict(zip(columns, row, strict=True)))
    columns, rows = _parse(hashes.directory / _OUTPUTS, hashes.read_text(_OUTPUTS))
    most = max((len(group) for group in layers.values()), default=0)
    try:
        return [
            _probe(dict(zip(columns, row, strict=True)), layers.get(row[0], []))
            for row in rows
            if len(layers.get(row[0], ())) == most
        ]
    except (KeyError, ValueError) as error:
        message = f"{hashes.directory / 'diagnostics'} is damaged: {error}"
        raise RunError(message, hint=_HINT) from error


def _has(hashes: Hashes, name: str) -> bool:
    """Whether there is a table, or should be: the run has no layers to tell of."""
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
        if len(row) != len(lines[0]) or not _EPOCH.fullmatch(row[0]):
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
