"""What a config says once its rows are divided into folds."""

from __future__ import annotations

from collections.abc import Mapping


def folding(values: object, folds: int) -> tuple[dict[str, object], str]:
    """What changes in a config whose rows shall be divided into folds.

    Folds stand in the place of a share that validates.

    Args:
        values: Of the config, as it was written.
        folds: So many.

    Returns:
        The changes, by path, and what folds replace; empty: nothing.
    """
    split, fit = (_section(values, *path) for path in (("data", "split"), ("fit",)))
    changes: dict[str, object] = {"data.split.folds": folds}
    replaced = ""
    if split.get("fold") is not None:
        changes["data.split.fold"] = None
    if split.get("validation"):
        changes["data.split.validation"] = 0
        replaced = f"data.split.validation: {split['validation']}"
    if fit.get("validation_split") is not None:
        changes["fit.validation_split"] = None
        replaced = f"fit.validation_split: {fit['validation_split']}"
    return changes, replaced


def _section(values: object, *path: str) -> Mapping[str, object]:
    for key in path:
        values = values.get(key) if isinstance(values, Mapping) else None
    return values if isinstance(values, Mapping) else {}
