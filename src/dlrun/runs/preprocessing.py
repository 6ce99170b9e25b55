"""What `preprocessing.json` holds: what was learned from the train rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from dlrun.runs.reading import JsonObject

_ONE_INPUT = "input"
"""The name of the one input of a model that names none; it stands in no file."""
_TASKS: Mapping[str, Literal["classification", "regression"]] = {
    "classification": "classification",
    "regression": "regression",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Preprocessing:
    """How rows are prepared for the model of a run."""

    task: Literal["classification", "regression"]
    row_shapes: Mapping[str, tuple[int, ...]]
    """The shape of one row of each input as its source gives it."""
    feature_names: tuple[str, ...] | None
    """The columns in their order; None: they have no names."""
    classes: tuple[str, ...] | None
    """In the order of their numbers; None: labels are numbers."""
    one_hot: bool
    """Whether labels are encoded as a column per class."""
    scalers: Mapping[str, Mapping[str, object]]
    """The state of the scaler of each input that is scaled; it alone reads it."""

    @classmethod
    def read(cls, values: JsonObject) -> Preprocessing:
        """Read the file.

        Raises:
            RunError: A value has another type than its key.
        """
        task = values.choice("task", _TASKS)
        if task is None:
            raise values.damage("task", f"one of {', '.join(_TASKS)}")
        named = values.object("inputs")
        inputs = [(name, named.object(name)) for name in named.values]
        inputs = inputs or [(_ONE_INPUT, values)]
        return cls(
            task=task,
            row_shapes={name: entry.wholes("row_shape") for name, entry in inputs},
            feature_names=values.texts("feature_names")
            if values.has("feature_names")
            else None,
            classes=values.texts("classes") if values.has("classes") else None,
            one_hot=bool(values.flag("one_hot")),
            scalers={
                name: entry.mapping("scaler")
                for name, entry in inputs
                if entry.has("scaler")
            },
        )

    def to_json(self) -> dict[str, object]:
        """The file as JSON has it."""
        names, classes = self.feature_names, self.classes
        inputs = {
            name: {
                "row_shape": list(shape),
                "scaler": dict(self.scalers[name]) if name in self.scalers else None,
            }
            for name, shape in self.row_shapes.items()
        }
        alone = inputs.get(_ONE_INPUT, {})
        values: dict[str, object] = {
            "task": self.task,
            "row_shape": alone.get("row_shape"),
            "feature_names": None if names is None else list(names),
            "classes": None if classes is None else list(classes),
            "one_hot": self.one_hot,
            "scaler": alone.get("scaler"),
        }
        return values if alone else values | {"inputs": inputs}
