"""What was left of the gain of a search, in sentences and a table."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from dlrun.estimates import change_text, mean_text, places_of, places_of_changes
from dlrun.report.drawing.markup import Content, element, render_grid
from dlrun.report.trials.naming import sentence
from dlrun.studies.search.confirmation import still_in_front
from dlrun.writing import Column, count, layout, listing, number, one_line

if TYPE_CHECKING:
    from dlrun.studies.search.confirmation import Confirmation, ConfirmedTrial
    from dlrun.studies.search.result import SearchResult

_STANDS = "the config as it stands"


def confirmation_lines(
    result: SearchResult, found: Sequence[Confirmation]
) -> list[str]:
    """For a terminal: what is left, and a line for each that was repeated."""
    tables = [line for one in found for line in layout(_columns(one))]
    return [*confirmation_words(result, found), *tables]


def confirmation_words(
    result: SearchResult, found: Sequence[Confirmation]
) -> Iterator[str]:
    """The answer for the best trial first; of several goals for the front."""
    if len(found) == 1 and not result.plan.goals.are_several:
        yield from _answer(found[0])
    else:
        yield from _front_answer(result, found)
    if found[0].missing:
        yield f"{count(found[0].missing)} runs have not ended yet"


def _answer(found: Confirmation) -> Iterator[str]:
    """What is left of the gain of the best trial."""
    best = found.trials[0]
    column = one_line(found.goal.column)
    if best.score is None:
        yield f"trial {best.number} has no score with fresh seeds yet"
    else:
        score = mean_text(best.score, places_of([best.score]))
        yield (
            f"trial {best.number} with {_runs_text(found)}: {column} {score}, in the "
            f"search {number(best.in_search)}"
        )
    yield from _left(found, best)
    better = _overtaken(found)
    if better is not None:
        yield (
            f"trial {better.number} is ahead of it with fresh seeds; the order of the "
            "first few is luck"
        )


def _front_answer(result: SearchResult, found: Sequence[Confirmation]) -> Iterator[str]:
    """Which trials of the front none of the others beats with fresh seeds."""
    numbers = [one.number for one in found[0].trials]
    names = listing(map(str, numbers))
    yield (
        f"{len(numbers)} of the {count(len(result.front))} trials of the front with "
        f"{_runs_text(found[0])}: {names}"
    )
    kept = still_in_front(result, found)
    if kept is None:
        return
    beaten = [one for one in numbers if one not in kept]
    if beaten:
        many, verb = ("", "is") if len(beaten) == 1 else ("s", "are")
        names = listing(map(str, beaten))
        yield f"trial{many} {names} {verb} beaten by another of them then"
    elif len(numbers) > 1:
        yield "none of them is beaten by another then"
    if len(found) < len(result.plan.goals):
        counts = {one.number: one.trial.parameters for one in result.trials}
        words = (f"trial {one} {number_of(counts[one])}" for one in numbers)
        yield f"parameters are as they were: {', '.join(words)}"


def number_of(parameters: int | None) -> str:
    """A count of parameters."""
    return "unknown" if parameters is None else count(parameters)


def _runs_text(found: Confirmation) -> str:
    """`5 fresh seeds`, or `2 fresh seeds of 5 folds`."""
    seeds = f"{count(len(found.seeds))} fresh seed{'s' * (len(found.seeds) != 1)}"
    return f"{seeds} of {found.folds} folds" if found.folds else seeds


def _left(found: Confirmation, best: ConfirmedTrial) -> Iterator[str]:
    """How much of the gain over the config as it stands remained."""
    before, gain = found.gain_in_search(best), best.gain
    if gain is None:
        return
    change = change_text(gain, places_of_changes([gain]))
    word = f": {gain.word}" if gain.word else ""
    share = found.share_left(best)
    if before is None or share is None:
        by = "fold by fold" if found.folds else "seed by seed"
        yield f"against {_STANDS}, {by}: {change}{word}"
        if before is not None:
            yield f"in the search it was no better than {_STANDS}"
        return
    sign = 1 if found.highest_is_best else -1
    yield (
        f"of its change of {number(sign * before, signed=True)} against {_STANDS}, "
        f"{change} remained, {100 * share:.0f} %{word}"
    )


def _overtaken(found: Confirmation) -> ConfirmedTrial | None:
    """The trial with the best mean over fresh seeds, if it is not the best one."""
    sign = 1 if found.highest_is_best else -1
    scored = [(sign * one.score.mean, one) for one in found.trials if one.score]
    if len(scored) < len(found.trials):
        return None
    best = max(scored, key=lambda item: item[0])[1]
    return None if best is found.trials[0] else best


def _rows(found: Confirmation) -> Sequence[ConfirmedTrial]:
    return (*found.trials, found.baseline)


def _columns(found: Confirmation) -> list[Column]:
    rows = _rows(found)
    scores = places_of([one.score for one in rows])
    changes = places_of_changes([one.gain for one in rows])
    names = [
        "as it stands" if one is found.baseline else f"{one.number}" for one in rows
    ]
    return [
        Column("trial", tuple(names), is_number=True),
        Column("in the search", tuple(number(one.in_search) for one in rows), True),
        Column(
            one_line(found.goal.column),
            tuple(mean_text(one.score, scores) for one in rows),
        ),
        Column("folds" if found.folds else "seeds", tuple(_seeds(one) for one in rows)),
        Column(
            "change",
            tuple(change_text(one.gain, changes) if one.gain else "" for one in rows),
        ),
        Column("", tuple(one.gain.word if one.gain else "" for one in rows)),
    ]


def _seeds(one: ConfirmedTrial) -> str:
    failed = f", {one.failed} without a score" if one.failed else ""
    return f"{len(one.values)}{failed}"


def draw_confirmation(
    result: SearchResult, found: Sequence[Confirmation]
) -> list[Content]:
    """The same on the page."""
    words = confirmation_words(result, found)
    return [
        [element("p", sentence(text), class_="note") for text in words],
        [[_title(one) if len(found) > 1 else None, _grid(one)] for one in found],
    ]


def _title(found: Confirmation) -> Content:
    return element("p", f"By {one_line(found.goal.column)}.", class_="note")


def _grid(found: Confirmation) -> Content:
    columns = _columns(found)
    heads = [
        element("th", one.head, scope="col", class_="num" if one.is_number else None)
        for one in columns
    ]
    rows = [
        element(
            "tr",
            [
                element("td", cell, class_="num" if column.is_number else None)
                for column, cell in zip(columns, cells, strict=True)
            ],
        )
        for cells in zip(*(one.cells for one in columns), strict=True)
    ]
    title = f"Trials with fresh seeds, by {one_line(found.goal.column)}"
    return render_grid(title, heads, element("tbody", rows))
