"""What those reach who predict a series without a model, in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from statistics import fmean

from dlrun.runs import in_unit
from dlrun.writing import number


def baselines_text(
    config: Mapping[str, object],
    baselines: Mapping[str, Mapping[str, float]],
    num_rows: int | None,
) -> list[str]:
    """A line for each baseline; none where there are none.

    Args:
        config: of the run.
        baselines: loss and metrics, and over how many `rows`, by their names.
        num_rows: the rows that the model was measured on.
    """
    lines = []
    for name, figures in baselines.items():
        known = {key: value for key, value in figures.items() if key != "rows"}
        told = [in_unit(config, key, number(one)) for key, one in known.items()]
        if (rows := figures.get("rows")) is not None and rows != num_rows:
            told.append(f"of {rows:,.0f} rows")
        lines.append(f"{name}: {', '.join(told)}")
    return lines


def mean_baselines(
    folds: Sequence[Mapping[str, Mapping[str, float]]],
) -> dict[str, dict[str, float]]:
    """The means over folds of what the baselines of each of them reach.

    Args:
        folds: of each its baselines, as `baselines_text` takes them.

    Returns:
        What all folds have alone, as a mean over some says nothing beside the model's;
        `rows` are those of all folds.
    """
    if not folds:
        return {}
    return {
        name: {
            key: sum(told) if key == "rows" else fmean(told)
            for key in figures
            for told in [[one[name][key] for one in folds if key in one[name]]]
            if len(told) == len(folds)
        }
        for name, figures in folds[0].items()
        if all(name in one for one in folds)
    }
