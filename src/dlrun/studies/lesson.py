"""The lesson of a study: what each change did to the score and to the gap."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from statistics import fmean, median

from dlrun.errors import DlrunError
from dlrun.estimates import (
    Difference,
    Estimate,
    adjust,
    difference,
    estimate,
)
from dlrun.runs import RunFolder, label_scales_of
from dlrun.studies.outcome import Outcome, read_outcome


@dataclass(frozen=True, slots=True)
class LessonRow:
    """One variant of a study."""

    variant: str
    sentence: str
    """What it changes."""
    n: int
    """How many of its runs have a score."""
    score: Estimate | None
    score_change: Difference | None
    """Against the config as given; None for that itself."""
    gap: Estimate | None
    """Validation minus train loss at the last epoch."""
    gap_change: Difference | None
    best_epoch: float | None
    """The median."""
    tag: str
    """What most of its runs show, and how many of them: `overfit 4/5`."""


@dataclass(frozen=True, slots=True)
class Lesson:
    """What a study shows; the first row is the config as given."""

    name: str
    metric: str
    highest_is_best: bool
    seeds: int
    rows: tuple[LessonRow, ...]
    left_out: Mapping[str, str]
    """The variants that do not fit the config, or have no run, with the reason."""
    folds: int = 0
    """How many there are at each seed; 0: rows are divided once."""
    overlap: float = 0.0
    """Of folds, the rows that validate over those that train."""
    is_scaled: bool = False
    """Whether losses are those of scaled labels."""

    @property
    def heading(self) -> str:
        """What the metric is called above its numbers: `val_loss (scaled)`."""
        is_scaled = self.is_scaled and self.metric.endswith("loss")
        return f"{self.metric} (scaled)" if is_scaled else self.metric

    def to_values(self) -> dict[str, object]:
        """Plain values that JSON can hold."""
        return {
            "name": self.name,
            "metric": self.metric,
            "highest_is_best": self.highest_is_best,
            "seeds": self.seeds,
            "folds": self.folds,
            "overlap": self.overlap,
            "variants": [_row_values(row) for row in self.rows],
            "left_out": dict(self.left_out),
        }


def learn(
    name: str,
    runs: Mapping[str, Mapping[int, RunFolder]],
    sentences: Mapping[str, str],
    left_out: Mapping[str, str] | None = None,
    draws: Sequence[tuple[int, int]] | None = None,
) -> Lesson:
    """Measure each variant against the first one, seed by seed, or fold by fold.

    Args:
        name: Of the study.
        runs: The runs of each variant by the number of their draw; the first variant is
            the base.
        sentences: What each variant changes.
        left_out: The variants that have no runs, each with the reason.
        draws: Seed and fold of each number, fold 0: there are none; `None`: numbers are
            seeds.
    """
    missing = dict(left_out or {})
    outcomes: dict[str, dict[int, Outcome]] = {}
    for variant, folders in runs.items():
        outcomes[variant] = dict(_read(folders))
        if not outcomes[variant]:
            missing.setdefault(variant, "none of its runs has a score")
    base = next(iter(outcomes.values()), {})
    shown = {variant: by_seed for variant, by_seed in outcomes.items() if by_seed}
    read = (outcome for by_seed in shown.values() for outcome in by_seed.values())
    first = next(read, None)
    highest = first is None or first.highest_is_best
    folds = max((fold for _, fold in draws or ()), default=0)
    overlap = _overlap(runs) if folds else 0.0
    scores = changes_to(base, shown, "score", overlap, highest_is_best=highest)
    gaps = changes_to(base, shown, "gap", overlap, highest_is_best=False)
    met = {number for by_draw in shown.values() for number in by_draw}
    return Lesson(
        name=name,
        metric="val_loss" if first is None else first.metric,
        highest_is_best=highest,
        seeds=len({draws[number][0] if draws else number for number in met}),
        rows=tuple(
            LessonRow(
                variant=variant,
                sentence=sentences.get(variant, ""),
                n=len(by_seed),
                score=estimate_of(by_seed, "score", overlap),
                score_change=scores.get(variant),
                gap=estimate_of(by_seed, "gap", overlap),
                gap_change=gaps.get(variant),
                best_epoch=median_epoch(by_seed),
                tag=_tag(by_seed),
            )
            for variant, by_seed in shown.items()
        ),
        left_out=missing,
        folds=folds,
        overlap=overlap,
        is_scaled=any(map(has_scaled_loss, next(iter(runs.values()), {}).values())),
    )


def has_scaled_loss(folder: RunFolder) -> bool:
    """Whether the losses of a run are those of scaled labels; a damaged one is not."""
    with suppress(DlrunError):
        return label_scales_of(folder.config(), "val_loss") is not None
    return False


def _overlap(runs: Mapping[str, Mapping[int, RunFolder]]) -> float:
    """Rows that validate over rows that train, on average over the runs of folds."""
    shares = []
    for folder in (one for by_draw in runs.values() for one in by_draw.values()):
        with suppress(DlrunError):
            summary = folder.summary()
            if summary.num_train and summary.num_validation:
                shares.append(summary.num_validation / summary.num_train)
    return fmean(shares) if shares else 0.0


def _read(folders: Mapping[int, RunFolder]) -> Iterator[tuple[int, Outcome]]:
    for seed, folder in folders.items():
        try:
            outcome = read_outcome(folder)
        except DlrunError:  # It is counted as missing.
            continue
        if outcome.score is not None:
            yield seed, outcome


def changes_to(
    base: Mapping[int, Outcome],
    shown: Mapping[str, Mapping[int, Outcome]],
    field: str,
    overlap: float = 0.0,
    *,
    highest_is_best: bool,
) -> dict[str, Difference]:
    """The change by each variant; together they claim too much once in twenty.

    Args:
        base: What the others are measured against, by seed.
        shown: The outcomes of each variant by seed; the base among them has no change.
        field: Which figure of an outcome.
        overlap: Of folds, the rows that validate over those that train.
        highest_is_best: Whether more of it is better.
    """
    before = sample_of(base, field)
    after = {name: sample_of(by_seed, field) for name, by_seed in shown.items()}
    names = [
        name for name in after if shown[name] is not base and after[name] and before
    ]
    differences = [
        difference(
            before, after[name], highest_is_best=highest_is_best, overlap=overlap
        )
        for name in names
    ]
    held = adjust(differences, highest_is_best=highest_is_best)
    return dict(zip(names, held, strict=True))


def sample_of(outcomes: Mapping[int, Outcome], field: str) -> dict[int, float]:
    """A figure of outcomes by seed, where there is one."""
    values = {seed: getattr(outcome, field) for seed, outcome in outcomes.items()}
    return {seed: value for seed, value in values.items() if value is not None}


def estimate_of(
    outcomes: Mapping[int, Outcome], field: str, overlap: float = 0.0
) -> Estimate | None:
    """A figure of outcomes with its interval; None: no outcome has one."""
    values = [*sample_of(outcomes, field).values()]
    return estimate(values, overlap) if values else None


def median_epoch(outcomes: Mapping[int, Outcome]) -> float | None:
    """The median of the best epochs; None: none is known."""
    epochs = [outcome.best_epoch for outcome in outcomes.values()]
    known = [epoch for epoch in epochs if epoch is not None]
    return median(known) if known else None


def _tag(outcomes: Mapping[int, Outcome]) -> str:
    tags = Counter(
        outcome.diagnosis.tag.partition("@")[0] for outcome in outcomes.values()
    ).most_common()
    return ", ".join(f"{tag} {count}/{len(outcomes)}" for tag, count in tags)


def _row_values(row: LessonRow) -> dict[str, object]:
    from dataclasses import asdict

    return asdict(row)
