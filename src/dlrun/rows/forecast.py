"""Windows of rows that a trained model is asked about, up to beyond their end."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from dlrun.data import KNOWN, Dataset
from dlrun.data.row_windows import windows_of
from dlrun.errors import DataError, Problem
from dlrun.rows.later import later_times
from dlrun.rows.preprocessing import apply_preprocessing
from dlrun.rows.series import BY, TIME, in_series
from dlrun.rows.windows import windowed

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from dlrun.components.windows import WindowSpec
    from dlrun.data import Array
    from dlrun.rows.door import Door
    from dlrun.runs import Preprocessing


def prepare_series(
    window: WindowSpec,
    preprocessing: Preprocessing,
    rows: Dataset,
    door: Door,
    *,
    labelled: bool,
) -> Dataset:
    """The windows of new rows as the model of a run takes them.

    Args:
        window: how long they are.
        preprocessing: of the run.
        rows: as a source gives them.
        door: to Keras, for columns that it encodes.
        labelled: only windows whose labels are there; else all whose past is, also
            those that predict what comes behind the last row.

    Raises:
        DataError: the rows are not like those of training, or too few for a window.
    """
    placed = in_series(window, rows)
    if labelled:
        prepared = apply_preprocessing(preprocessing, placed, door)
        samples = windowed(window, prepared)
    else:
        prepared = _prepared(window, preprocessing, placed, door)
        samples = _forecast(window, prepared)
    if not len(samples):
        needed = window.length
        more = window.ahead if labelled or KNOWN in prepared.features else 0
        message = f"{len(rows)} rows are too few for a window"
        if len(rows) >= needed + more:
            message = (
                f"no {needed + more} of {len(rows)} rows follow each other, as in "
            )
            message += "a window"
        message += f": it has {needed}" + (f", and {more} that follow" if more else "")
        hint = f"give at least {needed + more} rows that follow each other"
        raise DataError(Problem((), message, hint=hint, code="few-rows"))
    return samples


def _prepared(
    window: WindowSpec, preprocessing: Preprocessing, rows: Dataset, door: Door
) -> Dataset:
    """Rows as a model takes them; where some are known in advance, others may lack.

    Of rows that only are predicted, columns that nobody knows may be gaps.
    """
    import numpy as np

    if KNOWN not in preprocessing.input_columns:
        return apply_preprocessing(preprocessing, rows, door)
    others = [name for name in preprocessing.input_columns if name != KNOWN]
    ends = _Stretches.of(rows)
    past = np.flatnonzero(ends.left >= window.ahead)
    known = apply_preprocessing(_of_inputs(preprocessing, [KNOWN]), rows, door)
    features = dict(known.features)
    if len(past):
        of_past = _of_inputs(preprocessing, others)
        prepared = apply_preprocessing(of_past, rows.take(past), door)
        for name, array in prepared.features.items():
            whole: Array = np.zeros((len(rows), *array.shape[1:]), array.dtype)
            whole[past] = array
            features[name] = whole
    return replace(known, features=features)


def _of_inputs(preprocessing: Preprocessing, inputs: Iterable[str]) -> Preprocessing:
    """What becomes of the columns of some inputs."""
    chosen = {name: preprocessing.input_columns[name] for name in inputs}
    columns = {column for within in chosen.values() for column in within}
    return replace(
        preprocessing,
        input_columns=chosen,
        columns={
            name: one for name, one in preprocessing.columns.items() if name in columns
        },
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Stretches:
    """Rows that follow each other without a break."""

    order: NDArray[np.int64]
    """`(rows,)` the rows, stretch after stretch, in time."""
    end: NDArray[np.int64]
    """`(rows,)` for each place in this order, that of the last row of its stretch."""
    begin: NDArray[np.int64]
    """The same of the first row."""

    @classmethod
    def of(cls, rows: Dataset) -> _Stretches:
        """Those of rows with positions."""
        import numpy as np

        assert rows.positions is not None  # noqa: S101 - in_series() gives them
        order = np.argsort(rows.positions, kind="stable")
        at = rows.positions[order]
        is_first = np.diff(at, prepend=at[:1] - 2) != 1
        begins = np.flatnonzero(is_first)
        number = np.cumsum(is_first) - 1
        ends = np.append(begins[1:], len(at)) - 1
        return cls(order, ends[number], begins[number])

    @property
    def left(self) -> NDArray[np.int64]:
        """`(rows,)` for each row how many follow it in its stretch."""
        import numpy as np

        left = np.empty(len(self.order), "int64")
        left[self.order] = self.end - np.arange(len(self.order))
        return left


def _forecast(window: WindowSpec, rows: Dataset) -> Dataset:
    """A sample for every `stride`-th row whose past is there, counted from the end."""
    import numpy as np

    stretches = _Stretches.of(rows)
    order, places = stretches.order, np.arange(len(rows))
    left = stretches.end - places
    is_asked = (places - stretches.begin >= window.length - 1) & (
        left % window.stride == 0
    )
    if KNOWN in rows.features:
        is_asked &= left >= window.ahead
    last = np.flatnonzero(is_asked)
    ahead = window.horizon + np.arange(window.steps)
    targets = last[:, None] + ahead
    ends = stretches.end[last]
    beyond = targets - ends[:, None]
    there = order[np.minimum(targets, ends[:, None])]
    starts = last - window.length + 1
    taken = rows.take(order[last])
    return replace(
        taken,
        features={
            name: array[there]
            if name == KNOWN
            else windows_of(array[order], starts, window.length)
            for name, array in rows.features.items()
        },
        labels=None,
        ids=tuple(_ids(rows, there[:, 0], beyond[:, 0])),
        positions=None,
        baselines={},
        kept={
            **_times(window, rows, stretches, there, beyond),
            **_kept(rows, there[:, 0], beyond[:, 0]),
        },
    )


def _ids(
    rows: Dataset, there: NDArray[np.int64], beyond: NDArray[np.int64]
) -> Iterable[str | int]:
    """What samples are called: as the row that they predict, or as the last and more.

    Where some rows are not there, all are called by texts.
    """
    is_whole = not (beyond > 0).any()
    for row, more in zip(there.tolist(), beyond.tolist(), strict=True):
        name = rows.ids[row]
        yield name if is_whole else f"{name}+{more}" if more > 0 else str(name)


def _kept(
    rows: Dataset, there: NDArray[np.int64], beyond: NDArray[np.int64]
) -> dict[str, list[object]]:
    """What is carried along of the rows that are predicted; nothing of later ones."""
    pairs = [*zip(there.tolist(), beyond.tolist(), strict=True)]
    return {
        name: ["" if more > 0 else cells[row] for row, more in pairs]
        for name, cells in rows.kept.items()
    }


def _times(
    window: WindowSpec,
    rows: Dataset,
    stretches: _Stretches,
    there: NDArray[np.int64],
    beyond: NDArray[np.int64],
) -> dict[str, list[object]]:
    """The series of each sample, and the times that it predicts."""
    found: dict[str, list[object]] = {}
    if window.by is not None:
        found[window.by] = rows.split_cells[BY][there[:, 0]].tolist()
    if window.time is None:
        return found
    cells = rows.split_cells[TIME]
    later = _later(window, cells, stretches, int(beyond.max(initial=0)))
    for step in range(window.steps):
        name = window.time
        if window.steps > 1:
            name = f"{name}+{window.horizon + step}"
        pairs = zip(there[:, step].tolist(), beyond[:, step].tolist(), strict=True)
        found[name] = [
            later[row][more - 1] if more > 0 else cells[row] for row, more in pairs
        ]
    return found


def _later(
    window: WindowSpec,
    cells: NDArray[np.object_],
    stretches: _Stretches,
    count: int,
) -> dict[int, list[str]]:
    """The times behind each stretch, by its last row."""
    import numpy as np

    if count <= 0:
        return {}
    found = {}
    for end in np.unique(stretches.end).tolist():
        places = stretches.order[stretches.begin[end] : end + 1]
        times = [str(cell) for cell in cells[places]]
        found[int(stretches.order[end])] = later_times(times, window.format, count)
    return found
