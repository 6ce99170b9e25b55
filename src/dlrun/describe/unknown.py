"""What nobody knows of a model before code runs, or rows are read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dlrun.writing import choices

if TYPE_CHECKING:
    from dlrun.experiment import Experiment


def unknown_shapes(experiment: Experiment) -> str:
    """From which layer on shapes are not known, and what tells them."""
    name = experiment.unknown_from
    code = "" if experiment.code is None else experiment.code.name
    return f"shapes are unknown from `{name}` on: --allow-code runs {code}, which tells"


def unread_columns(experiment: Experiment) -> str:
    """Which columns become how many numbers nobody knows yet; empty: all are known."""
    names = [one.column for one in experiment.facts.columns if one.shape is None]
    if not names:
        return ""
    whose = "width" if len(names) == 1 else "widths"
    return f"the {whose} of {choices(names)} and all shapes wait for the rows"
