"""Numbers as people read them: a mean with its error, a difference, an interval."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from dlrun.writing import digits, number

if TYPE_CHECKING:
    from dlrun.estimates.difference import Difference
    from dlrun.estimates.estimate import Estimate

_SMALL = 1e-3
_FEWEST_BELOW_MOST = 2


def decimals(means: Iterable[float], errors: Iterable[float | None]) -> int | None:
    """How many decimals the errors deserve; None: the numbers are too small for them.

    Args:
        means: What is shown, at most four digits of it.
        errors: Half-widths of intervals; the least of them decides.
    """
    largest = max((abs(one) for one in means), default=0.0)
    if 0 < largest < _SMALL:
        return None
    most = digits(largest)
    known = [one for one in errors if one]
    if not known:
        return most
    least = min(known)
    exponent = math.floor(math.log10(least))
    is_one: bool = least / 10.0**exponent < _FEWEST_BELOW_MOST
    return max(0, most - _FEWEST_BELOW_MOST, min(most, int(is_one) - exponent))


def estimate_text(found: Estimate | None, places: int | None) -> str:
    """`0.912 ± 0.006 (n=5)`; a dash where there is none."""
    if found is None:
        return "-"
    return f"{mean_text(found, places)} (n={found.n})"


def mean_text(
    found: Estimate | None, places: int | None, *, signed: bool = False
) -> str:
    """`0.912 ± 0.006`, or only `0.912` where one run says no more."""
    if found is None:
        return "-"
    text = fixed(found.mean, places, signed=signed)
    if found.half_width is None:
        return text
    return f"{text} ± {fixed(found.half_width, places)}"


def places_of(estimates: Sequence[Estimate | None]) -> int | None:
    """The decimals that a column of estimates shares."""
    known = [one for one in estimates if one is not None]
    return decimals((one.mean for one in known), (one.half_width for one in known))


def places_of_changes(found: Sequence[Difference | None]) -> int | None:
    """The decimals that a column of differences shares."""
    known = [one for one in found if one is not None]
    return decimals(
        (one.mean for one in known),
        (one.high - one.mean for one in known if one.high is not None),
    )


def change_text(found: Difference, places: int | None = None) -> str:
    """`-0.153 [-0.180, -0.120]`: the difference and its interval.

    Args:
        found: The difference.
        places: The decimals of its column; None: those that it deserves alone.
    """
    if found.low is None or found.high is None:
        return fixed(found.mean, places, signed=True)
    if places is None:
        half = (found.high - found.low) / 2
        places = decimals([found.mean, found.low, found.high], [half])
    low, high = (fixed(one, places, signed=True) for one in (found.low, found.high))
    return f"{fixed(found.mean, places, signed=True)} [{low}, {high}]"


def fixed(value: float, places: int | None, *, signed: bool = False) -> str:
    """A number with so many decimals; None: four digits."""
    if places is None:
        return number(value, signed=signed)
    sign = "+" if signed else ""
    return f"{value:{sign}z.{places}f}"


def epoch_text(value: float | None) -> str:
    """A median of epochs: `9`, or `9.5` between two."""
    return "-" if value is None else f"{value:.10g}"
