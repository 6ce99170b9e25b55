"""A run in a notebook: its figures, its model, what it predicts."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from typing_extensions import override

from dlrun.data import Keep
from dlrun.data.frames import RowFrame, beside, by_row, listed
from dlrun.data.keep import NOTHING_KEPT
from dlrun.errors import RunError, require_package
from dlrun.runs import History, RunFolder, find_run
from dlrun.runs import find_runs as find_folders
from dlrun.writing import command_line, listing

if TYPE_CHECKING:
    import keras
    import pandas as pd

    from dlrun.data import Array, Dataset
    from dlrun.training import Trained

_PARTS = ("train", "validation", "test")


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
        return data_frame(self.folder.history())

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
        return predict_frame([self], rows, keep)

    def ask(self, rows: object, keep: Keep) -> tuple[Trained, Dataset]:
        """The model, and rows as it wants them."""
        with self._reading(rows):
            frame = RowFrame.of(rows, self._trained.preprocessing.column_names)
            given = self._prepared(rows if frame is None else frame, keep)
            return self._trained, given

    @property
    def column_names(self) -> Sequence[str] | None:
        """The columns that it needs of a table; `None`: its rows have no names."""
        return self._trained.preprocessing.column_names

    @property
    def in_windows(self) -> bool:
        """Whether its rows are windows of series, not the rows that are given."""
        return self._trained.experiment.spec.data.window is not None

    def running_code(self) -> AbstractContextManager[None]:
        """Run the code of the run in a block, where it may be run."""
        return code(allowed=self._may_run_code)

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
        """Loss and metrics on a part of its rows; a look at `test` is counted.

        Raises:
            RunError: it has no such part, or rows are given in its place.
        """
        from dlrun.training import read_part

        if not any(part is one or repr(part) == repr(one) for one in _PARTS):
            message = f"evaluate takes a part of the run: {listing(_PARTS)}"
            command = command_line("evaluate", self.path, "--data", "FILE")
            raise RunError(message, hint=f"new rows are measured by {command}")

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
            code(allowed=self._may_run_code),
            reading if rows is None else nullcontext(),
        ):
            yield

    @cached_property
    def _trained(self) -> Trained:
        from dlrun.training import open_trained

        with self._reading():
            return open_trained(self.folder)


def predict_frame(
    runs: Sequence[Run], rows: object, keep: str | Sequence[str]
) -> pd.DataFrame:
    """What runs predict for rows, on average; of one run, what it predicts.

    Args:
        runs: of one config.
        rows: as `Run.predict` takes them.
        keep: columns that are carried along.

    Raises:
        RunError: a row is predicted for each of its places, as in masks.
    """
    from dlrun.training import predict_together

    kept = Keep((keep,) if isinstance(keep, str) else tuple(keep))
    by_path = {run.path: run for run in runs}
    with runs[0].running_code():
        given, predicted = predict_together(
            [run.folder for run in runs],
            lambda folder: by_path[folder.path].ask(rows, kept),
        )
    if not predicted.is_table:
        message = "a row is predicted for each of its places, which is no table"
        raise RunError(message, hint="call predict_arrays, with the same rows")
    table = data_frame(predicted.cells(proba=True), predicted.columns(proba=True))
    frame = RowFrame.of(rows, runs[0].column_names)
    if frame is not None and not runs[0].in_windows:
        return beside(frame.kept(kept), table)
    return beside(kept_of(given), table)


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


def code(*, allowed: bool) -> AbstractContextManager[None]:
    """Whether the code of a config may be run in a block."""
    from dlrun.custom import allowing_code
    from dlrun.engines import prepare_for_code

    return allowing_code(prepare_for_code if allowed else None)


def data_frame(
    rows: Sequence[Sequence[object]] | History, columns: list[str] | None = None
) -> pd.DataFrame:
    """A table for a notebook, of rows of cells or of columns by name."""
    require_package("pandas", "a table in a notebook")
    import pandas as pd

    return pd.DataFrame(rows, columns=columns)


def kept_of(rows: Dataset) -> pd.DataFrame:
    """What is kept of rows, by their names where they have some."""
    import pandas as pd

    named = any(isinstance(one, str) for one in rows.ids)
    index = pd.Index(rows.ids, name="id") if named else pd.RangeIndex(len(rows))
    return pd.DataFrame(dict(rows.kept), index=index)
