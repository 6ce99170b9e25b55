"""`dlrun predict`."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from dlrun.cli.arguments import Json, RunName, RunsDirectory, open_run
from dlrun.cli.output import answer, remark

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dlrun.data import Dataset
    from dlrun.runs import RunFolder
    from dlrun.spec import Experiment


def predict(
    run: RunName,
    data: Annotated[
        str | None,
        typer.Option(
            metavar="FILE",
            help="Rows: .csv, .jsonl, .npz, a folder of images, - for CSV on stdin.",
        ),
    ] = None,
    rows: Annotated[
        str | None,
        typer.Option(metavar="JSON", help="Rows written out: '[[150, 67]]'."),
    ] = None,
    out: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write to FILE: .csv or .jsonl.")
    ] = None,
    proba: Annotated[
        bool, typer.Option("--proba", help="Show the probability of each class.")
    ] = False,
    runs: RunsDirectory = Path("runs"),
    json_lines: Json = False,
) -> None:
    """Predict with the best weights of RUN; without rows, its validation rows."""
    if data is not None and rows is not None:
        raise typer.BadParameter("give --data or --rows, not both")
    as_json = json_lines or (out is not None and _is_json(out))
    folder = open_run(run, runs)
    from dlrun.training import open_trained

    trained = open_trained(folder)
    given = _read(folder, trained.experiment, trained.preprocessing, data, rows)
    heads, table = trained.predict(given).table(given, proba=proba)
    text = _json_lines(heads, table) if as_json else _csv(heads, table)
    if out is None:
        answer(text)
    else:
        _write(out, text)
        remark(f"{len(table)} predictions in {out}")


def _read(
    folder: RunFolder,
    experiment: Experiment,
    preprocessing: Mapping[str, Any],
    data: str | None,
    rows: str | None,
) -> Dataset:
    """The rows that are asked about, prepared."""
    from dlrun.build import prepare_values, read_new_rows
    from dlrun.training import read_part

    if rows is not None:
        try:
            values = json.loads(rows)
        except json.JSONDecodeError as error:
            message = f"--rows is not JSON: {error.msg} at column {error.colno}"
            raise typer.BadParameter(
                f"{message}; write --rows '[[150, 67]]'"
            ) from error
        return prepare_values(preprocessing, values)
    if data == "-":
        return _read_stdin(experiment, preprocessing)
    if data is not None:
        return read_new_rows(experiment.spec, preprocessing, Path(data), labelled=False)
    part, read = read_part(folder, experiment)
    if part == "train":
        remark("the run keeps no validation rows: these are its train rows")
    return read


def _read_stdin(experiment: Experiment, preprocessing: Mapping[str, Any]) -> Dataset:
    from tempfile import TemporaryDirectory

    from dlrun.build import read_new_rows

    with TemporaryDirectory() as directory:
        file = Path(directory) / "stdin.csv"
        file.write_bytes(sys.stdin.buffer.read())
        return read_new_rows(experiment.spec, preprocessing, file, labelled=False)


def _is_json(out: Path) -> bool:
    """Whether a file takes JSON lines, by its ending."""
    if out.suffix not in {".csv", ".jsonl", ".ndjson"}:
        message = f"--out {out} must end in .csv or .jsonl"
        raise typer.BadParameter(message)
    return out.suffix != ".csv"


def _csv(heads: list[str], table: list[list[Any]]) -> str:
    from dlrun.runs import csv_line

    return "\n".join(csv_line(row).rstrip("\r\n") for row in [heads, *table])


def _json_lines(heads: list[str], table: list[list[Any]]) -> str:
    return "\n".join(
        json.dumps(dict(zip(heads, row, strict=True)), ensure_ascii=False)
        for row in table
    )


def _write(file: Path, text: str) -> None:
    from dlrun.errors import RunError

    try:
        file.write_text(f"{text}\n", encoding="utf-8")
    except OSError as error:
        message = f"{file} cannot be written: {error.strerror}"
        raise RunError(message, hint="choose another file with --out") from error
