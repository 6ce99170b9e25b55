"""The defaults of a config that follow from its other values."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dlrun.components.layers import Layer
from dlrun.components.metrics import Metric
from dlrun.data import INPUT, Facts
from dlrun.experiment.counts import with_step_count
from dlrun.experiment.experiment import has_validation


def complete(sections: dict[str, Any], facts: Facts | None) -> dict[str, Any]:
    """Write out what depends on other sections: metrics, logits, monitor, shape.

    Args:
        sections: those that are valid; the result holds them, completed.
        facts: what the headers of the data tell, if they could be read.
    """
    done = dict(sections)
    if "model" in done and facts is not None and done["model"].input_shape is None:
        shapes: object = facts.row_shapes
        if facts.row_shapes is not None and list(facts.row_shapes) == [INPUT]:
            shapes = facts.row_shapes[INPUT]
        done["model"] = done["model"].model_copy(update={"input_shape": shapes})
    if "compile" in done:
        done["compile"] = _complete_compile(done["compile"], done.get("model"))
    if "compile" in done and "fit" in done:
        done["compile"] = with_step_count(done["compile"], done["fit"], facts)
    if "fit" in done and "data" in done and done["fit"].monitor is None:
        monitor = (
            "val_loss" if has_validation(done["data"], done["fit"]) else "train_loss"
        )
        done["fit"] = done["fit"].model_copy(update={"monitor": monitor})
    return done


def _complete_compile(section: Any, model: Any) -> Any:
    update: dict[str, Any] = {}
    if section.metrics is None:
        names = ["accuracy"] if section.loss.task == "classification" else []
        update["metrics"] = tuple(Metric.model_validate(name) for name in names)
    if model is not None and getattr(section.loss, "from_logits", False) is None:
        logits = last_activation(model.layers) == "linear"
        update["loss"] = section.loss.model_copy(update={"from_logits": logits})
    return section.model_copy(update=update)


def last_activation(layers: Sequence[Layer]) -> str | None:
    """The activation function behind the output of a model; `None`: not known."""
    index = output_layer(layers)
    return None if index is None else layers[index].output_activation()


def output_layer(layers: Sequence[Layer]) -> int | None:
    """The place of the layer whose activation comes out last; `None`: not known."""
    for index in reversed(range(len(layers))):
        layer = layers[index]
        if layer.enabled and not layer.passes_activation:
            return index
        if layer.from_ is not None:
            return None
    return None
