"""The words that help after a name nobody knows: what was meant, or what there is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import islice


def near(word: object, names: Iterable[str], *, most: int = 3) -> list[str]:
    """The known names that look like a word, the likeliest first, at most `most`.

    Upper and lower case, dashes and underscores do not count; of names that differ in
    nothing else, the last one counts.
    """
    from difflib import get_close_matches  # Only a mistake pays for it.

    by_plain_name = _by_plain_name(names)
    matches = get_close_matches(_plain(word), by_plain_name, n=most, cutoff=0.6)
    return [by_plain_name[match] for match in matches]


def nearest(
    word: object,
    names: Iterable[str],
    synonyms: Mapping[str, Sequence[str]] | None = None,
) -> str | None:
    """The known name that was probably meant, if any.

    Args:
        word: As it was written.
        names: The names that there are.
        synonyms: What others call things, in lower case without dashes and underscores,
            and what is meant by it: the first that is known.
    """
    distinct = _by_plain_name(names).values()
    for synonym in (synonyms or {}).get(_plain(word), ()):
        if synonym in distinct:
            return synonym
    return next(iter(near(word, distinct, most=1)), None)


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
