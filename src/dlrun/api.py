"""What a notebook calls: train, find and compare runs.

import dlrun

run = dlrun.train("configs/gender.yaml", set={"fit.epochs": 5})
run.history          # a DataFrame, a row per epoch
run.predict([[150, 67]])
"""

from __future__ import annotations

import json
import sys
import warnings
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, fields
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from typing_extensions import override

from dlrun.comparison import Comparison, Question
from dlrun.comparison import compare as compare_folders
from dlrun.config import (
    Node,
    locate_problems,
    located,
)
from dlrun.data import Keep
from dlrun.data.frames import RowFrame, beside, by_row, listed
from dlrun.data.keep import NOTHING_KEPT
from dlrun.errors import RunError, render_problems, require_package
from dlrun.experiment import config_of, parse_spec, read_config
from dlrun.runs import History, RunFolder, find_run
from dlrun.runs import find_runs as find_folders

if TYPE_CHECKING:
    import keras
    import pandas as pd

    from dlrun.data import Array, Dataset
    from dlrun.training import Trained

__all__ = ["Run", "compare", "find_runs", "open_run", "train"]


class Run:
    """A run folder and what is in it."""

    def __init__(
        self,
        folder: RunFolder,
        *,
        allow_code: bool = False,
        data_root: Path | None = None,
    ) -> None:
        self.folder = folder
        self._may_run_code = allow_code
        self._data_root = data_root

    @override
    def __repr__(self) -> str:
        """The name and how the run stands."""
        return f"<Run {self.name}: {self.status}>"

    @property
    def name(self) -> str:
        """The name of the run: `gender-001`."""
        return self.folder.name

    @property
    def path(self) -> Path:
        """Where its files are."""
        return self.folder.path

    @property
    def status(self) -> str:
        """How it stands: `finished`, `running`, `failed`, `diverged`..."""
        return self.folder.status().state

    @property
    def config(self) -> dict[str, object]:
        """The complete config, every default written out."""
        return self.folder.config()

    @property
    def history(self) -> pd.DataFrame:
        """A row per epoch, counted from 1: losses, metrics, hash of the weights.

        Losses are of scaled labels where `data.scale_labels` says so; metrics never.
        """
        return _frame(self.folder.history())

    @property
    def metrics(self) -> dict[str, object]:
        """The best and the last values, and their epochs."""
        return self.folder.metrics().to_json()

    def model(self) -> keras.Model:
        """The model with the best weights, compiled; it gives the file's units."""
        return self._trained.in_file_units()

    def predict(
        self, rows: object = None, *, keep: str | Sequence[str] = ()
    ) -> pd.DataFrame:
        """Predict with the best weights.

        Args:
            rows: `(rows, *row_shape)`, an array, nested lists, or a DataFrame, in the
                units of the data source; they are scaled as the train rows were. Or
                the path of a file or image folder. For several inputs a mapping of
                their names to such arrays. By default the validation rows.
            keep: columns that are carried along: names, or patterns as in `"*_mm"`.

        Returns:
            A DataFrame: what is kept, `prediction`, and for classes a
            `probability_<class>` each; of several outputs each under its name, as in
            `digit_prediction`. It has the index of a DataFrame that was given; where
            the data source has `ids`, those.

        Raises:
            RunError: a row is predicted for each of its places, as in masks.
        """
        kept = Keep((keep,) if isinstance(keep, str) else tuple(keep))
        with self._reading(rows):
            frame = RowFrame.of(rows, self._trained.preprocessing.column_names)
            given = self._prepared(rows if frame is None else frame, kept)
            predicted = self._trained.predict(given)
        if not predicted.is_table:
            message = "a row is predicted for each of its places, which is no table"
            raise RunError(message, hint="call predict_arrays, with the same rows")
        table = _frame(predicted.cells(proba=True), predicted.columns(proba=True))
        in_windows = self._trained.experiment.spec.data.window is not None
        if frame is not None and not in_windows:
            return beside(frame.kept(kept), table)
        return beside(_kept(given), table)

    def predict_arrays(self, rows: object = None) -> dict[str, Array]:
        """Predict as `predict` does, masks as well.

        Args:
            rows: as `predict` takes them.

        Returns:
            `id`; `prediction`, `(rows, ...)`, the index of a class, or numbers; for
            classes their names, and `probability`, `(rows, ..., classes)`. Of several
            outputs each under its name, as in `mask_prediction`.
        """
        with self._reading(rows):
            frame = RowFrame.of(rows, self._trained.preprocessing.column_names)
            given = self._prepared(rows if frame is None else frame)
            return self._trained.predict(given).arrays(given, proba=True)

    def _prepared(self, rows: object, keep: Keep = NOTHING_KEPT) -> Dataset:
        """Rows as the model wants them, wherever they come from."""
        from dlrun.engines import KerasDoor
        from dlrun.rows import RowFile, prepare_values, read_new_rows
        from dlrun.training import read_part

        experiment, prepared = self._trained.experiment, self._trained.preprocessing
        spec, door = experiment.spec, KerasDoor()
        if rows is None:
            return read_part(self.folder, experiment, None, keep)[1]
        if isinstance(rows, str | Path):
            file = RowFile(Path(rows), keep=keep)
            return read_new_rows(spec, prepared, file, door, labelled=False)
        if isinstance(rows, RowFrame):
            names, window = prepared.column_names, spec.data.window
            if names is None:
                return prepare_values(spec, prepared, rows.values(), door)
            needed = [*names, *([] if window is None else window.roles.values())]
            carried = NOTHING_KEPT if window is None else keep
            records = rows.records(dict.fromkeys(needed))
            return prepare_values(spec, prepared, records, door, keep=carried)
        values = by_row(rows) if isinstance(rows, Mapping) else listed(rows)
        return prepare_values(spec, prepared, values, door, keep=keep)

    def evaluate(
        self, part: Literal["train", "validation", "test"] = "validation"
    ) -> dict[str, float]:
        """Loss and metrics on a part of its rows; a look at `test` is counted."""
        from dlrun.training import read_part

        with self._reading():
            _, rows = read_part(self.folder, self._trained.experiment, part)
            metrics = self._trained.evaluate(rows).metrics
        if part == "test":
            self.folder.count_test_look("notebook")
        return metrics

    def resume(self, epochs: int | None = None, *, verbose: bool = True) -> Run:
        """Go on from the newest checkpoint, as if the run had not stopped.

        Args:
            epochs: in all; by default as planned. More extend a finished run.
            verbose: print a line per epoch.

        Raises:
            DlrunError: with what is in the way and how to cure it.
        """
        from dlrun.progress import Progress, make_display
        from dlrun.training import resume

        def tell(sentence: str) -> None:
            if sentence.startswith("warning: "):
                text = sentence.removeprefix("warning: ")
                warnings.warn(text, UserWarning, stacklevel=4)

        progress = make_display(sys.stdout) if verbose else Progress()
        with self._reading():
            resume(self.folder, progress, tell, epochs)
        return Run(
            self.folder, allow_code=self._may_run_code, data_root=self._data_root
        )

    @contextmanager
    def _reading(self, rows: object = None) -> Iterator[None]:
        """Use the run; its data, where no other rows are given, wherever they are."""
        from dlrun.training import reading_data

        reading = reading_data(self.folder, self._data_root)
        with (
            _code(allowed=self._may_run_code),
            reading if rows is None else nullcontext(),
        ):
            yield

    @cached_property
    def _trained(self) -> Trained:
        from dlrun.training import open_trained

        with self._reading():
            return open_trained(self.folder)


@dataclass(frozen=True, slots=True)
class NotebookComparison(Comparison):
    """A comparison that prints itself, and gives its tables as DataFrames."""

    @override
    def __str__(self) -> str:
        """What `dlrun compare` prints into a pipe."""
        from dlrun.report.text import render_text

        return render_text(self)

    def to_frame(self) -> pd.DataFrame:
        """A row per run: every number, and the settings that differ by their paths."""
        from dlrun.report.export import run_table

        columns, rows = run_table(self)
        return _frame(rows, columns)

    def groups_frame(self) -> pd.DataFrame:
        """A row per group: means, intervals, differences, words, and the settings."""
        from dlrun.report.export import group_table

        columns, rows = group_table(self)
        return _frame(rows, columns)


def train(
    config: str | Path | Mapping[str, object],
    *,
    set: Mapping[str, object] | None = None,  # noqa: A002 - the word of the config
    unset: Sequence[str] = (),
    runs: str | Path = "runs",
    verbose: bool = True,
    allow_code: bool = False,
) -> Run:
    """Train a config into a new run folder.

    Args:
        config: a YAML file, or the config itself as a mapping.
        set: values by path, as in `{"fit.epochs": 5}`.
        unset: paths of values to remove, before `set`.
        runs: where the run folders are.
        verbose: print a line per epoch.
        allow_code: run the code that the config names.

    Raises:
        DlrunError: with what is wrong and how to cure it.
    """
    node = _load(config, set or {}, unset)
    with located(node), _code(allowed=allow_code):
        experiment = parse_spec(node)
        experiment.require_one()
        from dlrun.engines import KerasDoor
        from dlrun.progress import Progress, make_display
        from dlrun.rows import read_rows
        from dlrun.training import start_run
        from dlrun.training import train as train_into

        experiment, parts = read_rows(experiment, KerasDoor(experiment.spec))
        problems = locate_problems(node, [*experiment.warnings, *parts.warnings])
        for problem in problems:
            warnings.warn(render_problems([problem]), UserWarning, stacklevel=2)
        folder = start_run(node, experiment, Path(runs))
        progress = make_display(sys.stdout) if verbose else Progress()
        train_into(experiment, parts, folder, progress)
    return Run(folder, allow_code=allow_code)


def open_run(
    name: str | Path,
    runs: str | Path = "runs",
    *,
    allow_code: bool = False,
    data_root: str | Path | None = None,
) -> Run:
    """A run by its path, its name, or the name of its config (the newest run).

    Args:
        name: of the run.
        runs: where the run folders are.
        allow_code: run the code of the run, where it has some, for what needs it.
        data_root: a folder above the data of the run, where they have been moved.

    Raises:
        RunError: when there is none.
    """
    folder = find_run(str(name), Path(runs))
    folder.require_known_format()
    root = None if data_root is None else Path(data_root)
    return Run(folder, allow_code=allow_code, data_root=root)


def find_runs(runs: str | Path = "runs") -> list[Run]:
    """Every run below a folder, in the order of names."""
    return [Run(folder) for folder in find_folders(Path(runs))]


def compare(
    runs: Iterable[Run | str | Path] | str | Path = "runs", **question: Any
) -> NotebookComparison:
    """Set runs side by side; `print` it, or take `to_frame()` or `groups_frame()`.

    Args:
        runs: runs, or paths of run folders; or one folder that holds runs.
        **question: as `dlrun compare` has them: `metric`, a column of the histories;
            `sort`, a column; `group_by`, `baseline`, `margin`, `test`; and `where`, a
            condition such as `"dropout > 0.2"`.
    """
    given = find_runs(runs) if isinstance(runs, str | Path) else runs
    folders = [
        run.folder if isinstance(run, Run) else RunFolder(Path(run)) for run in given
    ]
    comparison = compare_folders(folders, Question(**question))
    values = {
        field.name: getattr(comparison, field.name) for field in fields(comparison)
    }
    return NotebookComparison(**values)


def _code(*, allowed: bool) -> AbstractContextManager[None]:
    """Whether the code of a config may be run in a block."""
    from dlrun.custom import allowing_code
    from dlrun.engines import prepare_for_code

    return allowing_code(prepare_for_code if allowed else None)


def _load(
    config: str | Path | Mapping[str, object],
    values: Mapping[str, object],
    unset: Sequence[str],
) -> Node:
    """The node of a file or a mapping; values are written as JSON, which is YAML."""
    overrides = [f"{path}={json.dumps(value)}" for path, value in values.items()]
    if isinstance(config, Mapping):
        return config_of(config, overrides, unset)
    return read_config(Path(config), overrides, unset)


def _frame(
    rows: Sequence[Sequence[object]] | History, columns: list[str] | None = None
) -> pd.DataFrame:
    """A table for a notebook, of rows of cells or of columns by name."""
    require_package("pandas", "a table in a notebook")
    import pandas as pd

    return pd.DataFrame(rows, columns=columns)


def _kept(rows: Dataset) -> pd.DataFrame:
    """What is kept of rows, by their names where they have some."""
    import pandas as pd

    named = any(isinstance(one, str) for one in rows.ids)
    index = pd.Index(rows.ids, name="id") if named else pd.RangeIndex(len(rows))
    return pd.DataFrame(dict(rows.kept), index=index)
