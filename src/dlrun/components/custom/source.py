"""Rows that a function of the code of a config gives."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from numbers import Real
from typing import TYPE_CHECKING, ClassVar, Self, cast

from pydantic import PrivateAttr
from typing_extensions import override

from dlrun.components.component import raise_errors
from dlrun.components.custom.argument import make_component
from dlrun.components.custom.own_code import OwnCode
from dlrun.components.scope import current_scope
from dlrun.components.sources import Source
from dlrun.components.sources.by_output import labelled, read_by_output
from dlrun.components.sources.features import (
    require_equal_length,
    require_equal_rows,
    require_finite,
)
from dlrun.components.sources.wanted import ClassLists, WantedLabels
from dlrun.components.words import choices, invalid, nearest, shown
from dlrun.custom import code_of, is_code_allowed
from dlrun.data import INPUT, OUTPUT, Arrays, Dataset, Facts
from dlrun.data.class_names import possible_classes

if TYPE_CHECKING:
    from pydantic_core import InitErrorDetails

    from dlrun.data import Array
    from dlrun.errors import CodeError

_PAIR = 2
_KINDS = "biufUO"
"""What numpy calls numbers, texts and objects; an object is looked at."""


class Custom(OwnCode, Source):
    """The rows that a function of the code of the config returns: `(x, y)`.

    Further keys are the arguments of the function. Both of what it returns are arrays
    with a row per sample, or mappings of names of inputs and outputs to such arrays.
    """

    key: ClassVar[str] = "custom"
    example: ClassVar[str] = "{function: load}"
    unlabelled_example: ClassVar[str] = "{function: load}"
    takes_outputs: ClassVar[bool] = True

    function: str
    """The function of the file that `custom` names at the top of the config."""
    _facts: list[Facts] = PrivateAttr(default_factory=list)
    _rows: list[tuple[Arrays, Arrays]] = PrivateAttr(default_factory=list)
    """What it has returned, until it is loaded: the function may take long."""

    @classmethod
    @override
    def model_validate(cls, obj: object, **_options: object) -> Self:
        """Take the arguments of the function, which are keys of the source."""
        if cls is not Custom or not isinstance(obj, dict):
            return super().model_validate(obj)
        name = obj.get("function")
        scope = current_scope()
        functions = scope.definitions.get(cls.kind, {})
        if name is None or scope.file is None or name not in functions:
            error = _no_function(obj, name, functions)
            if error is None:
                return super().model_validate(obj)
            raise_errors(cls.key, [error])
        made = make_component(Custom, scope.file, functions[name])
        return cast("Self", made.model_validate(obj))

    @property
    @override
    def knows_outputs(self) -> bool:
        return is_code_allowed()

    @property
    @override
    def label_outputs(self) -> Collection[str] | None:
        names = tuple(self.describe().label_columns)
        return None if names == (OUTPUT,) else names

    @override
    def describe(self) -> Facts:
        if not is_code_allowed():
            return Facts(files=(self.file.path,))
        if not self._facts:
            features, labels = self._call()
            self._rows.append((features, labels))
            self._facts.append(self._described(features, labels))
        return self._facts[0]

    def _described(self, features: Arrays, labels: Arrays) -> Facts:
        return Facts(
            row_shapes={name: array.shape[1:] for name, array in features.items()},
            num_rows=len(next(iter(features.values()))),
            label_columns={
                name: _columns(name, array.shape) for name, array in labels.items()
            },
            label_shapes={name: array.shape[1:] for name, array in labels.items()},
            classes={
                name: classes
                for name, array in labels.items()
                if (classes := _classes(array)) is not None
            },
            files=(self.file.path,),
        )

    @override
    def load(
        self,
        classes: ClassLists = None,
        *,
        task: WantedLabels,
        partly: bool = False,
    ) -> Dataset:
        features, raw = self._rows.pop() if self._rows else self._call()
        columns = self._described(features, raw).label_columns
        for array in features.values():
            require_finite(self, array, self.place, ("function",))
        labels = read_by_output(
            self, raw, classes=classes, task=task, columns=columns, partly=partly
        )
        return labelled(features, labels)

    @override
    def label_path(self, row: int) -> tuple[str | int, ...]:
        return ("function",)

    def _call(self) -> tuple[Arrays, Arrays]:
        """What the function returns, as arrays by the names of inputs and outputs.

        Raises:
            CodeNotAllowedError: nobody has allowed to import it.
            CodeError: with the line where it fails, or that it returns no rows.
            DataError: it returns rows of different numbers.
        """
        import numpy as np

        function = self.found()
        with code_of(self.file, self.definition):
            returned = function(**self.given())
        if not (isinstance(returned, tuple) and len(returned) == _PAIR):
            message = f"`{self.definition.name}` returns {type(returned).__name__}"
            raise self.refused(message, "return two arrays: (x, y)")
        with code_of(self.file, self.definition):
            features, labels = (
                {
                    name: made(np.asarray(array))
                    for name, array in self._by_name(one, to).items()
                }
                for one, to, made in zip(
                    returned,
                    (INPUT, OUTPUT),
                    (self._numbers, self._in_one_axis),
                    strict=True,
                )
            )
        rows = require_equal_rows(
            self, {name: len(array) for name, array in features.items()}
        )
        for array in labels.values():
            require_equal_length(self, rows, len(array), ("function",))
        if not rows:
            raise self.refused(f"`{self.definition.name}` returns no rows")
        return features, labels

    def _by_name(self, value: object, alone: str) -> dict[str, object]:
        named = dict(value) if isinstance(value, Mapping) else {alone: value}
        if not named or not all(isinstance(name, str) and name for name in named):
            message = f"`{self.definition.name}` returns a mapping without names"
            raise self.refused(message, "return arrays by names, as texts")
        return named

    def _numbers(self, array: Array) -> Array:
        import numpy as np

        self._require_rows(array)
        with np.errstate(over="ignore"):  # It is told as a number that is not finite.
            array = array.astype("float32")
        return array.reshape(-1, 1) if array.ndim == 1 else array

    def _in_one_axis(self, labels: Array) -> Array:
        """Labels of a single column without the axis of the columns."""
        import numpy as np

        self._require_rows(labels)
        cells: Iterable[object] = labels.flat if labels.dtype == "O" else ()
        for cell in cells:
            if not isinstance(cell, str | Real | np.bool_):
                raise self._no_rows(f"labels such as {shown(cell)}")
        is_column = labels.ndim == _PAIR and labels.shape[1] == 1
        return labels[:, 0] if is_column else labels

    def _require_rows(self, array: Array) -> None:
        if not array.ndim:
            raise self._no_rows("a single value")
        if array.dtype.kind not in _KINDS:
            raise self._no_rows(f"an array of {array.dtype}")

    def _no_rows(self, what: str) -> CodeError:
        message = f"`{self.definition.name}` returns {what}"
        return self.refused(message, "return numbers or texts, one or more per row")


def _no_function(
    arguments: Mapping[str, object], name: object, functions: Mapping[str, object]
) -> InitErrorDetails | None:
    """An error for a function that is not there; `None`: its key is missing."""
    if current_scope().file is None:
        hint = "write custom: FILE.py at the left margin, which defines the function"
        error = invalid("custom", "no file of code is named", hint=hint, on_key=True)
        return {"type": error, "loc": (), "input": arguments}
    if name is None:
        return None
    meant = nearest(name, functions)
    hint = f"write {meant}" if meant else f"it defines {choices(functions)}"
    hint = hint if functions else "define it there"
    file = current_scope().file
    message = f"{file.name if file else ''} defines no function {shown(name)}"
    error = invalid("unknown-function", message, hint=hint)
    return {"type": error, "loc": ("function",), "input": name}


def _classes(labels: Array) -> tuple[str, ...] | None:
    """The classes, if labels can be some; `None`: they are numbers."""
    if labels.ndim > 1 or labels.dtype.kind == "f":
        return None
    return possible_classes(list(dict.fromkeys(labels.tolist())))


def _columns(output: str, shape: tuple[int, ...]) -> tuple[str, ...]:
    name = "label" if output == OUTPUT else output
    if len(shape) == 1 or shape[1] == 1:
        return (name,)
    return tuple(f"{name}_{index}" for index in range(shape[1]))
