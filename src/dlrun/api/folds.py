"""The folds of a config in a notebook."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from typing_extensions import override

from dlrun.api.run import Run, data_frame, predict_frame
from dlrun.errors import RunError
from dlrun.runs import FoldsFolder, find_fold_set

if TYPE_CHECKING:
    import pandas as pd


class Folds:
    """The runs of all folds of a config, and what they say together."""

    def __init__(
        self,
        folder: FoldsFolder,
        *,
        allow_code: bool = False,
        data_root: Path | None = None,
    ) -> None:
        self.folder = folder
        self.runs = [
            Run(run, allow_code=allow_code, data_root=data_root)
            for run in folder.run_folders()
        ]
        """The run of each fold, in their order."""

    @override
    def __repr__(self) -> str:
        """The name, and how many they are."""
        return f"<Folds {self.name}: {len(self.runs)} runs>"

    @property
    def name(self) -> str:
        """The name of their folder: `penguins.folds-001`."""
        return self.folder.name

    @property
    def path(self) -> Path:
        """Where `folds.json` and the predictions out of fold are."""
        return self.folder.path

    @property
    def metrics(self) -> pd.DataFrame:
        """A row per run: its seed, fold and rows, and what was measured."""
        records = [dict(one.values) for one in self.folder.values().objects("runs")]
        rows = [
            {**{key: one[key] for key in one if key != "metrics"}, **measured}
            for one in records
            if isinstance(measured := one.get("metrics"), dict)
        ]
        return data_frame([[*row.values()] for row in rows], [*rows[0]])

    @property
    def mean(self) -> pd.DataFrame:
        """A row per metric: the mean over folds, with the ends of its interval.

        Folds share train rows: the variance is corrected (Nadeau and Bengio, 2003).
        """
        means = self.folder.values().mapping("mean")
        columns = ["mean", "low", "high", "n"]
        rows = [
            [name, *(one[key] for key in columns)]
            for name, one in means.items()
            if isinstance(one, dict)
        ]
        return data_frame(rows, ["metric", *columns]).set_index("metric")

    @property
    def predictions(self) -> pd.DataFrame:
        """What the run of each row's fold has predicted for it, as it is kept.

        Raises:
            RunError: a row is predicted for each of its places, as in masks.
        """
        if not self.folder.predictions_file.is_file():
            message = f"{self.name} keeps no table of predictions"
            raise RunError(message, hint="take those of its runs")
        import pandas as pd

        return pd.read_csv(self.folder.predictions_file)

    def predict(self, rows: object, *, keep: str | Sequence[str] = ()) -> pd.DataFrame:
        """The mean of what the models of all folds predict for new rows.

        Each has its own scalers and encoders. The rows of the folds themselves have
        trained all models but one: of these take `predictions`.

        Args:
            rows: as `Run.predict` takes them.
            keep: columns that are carried along: names, or patterns as in `"*_mm"`.

        Returns:
            A DataFrame like that of `Run.predict`.

        Raises:
            RunError: a run is gone, or a row is predicted for each of its places.
        """
        return predict_frame(self.runs, rows, keep)


def open_folds(
    name: str | Path,
    runs: str | Path = "runs",
    *,
    allow_code: bool = False,
    data_root: str | Path | None = None,
) -> Folds:
    """The folds of a config, by their folder or by a run that is one of them.

    Args:
        name: `penguins.folds-001`, or a run.
        runs: where the run folders are.
        allow_code: run the code of the runs, where they have some, for what needs it.
        data_root: a folder above the data of the runs, where they have been moved.

    Raises:
        RunError: there are none.
    """
    folder = find_fold_set(str(name), Path(runs))
    root = None if data_root is None else Path(data_root)
    return Folds(folder, allow_code=allow_code, data_root=root)
