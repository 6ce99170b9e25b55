"""The arrow spec -> Keras model: `build_model`."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from dlrun.components.layers import Layer, shape_text
from dlrun.custom import blamed
from dlrun.data import alone
from dlrun.engines.backend import import_keras
from dlrun.errors import BuildError, CodeError, Problem

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import keras

    from dlrun.data import Array, LabelScaler
    from dlrun.engines.units import OutputUnits
    from dlrun.experiment import Experiment, LayerShape

_Value = TypeVar("_Value")


def build_model(
    experiment: Experiment, units: Mapping[str, OutputUnits] | None = None
) -> keras.Model:
    """Build and compile the Keras model; its weights are drawn from the seed.

    Args:
        experiment: whose model it is.
        units: those of the outputs whose labels are scaled, by `units_by_output`.

    Returns:
        A plain `keras.Model`; nothing in it is dlrun's own.

    Raises:
        BuildError: when Keras refuses a layer that the spec let through.
    """
    import_keras()
    import keras

    spec = experiment.spec
    keras.utils.set_random_seed(spec.seed)
    inputs = {
        name: keras.Input(shape, name=name)
        for name, shape in experiment.input_shapes.items()
    }
    outputs = dict(inputs)
    built: dict[str, keras.Layer] = {}
    for placed in experiment.layers:
        taken = [outputs[source] for source in placed.sources]
        if not placed.layer.enabled:
            outputs[placed.name] = taken[0]
            continue
        layer = placed.layer.model_copy(update={"name": placed.name})
        shared = built.get(placed.shares or "")
        try:
            built[placed.name] = shared if shared is not None else layer.build()
            outputs[placed.name] = built[placed.name](
                taken if layer.merges else taken[0]
            )
        except (TypeError, ValueError) as error:
            raise _refused(placed, error) from error
    given = {name: outputs[name] for name in experiment.outputs}
    model = keras.Model(alone(inputs), alone(given), name=_identifier(spec.name))
    _compile(model, experiment, units or {})
    return model


def in_file_units(
    model: keras.Model, experiment: Experiment, scalers: Mapping[str, LabelScaler]
) -> keras.Model:
    """The model as it is saved: its outputs are in the units of the file.

    Args:
        model: as it was trained.
        experiment: whose model it is.
        scalers: of the outputs whose labels are scaled.

    Returns:
        A plain `keras.Model` around the same layers; without scalers the same model.
    """
    if not scalers:
        return model
    import keras

    from dlrun.engines.units import with_units

    outputs, taken = experiment.outputs, [layer.name for layer in model.layers]
    given = model.output if isinstance(model.output, dict) else {}
    shown = {name: given.get(name, model.output) for name in outputs}
    for name, scaler in by_output(experiment, scalers).items():
        shown[name] = with_units(shown[name], scaler, f"{name}_units", taken)
    saved = keras.Model(model.input, alone(shown), name=model.name)
    order = [weight.path for weight in saved.trainable_variables]
    is_same = order == [weight.path for weight in model.trainable_variables]
    _compile(saved, experiment, {}, model.optimizer if is_same else None)
    if not is_same:
        _take_state(saved, model.optimizer)
    return saved


def _take_state(saved: keras.Model, optimizer: keras.optimizers.Optimizer) -> None:
    """Give a model the state of an optimizer that knows its weights in another order.

    Keras orders layers by their distance from the outputs: one that undoes the scaling
    of one output comes between them. It finds the state of a weight by its place.
    """
    saved.optimizer.build(saved.trainable_variables)
    new, known = (
        {variable.path.partition("/")[2]: variable for variable in one.variables}
        for one in (saved.optimizer, optimizer)
    )
    for name in new.keys() & known.keys():
        new[name].assign(known[name])


def by_output(experiment: Experiment, named: Mapping[str, _Value]) -> dict[str, _Value]:
    """What is said of outputs whose labels have names, by the outputs of the model."""
    outputs = experiment.outputs
    if len(outputs) > 1:
        return {name: named[name] for name in outputs if name in named}
    return dict.fromkeys(outputs, next(iter(named.values()))) if named else {}


def unscaled(outputs: Array, scaler: LabelScaler) -> Array:
    """Outputs of a model in the units of the file, as its saved form gives them."""
    import_keras()
    from dlrun.engines.units import unscaled as in_units

    return in_units(outputs, scaler)


def units_by_output(
    experiment: Experiment, scalers: Mapping[str, LabelScaler]
) -> dict[str, OutputUnits]:
    """The units of each output of the model whose labels are scaled."""
    if not scalers:
        return {}
    import_keras()
    from dlrun.engines.units import OutputUnits

    found = by_output(experiment, scalers)
    return {name: OutputUnits(scaler) for name, scaler in found.items()}


def _refused(placed: LayerShape, error: Exception) -> CodeError | BuildError:
    """An error about a layer that Keras, or the code of a config, refuses to call."""
    if (problem := blamed(error)) is not None:
        return CodeError(problem)
    path = ("model", "layers", placed.index)
    shapes = " and ".join(shape_text(shape) for shape in placed.input_shapes)
    message = f"Keras refuses the layer `{placed.layer.key}` on an input of {shapes}"
    return BuildError(Problem(path, message, hint=str(error), code="keras-refuses"))


def _compile(
    model: keras.Model,
    experiment: Experiment,
    units: Mapping[str, OutputUnits],
    optimizer: object = None,
) -> None:
    """Give the model its optimizer, and each output its loss and metrics."""
    stated = experiment.spec.compile
    heads = {name: stated.head(name) for name in experiment.outputs}
    weights = stated.loss_weights or {}
    by_output = {name: weights.get(name, 1.0) for name in heads}
    losses = {name: head.loss.build() for name, head in heads.items()}
    metrics = {name: _metrics(experiment, name) for name in heads}
    if units:
        from dlrun.engines.units import MetricInUnits, ScaledLoss

        for name, own in units.items():
            losses[name] = ScaledLoss(losses[name])
            metrics[name] = [MetricInUnits(metric, own) for metric in metrics[name]]
    model.compile(
        optimizer=stated.optimizer.build() if optimizer is None else optimizer,
        loss=alone(losses),
        metrics=alone(metrics),
        loss_weights=by_output if weights else None,
    )


def _metrics(experiment: Experiment, output: str) -> list[object]:
    """The metrics of an output; what of them depends on the form of its labels."""
    head, shape = experiment.spec.compile.head(output), experiment.output_shapes[output]
    is_several = head.loss.labels == "binary" and not experiment.spec.data.encodes(head)
    several = is_several and bool(shape) and shape[-1] > 1
    return [metric.build_for(several_labels=several) for metric in head.metrics]


def build_augmentation(experiment: Experiment) -> dict[str, list[keras.Layer]]:
    """Build the layers that change train rows; they stay outside the model.

    Returns:
        Keras layers for each input that has some, built for its rows.
    """
    shapes = experiment.input_shapes
    augmentation = experiment.spec.data.augmentation(shapes)
    return {name: _built(layers, shapes[name]) for name, layers in augmentation.items()}


def _built(layers: Sequence[Layer], input_shape: tuple[int, ...]) -> list[keras.Layer]:
    built = []
    for layer in layers:
        keras_layer = layer.build()
        keras_layer.build((None, *input_shape))
        input_shape = layer.output_shape(input_shape)
        built.append(keras_layer)
    return built


def _identifier(name: str) -> str:
    """A name that Keras accepts for a model."""
    return "".join(char if char.isalnum() or char == "_" else "_" for char in name)
