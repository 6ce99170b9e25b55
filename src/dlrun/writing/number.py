"""Numbers as people read them: four digits, durations, counts."""

from __future__ import annotations

_MOST_DIGITS = 4


_LARGE = 1e6


_SMALL = 1e-3


_TEN = 10


_MILLISECONDS_BELOW = 0.1


_MINUTES_FROM = 120


_KILO = 1000


def number(value: float | None, *, signed: bool = False) -> str:
    """A measured number with four digits; a dash where there is none."""
    if value is None:
        return "-"
    sign = "+" if signed else ""
    if value and not _SMALL <= abs(value) < _LARGE:
        return f"{value:{sign}.2e}"
    return f"{value:{sign}.{digits(value)}f}"


def digits(value: float) -> int:
    """The decimals that leave four digits of a number."""
    whole = max(1, len(str(int(abs(value)))))
    return max(0, _MOST_DIGITS - whole + (abs(value) < 1))


def duration(seconds: float | None) -> str:
    """`4.3 ms`, `0.25 s`, `12 s`, `2.5 min`: two digits are enough to plan by."""
    if seconds is None:
        return "-"
    if seconds < _MILLISECONDS_BELOW:
        milliseconds = 1000 * seconds
        return f"{milliseconds:.{1 if milliseconds < _TEN else 0}f} ms"
    if seconds < _MINUTES_FROM:
        places = 2 if seconds < 1 else 1 if seconds < _TEN else 0
        return f"{seconds:.{places}f} s"
    return f"{seconds / 60:,.1f} min"


def count(value: int | None) -> str:
    """An integer with thousands set off; a dash where there is none."""
    return "-" if value is None else f"{value:,}"


def bytes_text(count: float) -> str:
    """A number of bytes in the unit that suits it: `12.3 MB`."""
    if count < _KILO:
        return f"{count:.0f} bytes"
    units = iter(("kB", "MB", "GB", "TB"))
    unit = next(units)
    if count >= _KILO**6:  # No float holds every integer, and no reader needs it.
        return "a million TB or more"
    count /= _KILO
    while count >= _KILO and unit != "TB":
        count, unit = count / _KILO, next(units)
    return f"{count:.1f} {unit}"
