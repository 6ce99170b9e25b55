"""What train rows teach about preparing rows, kept and applied to any rows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, NoReturn

from dlrun.components.sources import under
from dlrun.components.sources.wanted import WantedLabels, of_output
from dlrun.components.transforms import Scaler, Scaling, one_hot
from dlrun.data import (
    INPUT,
    Array,
    Dataset,
    LabelScaler,
    only_array,
    only_name,
)
from dlrun.data.columns import column_places
from dlrun.errors import DataError, Problem
from dlrun.rows.encoding import encode_columns
from dlrun.rows.label_scales import LabelScales
from dlrun.rows.prepared import names_of, shapes_of
from dlrun.runs import PreparedColumn, PreparedOutput, Preprocessing

if TYPE_CHECKING:
    from dlrun.data import Fold
    from dlrun.experiment.data import DataSpec
    from dlrun.rows.door import Door


def fit_preprocessing(
    train: Dataset,
    scales: Mapping[str, Scaling],
    wanted: WantedLabels,
    columns: Mapping[str, PreparedColumn] | None = None,
    inputs: Mapping[str, tuple[str, ...]] | None = None,
    label_scales: Mapping[str, LabelScales] | None = None,
) -> Preprocessing:
    """What must be done to rows, by what the train rows show.

    Args:
        train: the train rows.
        scales: for each input that is scaled.
        wanted: what the labels of each output are for.
        columns: how columns are encoded; `None`: features are numbers as they are.
        inputs: the columns of each input.
        label_scales: for each output whose labels are scaled, an entry per column.
    """
    shapes: Mapping[str, tuple[int, ...]] = train.row_shapes
    names = train.feature_names
    if columns:
        names = names_of(columns, inputs or {}).get(INPUT)
        shapes = shapes_of(columns, inputs or {})
    outputs, read = {}, tuple(train.columns)
    for name in train.labels or ():
        of_loss = of_output(wanted, name)
        outputs[name] = PreparedOutput(
            task="regression" if of_loss == "regression" else "classification",
            classes=train.classes.get(name),
            one_hot=of_loss == "one_hot",
            label_names=train.label_names.get(name),
            label_scaler=_learn_labels(train, name, (label_scales or {}).get(name)),
        )
    return Preprocessing(
        row_shapes=shapes,
        feature_names=names,
        scalers={
            name: Scaler.fit(scale, train.features[name]).state()
            for name, scale in scales.items()
        },
        outputs=outputs,
        columns=columns or {},
        input_columns=inputs or {} if columns else {},
        table_columns=read if columns and read != tuple(columns) else (),
    )


def apply_preprocessing(
    preprocessing: Preprocessing, dataset: Dataset, door: Door
) -> Dataset:
    """Encode columns or order them by name, scale, encode labels, as for training.

    Args:
        preprocessing: as `Parts.preprocessing` has it.
        dataset: rows as a source gives them, loaded with the classes of
            `preprocessing`; labels may be missing.
        door: to Keras, for columns that it encodes.

    Raises:
        DataError: the rows have other columns, another shape, or cells that cannot be
            encoded.
    """
    if preprocessing.columns:
        ordered = encode_columns(
            preprocessing.columns, preprocessing.input_columns, dataset, door
        )
    else:
        ordered = _in_order(preprocessing, dataset)
    features, labels = dict(ordered.features), ordered.labels
    for name, state in preprocessing.scalers.items():
        features[name] = Scaler.from_state(state).apply(features[name])
    if labels is not None:
        labels = {
            name: _encoded(preprocessing.outputs.get(name), array)
            for name, array in labels.items()
        }
    scalers = scalers_for(preprocessing, labels or {})
    return replace(ordered, features=features, labels=labels, label_scalers=scalers)


def _learn_labels(
    train: Dataset, output: str, scales: LabelScales | None
) -> dict[str, object] | None:
    """The state of the scaler of the labels of an output."""
    if scales is None or train.labels is None:
        return None
    return LabelScaler.fit(scales, train.labels[output]).state()


def label_scalers(preprocessing: Preprocessing) -> dict[str, LabelScaler]:
    """What becomes of the labels of outputs before training; those of others stay out.

    Raises:
        DataError: the state of a scaler is damaged.
    """
    return {
        name: LabelScaler.from_state(output.label_scaler)
        for name, output in preprocessing.outputs.items()
        if output.label_scaler is not None
    }


def scalers_for(
    preprocessing: Preprocessing, labels: Iterable[str]
) -> dict[str, LabelScaler]:
    """The scaler of labels, by what they are called; of one output that is open.

    Raises:
        DataError: the state of a scaler is damaged.
    """
    known, names = label_scalers(preprocessing), list(labels)
    if len(preprocessing.outputs) == len(names) == 1:
        return dict.fromkeys(names, *known.values()) if known else {}
    return {name: known[name] for name in names if name in known}


def prepare_parts(
    preprocessing: Preprocessing,
    parts: Mapping[str, Dataset],
    data: DataSpec,
    read: Dataset,
    fold: Fold,
    door: Door,
) -> dict[str, Dataset]:
    """Every part as the model takes it.

    Raises:
        DataError: with the rows of all parts that cannot be prepared.
    """
    ready: dict[str, Dataset] = {}
    problems: list[Problem] = []
    is_wrong = False
    for name, part in parts.items():
        own = name != "train" and getattr(data, name) is not None
        place = [name, getattr(data, name).key] if own else [data.source.key]
        try:
            with under("data", *place):
                ready[name] = apply_preprocessing(preprocessing, part, door)
        except DataError as error:
            problems += error.problems if own else ()
            is_wrong = is_wrong or not own
    if is_wrong:
        problems += _of_all_parts(preprocessing, data, read, fold, door)
    if problems:
        raise DataError(*problems)
    return ready


def _of_all_parts(
    preprocessing: Preprocessing,
    data: DataSpec,
    read: Dataset,
    fold: Fold,
    door: Door,
) -> tuple[Problem, ...]:
    """What is wrong with the rows of one source, told once for all parts."""
    import numpy as np

    used = np.sort(np.concatenate([fold.train, fold.validation, fold.test]))
    try:
        with under("data", data.source.key):
            apply_preprocessing(preprocessing, read.take(used), door)
    except DataError as error:
        return error.problems
    return ()


def _encoded(output: PreparedOutput | None, labels: Array) -> Array:
    """Class indices as vectors, where a loss takes such."""
    if output is None or not output.one_hot or labels.dtype.kind == "f":
        return labels
    return one_hot(labels, len(output.classes or ()))


def _in_order(preprocessing: Preprocessing, dataset: Dataset) -> Dataset:
    """The rows with their columns in the order of training."""
    expected, given = preprocessing.feature_names, dataset.feature_names
    if expected is None or given is None:
        _require_shape(preprocessing, dataset)
        return dataset
    if set(expected) != set(given):
        missing = [name for name in expected if name not in given]
        extra = [name for name in given if name not in expected]
        hints = [f"add {', '.join(missing)}"] * bool(missing)
        hints += [f"leave out {', '.join(extra)}"] * bool(extra)
        message = (
            f"expected {_columns(len(expected))} [{', '.join(expected)}], "
            f"got {len(given)} [{', '.join(given)}]"
        )
        raise DataError(
            Problem((), message, hint="; ".join(hints), code="other-columns")
        )
    if list(given) == list(expected):
        return dataset
    place_of = column_places(given)
    places = [place_of[name] for name in expected]
    features = dataset.features
    ordered = {only_name(features): only_array(features)[:, places]}
    return replace(dataset, features=ordered, feature_names=tuple(expected))


def _require_shape(preprocessing: Preprocessing, dataset: Dataset) -> None:
    shapes = dataset.row_shapes
    if set(shapes) != set(preprocessing.row_shapes):
        known, given = (sorted(names) for names in (preprocessing.row_shapes, shapes))
        message = f"expected the inputs {', '.join(known)}, got {', '.join(given)}"
        _refuse(message)
    for name, shape in preprocessing.row_shapes.items():
        expected, found = list(shape), list(shapes[name])
        if expected == found:
            continue
        of = "" if len(shapes) == 1 else f" for `{name}`"
        message = f"expected rows of the shape {expected}{of}, got {found}"
        if len(expected) == len(found) == 1:
            names = preprocessing.feature_names
            listed = f" [{', '.join(names)}]" if names else ""
            message = f"expected {_columns(expected[0])}{listed}{of}, got {found[0]}"
        _refuse(message)


def _refuse(message: str) -> NoReturn:
    hint = "give rows like those of training"
    raise DataError(Problem((), message, hint=hint, code="other-columns"))


def _columns(number: int) -> str:
    return f"{number} column{'' if number == 1 else 's'}"
