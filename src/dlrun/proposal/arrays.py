"""The config of an `.npz` file: which array is what, and what its shape is like."""

from __future__ import annotations

import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from dlrun.components.sources.array_header import ArrayHeader, read_array_header
from dlrun.errors import RunError
from dlrun.proposal.draft import Draft, as_item, as_value
from dlrun.proposal.ending import write_end, write_fit
from dlrun.proposal.images import shares_of, write_image_layers, write_looked_at
from dlrun.proposal.labels import LabelPlan, plan_labels
from dlrun.proposal.network import Recipe, dense, recipe_for
from dlrun.proposal.sample import SampledColumn
from dlrun.writing import choices, command_line, did_you_mean, nearest
from dlrun.writing.flow import shown

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_LABELS = ("y", "labels", "label", "target", "targets", "y_train")
_FEATURES = ("x", "X", "features", "images", "data", "x_train")
_READ = 1000
"""Rows whose values are looked at."""
_IMAGE_AXES, _PLAIN_AXES, _TABLE_AXES = 4, 3, 2
_SMALLEST_IMAGE = 6
_BYTES = 255.0


@dataclass(frozen=True, slots=True)
class ArrayPlan:
    """Which arrays are used, and what is in them."""

    features: str
    labels: str
    shape: tuple[int, ...]
    """Of the features, the rows first."""
    low: float
    high: float
    learned: LabelPlan
    others: tuple[str, ...]

    @property
    def size(self) -> tuple[int, ...] | None:
        """Height and width, of rows that are images; `None`: they are none."""
        if len(self.shape) == _IMAGE_AXES:
            return self.shape[1:3]
        is_square = len(self.shape) == _PLAIN_AXES and self.shape[1] == self.shape[2]
        return (
            self.shape[1:] if is_square and self.shape[1] >= _SMALLEST_IMAGE else None
        )


def plan_arrays(file: Path, labels: Sequence[str], typed: Path) -> ArrayPlan:
    """Look at the arrays of a file.

    Raises:
        RunError: it cannot be read, or which array is what cannot be told.
    """
    headers = _headers(file)
    usable = {name: one for name, one in headers.items() if one.kind in "fiubUS"}
    rows = {name: one for name, one in usable.items() if one.shape and one.shape[0]}
    label = _label(rows, labels, typed)
    count = rows[label].shape[0]
    given = [
        name
        for name, one in rows.items()
        if name != label and one.shape[0] == count and one.kind in "fiub"
    ]
    if not given:
        message = f"{file.name} has no array of {count:,} rows beside {shown(label)}"
        hint = f"it holds {_shapes(headers)}; the first axis counts the rows"
        raise RunError(message, hint=hint)
    usual = [name for name in _FEATURES if name in given]
    features = usual[0] if usual else max(given, key=lambda name: rows[name].size)
    low, high = _range(file, features)
    learned = _learned(file, label)
    others = tuple(name for name in headers if name not in {features, label})
    return ArrayPlan(features, label, rows[features].shape, low, high, learned, others)


def write_arrays(plan: ArrayPlan, path: str) -> Draft:
    """The config of some arrays."""
    page, rows, learned = Draft(), plan.shape[0], plan.learned
    page.remark(f"Proposed by dlrun init for {Path(path).name}: {rows:,} rows.")
    notes = [f"left out: the arrays {choices(plan.others)}"] if plan.others else []
    for note in (*notes, *learned.notes):
        page.remark(f"Note: {note}.")
    page.add("data:")
    _write_source(page, plan, path)
    page.add(f"  split: {as_value(shares_of(rows, learned.least))}")
    if learned.listed:
        page.add(f"  classes: {as_value(learned.listed)}")
    if plan.size is None or plan.low < 0:
        page.add("  scale: standard")
    if learned.kind == "numbers":
        told = "trains on scaled labels, tells all in their units"
        page.add("  scale_labels: standard", told)
    page.add("model:")
    page.add("  layers:")
    _write_layers(page, plan, recipe_for(round(rows * 0.7)))
    return page


def _write_source(page: Draft, plan: ArrayPlan, path: str) -> None:
    shape = " x ".join(map(str, plan.shape[1:])) or "1"
    seen = f"{shape}, {plan.low:.4g} to {plan.high:.4g}"
    page.add("  npz:")
    page.add(f"    path: {as_value(path)}")
    page.add(f"    features: {as_value(plan.features)}", seen)
    page.add(f"    labels: {as_value(plan.labels)}", plan.learned.why)


def _write_layers(page: Draft, plan: ArrayPlan, recipe: Recipe) -> None:
    if plan.size is not None:
        if len(plan.shape) == _PLAIN_AXES:
            page.add(f"    - Reshape: {as_value([*plan.size, 1])}", "one channel")
        high = _BYTES if plan.high > _BYTES / 2 else plan.high
        factor = 1 / high if plan.low >= 0 and plan.high > 1 else None
        write_image_layers(page, plan.size, factor=factor)
        write_looked_at(page, plan.learned, plan.shape[0])
        return
    if len(plan.shape) == _PLAIN_AXES:
        page.add("    - GRU: 32", "a row is a sequence: of its steps the last output")
    elif len(plan.shape) > _IMAGE_AXES:
        page.add("    - Flatten")
    for units in recipe.units:
        page.add(f"    - {as_item(dense(units, 'relu', recipe))}")
        if recipe.dropout:
            page.add(f"    - Dropout: {recipe.dropout}")
    write_end(page, plan.learned, recipe)
    write_fit(page, recipe, is_rare=plan.learned.is_rare)


def _label(rows: dict[str, ArrayHeader], labels: Sequence[str], typed: Path) -> str:
    if len(labels) > 1:
        message = "of an .npz file one array has the labels"
        raise RunError(message, hint="name one with --labels")
    for name in labels:
        if name not in rows:
            meant = did_you_mean([nearest(name, rows)])
            message = f"{typed.name} has no array {shown(name)} of labels"
            raise RunError(message, hint=f"{meant} it holds {choices(rows)}".lstrip())
        return name
    usual = [name for name in _LABELS if name in rows]
    if usual:
        return usual[0]
    if not rows:
        message = f"{typed.name} holds no arrays of numbers or texts"
        raise RunError(message, hint="save them with numpy.savez(file, x=..., y=...)")
    likely = min(rows, key=lambda name: rows[name].size)
    command = command_line("init", "--data", typed, "--labels", likely)
    message = f"{typed.name} holds {_shapes(rows)}: which are the labels?"
    raise RunError(message, hint=f"write {command}")


def _shapes(headers: dict[str, ArrayHeader]) -> str:
    return ", ".join(f"{name} {list(one.shape)}" for name, one in headers.items())


def _headers(file: Path) -> dict[str, ArrayHeader]:
    hint = "save it again with numpy.savez(file, x=..., y=...)"
    try:
        with zipfile.ZipFile(file) as archive:
            found = {}
            for name in archive.namelist():
                with archive.open(name) as stream:
                    header = read_array_header(stream)
                if header is not None:
                    found[name.removesuffix(".npy")] = header
            return found
    except (OSError, zipfile.BadZipFile, EOFError, NotImplementedError) as error:
        raise RunError(f"{file.name} is damaged or no .npz file", hint=hint) from error


def _array(file: Path, name: str) -> NDArray[np.generic]:
    import numpy as np

    try:
        with np.load(file, allow_pickle=False) as arrays:
            array: NDArray[np.generic] = arrays[name]
            return array
    except (OSError, ValueError, EOFError, zipfile.BadZipFile) as error:
        message = f"the array {shown(name)} of {file.name} cannot be read"
        raise RunError(message, hint="save it again with numpy.savez") from error


def _range(file: Path, name: str) -> tuple[float, float]:
    """The lowest and the highest number of some rows.

    Raises:
        RunError: there are gaps.
    """
    import numpy as np

    array = _array(file, name)
    some = array[:: max(1, len(array) // _READ)].astype("float64")
    if not np.isfinite(some).all():
        message = f"the array {shown(name)} of {file.name} has NaN or infinite numbers"
        hint = "fill them before saving; the columns of a table (CSV) are filled here"
        raise RunError(message, hint=hint)
    return float(some.min()), float(some.max())


def _learned(file: Path, name: str) -> LabelPlan:
    """What the labels are, by all of them.

    Raises:
        RunError: nothing can be learned of them.
    """
    import numpy as np

    array = _array(file, name)
    if array.dtype.kind == "S":
        array = np.char.decode(array.astype("S"), "utf-8")
    if array.ndim == _TABLE_AXES and array.shape[1] == 1:
        array = array[:, 0]
    if array.ndim > _TABLE_AXES:
        message = f"the labels {shown(name)} have the shape {list(array.shape)}"
        hint = "a label for each place is for a config by hand: see docs/models.md"
        raise RunError(message, hint=hint)
    if array.ndim == 1:
        return plan_labels([_column(name, array)], file.name)
    rows = array.sum(axis=1)
    if np.isin(array, [0, 1]).all() and (rows == 1).all():
        return plan_labels([_column(name, array.argmax(axis=1))], file.name)
    columns = [_column(f"{name}_{place}", one) for place, one in enumerate(array.T)]
    return plan_labels(columns, file.name)


def _column(name: str, array: NDArray[np.generic]) -> SampledColumn:
    import numpy as np

    values, codes = np.unique(array, return_inverse=True)
    texts = [_text(value) for value in values.tolist()]
    return SampledColumn(name, texts, codes.reshape(-1).astype("int64"))


def _text(value: object) -> str:
    if isinstance(value, bool):
        return str(value)
    is_plain = isinstance(value, float) and value % 1 == 0
    return str(int(value)) if is_plain and isinstance(value, float) else str(value)
