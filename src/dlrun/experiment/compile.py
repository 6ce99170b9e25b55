"""`compile:`: the loss, the optimizer and the metrics, as in `Model.compile`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, ClassVar, TypeAlias, TypeGuard

from pydantic import PlainValidator

from dlrun.components.by_name import is_model_name, of_type, one_or_named
from dlrun.components.component import Component, named
from dlrun.components.fields import AsTuple
from dlrun.components.losses import Loss
from dlrun.components.metrics import Metric
from dlrun.components.optimizers import Optimizer
from dlrun.components.words import invalid, shown
from dlrun.config import Names
from dlrun.errors import ConfigPath
from dlrun.experiment.section import Section


def _called(kind: type[Component]) -> frozenset[str]:
    """What classes of a kind are called, in lower case."""
    return frozenset(name.casefold() for name in kind.types.names)


Losses: TypeAlias = Annotated[
    Loss | Mapping[str, Loss],
    one_or_named("an output", Loss.model_validate, Loss),
]
"""The loss, or that of each output."""
MetricLists: TypeAlias = Annotated[
    tuple[Metric, ...] | Mapping[str, tuple[Metric, ...]],
    one_or_named("an output", of_type(Annotated[tuple[Metric, ...], AsTuple]), Metric),
]
"""The metrics, or those of each output."""


def _weights(value: object) -> dict[str, float]:
    if isinstance(value, dict) and value and all(map(is_model_name, value)):
        weights = [float(weight) for weight in value.values() if _is_weight(weight)]
        if len(weights) == len(value):
            return dict(zip(value, weights, strict=True))
    message = "`loss_weights` must give outputs a number of at least 0, "
    hint = "write the names of outputs, as in {digit: 1.0, parity: 0.3}"
    raise invalid("wrong-type", f"{message}found {shown(value)}", hint=hint)


def _is_weight(value: object) -> TypeGuard[float]:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return is_number and 0 <= float(str(value)) < _LARGEST


_LARGEST = 3.4e38
"""The largest number that a 32-bit float can hold."""
LossWeights: TypeAlias = Annotated[dict[str, float], PlainValidator(_weights)]
"""A number for outputs by their names."""


@dataclass(frozen=True, slots=True)
class Head:
    """What is trained and measured at one output."""

    name: str | None
    """Of the output; `None`: it is the only one, and nothing is said by its name."""
    loss: Loss
    metrics: tuple[Metric, ...]

    @property
    def loss_path(self) -> ConfigPath:
        """The way to its loss in the config."""
        return ("compile", "loss", *self._below)

    @property
    def metrics_path(self) -> ConfigPath:
        """The way to its metrics in the config."""
        return ("compile", "metrics", *self._below)

    @property
    def _below(self) -> tuple[str, ...]:
        return () if self.name is None else (self.name,)

    @property
    def of(self) -> str:
        """Whose output it is, in words: nothing where there is one."""
        return "" if self.name is None else f" of `{self.name}`"

    def log_names(self) -> list[str]:
        """Its columns in the history, as Keras calls them."""
        names = [metric.log_name for metric in self.metrics]
        if self.name is None:
            return names
        return [f"{self.name}_{name}" for name in ("loss", *names)]


class CompileSpec(Section):
    """The loss, the optimizer and the metrics."""

    owner: ClassVar[str] = "compile"
    names = (
        Names(("loss",), objects=_called(Loss)),
        Names(("loss_weights",), of_objects=False),
        Names(("metrics",), objects=_called(Metric)),
    )
    cures: ClassVar[dict[str, str]] = {
        **dict.fromkeys(
            ("learning_rate", "lr"), "write optimizer: {Adam: {learning_rate: 0.001}}"
        ),
        "auto_scale_loss": "remove it; in float32 nothing needs to be scaled",
        "jit_compile": "remove it; dlrun compiles the steps",
        "run_eagerly": "remove it; dlrun compiles the steps",
        "steps_per_execution": "remove it; dlrun runs whole chunks of steps by itself",
        "weighted_metrics": "write metrics; class_weight under `fit` weighs rows",
    }

    optimizer: Optimizer = named("Adam")
    """The optimizer; by default Adam with a learning rate of 0.001."""
    loss: Losses
    """What training makes small; of several outputs a mapping by their names."""
    loss_weights: LossWeights | None = None
    """How much the loss of each of several outputs counts; by default 1."""
    metrics: MetricLists | None = None
    """What is measured beside the loss; of several outputs a mapping by their names. By
    default `accuracy` for classification."""

    @property
    def heads(self) -> tuple[Head, ...]:
        """The loss and the metrics of each output, as far as they are stated."""
        if isinstance(self.loss, Mapping):
            by_name = self.metrics if isinstance(self.metrics, Mapping) else {}
            return tuple(
                Head(name, loss, tuple(by_name.get(name, ())))
                for name, loss in self.loss.items()
            )
        stated = self.metrics if isinstance(self.metrics, tuple) else ()
        return (Head(None, self.loss, stated),)

    def head(self, output: str) -> Head:
        """The loss and the metrics of an output; of the only one, whatever its name."""
        heads = self.heads
        if len(heads) == 1:
            return heads[0]
        return next(head for head in heads if head.name == output)
