"""The defaults of a config that follow from its other values."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dlrun.components.fields import OwnActivation
from dlrun.components.losses import Loss
from dlrun.components.metrics import Metric
from dlrun.data import INPUT, Facts
from dlrun.experiment.compile import CompileSpec
from dlrun.experiment.counts import with_step_count
from dlrun.experiment.experiment import has_validation
from dlrun.experiment.model import ModelSpec


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


def _complete_compile(section: CompileSpec, model: ModelSpec | None) -> CompileSpec:
    outputs = model.output_names if model is not None else ()
    loss, metrics = section.loss, section.metrics
    if isinstance(loss, Mapping) and tuple(loss) == outputs:
        loss = loss[outputs[0]] if len(outputs) == 1 else loss
    if isinstance(metrics, Mapping) and len(outputs) == 1 and tuple(metrics) == outputs:
        metrics = metrics[outputs[0]]
    if isinstance(loss, Mapping):
        stated = metrics if isinstance(metrics, Mapping) else {}
        if metrics is None or stated:
            known = [name for name in loss if name in outputs or not outputs]
            usual = {name: _usual_metrics(loss[name]) for name in known}
            metrics = usual | dict(stated)
        loss = {
            name: _with_logits(one, model, name if name in outputs else None)
            for name, one in loss.items()
        }
    else:
        if metrics is None and len(outputs) <= 1:  # Else the loss is a mistake.
            metrics = _usual_metrics(loss)
        loss = _with_logits(loss, model, outputs[0] if len(outputs) == 1 else None)
    return section.model_copy(update={"loss": loss, "metrics": metrics})


def _usual_metrics(loss: Loss) -> tuple[Metric, ...]:
    names = ["accuracy"] if loss.task == "classification" else []
    return tuple(Metric.model_validate(name) for name in names)


def _with_logits(loss: Loss, model: ModelSpec | None, output: str | None) -> Loss:
    """The loss, which knows whether what it gets is a probability."""
    if model is None or output is None or not loss.asks_for_logits:
        return loss
    return loss.with_logits(last_activation(model, output) == "linear")


def last_activation(model: ModelSpec, output: str) -> str | None:
    """The activation function behind an output of a model; `None`: not known."""
    index = output_layer(model, output)
    found = None if index is None else model.layers[index].output_activation()
    return None if isinstance(found, OwnActivation) else found


def output_layer(model: ModelSpec, output: str) -> int | None:
    """The place of the layer whose activation comes out; `None`: not known."""
    names = model.layer_names
    places = [index for index, name in enumerate(names) if name == output]
    start = places[-1] if places else -1
    for index in reversed(range(start + 1)):
        layer = model.layers[index]
        if layer.enabled and not layer.passes_activation:
            return index
        if layer.from_ is not None:
            return None
    return None
