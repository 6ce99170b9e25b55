"""What the headers of the data tell: facts, without reading rows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import replace
from typing import TypeAlias

from dlrun.components.sources import Source, under
from dlrun.components.words import shown
from dlrun.data import OUTPUT, Facts
from dlrun.errors import DataError, Problem
from dlrun.experiment.columns import with_columns
from dlrun.experiment.data import DataSpec
from dlrun.experiment.pseudo_label import PseudoLabelSpec
from dlrun.experiment.windows import with_windows

_Described: TypeAlias = tuple[Facts | None, list[Problem]]
_known: ContextVar[dict[str, _Described] | None] = ContextVar("known", default=None)


@contextmanager
def remembering_headers() -> Iterator[None]:
    """Read the headers of the same data once, however many configs name them."""
    token = _known.set({})
    try:
        yield
    finally:
        _known.reset(token)


def describe(data: DataSpec) -> _Described:
    """The facts of the main source, and the mistakes in all sources."""
    known = _known.get()
    if known is None:
        return _described(data)
    key = data.model_dump_json()
    if key not in known:
        known[key] = _described(data)
    facts, problems = known[key]
    return facts, [*problems]


def _described(data: DataSpec) -> _Described:
    facts = None
    problems = []
    sources = {(): data.source, ("validation",): data.validation, ("test",): data.test}
    for path, source in sources.items():
        if source is None:
            continue
        try:
            described = source.describe()
        except DataError as error:
            problems += [
                replace(item, path=("data", *path, *item.path))
                for item in error.problems
            ]
        else:
            facts = described if path == () else facts
    if facts is None:
        return None, problems
    facts, mistakes = _with_features(data, facts)
    problems += mistakes
    facts, mistakes = _with_labels(data, facts)
    problems += mistakes
    if data.window is not None:
        facts, mistakes = with_windows(data, facts)
        problems += mistakes
    return facts, problems


def _with_features(data: DataSpec, facts: Facts) -> tuple[Facts, list[Problem]]:
    """The facts with what becomes of columns; they may all have a role, and no more."""
    if data.encodes_columns:
        return with_columns(data, facts)
    roles = {name: key for name, key in facts.roles.items() if key != "labels"}
    if facts.feature_names != () or not roles:
        return facts, []
    name, key = next(iter(roles.items()))
    message = "there is no column left for the features"
    hint = f"{shown(name)} is `{key}`, and no feature unless data.columns names it"
    path = ("data", data.source.key, "path")
    return facts, [Problem(path, message, hint=hint, code="missing-column")]


def _with_labels(data: DataSpec, facts: Facts) -> tuple[Facts, list[Problem]]:
    """The facts with what classes and labels are called that is stated or soon read."""
    stated = data.classes
    if stated is not None and not isinstance(stated, Mapping):
        stated = {next(iter(facts.label_columns), OUTPUT): stated}
    columns = dict(facts.label_columns)
    try:
        with under("data"):
            for output in sorted(facts.several_labels):
                known = columns[output] or data.source.find_labels(output)
                columns[output] = known or ()
    except DataError as error:
        return facts, list(error.problems)
    classes = {**facts.classes, **(stated or {})}
    return replace(facts, classes=classes, label_columns=columns), []


def describe_pool(pseudo_label: PseudoLabelSpec) -> tuple[Facts, list[Problem]]:
    """The facts of the unlabelled rows; none of them if their headers are unusable."""
    assert isinstance(pseudo_label.unlabelled, Source)  # noqa: S101 - asked before
    try:
        with under("pseudo_label", "unlabelled"):
            return pseudo_label.unlabelled.describe_pool(), []
    except DataError as error:
        return Facts(), list(error.problems)
