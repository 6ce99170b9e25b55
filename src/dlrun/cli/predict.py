"""`dlrun predict`."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from dlrun.cli.arguments import (
    DataFolder,
    Ensemble,
    Json,
    RunName,
    RunsDirectory,
    Threshold,
    needed_root,
    open_runs,
    require_unseen,
)
from dlrun.cli.output import answer, answer_json_lines, remark, tell_unvouched, warn
from dlrun.errors import DataError, Problem
from dlrun.writing import escaped, json_text

if TYPE_CHECKING:
    from dlrun.data import Array, Dataset, Keep
    from dlrun.experiment import Experiment
    from dlrun.runs import RunFolder
    from dlrun.training import PartName, Trained

_STDIN = "standard input"


def predict(
    run: RunName,
    data: Annotated[
        str | None,
        typer.Option(
            metavar="FILE",
            help="Rows: .csv, .jsonl, .npz, an image, a folder; - for standard input.",
        ),
    ] = None,
    rows: Annotated[
        str | None,
        typer.Option(metavar="JSON", help="Rows written out: '[[150, 67]]'."),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Write to FILE: .csv, .jsonl or .npz."),
    ] = None,
    proba: Annotated[
        bool, typer.Option("--proba", help="Show the probability of each class.")
    ] = False,
    split: Annotated[
        Literal["train", "validation", "test"] | None,
        typer.Option(help="Rows of the run itself; by default validation."),
    ] = None,
    keep: Annotated[
        list[str] | None,
        typer.Option(
            metavar="COLUMNS",
            help="Columns of the rows to show beside: a,b or '*_mm'. May be repeated.",
        ),
    ] = None,
    threshold: Threshold = None,
    ensemble: Ensemble = False,
    data_root: DataFolder = None,
    runs: RunsDirectory = Path("runs"),
    json_lines: Json = False,
) -> None:
    """Predict with the best weights of RUN; without rows, its validation rows."""
    if sum(given is not None for given in (data, rows, split)) > 1:
        raise typer.BadParameter("give one of --data, --rows and --split")
    as_json = json_lines or (out is not None and _is_json(out))
    folders = open_runs(run, runs, ensemble=ensemble)
    from dlrun.data import Keep
    from dlrun.training import predict_together

    content = sys.stdin.buffer.read() if data == "-" else b""
    asked = _Asked(data, rows, content, split, Keep(tuple(keep or ())), out)
    if ensemble:
        require_unseen(asked.split, folders, is_new=asked.is_new)
    root = needed_root(data_root, is_new=asked.is_new)
    given, predicted = predict_together(
        folders, partial(asked.ask, root=root), threshold
    )
    if asked.is_new:
        warn(given.warnings)
    if proba and not predicted.has_probabilities:
        remark("numbers have no probabilities: --proba changes nothing here")
    if not predicted.is_table or (out is not None and out.suffix == ".npz"):
        _write_arrays(out, predicted.arrays(given, proba=proba))
        return
    _answer(*predicted.table(given, proba=proba), out, as_json=as_json)


@dataclass(frozen=True, slots=True)
class _Asked:
    """The rows that a command asks about, and where it answers."""

    data: str | None
    rows: str | None
    content: bytes
    """Of standard input, where rows come from there."""
    split: PartName | None
    keep: Keep
    out: Path | None

    @property
    def is_new(self) -> bool:
        return self.data is not None or self.rows is not None

    def ask(self, folder: RunFolder, root: Path | None) -> tuple[Trained, Dataset]:
        """Open a run, and read the rows for it."""
        from dlrun.training import open_trained, reading_data

        with reading_data(folder, root):
            trained = open_trained(folder)
            if self.out is not None:
                _require_free(self.out, self.data, folder, trained.experiment)
            tell_unvouched(folder)
            if not self.is_new:
                return trained, _read_part(folder, trained, self.split, self.keep)
        return trained, self._read(trained)

    def _read(self, trained: Trained) -> Dataset:
        """New rows, prepared as those of training were."""
        from dlrun.data import JsonError, parse_json
        from dlrun.engines import KerasDoor
        from dlrun.rows import prepare_values

        if self.rows is None:
            if self.data == "-":
                return _read_stdin(trained, self.content, self.keep)
            return _read_file(trained, Path(str(self.data)), self.keep)
        try:
            values = parse_json(self.rows)
        except JsonError as error:
            message = f"--rows is not JSON: {error} at column {error.column}"
            raise typer.BadParameter(
                f"{message}; write --rows '[[150, 67]]'"
            ) from error
        spec, prepared = trained.experiment.spec, trained.preprocessing
        return prepare_values(spec, prepared, values, KerasDoor(), keep=self.keep)


def _require_free(
    out: Path, data: str | None, folder: RunFolder, experiment: Experiment
) -> None:
    """Refuse to write over the rows, or over a file of the run.

    Raises:
        RunError: `out` is one of them.
    """
    from dlrun.components.sources import Source
    from dlrun.errors import RunError

    if not out.exists():
        return
    spec = experiment.spec.data
    files = [] if data in {None, "-"} else [Path(str(data))]
    for source in (spec.source, spec.validation, spec.test):
        if isinstance(source, Source):
            with suppress(DataError):  # They may have been moved since.
                files += source.describe().files
    is_used = any(file.exists() and file.samefile(out) for file in files)
    if is_used or folder.path.resolve() in out.resolve().parents:
        owner = "holds the rows" if is_used else f"is a file of {folder.name}"
        message = f"{out} {owner}: it would be lost"
        raise RunError(message, hint="choose another file with --out")


def _answer(
    heads: Sequence[str],
    table: Sequence[Sequence[object]],
    out: Path | None,
    *,
    as_json: bool,
) -> None:
    """Write a table to a file, or answer with it."""
    if out is not None:
        rows_text = "\n".join(map(json_text, _objects(heads, table)))
        _write(out, rows_text if as_json else _csv(heads, table))
        remark(f"{len(table)} predictions in {out}")
    elif as_json:
        answer_json_lines(_objects(heads, table))
    else:
        answer(_csv(_in_a_line(heads), map(_in_a_line, table)))


def _read_part(
    folder: RunFolder, trained: Trained, split: PartName | None, keep: Keep
) -> Dataset:
    """Rows of the run itself; a look at its test rows is counted."""
    from dlrun.training import read_part

    part, rows = read_part(folder, trained.experiment, split, keep)
    if split is None and part == "train":
        remark("the run keeps no validation rows: these are its train rows")
    if part == "test":
        folder.count_test_look("predict")
    return rows


def _read_file(
    trained: Trained, file: Path, keep: Keep, folder: Path | None = None
) -> Dataset:
    from dlrun.engines import KerasDoor
    from dlrun.rows import RowFile, read_new_rows

    spec, prepared = trained.experiment.spec, trained.preprocessing
    given = RowFile(file, folder, keep)
    return read_new_rows(spec, prepared, given, KerasDoor(), labelled=False)


def _read_stdin(trained: Trained, content: bytes, keep: Keep) -> Dataset:
    from tempfile import TemporaryDirectory

    is_json = content.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] in {b"[", b"{"}
    with TemporaryDirectory() as directory:
        file = Path(directory) / ("stdin.jsonl" if is_json else "stdin.csv")
        file.write_bytes(content)
        try:
            rows = _read_file(trained, file, keep, Path.cwd())
        except DataError as error:
            told = [_of_stdin(problem, file) for problem in error.problems]
            raise DataError(*told) from error
    warnings = tuple(_of_stdin(problem, file) for problem in rows.warnings)
    return replace(rows, warnings=warnings)


def _of_stdin(problem: Problem, file: Path) -> Problem:
    """A problem with the rows of a file that only stands for standard input."""

    def told(text: str) -> str:
        return text.replace(str(file), _STDIN).replace(file.name, _STDIN)

    hint = None if problem.hint is None else told(problem.hint)
    where = problem.location
    place = None if where is None else replace(where, file=_STDIN)
    return replace(problem, message=told(problem.message), hint=hint, location=place)


def _is_json(out: Path) -> bool:
    """Whether a file takes JSON lines, by its ending."""
    if out.suffix not in {".csv", ".jsonl", ".ndjson", ".npz"}:
        message = f"--out {out} must end in .csv, .jsonl or .npz"
        raise typer.BadParameter(message)
    return out.suffix not in {".csv", ".npz"}


def _write_arrays(out: Path | None, arrays: Mapping[str, Array]) -> None:
    """Write predictions as arrays: those for each place of a row fit into no table."""
    from dlrun.errors import RunError
    from dlrun.training.decode import write_arrays

    if out is None or out.suffix != ".npz":
        message = "a row is predicted for each of its places, which fits into no table"
        raise typer.BadParameter(f"{message}; write --out FILE.npz")
    try:
        write_arrays(out, arrays)
    except OSError as error:
        message = f"{out} cannot be written: {error.strerror}"
        raise RunError(message, hint="choose another file with --out") from error
    remark(f"{len(arrays['id'])} predictions in {out}: {', '.join(arrays)}")


def _csv(heads: Sequence[object], table: Iterable[Sequence[object]]) -> str:
    from dlrun.runs import csv_line

    lines = [csv_line(heads), *map(csv_line, table)]
    return "\n".join(line.rstrip("\r\n") for line in lines)


def _in_a_line(row: Sequence[object]) -> list[object]:
    """Cells whose texts stay in their line, as a log needs them."""
    return [escaped(cell) if isinstance(cell, str) else cell for cell in row]


def _objects(
    heads: Sequence[str], table: Iterable[Sequence[object]]
) -> list[dict[str, object]]:
    return [dict(zip(heads, row, strict=True)) for row in table]


def _write(file: Path, text: str) -> None:
    from dlrun.errors import RunError

    try:
        file.write_text(f"{text}\n", encoding="utf-8")
    except OSError as error:
        message = f"{file} cannot be written: {error.strerror}"
        raise RunError(message, hint="choose another file with --out") from error
