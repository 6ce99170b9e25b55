"""The folder of cross-validated runs: what they were, and what they say together.

`<runs>/<name>.folds-<NNN>/` appears whole, once all of its runs are finished.

| file | holds |
|---|---|
| `folds.json` | the runs with seed, fold, rows and metrics; the means; pooled figures |
| `predictions.csv` | the out-of-fold predictions of all runs |
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from dlrun.errors import RunError
from dlrun.runs.catalog import FOLDS_RECORD, HIDDEN, find_run
from dlrun.runs.folder import RunFolder
from dlrun.runs.reading import JsonObject, read_object
from dlrun.runs.status import alone_in
from dlrun.runs.storage import make_directory, sync, write_error, write_json
from dlrun.runs.table import fill_table
from dlrun.writing import command_line

FORMAT = 1
_PREDICTIONS = "predictions.csv"


@dataclass(frozen=True, slots=True)
class FoldsFolder:
    """What runs of one config that differ in fold and seed say together."""

    path: Path

    @property
    def name(self) -> str:
        """Such as `penguins.folds-001`."""
        return self.path.name

    @property
    def exists(self) -> bool:
        """Whether it is one, and may be read."""
        return os.path.isfile(self.path / FOLDS_RECORD)  # noqa: PTH113 - no errors

    @property
    def predictions_file(self) -> Path:
        """The out-of-fold predictions; absent where runs keep no table of them."""
        return self.path / _PREDICTIONS

    def values(self) -> JsonObject:
        """What `folds.json` holds.

        Raises:
            RunError: It is missing, damaged, or of a later format.
        """
        values = read_object(self.path / FOLDS_RECORD)
        if values.whole("format") != FORMAT:
            message = (
                f"{self.path / FOLDS_RECORD} is of format {values.whole('format')}"
            )
            raise RunError(f"{message}; this dlrun reads format {FORMAT}")
        return values

    def runs(self) -> list[str]:
        """The names of its runs.

        Raises:
            RunError: As `values` has it.
        """
        return [str(run.text("run")) for run in self.values().objects("runs")]

    def run_folders(self) -> list[RunFolder]:
        """Its runs, which lie beside it.

        Raises:
            RunError: As `values` has it; or a run is not there.
        """
        beside = {name: self.path.parent / Path(name).name for name in self.runs()}
        for name, path in beside.items():
            if path.name != name or not RunFolder(path).exists:
                message = f"{self.name} tells of {name}, which is not beside it"
                hint = "put the run back, or train the folds again"
                raise RunError(message, hint=hint)
        return [RunFolder(path) for path in beside.values()]


def find_folds(root: Path, name: str) -> list[FoldsFolder]:
    """The folders of a config's folds, in the order of their numbers."""
    pattern = re.compile(rf"{re.escape(name)}\.folds-([0-9]{{3,}})")
    found = [
        (int(match[1]), FoldsFolder(entry))
        for entry in (root.iterdir() if root.is_dir() else ())
        if (match := pattern.fullmatch(entry.name)) and (entry / FOLDS_RECORD).is_file()
    ]
    return [folder for _, folder in sorted(found, key=lambda pair: pair[0])]


def folds_named(text: str, root: Path) -> FoldsFolder | None:
    """The folder of folds of a path, or of a name below `root`; `None`: it is none."""
    below = [root / text] if text == Path(text).name else []
    for path in (Path(text), *below):
        if text and FoldsFolder(path).exists:
            return FoldsFolder(path)
    return None


def find_all_folds(root: Path) -> list[FoldsFolder]:
    """Every folder of folds in a directory, by name."""
    entries = sorted(root.iterdir()) if root.is_dir() else []
    return [one for one in map(FoldsFolder, entries) if one.exists]


def find_fold_set(text: str, root: Path) -> FoldsFolder:
    """The folds that a text names: by their folder, or by a run that is one of them.

    Args:
        text: The path or the name of either.
        root: The directory with the runs; names are looked up only there.

    Raises:
        RunError: There are none.
    """
    named = folds_named(text, root)
    if named is not None:
        return named
    run = find_run(text, root)
    name = run.name.rpartition("-")[0]
    for folder in reversed(find_folds(run.path.parent, name)):
        if run.name in folder.runs():
            return folder
    message = f"{run.name} is not one of folds that are all finished"
    again = command_line("train", run.path / "config.yaml", "--folds", "5")
    raise RunError(message, hint=f"train all folds: {again}")


def keep_folds(
    root: Path,
    name: str,
    runs: Sequence[str],
    record: Mapping[str, object],
    table: tuple[Sequence[str], Sequence[Sequence[object]]] | None,
) -> FoldsFolder:
    """Write the folder of some runs, unless it is there.

    Args:
        root: The directory with the runs.
        name: Of their config.
        runs: Their names.
        record: For `folds.json`: its `runs` are these.
        table: Columns and rows of the predictions; `None`: there are none.

    Raises:
        RunError: The disk refuses.
    """
    hidden = root / HIDDEN
    make_directory(hidden)
    temporary = hidden / f".folds-{os.urandom(6).hex()}"
    try:
        with alone_in(root):
            for folder in find_folds(root, name):
                if folder.runs() == runs:
                    return folder
            temporary.mkdir()
            if table is not None:
                fill_table(temporary / _PREDICTIONS, *table)
                sync(temporary / _PREDICTIONS)
            write_json(temporary / FOLDS_RECORD, {"format": FORMAT, **record})
            path = root / f"{name}.folds-{_next_number(root, name):03d}"
            temporary.rename(path)
            sync(root)
            return FoldsFolder(path)
    except OSError as error:
        raise write_error(root / f"{name}.folds-NNN", error) from error
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def _next_number(root: Path, name: str) -> int:
    """One more than that of any folder of this name, whatever it holds."""
    pattern = re.compile(rf"{re.escape(name)}\.folds-([0-9]{{3,}})")
    matches = [pattern.fullmatch(entry.name) for entry in root.iterdir()]
    return 1 + max((int(match[1]) for match in matches if match), default=0)
