"""Values by name: `$width`, `$(width // 2)`, in place of what they stand for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NoReturn

from dlrun.config.arithmetic import (
    NAME,
    ArithmeticMistake,
    Computed,
    closing_parenthesis,
    compute,
)
from dlrun.config.scalar import ConfigText
from dlrun.config.source import Mark
from dlrun.config.suggestion import did_you_mean, one_of
from dlrun.config.tree import SIGN, Entry, Key, Tree, kind_of
from dlrun.errors import ConfigError, ConfigPath, Problem, format_path

if TYPE_CHECKING:
    from dlrun.config.grammar import Grammar
    from dlrun.config.source import Note

_NODES_AT_MOST = 100_000
_DEEPEST = 50
_SHOWN = 8


class UnknownValueError(Exception):
    """A value that cannot be known; the problem is told already."""


@dataclass(frozen=True, slots=True)
class GivenValue:
    """What somebody gave for a name."""

    tree: Tree
    scope: Scope
    """Where its own `$` are looked up."""


@dataclass(slots=True, eq=False)
class Scope:
    """Names and their values, as seen from one place."""

    given: dict[str, GivenValue] = field(default_factory=dict)
    outer: Scope | None = None
    """Where a name is looked up that is not given here."""
    path: ConfigPath = ()
    """Where the values were written."""
    words: str = "variable"
    """What such a name is called."""
    layers: dict[str, str] = field(default_factory=dict)
    """The layers that can be named here, each with its name in the whole model."""
    resolved: dict[str, Tree | None] = field(default_factory=dict)
    """Values that are known; `None`: it cannot be known."""
    used: set[str] = field(default_factory=set)
    """The names that something uses."""

    def find(self, name: str) -> Scope | None:
        """The scope that gives a name, from here outwards."""
        scope: Scope | None = self
        while scope is not None and name not in scope.given:
            scope = scope.outer
        return scope

    def names(self) -> list[str]:
        """All names that can be used here."""
        outer = self.outer.names() if self.outer is not None else []
        return [*self.given, *(name for name in outer if name not in self.given)]


@dataclass(slots=True)
class Resolver:
    """Puts values in place of `$`; what cannot be is gathered in `problems`."""

    grammar: Grammar
    problems: list[Problem] = field(default_factory=list)
    nodes: int = 0
    pending: list[tuple[int, str]] = field(default_factory=list)
    """The scopes and names on the way to the value that is looked for."""

    def resolve(self, tree: Tree, scope: Scope, path: ConfigPath) -> Tree:
        """The value with every `$` replaced; the same object where there is none."""
        if self.grammar.is_literal(path):
            return tree
        content = tree.content
        if isinstance(content, dict):
            return self._mapping(tree, content, scope, path)
        if isinstance(content, list):
            return self._list(tree, content, scope, path)
        if isinstance(content, str) and content.startswith(SIGN):
            with suppress(UnknownValueError):
                return self._value(tree, content, scope, path)
        return tree

    def value_of(self, name: str, scope: Scope) -> Tree:
        """What a name stands for, as seen from a scope that gives it, or one around it.

        Raises:
            UnknownValueError: it needs itself, or what cannot be known.
        """
        home = self._home(name, scope)
        if home is None:
            raise UnknownValueError
        home.used.add(name)
        given, path = home.given[name], (*home.path, name)
        step = (id(home), format_path(path))
        if step in self.pending or len(self.pending) > _DEEPEST:
            self._refuse_circle(step, path, given.tree)
        if name in home.resolved:
            known = home.resolved[name]
            if known is None:
                raise UnknownValueError
            return known
        home.resolved[name] = None
        before = len(self.problems)
        self.pending.append(step)
        try:
            tree = self.resolve(given.tree, given.scope, path)
        finally:
            self.pending.pop()
        if len(self.problems) > before:
            raise UnknownValueError
        home.resolved[name] = tree
        return tree

    def _home(self, name: str, scope: Scope) -> Scope | None:
        """Who gives a name; a default of that name is the variable: {width: $width}."""
        home = scope.find(name)
        if home is None or home.outer is None:
            return home
        is_own = self.pending[-1:] == [(id(home), format_path((*home.path, name)))]
        return (home.outer.find(name) if is_own else None) or home

    def carried(self, tree: Tree, notes: tuple[Note, ...]) -> Tree:
        """A copy of a value in another place, which notes say."""
        self.nodes += 1
        self.require_room(0, tree.mark)
        content = tree.content
        if isinstance(content, dict):
            content = {
                key: Entry(_noted(mark, notes), self.carried(value, notes))
                for key, (mark, value) in content.items()
            }
        elif isinstance(content, list):
            content = [self.carried(item, notes) for item in content]
        return Tree(content, _noted(tree.mark, notes))

    def require_room(self, count: int, mark: Mark | None) -> None:
        """Refuse to make so many values more, if that is more than a config may have.

        Raises:
            ConfigError: it is.
        """
        if self.nodes + count > _NODES_AT_MOST:
            words = "the config expands to more than 100,000 values"
            hint = "use fewer or shorter values by name, or repeat less"
            raise ConfigError(self.problem((), words, mark, hint, "too-large"))

    def problem(
        self, path: ConfigPath, words: str, mark: Mark | None, hint: str, code: str
    ) -> Problem:
        """A problem about what stands at a mark."""
        where = mark.location() if mark is not None else None
        return Problem(path, words, hint=hint, code=code, location=where)

    def _list(
        self, tree: Tree, content: list[Tree], scope: Scope, path: ConfigPath
    ) -> Tree:
        items = [
            self.resolve(item, scope, (*path, index))
            for index, item in enumerate(content)
        ]
        same = all(new is old for new, old in zip(items, content, strict=True))
        return tree if same else Tree(items, tree.mark)

    def _mapping(
        self, tree: Tree, content: Mapping[Key, Entry], scope: Scope, path: ConfigPath
    ) -> Tree:
        entries = {
            key: Entry(mark, self.resolve(value, scope, (*path, key)))
            for key, (mark, value) in content.items()
        }
        same = all(entries[key].value is content[key].value for key in content)
        return tree if same else Tree(entries, tree.mark)

    def _value(self, tree: Tree, text: str, scope: Scope, path: ConfigPath) -> Tree:
        if text.startswith(SIGN * 2):
            assert isinstance(text, ConfigText)  # noqa: S101 - every text of a tree is
            return Tree(ConfigText(text[1:], text.directory), tree.mark)
        rest = text[1:].strip()
        if NAME.fullmatch(rest):
            if scope.find(rest) is None:
                self._refuse(path, _unknown(rest, scope), tree.mark, _near(rest, scope))
            value = self.value_of(rest, scope)
            return self.carried(value, _use(tree.mark, f"used as `{text}` at"))
        if not rest.startswith("("):
            words = f"`{text}` names no variable"
            self._refuse(path, words, tree.mark, _spelling(text, rest))
        end = closing_parenthesis(rest)
        if end is None:
            self._refuse_unclosed(text, path, tree.mark)
        if end != len(rest) - 1:
            words = f"text behind the `)` of `{text[: end + 2]}`"
            hint = "only a whole value can be computed; put all of it into the brackets"
            self._refuse(path, words, tree.mark, hint)
        return self._computed(tree, rest[1:-1], scope, path)

    def _computed(self, tree: Tree, text: str, scope: Scope, path: ConfigPath) -> Tree:
        notes: dict[str, Note] = {}

        def number(name: str) -> Computed:
            if scope.find(name) is None:
                raise ArithmeticMistake(0, 0, _unknown(name, scope), _near(name, scope))
            value = self.value_of(name, scope)
            content = value.content
            if isinstance(content, bool) or not isinstance(content, int | float):
                message = f"`{name}` is {kind_of(value)}, no number to compute with"
                raise ArithmeticMistake(0, 0, message, f"give `{name}` a number")
            if value.mark is not None:
                notes[name] = (f"`{name}` is {content} at", value.mark)
            return content

        try:
            result = compute(text, number)
        except ArithmeticMistake as error:
            mark = _within(tree.mark, text, error.start, error.end)
            self._refuse(path, error.message, mark, error.hint)
        mark = tree.mark
        if mark is not None:
            mark = mark._replace(notes=(*notes.values(), *mark.notes))
        return Tree(result, mark)

    def _refuse_circle(
        self, step: tuple[int, str], path: ConfigPath, tree: Tree
    ) -> NoReturn:
        is_circle = step in self.pending
        start = self.pending.index(step) if is_circle else 0
        titles = [title for _, title in [*self.pending[start:], step]]
        if len(titles) > _SHOWN:
            titles = [*titles[: _SHOWN - 2], "...", titles[-1]]
        way = " -> ".join(titles)
        words = f"`{step[1]}` needs itself: {way}"
        if not is_circle:
            words = f"more than {_DEEPEST} values need one another: {way}"
        self._refuse(path, words, tree.mark, "give one of them a value of its own")

    def _refuse_unclosed(
        self, text: str, path: ConfigPath, mark: Mark | None
    ) -> NoReturn:
        words = f"the `(` of `{text}` is never closed"
        hint = "add `)` at its end"
        if mark is not None:
            rest = mark.source.text[mark.start :].partition("\n")[0]
            end = closing_parenthesis(rest)
            if end is not None:
                words = f"a comma ends the value `{text}`"
                hint = f'write it in quotes: "{rest[: end + 1]}"'
        self._refuse(path, words, mark, hint)

    def _refuse(
        self, path: ConfigPath, words: str, mark: Mark | None, hint: str
    ) -> NoReturn:
        self.problems.append(self.problem(path, words, mark, hint, "invalid-variable"))
        raise UnknownValueError


def global_scope(tree: Tree | None, resolver: Resolver, key: str = "vars") -> Scope:
    """The scope of a mapping of names to values, such as `vars`."""
    scope = Scope(path=(key,))
    content = tree.content if tree is not None else None
    if tree is not None and content is not None and not isinstance(content, dict):
        words = f"`{key}` is {kind_of(tree)}, expected names with values"
        hint = "write it as in vars: {width: 64}"
        resolver.problems.append(
            resolver.problem((key,), words, tree.mark, hint, "invalid-variable")
        )
    entries = content if isinstance(content, dict) else {}
    for name, (mark, value) in entries.items():
        if not NAME.fullmatch(str(name)):
            words = f"`{name}` is no name for a variable"
            hint = "use letters, digits and underscores, and no digit first"
            resolver.problems.append(
                resolver.problem((key, name), words, mark, hint, "invalid-variable")
            )
        scope.given[str(name)] = GivenValue(value, scope)
    return scope


def resolved_values(scope: Scope, resolver: Resolver) -> dict[str, Tree]:
    """Every value of a scope, as far as it can be known."""
    known: dict[str, Tree] = {}
    for name in scope.given:
        with suppress(UnknownValueError):
            known[name] = resolver.value_of(name, scope)
    return known


def _spelling(text: str, rest: str) -> str:
    inner = rest[1:-1].strip()
    if inner and rest == f"{{{rest[1:-1]}}}":
        meant = inner if NAME.fullmatch(inner) else f"({inner})"
        return f"there are no braces: `{SIGN}{meant}`"
    return f"for the text, double the sign: `{SIGN}{text}`"


def _unknown(name: str, scope: Scope) -> str:
    return f"there is no {scope.words} `{name}`"


def _near(name: str, scope: Scope) -> str:
    names = scope.names()
    there = f"there is {one_of(names)}" if names else f"add vars: {{{name}: ...}}"
    return did_you_mean(name, names) or there


def _noted(mark: Mark | None, notes: tuple[Note, ...]) -> Mark | None:
    if mark is None:
        return None
    # A whole config may pass through here, and `_replace` takes ten times as long.
    source, start, end, known = mark
    return Mark(source, start, end, (*known, *notes))


def _use(mark: Mark | None, words: str) -> tuple[Note, ...]:
    return () if mark is None else ((words, mark), *mark.notes)


def _within(mark: Mark | None, text: str, start: int, end: int) -> Mark | None:
    """The mark of a part of an expression, in the text that was written."""
    if mark is None:
        return None
    first = mark.source.text.find(text, mark.start, mark.end)
    if first < 0:  # Written with escapes, so that no place can be counted.
        return mark
    end = min(first + end, mark.end)
    return mark._replace(start=min(first + start, end - 1), end=end)


def uses_variables(texts: Iterable[str]) -> bool:
    """Whether some of the texts of a config may hold a `$`."""
    return any(SIGN in text for text in texts)
