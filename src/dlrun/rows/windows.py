"""Windows: from rows that follow each other to samples of a past and what comes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from math import ceil, prod
from typing import TYPE_CHECKING

from dlrun.data import KNOWN, LAST_VALUE, SEASON_AGO, Arrays, Dataset, Fold
from dlrun.data.row_windows import windows_of
from dlrun.errors import DataError, Problem
from dlrun.rows.series import BY, TIME
from dlrun.rows.splits import Division, divide
from dlrun.rows.splits.in_time import times_of
from dlrun.runs import PreparedOutput
from dlrun.writing import whole_number

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from dlrun.components.splits import HoldoutSplit
    from dlrun.components.windows import WindowSpec
    from dlrun.data import Array
    from dlrun.runs import Preprocessing


@dataclass(frozen=True, slots=True, eq=False)
class Windows:
    """Where the windows of some rows are."""

    window: WindowSpec
    order: NDArray[np.int64]
    """`(rows,)` the rows, series after series, in time."""
    starts: NDArray[np.int64]
    """`(windows,)` where each begins in that order."""

    @classmethod
    def of(cls, window: WindowSpec, rows: Dataset) -> Windows:
        """All windows whose rows are there and follow each other.

        Args:
            window: how long they are, and how far apart.
            rows: as `in_series` gives them, or some of these.
        """
        import numpy as np

        assert rows.positions is not None  # noqa: S101 - in_series() gives them
        order = np.argsort(rows.positions, kind="stable")
        at = rows.positions[order]
        is_first = np.diff(at, prepend=at[:1] - 2) != 1
        numbers = np.arange(len(at))
        within = numbers - np.maximum.accumulate(np.where(is_first, numbers, 0))
        last = numbers + window.span - 1
        is_whole = last < len(at)
        is_whole[is_whole] = within[last[is_whole]] >= window.span - 1
        return cls(
            window, order, np.flatnonzero(is_whole & (within % window.stride == 0))
        )

    def __len__(self) -> int:
        """How many there are."""
        return len(self.starts)

    @property
    def last(self) -> NDArray[np.int64]:
        """`(windows,)` the last row of the past of each."""
        rows: NDArray[np.int64] = self.order[self.starts + self.window.length - 1]
        return rows

    @property
    def targets(self) -> NDArray[np.int64]:
        """`(windows, steps)` the rows that are predicted."""
        return self._rows(self.window.length + self.window.horizon - 1, self._steps)

    @property
    def rows(self) -> NDArray[np.int64]:
        """`(windows, span)` all rows of each window, those between included."""
        return self._rows(0, self.window.span)

    @property
    def _steps(self) -> int:
        return self.window.steps

    def _rows(self, first: int, count: int) -> NDArray[np.int64]:
        import numpy as np

        places = self.starts[:, None] + first + np.arange(count)
        rows: NDArray[np.int64] = self.order[places]
        return rows

    def past(self, features: Array) -> Array:
        """`(windows, length, ...)` features of what a prediction is made from."""
        return windows_of(features[self.order], self.starts, self.window.length)


def windowed(window: WindowSpec, rows: Dataset) -> Dataset:
    """Samples of the windows of prepared rows, each called as its first predicted row.

    Args:
        window: how long they are.
        rows: of one part, as the model would take them one by one, with positions.
    """
    return _samples(Windows.of(window, rows), rows)


def _samples(windows: Windows, rows: Dataset) -> Dataset:
    window, targets = windows.window, windows.targets
    first = targets[:, 0]
    labels, baselines = None, {}
    if rows.labels is not None:
        labels = _of_steps(window, rows.labels, targets)
        baselines = {LAST_VALUE: _of_steps(window, rows.labels, _last(windows))}
        for name, ago in rows.baselines.items():
            baselines[name] = _of_steps(window, ago, targets)
    named = {name: window.label_names(one) for name, one in rows.label_names.items()}
    taken = rows.take(first)
    return replace(
        taken,
        features={
            name: array[targets] if name == KNOWN else windows.past(array)
            for name, array in rows.features.items()
        },
        labels=labels,
        label_names={**taken.label_names, **named},
        baselines=baselines,
        positions=None,
        kept={**_times(window, rows, targets), **taken.kept},
    )


def _last(windows: Windows) -> NDArray[np.int64]:
    """`(windows, steps)` the last known row, for each step."""
    import numpy as np

    return np.repeat(windows.last[:, None], windows.window.steps, axis=1)


def _of_steps(
    window: WindowSpec, labels: Arrays, targets: NDArray[np.int64]
) -> dict[str, Array]:
    """The labels of rows, those of several steps one behind the other."""
    found = {}
    for name, array in labels.items():
        of_steps = array[targets]
        if window.steps == 1:
            found[name] = of_steps[:, 0]
        else:
            found[name] = of_steps.reshape(len(targets), prod(of_steps.shape[1:]))
    return found


def _times(
    window: WindowSpec, rows: Dataset, targets: NDArray[np.int64]
) -> dict[str, Sequence[object]]:
    """The series of each window, and the times that it predicts."""
    found: dict[str, Sequence[object]] = {}
    for key, name in window.roles.items():
        cells = rows.split_cells[f"window.{key}"]
        if f"window.{key}" != TIME or window.steps == 1:
            found[name] = cells[targets[:, 0]].tolist()
            continue
        for step in range(window.steps):
            ahead = f"{name}+{window.horizon + step}"
            found[ahead] = cells[targets[:, step]].tolist()
    return found


def windows_of_parts(
    window: WindowSpec, ready: Mapping[str, Dataset], split: HoldoutSplit | None
) -> dict[str, Dataset]:
    """The samples of each part.

    Args:
        window: how long they are.
        ready: the rows of each part, by its name.
        split: what has divided them, for the cure.

    Raises:
        DataError: no window fits into a part.
    """
    _require_windows(window, ready, split)
    return {name: windowed(window, rows) for name, rows in ready.items()}


def divide_series(
    split: HoldoutSplit, window: WindowSpec | None, read: Dataset, seed: int
) -> Division:
    """The rows of each part; windows that share no rows are drawn as a whole.

    Raises:
        DataError: the rows cannot be divided so.
    """
    import numpy as np

    if window is None or split.columns:
        return divide(split, read, seed)
    _require_windows(window, {"of all": read})
    windows = Windows.of(window, read)
    drawn = divide(split, read.take(windows.targets[:, 0]), seed)
    fold = drawn.fold
    parts = (fold.train, fold.validation, fold.test)
    rows = [np.sort(windows.rows[part].reshape(-1)) for part in parts]
    return Division(Fold(*rows), drawn.warnings)


def _require_windows(
    window: WindowSpec, parts: Mapping[str, Dataset], split: HoldoutSplit | None = None
) -> None:
    """Refuse parts into which no window fits.

    Args:
        window: how long they are.
        parts: the rows of each, by what it is called.
        split: what has divided them; `None`: nothing has.

    Raises:
        DataError: with the longest stretch of rows that there is.
    """
    longest = {name: _longest_stretch(rows) for name, rows in parts.items()}
    name = min(longest, key=lambda one: longest[one])
    most = longest[name]
    if most >= window.span:
        return
    message = f"a window has {window.span} rows, {window.length} and {window.ahead} "
    message += f"ahead, but no more than {most} {name} rows follow each other"
    hint = _more_rows(window, longest, name, split)
    if window.max_gap is not None and max(longest.values()) < window.span:
        hint += f"; or a max_gap above {window.max_gap}, over which no window reaches"
    if most > window.ahead:
        hint = f"write length: {most - window.ahead}, or {hint}"
    problem = Problem(
        ("data", "window", "length"), message, hint=hint, code="long-window"
    )
    raise DataError(problem)


def _more_rows(
    window: WindowSpec,
    longest: Mapping[str, int],
    name: str,
    split: HoldoutSplit | None,
) -> str:
    """How a part gets a stretch of rows for a window, if the others can spare them.

    Args:
        window: what must fit.
        longest: the most rows of each part that follow each other.
        name: of the part.
        split: what has divided the rows.
    """
    hint = f"give {name} more rows"
    if split is None or split.time is None:
        return hint
    if split.folds is not None:
        # Each fold validates on an equal stretch, and the first one trains on one.
        folds = _fewer_folds(window.span, longest, split.folds)
        return f"write folds: {folds}" if folds else hint
    short = [one for one in longest if longest[one] < window.span]
    shares = {one: getattr(split, one) for one in short if one != "train"}
    if name == "train" or not all(shares.values()):
        return hint
    needed, left = {}, float(longest["train"])
    for one, share in shares.items():
        # A row more than is needed, since shares are rounded.
        rows = max(longest[one], 1)
        needed[one] = ceil(100 * share * (window.span + 1) / rows) / 100
        left -= (needed[one] / share - 1) * rows
    stated = ", ".join(f"{one}: {share:g}" for one, share in needed.items())
    return f"write {stated}" if left >= window.span else hint


def _fewer_folds(span: int, longest: Mapping[str, int], folds: int) -> int:
    """The most folds in time, each with a window in both of its parts; 0: none are."""
    stretch = min(longest.values()) * (folds + 1)
    fewer = stretch // (span + 1) - 1
    return fewer if 1 < fewer < folds else 0


def without_season(
    window: WindowSpec, samples: Mapping[str, Dataset]
) -> Iterator[Problem]:
    """Warn where the baseline of a season ago has no value on the rows that measure.

    Args:
        window: with the season.
        samples: the windows of each part, by its name.
    """
    import numpy as np

    name = "validation" if "validation" in samples else "train"
    for labels in samples[name].baselines.get(SEASON_AGO, {}).values():
        is_gap = np.isnan(labels) if labels.dtype.kind == "f" else labels < 0
        if is_gap.all():
            yield Problem(
                ("data", "window", "season"),
                f"no {name} window has a value of {window.season} rows ago: its series "
                "is too short",
                hint="write a shorter season, or remove it: there is no such baseline",
                code="long-season",
                severity="warning",
            )


def _longest_stretch(rows: Dataset) -> int:
    """The most rows that follow each other."""
    import numpy as np

    assert rows.positions is not None  # noqa: S101 - in_series() gives them
    at = np.sort(rows.positions)
    ends = np.flatnonzero(np.diff(at, append=at[-1:] + 2) != 1)
    return int(np.diff(ends, prepend=-1).max())


def require_apart(window: WindowSpec, part: str, train: Dataset, held: Dataset) -> None:
    """Refuse rows of a source of their own that train as well, by their times.

    Args:
        window: says what tells rows apart.
        part: what the held-out rows are called.
        train: the train rows.
        held: the others.

    Raises:
        DataError: windows of the two would share rows.
    """
    if window.time is None:
        return
    known = set(_keys(window, train))
    shared = [row for row, key in enumerate(_keys(window, held)) if key in known]
    if not shared:
        return
    message = f"{len(shared)} of {len(held)} {part} rows train as well, the first of "
    message += f"them at {held.split_cells[TIME][shared[0]]}: windows of the two would "
    message += "overlap"
    hint = f"give {part} rows of later times, or of other series"
    problem = Problem(("data", part), message, hint=hint, code="overlapping-windows")
    raise DataError(problem)


def _keys(window: WindowSpec, rows: Dataset) -> list[tuple[str, float]]:
    """The series and the time of each row, however the two are written."""
    times = times_of(rows, window.format, TIME).tolist()
    series = [""] * len(rows) if window.by is None else rows.split_cells[BY].tolist()
    names = [whole_number(str(name)) or str(name) for name in series]
    return list(zip(names, times, strict=True))


def of_windows(window: WindowSpec, preprocessing: Preprocessing) -> Preprocessing:
    """What must be done to rows whose labels are predicted over several steps.

    The labels of each step are scaled alike.
    """
    if window.steps == 1:
        return preprocessing
    outputs = {
        name: _over_steps(window, one) for name, one in preprocessing.outputs.items()
    }
    return replace(preprocessing, outputs=outputs)


def _over_steps(window: WindowSpec, output: PreparedOutput) -> PreparedOutput:
    scaler = output.label_scaler
    if scaler is not None:
        scaler = {
            key: [*values] * window.steps if isinstance(values, list) else values
            for key, values in scaler.items()
        }
    names = window.label_names(output.label_names or ())
    return replace(output, label_names=names, label_scaler=scaler)
