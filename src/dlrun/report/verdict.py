"""The first lines of a comparison: which run is best, and what that is worth."""

from __future__ import annotations

from collections.abc import Iterator

from dlrun.report.comparison import Comparison
from dlrun.report.layout import number, one_line


def verdict(comparison: Comparison) -> Iterator[str]:
    """Say in words which run is best, and how far that can be trusted."""
    metric = one_line(comparison.metric)
    best = comparison.winner()
    if best is None or best.score.best is None:
        yield f"No run has a {metric} yet."
        return
    ties = sum(row.score.best == best.score.best for row in comparison.rows) - 1
    tied = f" (as {ties} other{'s do' if ties > 1 else ' does'})" if ties else ""
    so_far = " so far" if best.status == "running" else ""
    gap = best.score.gap_at_best
    twin = f"train_{metric.removeprefix('val_')}"
    words = f"; gap to {twin} {number(gap, signed=True)}" if gap is not None else ""
    yield (
        f"{one_line(best.run)} has the best {metric}{so_far}{tied}: "
        f"{number(best.score.best)} at epoch {best.score.best_epoch} "
        f"of {best.score.epochs}{words}."
    )
    yield from _trust(comparison)


def _trust(comparison: Comparison) -> Iterator[str]:
    """Several seeds show how much the seed alone does; one run each shows nothing."""
    groups: dict[int, list[float]] = {}
    for row in comparison.rows:
        if row.status == "finished" and row.score.best is not None:
            groups.setdefault(row.group, []).append(row.score.best)
    sizes = [len(values) for values in groups.values()]
    if sum(sizes) <= 1:
        return
    few, many = min(sizes), max(sizes)
    if many == 1:
        yield (
            "One run of each config: small differences may come from the seed alone; "
            "train with --seeds 5 to tell."
        )
        return
    spread = max(max(values) - min(values) for values in groups.values())
    each = f"{few} runs" if few == many else f"{few} to {many} runs"
    configs = f"{len(sizes)} configs, {each} of each" if len(sizes) > 1 else each
    yield (
        f"{configs}: alike but for the seed, their best "
        f"{one_line(comparison.metric)} differs by up to {number(spread)}."
    )
