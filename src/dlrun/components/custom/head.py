"""Losses and metrics of the code of a config."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field
from typing_extensions import override

from dlrun.components.component import snake_case
from dlrun.components.custom.own_code import OwnCode
from dlrun.components.index import keys_of, listed
from dlrun.components.label_form import LabelForm
from dlrun.components.losses import Loss
from dlrun.components.metrics.metric import Metric, MetricName
from dlrun.components.registry import classes_of
from dlrun.custom import Definition
from dlrun.data import Task

_LOGITS = "from_logits"


class OwnLoss(OwnCode, Loss, abstract=True):
    """A loss that the code of the config defines."""

    logits_field: ClassVar[str] = "logits_"
    shared: ClassVar[frozenset[str]] = frozenset({_LOGITS, "name"})

    labels_: LabelForm = Field(default="number", alias="labels")
    """The form of the labels that it takes, as Keras' own losses have one each."""
    logits_: bool | None = Field(default=None, alias=_LOGITS)
    """Whether the outputs are before the sigmoid or softmax; nothing: as the last layer
    says."""

    @classmethod
    @override
    def own_fields(cls, definition: Definition) -> dict[str, object]:
        """A class that is made of a loss of Keras takes the labels of that."""
        if definition.base not in listed(cls.kind):
            return {}
        form = classes_of(cls.kind)[definition.base].labels
        return {"labels_": (LabelForm, Field(default=form, alias="labels"))}

    @property
    @override
    def asks_for_logits(self) -> bool:
        return self.logits_ is None and self.task == "classification"

    @property
    def from_logits(self) -> bool | None:
        """Whether outputs are no probabilities; `None`: any outputs will do."""
        return self.logits_ if self._is_told else self.logits_ or None

    @property
    def _is_told(self) -> bool:
        """Whether the code has an argument that says so."""
        stated = {one.name for one in self.definition.parameters}
        of_keras = self.definition.takes_others and _LOGITS in keys_of(
            self.kind, self.definition.base
        )
        return _LOGITS in stated or of_keras

    @override
    def given(self) -> dict[str, object]:
        told = {_LOGITS: bool(self.logits_)} if self._is_told else {}
        return {**super().given(), **told}

    @property
    @override
    def labels(self) -> LabelForm:  # type: ignore[override]
        """The form of the labels."""
        return self.labels_

    @property
    @override
    def task(self) -> Task:  # type: ignore[override]
        """What the model is trained for."""
        return "regression" if self.labels_ == "number" else "classification"

    @override
    def build(self) -> object:
        return self.made(self.keras().Loss)


class OwnLossFunction(OwnLoss, abstract=True):
    """A function of labels and outputs, with a number per row."""

    num_data: ClassVar[int] = 2

    @override
    def build(self) -> object:
        # What every loss of Keras is, and Keras makes of a function; it has no name.
        wrapper = self.keras().losses.MeanSquaredError.__base__
        return wrapper(self.found(), name=self.definition.name, **self.given())


class OwnMetric(OwnCode, Metric, abstract=True):
    """A metric that the code of the config defines."""

    task = None
    accepted = ("index", "one_hot", "binary", "number")

    name: MetricName | None = None
    """Its name in the history; nothing: that of the class in snake case."""
    mode_: Literal["min", "max"] | None = Field(default=None, alias="mode")
    """Which values are better; only what is monitored has to say it."""

    @property
    @override
    def mode(self) -> Literal["min", "max"]:  # type: ignore[override]
        """Which values are better."""
        return self.mode_ or "max"

    @property
    @override
    def says_direction(self) -> bool:
        return self.mode_ is not None

    @property
    @override
    def log_name(self) -> str:
        return self.name or snake_case(self.definition.name)

    @override
    def build(self) -> object:
        keras = self.keras()
        named = {"name": self.log_name} if self.takes("name") else {}
        metric = self.made(keras.Metric, **named)
        metric.name = self.log_name  # It may take none.
        return metric


class OwnMetricFunction(OwnMetric, abstract=True):
    """A function of labels and outputs, whose mean over rows is measured."""

    num_data: ClassVar[int] = 2

    @override
    def build(self) -> object:
        return self.keras().metrics.MeanMetricWrapper(
            self.found(), name=self.log_name, **self.given()
        )
