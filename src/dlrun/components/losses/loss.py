"""The kind `Loss`: what training makes small, and the labels that it wants."""

from __future__ import annotations

from typing import Any, ClassVar, Self

from typing_extensions import override

from dlrun.components.keras_component import NamedInSnakeCase
from dlrun.components.label_form import LabelForm
from dlrun.data import Task


class Loss(NamedInSnakeCase, kind="loss"):
    """A number per row, small where the output is right; the loss is its mean."""

    keras_module = "losses"
    takes_probabilities: ClassVar[bool] = True
    """Whether, of classes, it compares probabilities with labels."""
    task: ClassVar[Task] = "classification"
    """What the model is trained for."""
    labels: ClassVar[LabelForm] = "number"
    """The form of the labels."""
    logits_field: ClassVar[str] = "from_logits"
    """The field that says whether outputs are before the sigmoid or softmax."""

    @property
    def asks_for_logits(self) -> bool:
        """Whether it is the last layer that says so."""
        return getattr(self, self.logits_field, False) is None

    def with_logits(self, logits: bool) -> Self:
        """The same loss, which knows it."""
        return self.model_copy(update={self.logits_field: logits})

    @override
    def keras_arguments(self) -> dict[str, Any]:
        """The arguments for the Keras class; logits that nobody decided on are none."""
        arguments = super().keras_arguments()
        if "from_logits" in arguments:
            arguments["from_logits"] = bool(arguments["from_logits"])
        return arguments
