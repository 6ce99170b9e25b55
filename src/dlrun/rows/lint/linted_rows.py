"""What the rules of the linter look at: columns, labels, and what the config says."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, cast

from dlrun.components.words import flow
from dlrun.data import INPUT
from dlrun.data.entries import rename_cure
from dlrun.experiment.columns import PATH, entry_path
from dlrun.rows.lint.linted_column import LintedColumn
from dlrun.rows.lint.target import Target, targets_of
from dlrun.rows.prepared import encoders_of
from dlrun.writing.flow import paste

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from dlrun.data import Array, Dataset, TypedColumns
    from dlrun.errors import ConfigPath
    from dlrun.experiment.data import DataSpec
    from dlrun.experiment.fit import FitSpec
    from dlrun.rows.look import Divided
    from dlrun.runs import Preprocessing

_SAMPLE = 20_000
"""Rows that are enough to know columns by that are nearly equal, or nearly labels."""
_SEED = tuple(b"lint")


@dataclass(frozen=True)
class LintedRows:
    """Rows of an experiment, for rules."""

    data: DataSpec
    fit: FitSpec
    divided: Divided

    @property
    def train(self) -> Dataset:
        """The train rows as they were read."""
        return self.divided.parts["train"]

    @property
    def held(self) -> Dataset | None:
        """The validation rows as they were read; None: there are none."""
        return self.divided.parts.get("validation")

    @cached_property
    def sample(self) -> NDArray[np.int64]:
        """Some of the train and validation rows, one behind the other; ascending."""
        import numpy as np

        rows = len(self.train) + (0 if self.held is None else len(self.held))
        if rows <= _SAMPLE:
            return np.arange(rows)
        drawn = np.random.default_rng(_SEED).choice(rows, _SAMPLE, replace=False)
        return np.sort(drawn)

    @cached_property
    def columns(self) -> tuple[LintedColumn, ...]:
        """The columns of a table that a model gets; none where features have no names.

        Columns of images are left out.
        """
        train = _cells(self.train, self.train.feature_names)
        held: TypedColumns = {}
        if (
            self.held is not None
        ):  # What has no names is in the order of the train rows.
            names = self.held.feature_names or self.train.feature_names
            held = _cells(self.held, names)
            train = {name: cells for name, cells in train.items() if name in held}
        prepared, ready = self.divided.preprocessing, self.divided.ready["train"]
        encoded = dict(_encoded(prepared, ready.features))
        return tuple(
            LintedColumn(
                name,
                cells,
                held.get(name, cells[:0]),
                self.sample,
                encoded.get(name),
                tuple(encoders_of(prepared.columns[name]))
                if name in prepared.columns
                else (),
            )
            for name, cells in train.items()
            if cells.ndim == 1
        )

    @property
    def arrays(self) -> Mapping[str, Array]:
        """The train rows of inputs whose numbers have no names, or are many more."""
        held = {} if self.held is None else self.held.features
        if self.columns:
            return {}
        return {n: one for n, one in self.train.features.items() if n in held}

    @cached_property
    def targets(self) -> tuple[Target, ...]:
        """The labels."""
        return tuple(targets_of(self.divided.parts))

    def sampled(self, target: Target) -> NDArray[np.float64]:
        """`(sampled rows,)` labels."""
        import numpy as np

        return np.concatenate([target.train, target.held])[self.sample]

    def path_of(self, column: str) -> ConfigPath:
        """Where the config says what becomes of a column."""
        return entry_path(self.data, column)

    def drop(self, columns: Sequence[str]) -> str:
        """What to write so that a model gets these columns no more."""
        return self.write(dict.fromkeys(columns, "drop"))

    def write(self, entries: Mapping[str, object]) -> str:
        """What to write so that other encoders hold for columns."""
        cure = rename_cure(entries)
        if cure is not None:
            return cure
        if self.data.columns is None:
            return paste("data", {"columns": {**entries}})
        told = [name for name in entries if self.path_of(name) == (*PATH, name)]
        entry = "its entry" if len(told) == 1 else "their entries"
        then = f", in place of {entry}" if told else ""
        drops = [name for name, one in entries.items() if one == "drop"]
        named = {
            name for listed in (self.data.inputs or {}).values() for name in listed
        }
        gone = [name for name in drops if name in named]
        listed = " and ".join(map(flow, gone))
        then += f", and remove {listed} from data.inputs" if gone else ""
        return paste("data.columns", entries, then)


def _cells(rows: Dataset, names: Sequence[str] | None) -> TypedColumns:
    """The columns of a table, also where they are numbers that nothing encodes."""
    if rows.columns:
        return rows.columns
    features = rows.features.get(INPUT)
    if names is None or features is None or features.ndim != len(("row", "column")):
        return {}
    numbers = cast("NDArray[np.float32]", features)
    return {name: numbers[:, place] for place, name in enumerate(names)}


def _encoded(
    preprocessing: Preprocessing, features: Mapping[str, Array]
) -> Iterator[tuple[str, Array]]:
    """What each column has become, `(rows, width)`; of one in two inputs, the last."""
    if not preprocessing.columns:
        for place, name in enumerate(preprocessing.feature_names or ()):
            yield name, features[INPUT][:, place : place + 1]
    for name, columns in preprocessing.input_columns.items():
        start = 0
        for column in columns:
            width = len(preprocessing.columns[column].names)
            if preprocessing.columns[column].row_shape is None:
                yield column, features[name][:, start : start + width]
            start += width
