"""The arrow spec -> rows: read the data, and check the config against what it holds."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from dlrun.components.sources import Source
from dlrun.data import Span
from dlrun.experiment import Experiment, recheck
from dlrun.experiment.columns import recorded_columns
from dlrun.experiment.lookup_rules import looks_numbers_up
from dlrun.experiment.own_input import spans_of_tokens
from dlrun.rows.dataset import Parts, build_dataset
from dlrun.rows.look import Look, no_look

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from dlrun.data import Array, Dataset, ImageDecoder
    from dlrun.experiment import ExperimentSpec
    from dlrun.experiment.data import DataSpec
    from dlrun.experiment.pseudo_label import PseudoLabelSpec
    from dlrun.rows.door import Door
    from dlrun.rows.shelf import RowShelf

_CHUNK = 1024
"""Rows that are looked at at once."""


def read_rows(
    experiment: Experiment,
    door: Door,
    look: Look = no_look,
    shelf: RowShelf | None = None,
) -> tuple[Experiment, Parts]:
    """Read, split, scale and encode the rows of an experiment.

    Args:
        experiment: the validated config.
        door: to Keras, for images, and for columns that it encodes.
        look: finds more warnings.
        shelf: where rows may stand that were read before; then nothing looks at them.

    Returns:
        The experiment, now checked against its classes and rows; and the rows.

    Raises:
        DataError: when rows cannot be read, or are not what they should be.
        SpecError: when the config does not fit them.
    """
    spec = experiment.spec
    wanted = spec.data.wanted(spec.compile.heads)
    data, pseudo_label = _able_to_decode(spec, door.decode_image)

    def read() -> Parts:
        given = (data, spec.fit, wanted, spec.seed, door)
        return build_dataset(*given, pseudo_label, look)

    parts = read() if shelf is None else shelf.rows(spec, wanted, read)
    sets = [
        part for part in (parts.train, parts.validation, parts.test) if part is not None
    ]
    columns = recorded_columns(spec.data, parts.preprocessing.columns)
    facts = replace(
        experiment.facts,
        row_shapes=parts.train.row_shapes,
        classes=parts.train.classes,
        label_columns={**experiment.facts.label_columns, **parts.train.label_names},
        label_shapes=_label_shapes(parts.train),
        num_rows=sum(len(part) for part in sets),
        num_train=len(parts.train),
        columns=columns,
        spans=_spans(sets, spans_of_tokens(columns))
        if looks_numbers_up(spec.model)
        else {},
    )
    return recheck(experiment, facts), parts


def _label_shapes(rows: Dataset) -> dict[str, tuple[int, ...]]:
    """The shape of the labels of a row, before classes have become vectors."""
    shapes = {}
    for name, labels in (rows.labels or {}).items():
        is_encoded = name in rows.classes and labels.dtype.kind == "f"
        shapes[name] = tuple(labels.shape[1:-1] if is_encoded else labels.shape[1:])
    return shapes


def _spans(parts: Sequence[Dataset], possible: Mapping[str, Span]) -> dict[str, Span]:
    """What the features are; of tokens what they may be."""
    spans = {
        name: _span([part.features[name] for part in parts])
        for name in parts[0].features
    }
    for name, span in possible.items():
        spans[name] = replace(span, zero_rows=spans[name].zero_rows)
    return spans


def _span(arrays: Sequence[Array]) -> Span:
    import numpy as np

    return Span(
        min(float(array.min()) for array in arrays),
        max(float(array.max()) for array in arrays),
        all(
            bool((np.mod(array[start : start + _CHUNK], 1) == 0).all())
            for array in arrays
            for start in range(0, len(array), _CHUNK)
        ),
        sum(
            int((array.reshape(len(array), -1) == 0).all(axis=1).sum())
            for array in arrays
        ),
    )


def _able_to_decode(
    spec: ExperimentSpec, decode: ImageDecoder
) -> tuple[DataSpec, PseudoLabelSpec | None]:
    """The sections that name sources, with sources that can read images."""
    stated = {
        "source": spec.data.source,
        "validation": spec.data.validation,
        "test": spec.data.test,
    }
    able = {
        key: source.decoding_with(decode)
        for key, source in stated.items()
        if source is not None
    }
    data, pseudo_label = spec.data.model_copy(update=able), spec.pseudo_label
    if pseudo_label is not None and isinstance(pseudo_label.unlabelled, Source):
        unlabelled = pseudo_label.unlabelled.decoding_with(decode)
        pseudo_label = pseudo_label.model_copy(update={"unlabelled": unlabelled})
    return data, pseudo_label
