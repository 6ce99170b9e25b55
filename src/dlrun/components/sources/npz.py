"""Rows in arrays that NumPy saved."""

from __future__ import annotations

import zipfile
from collections.abc import Mapping, Sequence
from math import prod
from pathlib import Path
from stat import S_ISREG
from typing import Annotated, ClassVar, NoReturn, TypeAlias

from typing_extensions import override

from dlrun.components.by_name import of_type, one_or_named
from dlrun.components.sources.array_header import ArrayHeader, read_array_header
from dlrun.components.sources.by_output import labelled, read_by_output
from dlrun.components.sources.features import (
    require_equal_length,
    require_equal_rows,
    require_finite,
)
from dlrun.components.sources.files import LocalPath, require
from dlrun.components.sources.source import NewRows, Source
from dlrun.components.sources.wanted import ClassLists, WantedLabels, of_output
from dlrun.components.words import choices, nearest, shown
from dlrun.data import INPUT, OUTPUT, Array, Dataset, Facts
from dlrun.data.class_names import READ_AT_MOST
from dlrun.errors import DataError
from dlrun.machine import machine_memory
from dlrun.runs.manifest import DAMAGE
from dlrun.writing import did_you_mean

_REFUSED = {
    ".npy": "it holds a single array; save both with numpy.savez(file, x=..., y=...)",
    **dict.fromkeys(
        (".pkl", ".pickle", ".joblib", ".pt", ".pth", ".mat"),
        "reading it could run a program that hides in it; save arrays with numpy.savez",
    ),
    **dict.fromkeys((".csv", ".tsv", ".txt"), "for a table write csv: {path: ...}"),
}
ArrayNames: TypeAlias = Annotated[
    str | Mapping[str, str], one_or_named("an input", of_type(str))
]
"""The name of an array, or that for each input."""
LabelArrays: TypeAlias = Annotated[
    str | Mapping[str, str], one_or_named("an output", of_type(str))
]
"""The name of an array, or that for each output."""


class Npz(Source):
    """Arrays in an `.npz` file of NumPy; a row is identified by its number, from 0."""

    key: ClassVar[str] = "npz"
    may_lack_labels: ClassVar[bool] = True
    example: ClassVar[str] = "{path: data.npz}"
    unlabelled_example: ClassVar[str] = "{path: more.npz, labels: null}"
    synonyms: ClassVar[tuple[str, ...]] = ("numpy",)
    takes_outputs: ClassVar[bool] = True
    endings: ClassVar[frozenset[str]] = frozenset({".npz"})

    path: LocalPath
    """The file."""
    features: ArrayNames = "x"
    """The name of the array of features: `(samples, ...)`; for several inputs a mapping
    of their names to those of their arrays."""
    labels: LabelArrays | None = "y"
    """The name of the array of labels; for several outputs a mapping of their names to
    those of their arrays; `None`: unlabelled."""

    @override
    def describe(self) -> Facts:
        headers = self._headers()
        shapes = {name: headers[array].shape for name, array in self._arrays().items()}
        rows = require_equal_rows(
            self, {name: shape[0] for name, shape in shapes.items()}
        )
        labels = {
            name: headers[array].shape for name, array in self._label_arrays().items()
        }
        for name, shape in labels.items():
            require_equal_length(self, rows, shape[0], self._label_path(name))
        return Facts(
            row_shapes={name: shape[1:] or (1,) for name, shape in shapes.items()},
            num_rows=rows,
            label_columns={
                name: _columns(self._label_arrays()[name], shape)
                for name, shape in labels.items()
            },
            label_shapes={name: shape[1:] for name, shape in labels.items()},
            files=(self.path,),
        )

    @override
    def load(
        self,
        classes: ClassLists = None,
        *,
        task: WantedLabels,
        partly: bool = False,
    ) -> Dataset:
        facts = self.describe()
        features = {
            name: self._features(name, array) for name, array in self._arrays().items()
        }
        raw = {
            name: _in_one_axis(self._read(array))
            for name, array in self._label_arrays().items()
            if of_output(task, name) is not None
        }
        labels = read_by_output(
            self,
            raw,
            classes=classes,
            task=task,
            columns=facts.label_columns,
            partly=partly,
        )
        return labelled(features, labels)

    @override
    def find_classes(self, output: str) -> tuple[str, ...] | None:
        array = self._label_arrays().get(output)
        if array is None or self._headers()[array].size > READ_AT_MOST:
            return None
        raw = {output: _in_one_axis(self._read(array))}
        labels = read_by_output(
            self, raw, classes=None, task="classification", columns={}
        )
        return labels[output].classes

    def _features(self, name: str, array: str) -> Array:
        import numpy as np

        try:
            with np.errstate(over="ignore"):  # The check below finds what is infinite.
                features = self._read(array).astype("float32")
        except MemoryError:
            self._fail("path", f"the array {shown(array)} does not fit into memory")
        if features.ndim == 1:
            features = features.reshape(-1, 1)
        require_finite(self, features, self.place, self._path_of(name))
        return features

    def _arrays(self) -> Mapping[str, str]:
        """The array of each input."""
        stated = self.features
        return {INPUT: stated} if isinstance(stated, str) else stated

    def _label_arrays(self) -> Mapping[str, str]:
        """The array of the labels of each output."""
        stated = self.labels
        if stated is None:
            return {}
        return {OUTPUT: stated} if isinstance(stated, str) else stated

    def _label_path(self, name: str) -> tuple[str, ...]:
        """The way to what names the labels of an output."""
        return ("labels",) if isinstance(self.labels, str) else ("labels", name)

    def _path_of(self, name: str) -> tuple[str, ...]:
        """The way to what names the array of an input."""
        is_one = isinstance(self.features, str)
        return ("features",) if is_one else ("features", name)

    @property
    @override
    def is_labelled(self) -> bool:
        return self.labels is not None

    @override
    def without_labels(self) -> Npz:
        return self.model_copy(update={"labels": None})

    @override
    def labels_cure(self, facts: Facts) -> str:
        return "write labels: y, the name of an array"

    @override
    def may_share_rows(self, other: Source) -> bool:
        if not isinstance(other, Npz):
            return True
        return not set(self._arrays().values()).isdisjoint(other._arrays().values())  # noqa: SLF001 - of its own class

    @classmethod
    @override
    def of_new_rows(cls, new_rows: NewRows) -> Source:
        """The arrays of training, without labels that are not there nor needed."""
        source = super().of_new_rows(new_rows)
        names = source._label_arrays() if isinstance(source, cls) else {}  # noqa: SLF001
        has_all = all(_has_array(new_rows.file, name) for name in names.values())
        if new_rows.is_labelled or has_all:
            return source
        return source.model_copy(update={"labels": None})

    def _headers(self) -> dict[str, ArrayHeader]:
        """The header of each array that is named here.

        Raises:
            DataError: the file is no `.npz`, or an array is missing or unusable.
        """
        require(self, ("path",), self.path, S_ISREG)
        reason = _REFUSED.get(self.path.suffix.lower())
        if reason is not None:
            self._fail(
                "path", f"{self.path.name} is no .npz file", reason, "not-an-npz"
            )
        names = [(self._path_of(name), array) for name, array in self._arrays().items()]
        names += [
            (self._label_path(name), array)
            for name, array in self._label_arrays().items()
        ]
        try:
            with zipfile.ZipFile(self.path) as archive:
                there = [name.removesuffix(".npy") for name in archive.namelist()]
                return {
                    name: self._header(archive, path, name, there)
                    for path, name in names
                }
        except DAMAGE as error:
            hint = "save it again with numpy.savez(file, x=..., y=...)"
            self._fail(
                "path",
                f"{self.path.name} is damaged or no .npz file: {_said(error)}",
                hint,
            )

    def _header(
        self,
        archive: zipfile.ZipFile,
        field: Sequence[str],
        name: str,
        there: Sequence[str],
    ) -> ArrayHeader:
        if name not in there:
            meant = did_you_mean([nearest(name, there)])
            held = f"it holds {choices(there)}" if there else "it holds no arrays"
            hint = f"{meant} {held}".lstrip()
            message = f"{self.path.name} has no array {shown(name)}"
            self._fail(field, message, hint, "missing-array")
        if there.count(name) > 1:
            message = f"{self.path.name} has two arrays {shown(name)}"
            self._fail(field, message, "save each array under its own name")
        entry = archive.getinfo(f"{name}.npy")
        with archive.open(entry) as stream:
            header = read_array_header(stream)
        if header is None:
            self._fail(field, f"the array {shown(name)} in {self.path.name} is damaged")
        self._check(field, name, header)
        if header.size != entry.file_size:
            self._fail(field, f"the array {shown(name)} in {self.path.name} is damaged")
        if header.size > machine_memory():
            size = f"{header.size:,} bytes, more than the memory"
            message = f"the array {shown(name)} has {size}"
            self._fail(field, message, "save fewer rows, or smaller numbers")
        return header

    def _check(self, field: Sequence[str], name: str, header: ArrayHeader) -> None:
        """Refuse arrays that hold no rows, or no numbers."""
        are_labels = field[0] == "labels"
        allowed = "fiubUS" if are_labels else "fiub"
        if header.kind == "O":
            message = f"the array {shown(name)} holds Python objects"
            hint = "they are pickled, and could run a program; save numbers or texts"
            self._fail(field, message, hint, "pickled-array")
        if header.kind not in allowed:
            words = {"U": "text", "S": "text", "c": "complex numbers", "M": "dates"}
            message = (
                f"the array {shown(name)} holds {words.get(header.kind, 'records')}"
            )
            self._fail(field, message, "save an array of numbers", "not-a-number")
        if prod(header.shape) == 0 or not header.shape:
            message = (
                f"the array {shown(name)} has the shape {list(header.shape)}: no rows"
            )
            self._fail(field, message, "the first axis counts the samples", "no-rows")

    def _read(self, name: str) -> Array:
        import numpy as np

        try:
            with np.load(self.path, allow_pickle=False) as arrays:
                array: Array = arrays[name]
                return array
        except MemoryError:
            self._fail("path", f"the array {shown(name)} does not fit into memory")
        except DAMAGE as error:
            words = f"the array {shown(name)} in {self.path.name} is damaged"
            self._fail("path", f"{words}: {_said(error)}")

    def _fail(
        self,
        field: str | Sequence[str],
        message: str,
        hint: str | None = None,
        code: str = "not-an-npz",
    ) -> NoReturn:
        path = (field,) if isinstance(field, str) else field
        raise DataError(self.problem(*path, message=message, hint=hint, code=code))


def _in_one_axis(labels: Array) -> Array:
    """Labels of a single column without the axis of the columns."""
    return labels[:, 0] if labels.ndim == 2 and labels.shape[1] == 1 else labels


def _said(error: BaseException) -> str:
    """What an error says, on one line; some say nothing."""
    return " ".join(str(error).split()) or type(error).__name__


def _has_array(file: Path, name: str | None) -> bool:
    try:
        with zipfile.ZipFile(file) as archive:
            return f"{name}.npy" in archive.namelist()
    except DAMAGE:
        return True  # the source itself says what is wrong with the file


def _columns(name: str, shape: tuple[int, ...]) -> tuple[str, ...]:
    if len(shape) == 1 or shape[1] == 1:
        return (name,)
    return tuple(f"{name}_{index}" for index in range(shape[1]))
