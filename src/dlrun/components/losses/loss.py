"""The kind `Loss`: what training makes small, and the labels that it wants."""

from __future__ import annotations

from typing import Any, ClassVar

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

    @override
    def keras_arguments(self) -> dict[str, Any]:
        """The arguments for the Keras class; logits that nobody decided on are none."""
        arguments = super().keras_arguments()
        if "from_logits" in arguments:
            arguments["from_logits"] = bool(arguments["from_logits"])
        return arguments
