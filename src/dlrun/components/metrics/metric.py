"""The kind `Metric`: a figure of the history that training does not act on."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal

from pydantic import AfterValidator, Field
from typing_extensions import override

from dlrun.components.component import snake_case
from dlrun.components.keras_component import NamedInSnakeCase
from dlrun.components.label_form import LabelForm
from dlrun.components.words import invalid, shown
from dlrun.data import Task

_TAKEN = ("epoch", "learning_rate", "loss", "seconds", "weights_sha256")


def _free_name(name: str) -> str:
    if name in _TAKEN or name.startswith(("train_", "val_")):
        message = f"a metric cannot be named {shown(name)}: the history uses that name"
        hint = "use another name, not beginning with train_ or val_"
        raise invalid("invalid-name", message, hint=hint)
    return name


MetricName = Annotated[
    str,
    Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$"),
    AfterValidator(_free_name),
]
"""A name for a column of the history."""


class Metric(NamedInSnakeCase, kind="metric"):
    """A figure of labels and outputs."""

    keras_module = "metrics"
    mode: ClassVar[Literal["min", "max"]] = "max"
    """Which values are better: small ones or large ones."""
    task: ClassVar[Task | None] = "classification"
    """What the model is trained for; `None`: for any."""
    accepted: ClassVar[tuple[LabelForm, ...]] = ()
    """The forms of labels that the Keras class can read."""

    @property
    def labels(self) -> tuple[LabelForm, ...]:
        """The forms of labels that it can read with its arguments."""
        return self.accepted

    @property
    def says_direction(self) -> bool:
        """Whether it is known which values are better."""
        return True

    def labels_cure(self, form: LabelForm) -> str:  # noqa: ARG002
        """What to write where labels have a form that it cannot read."""
        return "use accuracy, which takes labels of any form"

    def too_far(self, num_outputs: int) -> tuple[str, int] | None:  # noqa: ARG002
        """An argument that goes beyond the model's outputs, and its largest value."""
        return None

    @property
    def log_name(self) -> str:
        """Its name in the history."""
        return snake_case(self.key)

    def build_for(self, *, several_labels: bool) -> object:  # noqa: ARG002 - of one class
        """The Keras object for labels of some form.

        Args:
            several_labels: whether a row has several labels, each 0 or 1 by itself.
        """
        return self.build()


class KerasMetric(Metric, abstract=True):
    """A metric that is an object of Keras, so that it may bear any name."""

    keras_name: ClassVar[str] = ""
    """Keras' name in the history, where it is not the class name in snake case."""

    name: MetricName | None = None
    """Its name in the history; nothing: Keras' own, such as `mean_squared_error`."""

    @property
    @override
    def log_name(self) -> str:
        """Its name in the history."""
        return self.name or self.keras_name or super().log_name

    @override
    def too_far(self, num_outputs: int) -> tuple[str, int] | None:
        bounds = {"class_id": num_outputs - 1, "top_k": num_outputs}
        for argument, most in bounds.items():
            value = getattr(self, argument, None)
            if value is not None and value > most:
                return argument, most
        return None

    @override
    def keras_arguments(self) -> dict[str, Any]:
        """The arguments for the Keras class; logits that nobody decided on are none."""
        arguments = {**super().keras_arguments(), "name": self.log_name}
        if "from_logits" in arguments:
            arguments["from_logits"] = bool(arguments["from_logits"])
        return arguments
