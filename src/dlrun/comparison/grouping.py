"""Runs -> groups: what each config gives over its seeds."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from dlrun.comparison.comparison import Group, Row
from dlrun.comparison.curve import quantile
from dlrun.diagnosis import tag_of
from dlrun.estimates import Estimate, estimate
from dlrun.writing import one_line

if TYPE_CHECKING:
    from dlrun.comparison.settings.difference import Setting
    from dlrun.comparison.settings.factor import Factor
    from dlrun.comparison.settings.text import Scalar

Value = Callable[[Row], float | None]


def sample(rows: Sequence[Row], value: Value) -> dict[int, float]:
    """A value per seed; runs that repeat a seed add nothing, so their mean counts once.

    Args:
        rows: The runs of a group.
        value: What to take of each; runs without it are left out.
    """
    found: dict[int, list[float]] = {}
    for row in rows:
        number = value(row)
        if number is not None:
            found.setdefault(row.pair, []).append(number)
    return {pair: math.fsum(many) / len(many) for pair, many in found.items()}


def build_group(
    rows: Sequence[Row], settings: Mapping[str, Scalar], metric: str
) -> Group:
    """Sum up the runs of one config; name, number and differences come later.

    Args:
        rows: Its runs.
        settings: What tells it from other groups, by path.
        metric: What is compared, for the test rows.
    """
    rated = [row for row in rows if row.score.best is not None]
    bare = metric.removeprefix("val_")
    judged = [row.score.judgement for row in rows if row.score.judgement]
    verdicts = Counter(one.verdict for one in judged).most_common(1)
    verdict, many = verdicts[0] if verdicts else (None, 0)
    onsets = [float(one.onset) for one in judged if one.onset is not None]
    return Group(
        number=0,
        name="",
        runs=tuple(row.run for row in rows),
        seeds=tuple(row.seed for row in rated if row.seed is not None),
        settings=settings,
        states=Counter(row.status for row in rows),
        experiment=rows[0].experiment,
        score=_estimate(rows, lambda row: row.score.best),
        train=_estimate(rows, lambda row: row.score.train_at_best),
        gap=_estimate(rows, lambda row: row.score.gap_at_best),
        gap_at_end=_estimate(rows, lambda row: row.score.gap_at_end),
        best_epoch=_median(rows, lambda row: row.score.best_epoch),
        epochs=max(row.score.epochs for row in rows),
        test=_estimate(rows, lambda row: row.test.get(bare)),
        verdict=verdict,
        verdict_runs=many,
        judged_runs=len(judged),
        onset=quantile(onsets, 0.5) if 2 * len(onsets) > len(judged) else None,
        wasted_epochs=_median(rows, lambda row: row.score.wasted_epochs),
        tag=_tag(rows, verdict, many, len(judged)),
        validation_rows=next(
            (row.validation_rows for row in rows if row.validation_rows), None
        ),
        parameters=next((one.parameters for one in rows if one.parameters), None),
        seconds_per_epoch=_median(rows, lambda row: row.score.seconds_per_epoch),
    )


def name_groups(
    members: Sequence[Sequence[Row]],
    settings: Sequence[Mapping[str, Scalar]],
    factors: Sequence[Factor],
) -> list[str]:
    """Call each group by what people call it, or by what it alone is.

    A run that stands alone keeps its name; configs of different names go by these, and
    those that share one by what differs between them, too; all others by that alone.
    """
    if all(len(rows) == 1 for rows in members):
        return [rows[0].run for rows in members]
    # What always goes together tells groups apart by its first key alone.
    leading = [factor.settings[0] for factor in factors]
    names = [{row.config_name for row in rows} for rows in members]
    single = [one.copy().pop() for one in names if len(one) == 1]
    many = Counter(single)
    if len(single) < len(members) or not all(single) or len(many) == 1 < len(members):
        return [_differing(values, leading) or "all runs" for values in settings]
    titles = []
    for name, values in zip(single, settings, strict=True):
        alike = [
            one for one, other in zip(settings, single, strict=True) if other == name
        ]
        own = [
            setting
            for setting in leading
            if any(other[setting.path] != values[setting.path] for other in alike)
        ]
        titles.append(f"{name} ({_differing(values, own)})" if own else name)
    return titles


def _differing(values: Mapping[str, Scalar], settings: Sequence[Setting]) -> str:
    return ", ".join(
        f"{setting.head}={one_line(values[setting.path])}" for setting in settings
    )


def _estimate(rows: Sequence[Row], value: Value) -> Estimate | None:
    values = sample(rows, value)
    return estimate(list(values.values())) if values else None


def _median(rows: Sequence[Row], value: Value) -> float | None:
    values = [number for row in rows if (number := value(row)) is not None]
    return quantile(values, 0.5) if values else None


def _tag(rows: Sequence[Row], verdict: str | None, many: int, judged: int) -> str:
    """`overfit@9 5/5`: the word, the median onset, and how many of the seeds agree."""
    found = [
        one
        for row in rows
        if (one := row.score.judgement) is not None and one.verdict == verdict
    ]
    if not found:
        return ""
    words = {one.tag.partition("@")[0] for one in found}
    mixed = tag_of(str(verdict))
    word = words.pop() if len(words) == 1 else mixed
    onsets = [one.onset for one in found if one.onset is not None]
    onset = f"@{quantile(onsets, 0.5):.0f}" if onsets and "@" in found[0].tag else ""
    return f"{word}{onset}" + (f" {many}/{judged}" if judged > 1 else "")


def experiments(keys: Sequence[tuple[str | None, ...]]) -> list[int]:
    """Number the things that are measured: 1 is what most runs measure.

    Args:
        keys: What must agree, per run; what is unknown agrees with the most usual.
    """
    counts = Counter(key for key in keys if None not in key)
    order = {key: rank for rank, (key, _) in enumerate(counts.most_common(), 1)}
    return [
        next((rank for other, rank in order.items() if _agree(key, other)), 1)
        for key in keys
    ]


def _agree(key: Sequence[str | None], other: Sequence[str | None]) -> bool:
    return all(one is None or one == two for one, two in zip(key, other, strict=True))


def count_repeats(members: Mapping[str, Sequence[Row]]) -> Mapping[str, int]:
    """How many runs of each group repeat a seed that it has already."""
    extra = {
        name: len(rows) - len({row.pair for row in rows})
        for name, rows in members.items()
    }
    return {name: many for name, many in extra.items() if many}
