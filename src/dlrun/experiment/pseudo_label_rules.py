"""Rules about pseudo-labels: what they need, and what they must not see."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from dlrun.components.sources import Source
from dlrun.components.splits import HoldoutSplit
from dlrun.components.words import choices
from dlrun.data import Facts
from dlrun.errors import ConfigPath, DataError, Problem
from dlrun.experiment.compile import CompileSpec
from dlrun.experiment.counts import waiting_schedule
from dlrun.experiment.data import DataSpec
from dlrun.experiment.experiment import has_validation
from dlrun.experiment.fit import FitSpec
from dlrun.experiment.model import ModelSpec
from dlrun.experiment.pseudo_label import PseudoLabelSpec
from dlrun.experiment.shapes import LayerShape, row_shapes_text

_SECTION: ConfigPath = ("pseudo_label",)
_UNLABELLED: ConfigPath = ("pseudo_label", "unlabelled")
_ALMOST_ALL = 1 - 1e-9


def pseudo_labels_need_validation(
    pseudo_label: PseudoLabelSpec | None, data: DataSpec, fit: FitSpec
) -> Iterator[Problem]:
    """Only rows with true labels tell whether pseudo-labels help or mislead."""
    if pseudo_label is None:
        return
    if not has_validation(data, fit):
        yield Problem(
            _SECTION,
            "pseudo-labels need validation rows: these choose the round that is kept",
            code="no-validation",
            hint="write split: {validation: 0.2} under `data`",
            on_key=True,
        )
    if fit.epochs == 0:
        yield Problem(
            ("fit", "epochs"),
            "pseudo-labels come from a model that was trained, but epochs is 0",
            code="no-epochs",
            hint="write epochs: 10, or remove pseudo_label",
        )


def pseudo_labels_need_classes(
    pseudo_label: PseudoLabelSpec | None,
    compile: CompileSpec,  # noqa: A002
) -> Iterator[Problem]:
    """A label is taken for its probability, which only some losses know."""
    if pseudo_label is None:
        return
    heads = compile.heads
    loss, what = heads[0].loss, ""
    if len(heads) > 1:
        yield Problem(
            _SECTION,
            f"pseudo-labels are for one output, but the model has {len(heads)}",
            code="several-outputs",
            hint="remove pseudo_label, or train a model of one output first",
            on_key=True,
        )
    elif loss.task != "classification":
        what = f"need classes, but `{loss.key}` is a loss for numbers"
    elif not loss.takes_probabilities:
        what = f"need probabilities, which `{loss.key}` does not give"
    if what:
        yield Problem(
            _SECTION,
            f"pseudo-labels {what}",
            code="no-classes",
            hint="remove pseudo_label, or write "
            "loss: sparse_categorical_crossentropy under `compile`",
            on_key=True,
        )


def pseudo_labels_need_one_class_per_row(
    pseudo_label: PseudoLabelSpec | None,
    compile: CompileSpec,  # noqa: A002
    model: ModelSpec,
    facts: Facts,
    layers: tuple[LayerShape, ...],
) -> Iterator[Problem]:
    """Units that are each 0 or 1 give no single class, and no single confidence."""
    if pseudo_label is None or len(compile.heads) > 1:
        return
    shapes = {layer.name: layer.output_shape for layer in layers}
    shape = shapes.get(model.output_names[-1], ()) if model.output_names else ()
    units = shape[-1] if shape else 1
    what = ""
    if len(facts.labels_of(None).shape) > 1:
        what = "a label for each place"
    elif compile.heads[0].loss.labels == "binary" and units > 1:
        what = f"{units} outputs that are each 0 or 1 by themselves"
    elif facts.labels_of(None).hold_alone:
        what = "labels that each hold or not by themselves"
    if what:
        yield Problem(
            _SECTION,
            f"pseudo-labels need one class per row, but a row has {what}",
            code="several-labels",
            hint="end the model in softmax, with loss: categorical_crossentropy",
            on_key=True,
        )


def rounds_need_a_number_of_steps(
    pseudo_label: PseudoLabelSpec | None,
    compile: CompileSpec,  # noqa: A002
) -> Iterator[Problem]:
    """Each round trains on other rows, so no one number is that of the run's steps."""
    schedule = waiting_schedule(compile)
    if pseudo_label is None or schedule is None:
        return
    yield Problem(
        ("compile", "optimizer", compile.optimizer.key, "learning_rate", schedule.key),
        "with pseudo-labels no number of steps is that of the run",
        code="no-steps",
        hint="write decay_steps: 1000, the steps of a round",
    )


def unlabelled_rows_are_there(
    pseudo_label: PseudoLabelSpec | None, data: DataSpec
) -> Iterator[Problem]:
    """`rest` needs a split that leaves rows; empty labels, a source that has them."""
    if pseudo_label is None or isinstance(pseudo_label.unlabelled, Source):
        return
    source = data.source
    if pseudo_label.unlabelled == "rest":
        # Folds refuse pseudo-labels altogether.
        has_folds = data.split is not None and data.split.folds is not None
        if not has_folds and not _leaves_rows(data.split):
            yield Problem(
                _UNLABELLED,
                "`data.split` leaves no rest: each row trains, validates or tests",
                code="no-unlabelled-rows",
                hint="write how many rows are labelled under `data`, as in "
                "split: {validation: 0.2, train: 0.1}",
            )
    elif not source.may_lack_labels:
        yield Problem(
            _SECTION,
            f"no row of `{source.key}` can be without a label",
            code="no-unlabelled-rows",
            hint="write unlabelled: rest, for rows that data.split leaves; or a source "
            f"of its own: {{{source.key}: {source.unlabelled_example}}}",
            on_key=True,
        )


def _leaves_rows(split: HoldoutSplit | None) -> bool:
    if split is None or split.train is None:
        return False
    return split.train + split.validation + split.test < _ALMOST_ALL


def unlabelled_rows_are_others(
    pseudo_label: PseudoLabelSpec | None, data: DataSpec, pool_facts: Facts
) -> Iterator[Problem]:
    """Rows that validate or test must not be trained on under another name."""
    pool = pseudo_label.unlabelled if pseudo_label is not None else None
    if not isinstance(pool, Source):
        return
    parts = {"data": data.source, "validation": data.validation, "test": data.test}
    for name, source in parts.items():
        if source is None or not _same_rows(pool, pool_facts, source):
            continue
        of = "labelled" if name == "data" else name
        hint = "write unlabelled: rest, the rows that data.split leaves"
        if name != "data":
            hint = f"name a file without the {name} rows"
        yield Problem(
            (*_UNLABELLED, pool.key),
            f"the unlabelled rows are the {of} rows of {_names(pool_facts.files)}",
            code="unlabelled-overlap",
            hint=hint,
        )


def _same_rows(pool: Source, facts: Facts, other: Source) -> bool:
    try:
        files = set(other.describe().files)
    except DataError:
        return False
    return pool.may_share_rows(other) and not files.isdisjoint(facts.files)


def _names(files: tuple[Path, ...]) -> str:
    return choices(file.name for file in files)


def unlabelled_rows_fit(
    pseudo_label: PseudoLabelSpec | None, facts: Facts, pool_facts: Facts
) -> Iterator[Problem]:
    """One model reads both: the same columns, or the same shape."""
    pool = pseudo_label.unlabelled if pseudo_label is not None else None
    if not isinstance(pool, Source):
        return
    names, found = facts.feature_names, pool_facts.feature_names
    encoded = tuple(one.column for one in facts.columns)
    names = encoded or names
    missing = [name for name in names or () if name not in (found or ())]
    if encoded and not missing:
        return  # What there is besides is not read.
    if names is not None and found is not None and set(names) != set(found):
        extra = [name for name in found if name not in names] if not encoded else []
        words = [f"lack {choices(missing)}"] * bool(missing)
        words += [f"have {choices(extra)} besides"] * bool(extra)
        listed = ", ".join(names)
        yield Problem(
            (*_UNLABELLED, pool.key),
            f"the unlabelled rows {' and '.join(words)}",
            code="other-columns",
            hint=f"write features: [{listed}]"
            if not missing
            else f"name a table with the columns {listed}",
        )
    elif facts.row_shapes is None or pool_facts.row_shapes is None:
        return
    elif dict(facts.row_shapes) != dict(pool_facts.row_shapes):
        shapes = [
            row_shapes_text(rows) for rows in (pool_facts.row_shapes, facts.row_shapes)
        ]
        yield Problem(
            (*_UNLABELLED, pool.key),
            f"an unlabelled row has the shape {shapes[0]}, a labelled one {shapes[1]}",
            code="shape-mismatch",
            hint="name rows of the same shape",
        )


def going_on_may_drift(pseudo_label: PseudoLabelSpec | None) -> Iterator[Problem]:
    """A model that goes on keeps what it has learned from wrong labels."""
    if pseudo_label is not None and pseudo_label.retrain == "continue":
        yield Problem(
            (*_SECTION, "retrain"),
            "a model that continues keeps the mistakes of earlier rounds",
            code="drift",
            hint="write retrain: scratch",
            severity="warning",
        )


PSEUDO_LABEL_RULES: tuple[Callable[..., Iterable[Problem]], ...] = (
    pseudo_labels_need_validation,
    pseudo_labels_need_classes,
    pseudo_labels_need_one_class_per_row,
    rounds_need_a_number_of_steps,
    unlabelled_rows_are_there,
    unlabelled_rows_are_others,
    unlabelled_rows_fit,
    going_on_may_drift,
)
