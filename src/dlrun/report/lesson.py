"""A lesson as text: the table, and what it says in words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Literal

from dlrun.estimates import Difference, Estimate, adjusted_text, missing_text
from dlrun.studies import Lesson, LessonRow
from dlrun.writing import Column, layout, number, wrap

_SAME = "the same in each run"
_GAP_WORDS = {"better": "narrower", "worse": "wider"}


def render_lesson(lesson: Lesson, width: int | None = None) -> str:
    """Write the table of a study, and what it says in words.

    Args:
        lesson: What to write.
        width: Terminal columns for the sentences; None: no limit.
    """
    table = ["", *layout(list(_columns(lesson))), ""] if lesson.rows else []
    sentences = [line for text in _sentences(lesson) for line in wrap(text, width)]
    return "\n".join([*wrap(_title(lesson), width), *table, *sentences]) + "\n"


def _title(lesson: Lesson) -> str:
    draws = f"{lesson.seeds} seed{'' if lesson.seeds == 1 else 's'}"
    if lesson.folds:
        each = f" at each of {draws}" if lesson.seeds > 1 else ""
        draws = f"{lesson.folds} folds{each}"
    return (
        f"{lesson.name}, {draws}: each change alone, against {lesson.rows[0].variant} "
        f"of the same {'fold' if lesson.folds else 'seed'}."
        if lesson.rows
        else f"{lesson.name}: no run has a score yet."
    )


def _columns(lesson: Lesson) -> Iterator[Column]:
    rows = lesson.rows
    yield Column("variant", tuple(row.variant for row in rows))
    yield Column(lesson.heading, tuple(_estimate_text(row.score) for row in rows))
    yield Column("change", tuple(_change_text(row.score_change) for row in rows))
    yield Column("", tuple(_word(row.score_change) for row in rows))
    gap = f"loss gap at end{' (scaled)' if lesson.is_scaled else ''}"
    yield Column(gap, tuple(_estimate_text(row.gap) for row in rows))
    yield Column("change", tuple(_change_text(row.gap_change) for row in rows))
    yield Column("", tuple(_gap_word(row.gap_change) for row in rows))
    epochs = tuple(
        "-" if row.best_epoch is None else f"{row.best_epoch:g}" for row in rows
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
    return f"{value:{sign}z.3f}" if abs(value) < large else f"{value:{sign}.4g}"


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
    """The answer first: what helped, by how much, how sure; then how to read it."""
    changed = [row for row in lesson.rows[1:] if row.score_change is not None]
    if changed:
        yield from _helped(lesson, changed)
        yield from _gaps(changed)
        yield from _harmed(lesson, changed)
    if any(row.score_change.n == 1 for row in changed if row.score_change):
        yield "With one seed each, differences may come from the seed alone."
    unsure = [row for row in changed if _word(row.score_change).startswith("no ")]
    if unsure:
        yield _unsure(unsure)
    if any(row.variant == "l2" for row in changed):
        yield (
            "The loss of l2 holds its penalty, in training and validation alike, so it "
            "is higher for the same errors."
        )
    if changed:
        yield (
            "loss gap at end: validation minus train loss after the last epoch, both "
            "in inference mode. A narrower gap alone is no gain: what learns less has "
            "a small gap, too. The kept weights are those of the best epoch."
        )
        yield (
            "In brackets: the 95 % interval of the change"
            f"{adjusted_text(len(changed), ' (Holm)')}."
        )
    if changed and lesson.folds:
        yield (
            "Folds share train rows and are not independent: intervals have the "
            "corrected variance (Nadeau and Bengio, 2003)."
        )
    for name, reason in lesson.left_out.items():
        yield f"left out: {name}: {reason}"


def _helped(lesson: Lesson, changed: Sequence[LessonRow]) -> Iterator[str]:
    """What `val_accuracy is better with`: `augmentation (+0.020 [+0.004, +0.036])`."""
    claim = f"{lesson.heading} is {{}}better with"
    helped = list(_told(changed, "score_change", "better", claim))
    if helped:
        yield from helped
        return
    verb = "raise" if lesson.highest_is_best else "lower"
    text = f"No change is shown to {verb} {lesson.heading}"
    best = _largest_gain(lesson, changed)
    if best is None:
        yield f"{text}."
        return
    gain = _sized(best.variant, best.score_change)
    missing = _seeds_missing(best.score_change)
    yield f"{text}: the largest gain seen is with {gain}{missing}."


def _largest_gain(lesson: Lesson, rows: Sequence[LessonRow]) -> LessonRow | None:
    """The change with the best mean, if it is a gain and more than one seed saw it."""
    sign = 1.0 if lesson.highest_is_best else -1.0

    def gain(row: LessonRow) -> float:
        change = row.score_change
        return sign * change.mean if change is not None and change.n > 1 else 0.0

    best = max(rows, key=gain)
    return best if gain(best) > 0 else None


def _seeds_missing(change: Difference | None) -> str:
    if change is not None and change.overlap:
        return missing_text(change)
    if change is None or not change.seeds_missing:
        return ""
    plural = "s" * (change.seeds_missing != 1)
    return f"; about {change.seeds_missing} more seed{plural} would be needed to tell"


def _gaps(changed: Sequence[LessonRow]) -> Iterator[str]:
    """What narrows the gap or widens it; nothing is said of what is not shown."""
    for word, verb in (("better", "narrower"), ("worse", "wider")):
        claim = f"The loss gap at the end (overfitting) is {{}}{verb} with"
        yield from _told(changed, "gap_change", word, claim)


def _harmed(lesson: Lesson, changed: Sequence[LessonRow]) -> Iterator[str]:
    yield from _told(
        changed, "score_change", "worse", f"{lesson.heading} is {{}}worse with"
    )


def _told(
    rows: Sequence[LessonRow],
    field: Literal["score_change", "gap_change"],
    word: str,
    claim: str,
) -> Iterator[str]:
    """Which changes did something, with their sizes: the sure ones, then the probable.

    Args:
        rows: The changes.
        field: Which difference of a row it is about.
        word: What is looked for, `better` or `worse`.
        claim: The words before the changes, with a `{}` where `probably ` may stand.
    """
    sized: dict[str, list[str]] = {word: [], f"probably {word}": []}
    for row in rows:
        change = row.score_change if field == "score_change" else row.gap_change
        if change is not None and _word(change) in sized:
            sized[_word(change)].append(_sized(row.variant, change))
    sure, probable = sized.values()
    if sure:
        more = f", and probably with {_listed(probable)}" if probable else ""
        yield f"{claim.format('')} {_listed(sure)}{more}."
    elif probable:
        yield f"{claim.format('probably ')} {_listed(probable)}."


def _sized(name: str, change: Difference | None) -> str:
    """`l2 (-0.019 [-0.036, -0.001])`."""
    return f"{name} ({_change_text(change)})"


def _unsure(rows: Sequence[LessonRow]) -> str:
    """What could not be told, and what it would take."""
    changes = [row.score_change for row in rows if row.score_change is not None]
    sizes = [change.detectable for change in changes if change.detectable]
    text = f"Not shown either way: {_listed([row.variant for row in rows])}."
    if not sizes:
        return text
    least, most = _fixed(min(sizes)), _fixed(max(sizes))
    span = least if least == most else f"{least} to {most}"
    draws = max(change.n for change in changes)
    unit = "folds" if any(change.overlap for change in changes) else "seeds"
    return f"{text} With {draws} {unit} a change shows from about {span} on."


def _listed(names: Sequence[str]) -> str:
    if len(names) == 1:
        return names[0]
    return f"{', '.join(names[:-1])} and {names[-1]}"
