"""`compile:`: the loss, the optimizer and the metrics, as in `Model.compile`."""

from __future__ import annotations

from typing import Annotated, ClassVar

from dlrun.components.component import named
from dlrun.components.fields import AsTuple
from dlrun.components.losses import Loss
from dlrun.components.metrics import Metric
from dlrun.components.optimizers import Optimizer
from dlrun.experiment.section import Section


class CompileSpec(Section):
    """The loss, the optimizer and the metrics."""

    owner: ClassVar[str] = "compile"
    cures: ClassVar[dict[str, str]] = {
        **dict.fromkeys(
            ("learning_rate", "lr"), "write optimizer: {Adam: {learning_rate: 0.001}}"
        ),
        "auto_scale_loss": "remove it; in float32 nothing needs to be scaled",
        "jit_compile": "remove it; dlrun compiles the steps",
        "loss_weights": "remove it; a model has one loss",
        "run_eagerly": "remove it; dlrun compiles the steps",
        "steps_per_execution": "remove it; dlrun runs whole chunks of steps by itself",
        "weighted_metrics": "write metrics; class_weight under `fit` weighs rows",
    }

    optimizer: Optimizer = named("Adam")
    """The optimizer; by default Adam with a learning rate of 0.001."""
    loss: Loss
    """What training makes small."""
    metrics: Annotated[tuple[Metric, ...], AsTuple] | None = None
    """What is measured beside the loss; by default `accuracy` for classification."""
