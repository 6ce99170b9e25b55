"""What to know before the numbers of a comparison are trusted."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from dlrun.report.reading import Reading

_NAMES_SHOWN = 3
_HASH_CHARACTERS = 8


def find_caveats(readings: Sequence[Reading], metric: str) -> Iterator[str]:
    """Say what makes the runs less comparable than their numbers look.

    Args:
        readings: The runs.
        metric: What they are compared by.
    """
    yield from _unfinished(readings)
    yield from _other_data(readings)
    yield from _other_split(readings)
    yield from _other_measure(readings, metric)
    yield from _other_versions(readings)
    for reading in readings:
        yield from (f"{reading.name}: {trouble}" for trouble in reading.troubles)


def _unfinished(readings: Sequence[Reading]) -> Iterator[str]:
    groups: dict[str, list[str]] = {}
    for reading in readings:
        status = reading.status
        text = f"{status.state} ({status.reason})" if status.reason else status.state
        if status.state != "finished":
            groups.setdefault(text, []).append(reading.name)
    yield from (f"{_list(names)} {text}" for text, names in groups.items())


def _other_data(readings: Sequence[Reading]) -> Iterator[str]:
    prints = [_text(reading.summary.get("data_fingerprint")) for reading in readings]
    for names, found, usual in _deviations(readings, prints):
        here, there = found[:_HASH_CHARACTERS], usual[:_HASH_CHARACTERS]
        yield f"{names} other data: fingerprint {here}, elsewhere {there}"


def _other_split(readings: Sequence[Reading]) -> Iterator[str]:
    """At one seed and on the same data, the parts should be the same."""
    groups: dict[tuple[str | None, str | None], list[Reading]] = {}
    for reading in readings:
        seed = _text(reading.config.get("seed"))
        key = (seed, _text(reading.summary.get("data_fingerprint")))
        groups.setdefault(key, []).append(reading)
    for (seed, _), members in groups.items():
        splits = [_text(reading.summary.get("split_hash")) for reading in members]
        for names, _, _ in _deviations(members, splits):
            yield f"{names} other train and validation rows at seed {seed}"


def _other_measure(readings: Sequence[Reading], metric: str) -> Iterator[str]:
    monitors = [reading.monitor for reading in readings]
    for names, found, _ in _deviations(readings, monitors):
        yield f"{names} monitors {found}, not {metric}"
    compiled = [reading.config.get("compile") for reading in readings]
    losses = [
        _text(section.get("loss")) if isinstance(section, Mapping) else None
        for section in compiled
    ]
    for names, found, usual in _deviations(readings, losses):
        yield f"{names} another loss: {found}, elsewhere {usual}; losses do not compare"


def _other_versions(readings: Sequence[Reading]) -> Iterator[str]:
    packages = dict.fromkeys(name for reading in readings for name in reading.versions)
    for package in packages:
        versions = [_text(reading.versions.get(package)) for reading in readings]
        for names, found, usual in _deviations(readings, versions):
            yield f"{names} {package} {found}, elsewhere {usual}"


def _deviations(
    readings: Sequence[Reading], values: Sequence[str | None]
) -> list[tuple[str, str, str]]:
    """Find the runs unlike most others: their names, their value, the usual value.

    What is unknown deviates from nothing.
    """
    counts = Counter(value for value in values if value is not None)
    usual, *others = [value for value, _ in counts.most_common()] or [""]
    members: dict[str, list[str]] = {other: [] for other in others}
    for reading, value in zip(readings, values, strict=True):
        if value in members:
            members[value].append(reading.name)
    return [(_list(names), value, usual) for value, names in members.items()]


def _list(names: Sequence[str]) -> str:
    more = len(names) - _NAMES_SHOWN
    shown = ", ".join(names[:_NAMES_SHOWN])
    return f"{shown} and {more} more:" if more > 0 else f"{shown}:"


def _text(value: object) -> str | None:
    return value if value is None or isinstance(value, str) else json.dumps(value)
