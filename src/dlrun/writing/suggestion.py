"""The words that help after a name nobody knows: what was meant, or what there is."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from itertools import islice

_SURE = 0.75
"""So much of their letters a slip has in common with what was meant."""
_LONGEST_WORD = 100
_COMPARISONS = 50_000
_SEARCH = 20
"""A search costs this many comparisons more than there are names."""

_left: ContextVar[int | None] = ContextVar("_left", default=None)


@contextmanager
def suggesting_briefly() -> Iterator[None]:
    """Let searches for near names inside the block cost a part of a second in all.

    After that none is found: of thousands of mistakes only the first are shown, and
    their cures have been worked out by then.
    """
    token = _left.set(_COMPARISONS)
    try:
        yield
    finally:
        _left.reset(token)


def may_suggest() -> bool:
    """Whether a cure is still to be worked out; see `suggesting_briefly`."""
    left = _left.get()
    return left is None or left > 0


def _paid_for(known: Iterable[str]) -> dict[str, str]:
    """The names by what counts of them, for one search."""
    names = _by_plain_name(known)
    left = _left.get()
    if left is not None:
        _left.set(left - len(names) - _SEARCH)
    return names


def near(word: object, names: Iterable[str], *, most: int = 3) -> list[str]:
    """The known names that look like a word, the likeliest first, at most `most`.

    Upper and lower case, dashes and underscores do not count; of names that differ in
    nothing else, the last one counts. Words of more than 100 characters look like none.
    """
    if not may_suggest():
        return []
    return _near(word, _paid_for(names), most)


def _near(word: object, names: Mapping[str, str], most: int) -> list[str]:
    from difflib import get_close_matches  # Only a mistake pays for it.

    plain = _plain(word)
    if len(plain) > _LONGEST_WORD:
        return []
    short = [name for name in names if len(name) <= _LONGEST_WORD]
    matches = get_close_matches(plain, short, n=most, cutoff=0.6)
    return [names[match] for match in matches]


def nearest(
    word: object,
    names: Iterable[str],
    synonyms: Callable[[], Mapping[str, Sequence[str]]] = dict,
) -> str | None:
    """The known name that was probably meant, if any.

    Args:
        word: As it was written.
        names: The names that there are.
        synonyms: What others call things, in lower case without dashes and underscores,
            and what is meant by it: the first that is known.
    """
    if not may_suggest():
        return None
    by_plain_name = _paid_for(names)
    for synonym in synonyms().get(_plain(word), ()):
        if synonym in by_plain_name.values():
            return synonym
    return next(iter(_near(word, by_plain_name, most=1)), None)


def may_be_typed_as(word: object, name: str) -> bool:
    """Whether a word is so much like a name that it is a slip of the keyboard."""
    from difflib import SequenceMatcher

    return SequenceMatcher(None, _plain(word), _plain(name)).ratio() >= _SURE


def did_you_mean(names: Sequence[str | None]) -> str:
    """`did you mean a or b?`; empty where no name is near."""
    given = [name for name in names if name is not None]
    return f"did you mean {' or '.join(given)}?" if given else ""


def listing(names: Iterable[str], most: int = 10) -> str:
    """Names in their order, at most `most`, and how many more there are."""
    rest = iter(names)
    shown = ", ".join(islice(rest, most))
    more = sum(1 for _ in rest)
    return f"{shown} and {more} more" if more else shown


def choices(names: Iterable[str], most: int = 12) -> str:
    """Names in the order of the alphabet, at most `most` of them."""
    return listing(sorted(names, key=str.lower), most)


def _by_plain_name(names: Iterable[str]) -> dict[str, str]:
    return {_plain(name): name for name in names}


def _plain(word: object) -> str:
    return str(word).strip().lower().replace("_", "").replace("-", "")
