"""The arrow spec -> data: rows that are read, divided, scaled and encoded."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from dlrun.components.sources import Source, under
from dlrun.components.sources.wanted import ClassLists, WantedLabels
from dlrun.data import Dataset, Fold
from dlrun.errors import ConfigPath, DataError, Problem, format_path
from dlrun.experiment.input_columns import columns_by_input
from dlrun.rows.cell_problem import at_entries
from dlrun.rows.doubts import (
    division_doubts,
    doubtful_classes,
    labels_of_none,
    of_one,
)
from dlrun.rows.encoding import reading_columns
from dlrun.rows.images import ImageColumns
from dlrun.rows.label_scales import label_scales, large_numbers, require_logs
from dlrun.rows.leak import leaks
from dlrun.rows.learning import learn_columns, unseen_categories
from dlrun.rows.look import Divided, Look, no_look
from dlrun.rows.pool import (
    Pool,
    divide_by_label,
    find_pool,
    pool_warnings,
    prepare_pool,
    record_pool,
)
from dlrun.rows.preprocessing import fit_preprocessing, prepare_parts, scalers_for
from dlrun.rows.series import in_series
from dlrun.rows.splits import Division, last_rows
from dlrun.rows.windows import (
    divide_series,
    of_windows,
    require_apart,
    windows_of_parts,
    without_season,
)
from dlrun.runs import RecordedPart, RecordedSplit

if TYPE_CHECKING:
    from dlrun.components.encoders import Chain
    from dlrun.components.windows import WindowSpec
    from dlrun.experiment.data import DataSpec
    from dlrun.experiment.fit import FitSpec
    from dlrun.experiment.pseudo_label import PseudoLabelSpec
    from dlrun.rows.door import Door
    from dlrun.runs import Preprocessing


@dataclass(frozen=True, slots=True)
class Parts:
    """The rows of an experiment, ready for a model; `None`: there is no such part."""

    train: Dataset
    validation: Dataset | None
    test: Dataset | None
    preprocessing: Preprocessing
    """What was learned from train rows; `apply_preprocessing` takes it."""
    split: RecordedSplit
    """Ids and hash of the rows of each part."""
    cells_fingerprint: str
    """SHA-256 over all rows that were read, before they were divided and scaled; equal
    for all that becomes of the columns of one table."""
    images: Mapping[str, str]
    """SHA-256 over the images of each column that names some."""
    warnings: tuple[Problem, ...]
    unlabelled: Pool | None = None
    """Rows that pseudo-labels are for."""

    @property
    def fingerprint(self) -> str:
        """SHA-256 over all rows that were read, and over the images that they name."""
        return _with_images(self.cells_fingerprint, self.images)


@dataclass(frozen=True, slots=True)
class _Reading:
    """What the rows of all sources are read for."""

    data: DataSpec
    wanted: WantedLabels
    chains: tuple[Chain, ...]
    images: ImageColumns
    door: Door
    look: Look


def build_dataset(  # noqa: PLR0913, PLR0917 - what an experiment is made of
    data: DataSpec,
    fit: FitSpec,
    wanted: WantedLabels,
    seed: int,
    door: Door,
    pseudo_label: PseudoLabelSpec | None = None,
    look: Look = no_look,
) -> Parts:
    """Read the rows, divide them, and prepare them by what the train rows show.

    Args:
        data: the sources, the split, and how rows are prepared.
        fit: for `validation_split`.
        wanted: what the labels of each output are for.
        seed: which rows are drawn.
        door: to Keras, for images, and for columns that it encodes.
        pseudo_label: says which rows are unlabelled; `None`: there are none.
        look: finds more warnings.

    Raises:
        DataError: the rows cannot be read, divided, or trained on.
    """
    with at_entries(data):
        chains, able, pseudo_label = reading_columns(data, pseudo_label)
        images = ImageColumns.of(chains, door)
        reading = _Reading(able, wanted, tuple(chains), images, door, look)
        parts = _build(reading, fit, seed, pseudo_label)
        return parts if data.window is None else _in_windows(data, data.window, parts)


def _in_windows(data: DataSpec, window: WindowSpec, parts: Parts) -> Parts:
    """The windows of each part; its hash stays that of its rows."""
    rows = {"train": parts.train, "validation": parts.validation, "test": parts.test}
    ready = {name: part for name, part in rows.items() if part is not None}
    for name in ready.keys() - {"train"}:
        if getattr(data, name) is not None:
            require_apart(window, name, parts.train, ready[name])
    preprocessing = of_windows(window, parts.preprocessing)
    samples = {
        name: replace(one, label_scalers=scalers_for(preprocessing, one.labels or {}))
        for name, one in windows_of_parts(window, ready, data.split).items()
    }
    recorded = {
        name: replace(parts.split.parts[name], rows=len(one), ids=one.ids)
        for name, one in samples.items()
    }
    return replace(
        parts,
        train=samples["train"],
        validation=samples.get("validation"),
        test=samples.get("test"),
        preprocessing=preprocessing,
        split=replace(parts.split, parts=recorded),
        warnings=(*parts.warnings, *without_season(window, samples)),
    )


def _build(
    reading: _Reading, fit: FitSpec, seed: int, pseudo_label: PseudoLabelSpec | None
) -> Parts:
    data = reading.data
    partly = pseudo_label is not None and pseudo_label.unlabelled is None
    every = _load(reading, data.source, ("data",), data.classes, partly=partly)
    every, warnings = _without_warnings(every, doubtful_classes(every, data))
    read, pool = divide_by_label(every) if partly else (every, None)
    division, origins = _divide(read, data, fit, seed), _origins(data, fit)
    fold = division.fold
    parts, fingerprints = _parts(read, fold), [every.fingerprint()]
    for name, source in (("validation", data.validation), ("test", data.test)):
        if source is not None:
            own = _load_like(reading, read, source, ("data", name))
            parts[name], doubts = _without_warnings(own)
            warnings += doubts
            fingerprints.append(parts[name].fingerprint())
    _require_classes(parts["train"], origins["validation"])
    with reading.images.told_together():
        preprocessing = _learn(reading, every, parts["train"])
        ready = prepare_parts(preprocessing, parts, data, read, fold, reading.door)
    recorded = _record(parts, origins)
    warnings += [
        *division.warnings,
        *unseen_categories(preprocessing.columns, data),
        *division_doubts(read, fold, origins, data),
        *large_numbers(data, parts["train"], origins["labels"]),
        *leaks(_comparable(parts, data), origins),
        *labels_of_none(parts["train"], origins["labels"], reading.wanted),
        *reading.look(Divided(read, parts, ready, preprocessing, origins)),
    ]
    if pseudo_label is not None:
        pool = find_pool(pseudo_label, read, fold, pool, reading.images)
        recorded["unlabelled"] = record_pool(pool)
        warnings += pool_warnings(pseudo_label, pool, parts)
        pool = prepare_pool(pseudo_label, preprocessing, pool, reading.door)
    cells, images = _combined(fingerprints), reading.images.fingerprints()
    return Parts(
        train=ready["train"],
        validation=ready.get("validation"),
        test=ready.get("test"),
        preprocessing=preprocessing,
        split=RecordedSplit(
            seed=seed,
            data_sha256=_with_images(cells, images),
            sha256=_combined([recorded[name].sha256 for name in parts]),
            parts=recorded,
        ),
        cells_fingerprint=cells,
        images=images,
        warnings=tuple(warnings),
        unlabelled=pool,
    )


def _comparable(parts: Mapping[str, Dataset], data: DataSpec) -> dict[str, Dataset]:
    """The parts whose rows may be copies of train rows.

    A value of a series that comes again is none, and windows of one series are apart:
    of windows it is files of their own, whose rows no time tells apart.
    """
    window = data.window
    return {
        name: rows
        for name, rows in parts.items()
        if window is None
        or name == "train"
        or (window.time is None and getattr(data, name) is not None)
    }


def _without_warnings(
    rows: Dataset, more: Iterable[Problem] = ()
) -> tuple[Dataset, list[Problem]]:
    """Rows, and what makes it doubtful that they were read as they were meant."""
    return replace(rows, warnings=()), [*rows.warnings, *more]


def _learn(reading: _Reading, every: Dataset, train: Dataset) -> Preprocessing:
    """What the train rows show, and all rows of their categories."""
    data, chains = reading.data, reading.chains
    return fit_preprocessing(
        train,
        data.scales(every.features),
        reading.wanted,
        learn_columns(chains, every, train),
        columns_by_input(data, [chain.column for chain in chains]),
        label_scales(data, every),
    )


def _load(
    reading: _Reading,
    source: Source,
    path: ConfigPath,
    classes: ClassLists,
    *,
    partly: bool = False,
) -> Dataset:
    with under(*path):
        dataset = source.load(classes, task=reading.wanted, partly=partly)
        if dataset.labels is None:
            hint = f"add labels to {source.key}"
            problem = source.problem(
                message="there are no labels to train with",
                hint=hint,
                code="missing-labels",
            )
            raise DataError(problem)
        require_logs(reading.data, source, dataset)
        dataset = reading.images.read_of(source, dataset)
    if reading.data.window is not None:
        with under("data"):
            named = _named(reading.data.window, source, dataset)
            dataset = in_series(reading.data.window, named)
    warnings = (
        replace(warning, path=(*path, *warning.path)) for warning in dataset.warnings
    )
    return replace(dataset, warnings=tuple(warnings))


def _named(window: WindowSpec, source: Source, rows: Dataset) -> Dataset:
    """The rows with a name for their label, where it will be told from later ones."""
    if window.steps == 1:
        return rows
    known = source.describe().label_columns.items()
    return replace(rows, label_names={**dict(known), **rows.label_names})


def _load_like(
    reading: _Reading, read: Dataset, source: Source, path: ConfigPath
) -> Dataset:
    """Rows of their own for validation or test, with the classes of the train rows."""
    known = {**read.label_names, **read.classes}
    classes: ClassLists = known
    if not isinstance(reading.wanted, Mapping):
        classes = next(iter(known.values()), None)
    dataset = _load(reading, source, path, classes)
    shapes, expected = _label_shapes(dataset), _label_shapes(read)
    for name in shapes.keys() & expected.keys():
        if shapes[name] != expected[name]:
            message = (
                f"a row has labels of the shape {shapes[name]}, "
                f"but a train row {expected[name]}"
            )
            raise DataError(
                Problem((*path, source.key, "labels"), message, code="invalid-label")
            )
    return dataset


def _label_shapes(dataset: Dataset) -> dict[str, list[int]]:
    """The shape of the labels of a row, for each output."""
    labels = dataset.labels or {}
    return {name: list(array.shape[1:]) for name, array in labels.items()}


def _divide(read: Dataset, data: DataSpec, fit: FitSpec, seed: int) -> Division:
    """The rows of each part; `validation_split` takes from what the split leaves."""
    import numpy as np

    none = np.arange(0)
    division = Division(Fold(np.arange(len(read)), none, none))
    if data.split is not None:
        with under("data"):
            division = divide_series(data.split, data.window, read, seed)
    if fit.validation_split is None:
        return division
    with under("fit", "validation_split"):
        last = last_rows(division.fold.train, fit.validation_split)
    train, test = division.fold.train, division.fold.test
    return Division(Fold(train[last.train], train[last.validation], test))


def _origins(data: DataSpec, fit: FitSpec) -> dict[str, ConfigPath]:
    """What in the config gives each part its rows, and the rows their labels."""
    drawn: ConfigPath = ("data", "split") if data.split is not None else ("data",)
    last = ("fit", "validation_split") if fit.validation_split is not None else drawn
    return {
        "train": drawn,
        "validation": ("data", "validation") if data.validation is not None else last,
        "test": ("data", "test") if data.test is not None else drawn,
        "labels": ("data", data.source.key, "labels"),
    }


def _parts(read: Dataset, fold: Fold) -> dict[str, Dataset]:
    if len(fold.train) == len(read):
        return {"train": read}
    rows = {"train": fold.train, "validation": fold.validation, "test": fold.test}
    return {name: read.take(numbers) for name, numbers in rows.items() if len(numbers)}


def _require_classes(train: Dataset, origin: ConfigPath) -> None:
    """Rows of a single class teach nothing, nor do rows that do not count."""
    if train.weights is not None and not train.weights.any():
        message = f"the weights of all {len(train)} train rows are 0"
        hint = "give some rows a weight above 0"
        raise DataError(Problem(origin, message, hint=hint, code="no-weight"))
    for output in train.labels or ():
        counts = train.class_counts(output)
        present = [name for name, count in counts.items() if count]
        if len(present) == 1:
            message = f"all {len(train)} train rows are of class {present[0]}"
            hint = "divide the rows by data.split: it keeps the shares of the classes"
            message += of_one(train, output)
            raise DataError(Problem(origin, message, hint=hint, code="one-class"))


def _record(
    parts: dict[str, Dataset], origins: dict[str, ConfigPath]
) -> dict[str, RecordedPart]:
    """Which rows are in which part."""
    return {
        name: RecordedPart(
            origin=format_path(origins[name]),
            rows=len(part),
            sha256=part.fingerprint(),
            ids=part.ids,
        )
        for name, part in parts.items()
    }


def _with_images(cells: str, images: Mapping[str, str]) -> str:
    return _combined([cells, *images.values()])


def _combined(fingerprints: list[str]) -> str:
    if len(fingerprints) == 1:
        return fingerprints[0]
    return hashlib.sha256(json.dumps(fingerprints).encode()).hexdigest()
