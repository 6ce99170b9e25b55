"""Rules about the names of outputs: who gives them, and what is said by their names."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence

from dlrun.components.index import is_called
from dlrun.components.sources import Source
from dlrun.components.words import choices, flow, nearest, shown
from dlrun.errors import ConfigPath, Problem
from dlrun.experiment.compile import CompileSpec
from dlrun.experiment.data import DataSpec
from dlrun.experiment.experiment import has_validation
from dlrun.experiment.fit import FitSpec
from dlrun.experiment.model import ModelSpec
from dlrun.experiment.shapes import LayerShape, behind
from dlrun.writing import did_you_mean

_COLUMN = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
_OUTPUTS: ConfigPath = ("model", "outputs")


def outputs_are_layers(model: ModelSpec) -> Iterator[Problem]:
    """An output is what a layer gives, and stands in the list once."""
    names = model.layer_names
    for index, name in enumerate(model.outputs or ()):
        path = (*_OUTPUTS, index)
        if name not in names:
            meant = nearest(name, names)
            yield Problem(
                path,
                f"no layer is called {shown(name)}",
                code="unknown-output",
                hint=f"write {meant}" if meant else f"the layers are {choices(names)}",
                label=did_you_mean([meant]),
            )
        elif name in (model.outputs or ())[:index]:
            message = f"{shown(name)} is listed twice"
            yield Problem(
                path, message, code="duplicate-output", hint="list each output once"
            )


def outputs_have_names_of_their_own(model: ModelSpec) -> Iterator[Problem]:
    """Keys that are names must not be taken for classes, columns not for others."""
    for index, name in enumerate(model.outputs or ()):
        reason = _reserved(name, several=len(model.outputs or ()) > 1)
        if reason:
            yield Problem(
                (*_OUTPUTS, index),
                f"an output cannot be called {shown(name)}: {reason}",
                code="invalid-name",
                hint=f"name the layer and the output otherwise, as in {name}_output",
            )


def _reserved(name: str, *, several: bool) -> str:
    if name.casefold() in {"bins", "input", "multi_hot", "use"} or is_called(name):
        return "the name has a meaning of its own"
    if several and name.startswith(("train_", "val_")):
        return "columns of the history begin so"
    if several and not _COLUMN.fullmatch(name):
        return "its columns in the history would be hard to write"
    return ""


def layers_lead_to_an_output(
    model: ModelSpec, layers: tuple[LayerShape, ...]
) -> Iterator[Problem]:
    """Whoever lists the outputs means every branch; Keras would drop the others."""
    if not _are_layers(model):
        return
    needed = behind(layers, model.output_names, as_written=True)
    lost = [item for item in layers if item.name not in needed]
    ends = {source for item in lost for source in item.sources}
    for item in lost:
        if item.name not in ends:
            outputs = [*model.output_names, item.name]
            yield Problem(
                ("model", "layers", item.index),
                f"nothing comes of layer {item.index + 1} (`{item.layer.key}`): "
                "no output takes it",
                code="unused-layer",
                hint="remove it, name it in `from` of a layer below, or write "
                f"outputs: {flow(outputs)}",
                severity="warning" if model.outputs is None else "error",
            )


def _are_layers(model: ModelSpec) -> bool:
    """Whether every output is a layer; else another rule has said what is wrong."""
    return set(model.layer_names).issuperset(model.output_names)


def what_is_said_by_output_names_one(
    data: DataSpec,
    model: ModelSpec,
    compile: CompileSpec,  # noqa: A002
    fit: FitSpec,
) -> Iterator[Problem]:
    """Mappings by output have its outputs as keys; of several outputs all have them."""
    outputs = model.output_names
    if not outputs or not _are_layers(model):
        return
    stated: dict[ConfigPath, object] = {
        ("compile", "loss"): compile.loss,
        ("compile", "loss_weights"): compile.loss_weights,
        ("compile", "metrics"): compile.metrics,
        ("data", "classes"): data.classes,
        ("fit", "class_weight"): fit.class_weight if fit.weighs_by_output else None,
    }
    for path, value in stated.items():
        if isinstance(value, Mapping):
            yield from _strangers(path, value, outputs)
    if isinstance(compile.loss, Mapping):
        for name in _left_out(compile.loss, outputs):
            yield _missing(("compile", "loss"), name, "no loss takes the output")
    if len(outputs) > 1:
        yield from _unnamed(stated, outputs, fit)


def _strangers(
    path: ConfigPath, value: Mapping[str, object], outputs: Sequence[str]
) -> Iterator[Problem]:
    for name in value:
        if name not in outputs:
            meant = nearest(name, outputs)
            there = f"the outputs are {choices(outputs)}"
            if len(outputs) == 1:
                there = f"the output is {outputs[0]}; name others under model.outputs"
            yield Problem(
                (*path, name),
                f"there is no output {shown(name)}",
                code="unknown-output",
                hint=f"write {meant}" if meant else there,
                label=did_you_mean([meant]),
                on_key=True,
            )


def _left_out(
    value: Collection[str] | Mapping[str, object], outputs: Sequence[str]
) -> list[str]:
    """The outputs that are not named, nor meant by a name that is misspelt."""
    meant = {nearest(name, outputs) for name in value if name not in outputs}
    return [name for name in outputs if name not in value and name not in meant]


def _missing(path: ConfigPath, name: str, words: str) -> Problem:
    return Problem(
        path,
        f"{words} {shown(name)}",
        code="unused-output",
        hint=f"add {name}: ... here, or remove it from model.outputs",
        on_key=True,
    )


def _unnamed(
    stated: Mapping[ConfigPath, object],
    outputs: Sequence[str],
    fit: FitSpec,
) -> Iterator[Problem]:
    """What must be said for each of several outputs, and is said once for all."""
    listed = choices(outputs)
    values = dict(stated) | {("fit", "class_weight"): fit.class_weight}
    if fit.weighs_by_output:
        del values["fit", "class_weight"]
    for path, value in values.items():
        if value is not None and not isinstance(value, Mapping):
            key = path[-1]
            own = value if isinstance(value, str) else "..."
            yield Problem(
                path,
                f"the model has the outputs {listed}: say which `{key}` is for",
                code="which-output",
                hint=f"write {key}: {{{outputs[0]}: {own}, {outputs[1]}: {own}}}",
                on_key=True,
            )
    if ("fit", "class_weight") in values and isinstance(fit.class_weight, dict):
        yield Problem(
            ("fit", "class_weight"),
            f"the model has the outputs {listed}: say whose classes these are",
            code="which-output",
            hint=f"write class_weight: {{{outputs[0]}: ...}}",
            on_key=True,
        )


def labels_name_the_outputs(data: DataSpec, model: ModelSpec) -> Iterator[Problem]:
    """Each output is compared with labels of its own."""
    outputs = model.output_names
    if not outputs or not _are_layers(model):
        return
    parts: dict[ConfigPath, Source | None] = {
        (): data.source,
        ("validation",): data.validation,
        ("test",): data.test,
    }
    for path, source in parts.items():
        if source is not None and source.is_labelled and source.knows_outputs:
            place: ConfigPath = ("data", *path, source.key)
            yield from _labels_name_them(place, source, outputs)


def _labels_name_them(
    place: ConfigPath, source: Source, outputs: Sequence[str]
) -> Iterator[Problem]:
    stated = source.label_outputs
    path = (*place, "labels")
    if stated is not None:
        yield from _strangers(path, dict.fromkeys(stated), outputs)
        for name in _left_out(stated, outputs):
            yield _missing(path, name, "there are no labels for the output")
    elif len(outputs) > 1:
        can = source.takes_outputs
        example = ", ".join(f"{name}: ..." for name in outputs)
        from_npz = "" if can else "take npz, whose arrays have names, and "
        yield Problem(
            path if can else place,
            f"the model has the outputs {choices(outputs)}, "
            "but a row has the labels of one",
            code="which-output",
            hint=f"{from_npz}write labels: {{{example}}}",
            on_key=True,
        )


def columns_of_the_history_differ(
    data: DataSpec,
    fit: FitSpec,
    model: ModelSpec,
    compile: CompileSpec,  # noqa: A002
) -> Iterator[Problem]:
    """Keras numbers columns of one name, and then nothing says whose they are."""
    if len(model.output_names) <= 1:
        return
    names = ["loss", *(name for head in compile.heads for name in head.log_names())]
    prefixes = ["", "train_", *(["val_"] if has_validation(data, fit) else [])]
    counts = Counter(f"{prefix}{name}" for prefix in prefixes for name in names)
    twice = [name for name, count in counts.items() if count > 1]
    if twice:
        yield Problem(
            _OUTPUTS,
            f"two columns of the history would be called {shown(twice[0])}",
            code="duplicate-name",
            hint="name an output or a metric otherwise",
        )


NAMED_OUTPUT_RULES: tuple[Callable[..., Iterable[Problem]], ...] = (
    outputs_are_layers,
    outputs_have_names_of_their_own,
    layers_lead_to_an_output,
    what_is_said_by_output_names_one,
    labels_name_the_outputs,
    columns_of_the_history_differ,
)
