"""The arrow spec -> rows: read the data, and check the config against what it holds."""

from __future__ import annotations

from dataclasses import replace

from dlrun.experiment import Experiment, recheck
from dlrun.rows.dataset import Parts, build_dataset


def read_rows(experiment: Experiment) -> tuple[Experiment, Parts]:
    """Read, split, scale and encode the rows of an experiment.

    Returns:
        The experiment, now checked against its classes and rows; and the rows.

    Raises:
        DataError: when rows cannot be read, or are not what they should be.
        SpecError: when the config does not fit them.
    """
    spec = experiment.spec
    task = spec.compile.loss.task
    parts = build_dataset(spec.data, spec.fit, task, spec.seed, spec.pseudo_label)
    read = [
        part for part in (parts.train, parts.validation, parts.test) if part is not None
    ]
    facts = replace(
        experiment.facts,
        row_shape=parts.train.row_shape,
        classes=parts.train.classes,
        num_rows=sum(len(part) for part in read),
    )
    return recheck(experiment, facts), parts
