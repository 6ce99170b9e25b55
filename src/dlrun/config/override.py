"""Changes by path: `-s fit.epochs=3`, `-u fit.callbacks`, and the key `set`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

from dlrun.config.document import read_document
from dlrun.config.edit import change_value, delete_value, leads_to_item, waits
from dlrun.config.grammar import Grammar, with_text_names
from dlrun.config.lookup import find_item
from dlrun.config.node import Node, TreeChange
from dlrun.config.path import Segment, equals_sign, parse_path
from dlrun.config.source import (
    ARGUMENT,
    Mark,
    SourceText,
    here,
    refuse_control_characters,
)
from dlrun.config.tree import Entry, Key, Tree, kind_of
from dlrun.errors import ConfigError, ConfigPath, Problem, format_path

_PATCHES_AT_MOST = 1000
_OWN_KEYS = frozenset({"extends", "set"})


@dataclass(frozen=True, slots=True)
class _Assignment:
    """A value for a path, by a `-s` argument or by an entry of `set`."""

    segments: tuple[Segment, ...]
    value: Tree
    is_appended: bool = False
    """The value becomes a new last item of the list at the path, or comes after it."""

    def apply(self, tree: Tree, grammar: Grammar) -> Tree:
        if self.is_appended and leads_to_item(tree, self.segments, grammar):
            return change_value(tree, self.segments[:-1], self._insert, grammar)

        def change(old: Tree | None, path: ConfigPath) -> Tree:
            value, problems = with_text_names(self._change(old, path), grammar, path)
            if problems:
                raise ConfigError(*problems)
            return value

        return change_value(tree, self.segments, change, grammar)

    def _insert(self, old: Tree | None, path: ConfigPath) -> Tree:
        """The list with the value behind the item to which the path leads."""
        assert old is not None and isinstance(old.content, list)  # noqa: S101, PT018 - leads_to_item
        place = find_item(old.content, path, self.segments[-1]) + 1
        items = [*old.content[:place], self.value, *old.content[place:]]
        return Tree(items, old.mark)

    def _change(self, old: Tree | None, path: ConfigPath) -> Tree:
        if not self.is_appended:
            return self.value
        if old is None or old.content is None:
            return Tree([self.value], self.value.mark)
        if isinstance(old.content, list):
            return Tree([*old.content, self.value], old.mark)
        where = format_path(path)
        last = self.segments[-1].mark
        problem = Problem(
            path,
            f"`{where}` is {kind_of(old)}, and `+=` needs a list",
            hint=f"to replace it, set `{where}` without the `+`",
            code="invalid-path",
            location=last.location(),
        )
        raise ConfigError(problem)


@dataclass(frozen=True, slots=True)
class _Deletion:
    """The value at a path is taken away."""

    segments: tuple[Segment, ...]

    def apply(self, tree: Tree, grammar: Grammar) -> Tree:
        return delete_value(tree, self.segments, grammar)


def apply_overrides(
    node: Node, overrides: Sequence[str] = (), deletions: Sequence[str] = ()
) -> Node:
    """TreeChange a config by command-line arguments; deletions come first.

    Args:
        node: The config; it stays as it is.
        overrides: `path=value` sets, `path+=value` appends to a list, or inserts after
            the item of a list to which the path leads; values are YAML.
        deletions: Paths to delete.

    Raises:
        ConfigError: an argument cannot be read, or does not fit the config.
    """
    changes = _Changes(node.tree, node.grammar)
    for ordinal, text in enumerate(deletions, 1):
        source = SourceText("-u", text, here(), ordinal)
        with changes.gathering():
            refuse_control_characters(source)
            segments = _segments(text, Mark(source, 0, len(text)))
            changes.apply(_Deletion(segments))
    for ordinal, text in enumerate(overrides, 1):
        source = SourceText(ARGUMENT, text, here(), ordinal)
        with changes.gathering():
            changes.apply(_read_argument(source))
    return replace(
        node,
        tree=changes.finished(),
        later=(*node.later, *changes.later),
        overrides=(*node.overrides, *overrides),
        deletions=(*node.deletions, *deletions),
    )


def apply_values(node: Node, values: Mapping[str, Entry]) -> Node:
    """Set values that stand in the config itself, as its mapping of paths to values.

    Args:
        node: The config; it stays as it is.
        values: By their paths, in the order in which they are set.

    Raises:
        ConfigError: a path cannot be read, or does not fit the config.
    """
    changes = _Changes(node.tree, node.grammar)
    for path, entry in values.items():
        with changes.gathering():
            mark = _inside_quotes(path, entry.key)
            changes.apply(_Assignment(_segments(path, mark), entry.value))
    later = (*node.later, *changes.later)
    return replace(node, tree=changes.finished(), later=later)


@dataclass(slots=True)
class _Changes:
    """Changes of a tree, one after the other; all mistakes at once."""

    tree: Tree
    grammar: Grammar
    later: list[TreeChange] = field(default_factory=list)
    """Those that lead to what is only made after reading."""
    problems: list[Problem] = field(default_factory=list)

    def apply(self, change: TreeChange) -> None:
        if waits(self.tree, change.segments, self.grammar):
            self.later.append(change)
        else:
            self.tree = change.apply(self.tree, self.grammar)

    @contextmanager
    def gathering(self) -> Iterator[None]:
        try:
            yield
        except ConfigError as error:
            self.problems += error.problems

    def finished(self) -> Tree:
        if self.problems:
            raise ConfigError(*self.problems)
        return self.tree


def apply_later(tree: Tree, later: Sequence[TreeChange], grammar: Grammar) -> Tree:
    """Apply the changes that had to wait until everything was made.

    Raises:
        ConfigError: one does not fit the config.
    """
    changes = _Changes(tree, grammar)
    for change in later:
        with changes.gathering():
            changes.tree = change.apply(changes.tree, grammar)
    return changes.finished()


def apply_set(
    tree: Tree, patches: Tree, grammar: Grammar
) -> tuple[Tree, Sequence[TreeChange]]:
    """Apply the key `set` of a file, a mapping of paths to values.

    Returns:
        The config, and the changes that lead to what is only made after reading.

    Raises:
        ConfigError: a path cannot be read, or does not fit the config.
    """
    if patches.content is None:
        return tree, ()
    if not isinstance(patches.content, dict):
        words = f"`set` is {kind_of(patches)}, expected a mapping of paths to values"
        raise ConfigError(
            _problem(("set",), words, patches.mark, "write `fit.epochs: 3` below it")
        )
    if len(patches.content) > _PATCHES_AT_MOST:
        words = f"`set` has more than {_PATCHES_AT_MOST:,} entries"
        hint = "write the values where they belong"
        raise ConfigError(_problem(("set",), words, patches.mark, hint))
    changes = _Changes(tree, grammar)
    for key, entry in patches.content.items():
        mark = _inside_quotes(key, entry.key)
        with changes.gathering():
            changes.apply(_assignment(str(key), mark, entry.value))
    return changes.finished(), changes.later


def _read_argument(source: SourceText) -> _Assignment:
    refuse_control_characters(source)
    end = equals_sign(source.text)
    path = source.text[:end]
    if end is None:
        name, colon, _ = path.partition(":")
        hint = f"write `-s {name or 'fit.epochs'}=VALUE` to set a value"
        if name and not colon:
            hint += f", `-u {path}` to delete it"
        whole = Mark(source, 0, len(path))
        raise ConfigError(_problem((), "expected path=value", whole, hint))
    start = end + 1
    value, problems = read_document(source, start)
    if problems:
        raise ConfigError(*problems)
    text = source.text[start:].strip()
    if value is None and text:
        words = "the value is a comment"
        whole = Mark(source, start, len(source.text))
        raise ConfigError(
            _problem((), words, whole, f"for a text, add quotes: '{text}'")
        )
    value = value or Tree(None, Mark(source, start, start))
    stripped = path.strip()
    first = path.index(stripped)
    return _assignment(stripped, Mark(source, first, first + len(stripped)), value)


def _assignment(path: str, mark: Mark | None, value: Tree) -> _Assignment:
    is_appended = path.endswith("+")
    path = path.removesuffix("+").rstrip()
    return _Assignment(_segments(path, mark), value, is_appended)


def _segments(path: str, mark: Mark | None) -> tuple[Segment, ...]:
    segments = parse_path(path, mark)
    first = segments[0]
    if first.key in _OWN_KEYS:
        words = f"`{first.key}` can only be written in a file"
        hint = "set the values themselves: `-s fit.epochs=3`"
        raise ConfigError(_problem((first.key,), words, first.mark, hint))
    return segments


def _inside_quotes(key: Key, mark: Mark | None) -> Mark | None:
    """The mark of the path itself, where a key of `set` stands in quotes."""
    if mark is None or mark.source.text[mark.start] not in "'\"":
        return mark
    return Mark(mark.source, mark.start + 1, mark.start + 1 + len(str(key)))


def _problem(path: ConfigPath, words: str, mark: Mark | None, hint: str) -> Problem:
    where = mark.location() if mark is not None else None
    return Problem(path, words, hint=hint, code="invalid-override", location=where)
