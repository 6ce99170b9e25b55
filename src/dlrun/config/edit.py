"""Setting and deleting one value of a tree, by the path that a person wrote."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from dlrun.config.grammar import Grammar
from dlrun.config.lookup import find_item, find_key, has_name, step_error
from dlrun.config.merge import spelled_out
from dlrun.config.path import Segment
from dlrun.config.suggestion import did_you_mean, one_of
from dlrun.config.tree import MAIN, Entry, Key, Tree, kind_of
from dlrun.errors import ConfigError, ConfigPath, format_path

_OPTIMIZER = ("compile", "optimizer")
_DEFAULT_OPTIMIZER = "Adam"

Edit = Callable[[Tree | None, ConfigPath], Tree]


@dataclass(frozen=True, slots=True)
class _Place:
    """A value on the way to the one to change."""

    tree: Tree | None
    """`None` if it is not there yet."""
    path: ConfigPath
    grammar: Grammar
    """Below a key that is exclusive stand its arguments."""
    holds_arguments: bool = False
    """The path ends in a class, so the value holds its arguments."""

    def child(self, key: Key, tree: Tree | None, *, is_class: bool = False) -> _Place:
        is_class = is_class or key in self.grammar.exclusive_at(self.path)
        return _Place(tree, (*self.path, key), self.grammar, is_class)

    def class_key(self) -> str | None:
        """The class that stands here, which a path may leave out."""
        if self.tree is None or self.holds_arguments:
            return None
        return self.grammar.class_key(self.tree, self.path)

    def is_class(self, segment: Segment) -> bool:
        """Whether a step names a class, and not an argument or a name."""
        return self.grammar.is_class(segment.key, self.path, self.class_key())

    def is_replaced_by(self, segment: Segment) -> bool:
        """Whether a step names an object where names stand."""
        is_named = self.grammar.names_at(self.path) is not None
        return is_named and self.is_class(segment)

    def find_key(self, content: dict[Key, Entry], segment: Segment) -> Key:
        """The key that a step means in the mapping that stands here.

        Raises:
            ConfigError: the step is an index, and the keys are no numbers.
        """
        are_names = self.grammar.names_at(self.path) is not None
        key: Key = str(segment.key)
        if not are_names:
            key = find_key(content, segment, self.path)
        name = self.class_key()
        is_alias = name is not None and self.grammar.is_same_class(name, key, self.path)
        return name if name is not None and is_alias else key


def change_value(
    tree: Tree,
    segments: Sequence[Segment],
    change: Edit,
    grammar: Grammar,
) -> Tree:
    """Put `change(old value or None, its path)` where the path leads.

    Mappings that are missing on the way are created. Of the keys that are
    exclusive, a new one takes the place of the others.

    Raises:
        ConfigError: the path leads through a number, or to an item that is not there.
    """
    return _change(_Place(tree, (), grammar), segments, change)


def delete_value(tree: Tree, segments: Sequence[Segment], grammar: Grammar) -> Tree:
    """Take the value away to which the path leads.

    Raises:
        ConfigError: it is not there.
    """
    place = _Place(tree, (), grammar)
    for segment in segments:
        place = _existing(place, segment)
    return _without(tree, place.path)


def leads_to_item(tree: Tree, segments: Sequence[Segment], grammar: Grammar) -> bool:
    """Whether a path leads to an item of a list of objects, such as a layer.

    A list in a list is no such item: what is appended there goes into it.
    """
    try:
        place = _Place(tree, (), grammar)
        for segment in segments[:-1]:
            place = _existing(place, segment)
        items = place.tree.content if place.tree is not None else None
        if not isinstance(items, list):
            return False
        item = items[find_item(items, place.path, segments[-1])]
    except ConfigError:  # Who goes the way to change something says what is wrong.
        return False
    return isinstance(item.content, (dict, str))


def waits(tree: Tree, segments: Sequence[Segment], grammar: Grammar) -> bool:
    """Whether a path leads to an item that is only made after reading."""
    size = len(grammar.made)
    keys = [segment.key for segment in segments]
    if not size or len(keys) <= size or tuple(keys[:size]) != grammar.made:
        return False
    content = tree.content
    if not isinstance(content, dict) or grammar.maker not in content:
        return False
    for key in grammar.made:
        if not isinstance(content, dict) or key not in content:
            return False
        content = content[key].value.content
    if not isinstance(content, list) or not isinstance(keys[size], str):
        return False
    return not has_name(content, keys[size])


def _change(place: _Place, segments: Sequence[Segment], change: Edit) -> Tree:
    if not segments:
        return change(place.tree, place.path)
    segment, rest = segments[0], segments[1:]
    tree = _opened(place, segment)
    place = replace(place, tree=tree)
    if isinstance(tree.content, list):
        index = find_item(tree.content, place.path, segment)
        items = list(tree.content)
        items[index] = _change(place.child(index, items[index]), rest, change)
        return Tree(items, tree.mark)
    content = dict(tree.content) if isinstance(tree.content, dict) else {}
    key = place.find_key(content, segment)
    name = place.class_key()
    if name is None and place.is_replaced_by(segment):
        content = {}
    if name is None or key == name:
        return _change_key(place, content, segments, change)
    if place.is_class(segment):
        _refuse_other_class(name, segment, place)
        return _change_key(
            replace(place, tree=None, holds_arguments=False), {}, segments, change
        )
    entry = content[name]
    child = place.child(name, entry.value, is_class=True)
    return Tree({name: Entry(entry.key, _change(child, segments, change))}, tree.mark)


def _change_key(
    place: _Place,
    content: dict[Key, Entry],
    segments: Sequence[Segment],
    change: Edit,
) -> Tree:
    """Go on at a key of a mapping, which may be new."""
    segment, rest = segments[0], segments[1:]
    key = place.find_key(content, segment)
    exclusive = place.grammar.exclusive_at(place.path)
    if key in exclusive and key not in content:
        content = {other: content[other] for other in content if other not in exclusive}
    old = content.get(key)
    is_class = not place.holds_arguments and (
        place.class_key() == key or place.is_class(segment)
    )
    child = place.child(key, old.value if old else None, is_class=is_class)
    # A key on the way stays whose it was; the last one was written by this path.
    mark = old.key if old is not None and rest else segment.mark
    content[key] = Entry(mark, _change(child, rest, change))
    whole = place.tree.mark if place.tree is not None else segment.mark
    return Tree(content, whole)


def _opened(place: _Place, segment: Segment) -> Tree:
    """The mapping or list at a place, into which the path may go on.

    A short form is spelled out: `adam` as `{adam: }`, the `1e-4` of Adam as
    `{MAIN: 1e-4}`.
    """
    tree = place.tree
    if tree is None or tree.content is None:
        return _created(place, segment)
    is_index = isinstance(segment.key, int)
    if isinstance(tree.content, list) and (is_index or not place.holds_arguments):
        return tree
    if isinstance(tree.content, dict) or place.holds_arguments:
        return spelled_out(tree)
    if (
        isinstance(tree.content, str)
        and place.grammar.holds_object(place.path)
        and not is_index
    ):
        empty = Tree(None, tree.mark)
        return Tree({str(tree.content): Entry(tree.mark, empty)}, tree.mark)
    step = f"[{segment.key}]" if is_index else f"`{segment.key}`"
    words = f"is {kind_of(tree)}, so there is no {step} in it"
    raise step_error(place.path, segment, words, _shorter(place.path))


def _created(place: _Place, segment: Segment) -> Tree:
    mark = segment.mark
    if isinstance(segment.key, int) and place.grammar.names_at(place.path) is None:
        where = format_path(place.path)
        hint = f"set `{where}` to a list, or append to it with `+=`"
        raise step_error(place.path, segment, "is empty, so it has no items", hint)
    if place.path == _OPTIMIZER and not place.is_class(segment):
        return Tree({_DEFAULT_OPTIMIZER: Entry(mark, Tree(None, mark))}, mark)
    return Tree({}, mark)


def _shorter(path: ConfigPath) -> str:
    return f"to replace it, set `{format_path(path)}` itself"


def _refuse_other_class(name: str, segment: Segment, place: _Place) -> None:
    """Another optimizer replaces the old one; in a list, a wrong index is likelier."""
    path = place.path
    if not place.grammar.holds_object(path) or isinstance(path[-1], int):
        hint = f"to replace it, set `{format_path(path)}` to {{{segment.key}: ...}}"
        words = f"is `{name}`, not `{segment.key}`"
        raise step_error(path, segment, words, hint)


def _existing(place: _Place, segment: Segment) -> _Place:
    """The place one step further, which must be there."""
    content = place.tree.content if place.tree is not None else None
    if isinstance(content, list):
        index = find_item(content, place.path, segment)
        return place.child(index, content[index])
    if not isinstance(content, dict):
        path = place.path[:-1] if place.holds_arguments else place.path
        words = "is a short form" if place.holds_arguments else "has no keys"
        words = f"{words}, so there is no `{segment.key}` to delete"
        hint = f"`-u {format_path(path)}` deletes it whole"
        raise step_error(path, segment, words, hint)
    key = place.find_key(content, segment)
    name = place.class_key()
    if key in content:
        return place.child(key, content[key].value, is_class=name == key)
    if name is not None and not place.is_class(segment):
        child = place.child(name, content[name].value, is_class=True)
        return _existing(child, segment)
    keys = [str(other) for other in content if other != MAIN]
    hint = did_you_mean(str(segment.key), keys) or f"there is {one_of(keys)}"
    words = f"has no `{segment.key}` to delete"
    raise step_error(place.path, segment, words, hint if keys else None)


def _without(tree: Tree, path: ConfigPath) -> Tree:
    key, rest = path[0], path[1:]
    if isinstance(tree.content, list) and isinstance(key, int):
        new = [_without(tree.content[key], rest)] if rest else []
        return Tree([*tree.content[:key], *new, *tree.content[key + 1 :]], tree.mark)
    content = dict(tree.content) if isinstance(tree.content, dict) else {}
    if rest:
        content[key] = Entry(content[key].key, _without(content[key].value, rest))
    else:
        del content[key]
    return Tree(content, tree.mark)
