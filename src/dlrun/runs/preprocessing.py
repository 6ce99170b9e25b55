"""What `preprocessing.json` holds: what was learned from the train rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from dlrun.runs.reading import JsonObject

_TASKS: Mapping[str, Literal["classification", "regression"]] = {
    "classification": "classification",
    "regression": "regression",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Preprocessing:
    """How rows are prepared for the model of a run."""

    task: Literal["classification", "regression"]
    row_shape: tuple[int, ...]
    """The shape of one row as its source gives it."""
    feature_names: tuple[str, ...] | None
    """The columns in their order; None: they have no names."""
    classes: tuple[str, ...] | None
    """In the order of their numbers; None: labels are numbers."""
    one_hot: bool
    """Whether labels are encoded as a column per class."""
    scaler: Mapping[str, object] | None
    """The state of the scaler, which it alone reads; None: nothing is scaled."""

    @classmethod
    def read(cls, values: JsonObject) -> Preprocessing:
        """Read the file.

        Raises:
            RunError: A value has another type than its key.
        """
        task = values.choice("task", _TASKS)
        if task is None:
            raise values.damage("task", f"one of {', '.join(_TASKS)}")
        return cls(
            task=task,
            row_shape=values.wholes("row_shape"),
            feature_names=values.texts("feature_names")
            if values.has("feature_names")
            else None,
            classes=values.texts("classes") if values.has("classes") else None,
            one_hot=bool(values.flag("one_hot")),
            scaler=values.mapping("scaler") if values.has("scaler") else None,
        )

    def to_json(self) -> dict[str, object]:
        """The file as JSON has it."""
        names, classes = self.feature_names, self.classes
        return {
            "task": self.task,
            "row_shape": list(self.row_shape),
            "feature_names": None if names is None else list(names),
            "classes": None if classes is None else list(classes),
            "one_hot": self.one_hot,
            "scaler": None if self.scaler is None else dict(self.scaler),
        }
