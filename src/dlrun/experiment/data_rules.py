"""Rules about the data: labels, one place for each part, and augmentation."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace

from dlrun.components.layers import Layer, Shape
from dlrun.components.layers.axes import pad_and_crop
from dlrun.components.sources import Source
from dlrun.components.words import choices
from dlrun.data import INPUT, Facts
from dlrun.errors import ConfigPath, Problem, format_path
from dlrun.experiment.data import DataSpec
from dlrun.experiment.fit import FitSpec
from dlrun.experiment.model import ModelSpec
from dlrun.experiment.shapes import LayerShape, infer_shapes, inmost


def rows_are_labelled(data: DataSpec, facts: Facts) -> Iterator[Problem]:
    """Training, validation and test compare outputs with labels."""
    parts: dict[ConfigPath, Source | None] = {
        (): data.source,
        ("validation",): data.validation,
        ("test",): data.test,
    }
    for path, source in parts.items():
        if source is None or source.is_labelled:
            continue
        yield Problem(
            ("data", *path, source.key),
            f"the rows of `{source.key}` have no labels to learn from",
            hint=source.labels_cure(facts),
            code="missing-labels",
            on_key=True,
        )


def validation_comes_from_one_place(data: DataSpec, fit: FitSpec) -> Iterator[Problem]:
    """Validation rows are named in one of three ways; test rows in one of two."""
    split = data.split
    places: dict[ConfigPath, bool] = {
        ("data", "split", "validation"): split is not None and split.validation > 0,
        ("data", "validation"): data.validation is not None,
        ("fit", "validation_split"): fit.validation_split is not None,
    }
    places["data", "split", "column"] = split is not None and split.column is not None
    stated = [path for path, is_there in places.items() if is_there]
    for path in stated[1:]:
        first = format_path(stated[0])
        yield Problem(
            path,
            f"the validation rows are already given by `{first}`",
            code="two-validations",
            hint=f"remove {path[-1]} here, or {first}",
            on_key=True,
        )
    if fit.validation_split is not None and split is not None and split.columns:
        key = next(iter(split.columns))
        yield Problem(
            ("fit", "validation_split"),
            f"the last rows are no rows as `data.split.{key}` divides them",
            code="two-splits",
            hint="write validation under data.split in place of it",
            on_key=True,
        )
    if data.test is not None and split is not None and split.test > 0:
        yield Problem(
            ("data", "test"),
            "the test rows are already given by `data.split.test`",
            code="two-tests",
            hint="remove test here, or data.split.test",
            on_key=True,
        )


def rows_are_divided_by_columns(data: DataSpec) -> Iterator[Problem]:
    """Only tables have columns that can say how their rows are divided."""
    if data.split is None or data.source.has_columns:
        return
    for key in data.split.columns:
        yield Problem(
            ("data", "split", key),
            f"`{data.source.key}` has no columns with names to divide its rows by",
            hint=f"remove {key}, or write the rows to a table",
            code="no-columns",
        )


def gaps_are_marked_for_encoders(data: DataSpec) -> Iterator[Problem]:
    """Without encoders a gap is a mistake, whatever marks it."""
    sources = {(): data.source, ("validation",): data.validation, ("test",): data.test}
    for path, source in sources.items():
        if not data.encodes_columns and getattr(source, "missing", None) is not None:
            yield Problem(
                ("data", *path, str(source and source.key), "missing"),
                "`missing` says what marks a gap, but nothing fills gaps",
                hint="add columns under data, as in columns: {age: {impute: median}}",
                code="unused-key",
                on_key=True,
            )


def augmentation_keeps_the_shape(data: DataSpec, model: ModelSpec) -> Iterator[Problem]:
    """Train rows pass these layers, validation rows do not: both must fit the model."""
    stated = data.augment
    by_input = stated if isinstance(stated, Mapping) else {None: stated}
    shapes = model.input_shapes or {}
    for name, layers in by_input.items():
        path = ("data", "augment", *([] if name is None else [name]))
        shape = shapes.get(name) if name is not None else _only(shapes)
        yield from _augmentation(path, layers, shape)


def _only(shapes: Mapping[str, Shape]) -> Shape | None:
    return next(iter(shapes.values())) if len(shapes) == 1 else None


def _augmentation(
    place: ConfigPath, augment: tuple[Layer, ...], shape: Shape | None
) -> Iterator[Problem]:
    """The problems of the layers for one input."""
    strangers = [
        (index, layer) for index, layer in enumerate(augment) if not layer.augments
    ]
    for index, layer in strangers:
        yield Problem(
            (*place, index),
            f"`{layer.key}` does not augment data",
            code="not-augmentation",
            hint="remove it here, or move it under `model`; layers that augment are "
            "GaussianNoise, RandomFlip, RandomRotation and the like",
        )
    if shape is None or not augment or strangers:
        return
    layers, problems = infer_shapes(ModelSpec(layers=augment), {INPUT: shape})
    for problem in problems:
        yield _in_augment(problem, place)
    if not problems and layers[-1].output_shape != shape:
        out = list(layers[-1].output_shape)
        yield Problem(
            place,
            f"augmentation turns rows of {list(shape)} into {out}",
            code="augmentation-shape",
            hint=_keep_shape(augment, shape),
        )


def _in_augment(problem: Problem, place: ConfigPath) -> Problem:
    """A problem of a layer, as one of `augment`."""
    hint = problem.hint
    if problem.code == "wrong-axes":
        hint = "remove it: it changes images only; GaussianNoise fits any rows"
    message = problem.message.replace("`) ", "`) of `augment` ", 1)
    path = (*place, *problem.path[2:])
    return replace(problem, path=path, message=message, hint=hint)


def _keep_shape(layers: tuple[Layer, ...], shape: Shape) -> str:
    if any(layer.crops for layer in layers):
        return pad_and_crop(shape)
    return f"remove {choices(layer.key for layer in layers if layer.pads)}"


def crops_augment(
    model: ModelSpec, layers: tuple[LayerShape, ...]
) -> Iterator[Problem]:
    """Keras leaves images whole where nothing is trained."""
    inputs = model.input_shapes or {}
    for item in layers:
        layer, path = inmost(item.layer, item.index)
        if not layer.crops or not item.layer.enabled:
            continue
        shape, hint = inputs.get(item.sources[0]), "remove it"
        if shape is not None and layer is item.layer:
            hint = f"move it: {pad_and_crop(shape)}"
        yield Problem(
            path,
            f"`{layer.key}` cuts in training alone: the model would predict from "
            "images of another size",
            code="random-crop",
            hint=hint,
            on_key=True,
        )


def labels_of_places_stay(
    data: DataSpec, model: ModelSpec, facts: Facts
) -> Iterator[Problem]:
    """What moves the pixels of an image leaves its mask where it was."""
    if all(len(shape) <= 1 for shape in facts.label_shapes.values()):
        return
    stated = data.augment
    lists: dict[ConfigPath, tuple[Layer, ...]] = {
        ("data", "augment"): () if isinstance(stated, Mapping) else stated,
        ("model", "layers"): model.layers,
    }
    if isinstance(stated, Mapping):
        lists |= {("data", "augment", name): own for name, own in stated.items()}
    for path, layers in lists.items():
        for index, item in enumerate(layers):
            layer, _ = inmost(item, index)
            if layer.displaces and item.enabled:
                yield Problem(
                    (*path, index),
                    f"`{layer.key}` moves the pixels of an image, but not their labels",
                    code="moved-places",
                    hint="remove it; RandomContrast and GaussianNoise leave pixels "
                    "where they are",
                    on_key=True,
                )


DATA_RULES: tuple[Callable[..., Iterable[Problem]], ...] = (
    rows_are_labelled,
    validation_comes_from_one_place,
    gaps_are_marked_for_encoders,
    rows_are_divided_by_columns,
    augmentation_keeps_the_shape,
    crops_augment,
    labels_of_places_stay,
)
