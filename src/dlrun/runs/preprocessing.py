"""What `preprocessing.json` holds: what was learned from the train rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from dlrun.runs.reading import JsonObject

_ALONE = {"inputs": "input", "outputs": "output"}
"""What a single input and a single output are called that nobody named: it stands in no
file, and what holds of them stands in the file itself."""
_ORDER = ("task", "row_shape", "feature_names", "classes", "one_hot", "scaler")
_TASKS: Mapping[str, Literal["classification", "regression"]] = {
    "classification": "classification",
    "regression": "regression",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class PreparedOutput:
    """How the labels of one output are prepared."""

    task: Literal["classification", "regression"]
    classes: tuple[str, ...] | None = None
    """In the order of their numbers; None: labels are numbers."""
    one_hot: bool = False
    """Whether labels are encoded as a column per class."""
    label_names: tuple[str, ...] | None = None
    """What each of several labels or numbers is called; None: a row has one label, or
    nobody named them."""
    label_scaler: Mapping[str, object] | None = None
    """The state of the scaler of the labels, which alone reads it; None: the model is
    trained on them as they are."""

    @classmethod
    def read(cls, values: JsonObject) -> PreparedOutput:
        """Read it from an object of the file.

        Raises:
            RunError: A value has another type than its key.
        """
        task = values.choice("task", _TASKS)
        if task is None:
            raise values.damage("task", f"one of {', '.join(_TASKS)}")
        names = values.texts("label_names") if values.has("label_names") else None
        return cls(
            task=task,
            classes=values.texts("classes") if values.has("classes") else None,
            one_hot=bool(values.flag("one_hot")),
            label_names=names,
            label_scaler=values.mapping("label_scaler")
            if values.has("label_scaler")
            else None,
        )

    def to_json(self) -> dict[str, object]:
        """The object as JSON has it."""
        values: dict[str, object] = {
            "task": self.task,
            "classes": None if self.classes is None else list(self.classes),
            "one_hot": self.one_hot,
        }
        if self.label_names is not None:
            values["label_names"] = list(self.label_names)
        if self.label_scaler is not None:
            values["label_scaler"] = dict(self.label_scaler)
        return values


@dataclass(frozen=True, slots=True, kw_only=True)
class PreparedColumn:
    """How a column of a table is encoded."""

    encoders: tuple[Mapping[str, object], ...]
    """In their order, as a config has them: `{one_hot: {...}}`."""
    states: tuple[Mapping[str, object], ...]
    """What each has learned; it alone reads it."""
    names: tuple[str, ...]
    """What the numbers are called that the column becomes."""
    row_shape: tuple[int, ...] | None = None
    """The shape of a row, where the column makes an input of its own: its numbers have
    no names. None: it is as many numbers as there are names."""

    @classmethod
    def read(cls, values: JsonObject) -> PreparedColumn:
        """Read it from an object of the file.

        Raises:
            RunError: A value has another type than its key.
        """
        encoders, states = values.objects("encoders"), values.objects("states")
        if len(states) != len(encoders):
            raise values.damage("states", "a state for each encoder")
        return cls(
            encoders=tuple(one.values for one in encoders),
            states=tuple(one.values for one in states),
            names=values.texts("names"),
            row_shape=values.wholes("row_shape") if values.has("row_shape") else None,
        )

    def to_json(self) -> dict[str, object]:
        """The object as JSON has it."""
        shape = self.row_shape
        return {
            "encoders": [dict(one) for one in self.encoders],
            "states": [dict(one) for one in self.states],
            "names": list(self.names),
            **({} if shape is None else {"row_shape": list(shape)}),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Preprocessing:
    """How rows are prepared for the model of a run."""

    row_shapes: Mapping[str, tuple[int, ...]]
    """The shape of one row of each input before it is scaled."""
    feature_names: tuple[str, ...] | None
    """What the numbers of a row are called, in their order; None: they have no names.
    """
    scalers: Mapping[str, Mapping[str, object]]
    """The state of the scaler of each input that is scaled; it alone reads it."""
    outputs: Mapping[str, PreparedOutput]
    """How the labels of each output are prepared."""
    columns: Mapping[str, PreparedColumn] = field(default_factory=dict)
    """How columns are encoded, by their names; empty: they are numbers as they are."""
    input_columns: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """The columns of each input, in their order, where columns are encoded."""
    table_columns: tuple[str, ...] = ()
    """The columns of the table that are read, in its order; empty: as `columns`, since
    none is made of others."""

    @property
    def column_names(self) -> tuple[str, ...] | None:
        """The columns of rows as a source gives them; None: they have no names."""
        return self.table_columns or tuple(self.columns) or self.feature_names

    def renamed(self, now: Preprocessing) -> str:
        """What is called otherwise now, which no hash of numbers tells; empty: nothing.

        Args:
            now: What the same data give today.
        """
        pairs = [("columns", self.column_names, now.column_names)]
        for name, output in self.outputs.items():
            other = now.outputs.get(name)
            pairs.append(("classes", output.classes, other.classes if other else None))
            names = other.label_names if other else None
            pairs.append(("labels", output.label_names, names))
        return "".join(
            f"; its {what} were {', '.join(before)}, and are {', '.join(after or ())}"
            for what, before, after in pairs
            if before is not None and before != after
        )

    @classmethod
    def read(cls, values: JsonObject) -> Preprocessing:
        """Read the file.

        Raises:
            RunError: A value has another type than its key.
        """
        inputs, outputs = _by_name(values, "inputs"), _by_name(values, "outputs")
        columns = values.object("columns")
        return cls(
            row_shapes={
                name: entry.wholes("row_shape") for name, entry in inputs.items()
            },
            feature_names=values.texts("feature_names")
            if values.has("feature_names")
            else None,
            scalers={
                name: entry.mapping("scaler")
                for name, entry in inputs.items()
                if entry.has("scaler")
            },
            outputs={
                name: PreparedOutput.read(entry) for name, entry in outputs.items()
            },
            columns={
                name: PreparedColumn.read(columns.object(name))
                for name in columns.values
            },
            input_columns={
                name: entry.texts("input_columns")
                for name, entry in inputs.items()
                if columns.values
            },
            table_columns=values.texts("table_columns")
            if values.has("table_columns")
            else (),
        )

    def to_json(self) -> dict[str, object]:
        """The file as JSON has it."""
        names = self.feature_names
        inputs: dict[str, dict[str, object]] = {
            name: {
                "row_shape": list(shape),
                "scaler": dict(self.scalers[name]) if name in self.scalers else None,
                **_columns_of(self.input_columns, name),
            }
            for name, shape in self.row_shapes.items()
        }
        outputs = {name: output.to_json() for name, output in self.outputs.items()}
        columns = {name: column.to_json() for name, column in self.columns.items()}
        alone = {
            **outputs.pop(_ALONE["outputs"], {}),
            **inputs.pop(_ALONE["inputs"], {}),
            "feature_names": None if names is None else list(names),
        }
        return {
            **{key: alone[key] for key in _ORDER if key in alone},
            **alone,
            **({"inputs": inputs} if inputs else {}),
            **({"outputs": outputs} if outputs else {}),
            **({"columns": columns} if columns else {}),
            **({"table_columns": read} if (read := list(self.table_columns)) else {}),
        }


def _columns_of(columns: Mapping[str, tuple[str, ...]], name: str) -> dict[str, object]:
    return {"input_columns": list(columns[name])} if name in columns else {}


def _by_name(values: JsonObject, key: str) -> dict[str, JsonObject]:
    """The inputs or outputs of the file; one that has no name is the file itself."""
    named = values.object(key)
    return {name: named.object(name) for name in named.values} or {_ALONE[key]: values}
