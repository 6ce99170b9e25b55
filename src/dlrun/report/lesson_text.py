"""A lesson as text: the table, and what it says in words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from dlrun.report.layout import Column, layout, number, wrap
from dlrun.report.lesson import Lesson, LessonRow
from dlrun.statistics import Difference, Estimate

_SAME = "the same in each run"
_GAP_WORDS = {"better": "narrower", "worse": "wider"}


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
