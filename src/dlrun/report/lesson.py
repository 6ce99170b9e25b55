"""The lesson of a study: what each change did to the score and to the gap."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from dlrun.diagnosis.outcome import Outcome, read_outcome
from dlrun.errors import DlrunError
from dlrun.report.layout import Column, layout, number, wrap
from dlrun.runs import RunFolder
from dlrun.statistics import Difference, Estimate, adjust, difference, estimate

_SAME = "the same in each run"
_GAP_WORDS = {"better": "narrower", "worse": "wider"}


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

    def to_values(self) -> dict[str, Any]:
        """Plain values that JSON can hold."""
        return {
            "name": self.name,
            "metric": self.metric,
            "highest_is_best": self.highest_is_best,
            "seeds": self.seeds,
            "variants": [_row_values(row) for row in self.rows],
            "left_out": dict(self.left_out),
        }


def learn(
    name: str,
    runs: Mapping[str, Mapping[int, RunFolder]],
    sentences: Mapping[str, str],
    left_out: Mapping[str, str] | None = None,
) -> Lesson:
    """Measure each variant against the first one, seed by seed.

    Args:
        name: Of the study.
        runs: The runs of each variant by seed; the first variant is the base.
        sentences: What each variant changes.
        left_out: The variants that have no runs, each with the reason.
    """
    missing = dict(left_out or {})
    outcomes: dict[str, dict[int, Outcome]] = {}
    for variant, folders in runs.items():
        outcomes[variant] = dict(_read(folders))
        if not outcomes[variant]:
            missing.setdefault(variant, "none of its runs has a score")
    base = next(iter(outcomes.values()), {})
    shown = {variant: found for variant, found in outcomes.items() if found}
    first = next((one for found in shown.values() for one in found.values()), None)
    highest = first is None or first.highest_is_best
    scores = _changes(base, shown, "score", highest_is_best=highest)
    gaps = _changes(base, shown, "gap", highest_is_best=False)
    return Lesson(
        name=name,
        metric="val_loss" if first is None else first.metric,
        highest_is_best=highest,
        seeds=len({seed for found in shown.values() for seed in found}),
        rows=tuple(
            LessonRow(
                variant=variant,
                sentence=sentences.get(variant, ""),
                n=len(found),
                score=_estimate(found, "score"),
                score_change=scores.get(variant),
                gap=_estimate(found, "gap"),
                gap_change=gaps.get(variant),
                best_epoch=_median(found),
                tag=_tag(found),
            )
            for variant, found in shown.items()
        ),
        left_out=missing,
    )


def _read(folders: Mapping[int, RunFolder]) -> Iterator[tuple[int, Outcome]]:
    for seed, folder in folders.items():
        try:
            outcome = read_outcome(folder)
        except DlrunError:  # It is counted as missing.
            continue
        if outcome.score is not None:
            yield seed, outcome


def _changes(
    base: Mapping[int, Outcome],
    shown: Mapping[str, Mapping[int, Outcome]],
    field: str,
    *,
    highest_is_best: bool,
) -> dict[str, Difference]:
    """The change by each variant; together they claim too much once in twenty."""
    before = _sample(base, field)
    after = {name: _sample(found, field) for name, found in shown.items()}
    names = [
        name for name in after if shown[name] is not base and after[name] and before
    ]
    found = [
        difference(before, after[name], highest_is_best=highest_is_best)
        for name in names
    ]
    held = adjust(found, highest_is_best=highest_is_best)
    return dict(zip(names, held, strict=True))


def _sample(outcomes: Mapping[int, Outcome], field: str) -> dict[int, float]:
    values = {seed: getattr(one, field) for seed, one in outcomes.items()}
    return {seed: value for seed, value in values.items() if value is not None}


def _estimate(outcomes: Mapping[int, Outcome], field: str) -> Estimate | None:
    values = [*_sample(outcomes, field).values()]
    return estimate(values) if values else None


def _median(outcomes: Mapping[int, Outcome]) -> float | None:
    from statistics import median

    known = [one.best_epoch for one in outcomes.values() if one.best_epoch is not None]
    return median(known) if known else None


def _tag(outcomes: Mapping[int, Outcome]) -> str:
    tags = Counter(
        one.diagnosis.tag.partition("@")[0] for one in outcomes.values()
    ).most_common()
    return ", ".join(f"{tag} {count}/{len(outcomes)}" for tag, count in tags)


def render_lesson(lesson: Lesson, width: int | None = None) -> str:
    """Write the table of a study, and what it says in words.

    Args:
        lesson: What to write.
        width: Terminal columns for the sentences; None: no limit.
    """
    table = ["", *layout(list(_columns(lesson))), ""] if lesson.rows else []
    sentences = [line for one in _sentences(lesson) for line in wrap(one, width)]
    return "\n".join([*wrap(_title(lesson), width), *table, *sentences]) + "\n"


def _title(lesson: Lesson) -> str:
    many = f"{lesson.seeds} seed{'' if lesson.seeds == 1 else 's'}"
    return (
        f"{lesson.name}, {many}: each change alone, against {lesson.rows[0].variant} "
        "of the same seed."
        if lesson.rows
        else f"{lesson.name}: no run has a score yet."
    )


def _columns(lesson: Lesson) -> Iterator[Column]:
    rows = lesson.rows
    yield Column("variant", tuple(row.variant for row in rows))
    yield Column(lesson.metric, tuple(_estimate_text(row.score) for row in rows))
    yield Column("change", tuple(_change_text(row.score_change) for row in rows))
    yield Column("", tuple(_word(row.score_change) for row in rows))
    yield Column("gap at end", tuple(_estimate_text(row.gap) for row in rows))
    yield Column("change", tuple(_change_text(row.gap_change) for row in rows))
    yield Column("", tuple(_gap_word(row.gap_change) for row in rows))
    epochs = tuple(
        "-" if one.best_epoch is None else f"{one.best_epoch:g}" for one in rows
    )
    yield Column("best epoch", epochs, is_number=True)
    yield Column("verdict", tuple(row.tag for row in rows))


def _estimate_text(value: Estimate | None) -> str:
    if value is None:
        return "-"
    if value.half_width is None:
        return number(value.mean)
    return f"{_fixed(value.mean)} ± {_fixed(value.half_width)}"


def _change_text(value: Difference | None) -> str:
    if value is None:
        return ""
    if value.low is None or value.high is None:
        return _fixed(value.mean, sign="+")
    return (
        f"{_fixed(value.mean, sign='+')} "
        f"[{_fixed(value.low, sign='+')}, {_fixed(value.high, sign='+')}]"
    )


def _fixed(value: float, sign: str = "") -> str:
    """Three decimals; more than ten needs none of them."""
    large = 10
    return f"{value:{sign}.3f}" if abs(value) < large else f"{value:{sign}.4g}"


def _word(value: Difference | None) -> str:
    """What may be said of a change; of none at all, that."""
    if value is not None and value.low == value.high == 0:
        return _SAME
    return "" if value is None else value.word


def _gap_word(value: Difference | None) -> str:
    words = _word(value)
    for word, gap_word in _GAP_WORDS.items():
        words = words.replace(word, gap_word)
    return words


def _sentences(lesson: Lesson) -> Iterator[str]:
    """What the table says, for who has not read many such tables."""
    changed = [row for row in lesson.rows[1:] if row.score_change is not None]
    yield from _verdicts(lesson, changed)
    if any(row.score_change.n == 1 for row in changed if row.score_change):
        yield "With one seed each, differences may come from the seed alone."
    unsure = [row for row in changed if _word(row.score_change).startswith("no ")]
    if unsure:
        yield _unsure(lesson.metric, unsure)
    if any(row.variant == "l2" for row in changed):
        yield (
            "The loss of l2 holds its penalty, in training and validation alike, so it "
            "is higher for the same errors."
        )
    if changed:
        yield (
            "gap at end: validation minus train loss after the last epoch, both in "
            "inference mode. A narrower gap alone is no gain: what learns less has a "
            "small gap, too. The kept weights are those of the best epoch."
        )
        yield (
            "In brackets: the 95 % interval of the change, adjusted for "
            f"{len(changed)} comparisons (Holm)."
        )
    for name, reason in lesson.left_out.items():
        yield f"left out: {name}: {reason}"


def _verdicts(lesson: Lesson, changed: Sequence[LessonRow]) -> Iterator[str]:
    """One sentence for each change that may be called better, worse, or neither."""
    for word in ("better", "probably better", "probably worse", "worse"):
        names = [row.variant for row in changed if _word(row.score_change) == word]
        if names:
            yield f"{lesson.metric} is {word} with {_listed(names)}."
    for word in ("better", "probably better", "probably worse", "worse"):
        rows = [row for row in changed if _word(row.gap_change) == word]
        if rows:
            shown = _gap_word(rows[0].gap_change)
            yield f"The gap is {shown} with {_listed([row.variant for row in rows])}."


def _unsure(metric: str, rows: Sequence[LessonRow]) -> str:
    """What could not be told, and what it would take."""
    known = [row.score_change for row in rows if row.score_change is not None]
    seen = [one.detectable for one in known if one.detectable]
    names = _listed([row.variant for row in rows])
    text = f"No difference of {metric} is shown with {names}"
    if not seen:
        return f"{text}."
    least, most = _fixed(min(seen)), _fixed(max(seen))
    sizes = least if least == most else f"{least} to {most}"
    return f"{text}: so few seeds show it from about {sizes} on."


def _listed(names: Sequence[str]) -> str:
    if len(names) == 1:
        return names[0]
    return f"{', '.join(names[:-1])} and {names[-1]}"


def _row_values(row: LessonRow) -> dict[str, Any]:
    from dataclasses import asdict

    return asdict(row)
