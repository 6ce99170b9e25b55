"""How a file that `extends` another changes it."""

from __future__ import annotations

from collections.abc import Set as AbstractSet

from dlrun.config.tree import MAIN, Entry, Key, Tree, class_key
from dlrun.errors import ConfigPath


def merge(
    base: Tree, over: Tree, exclusive: AbstractSet[Key], path: ConfigPath = ()
) -> Tree:
    """Merge mappings key by key; everything else in `over` replaces what `base` has.

    Two exceptions leave one component where one is expected: another class replaces
    the old one with its arguments (`{SGD: 0.1}` over `{Adam: 1e-4}`), and a key that is
    `exclusive` drops the others that are.
    """
    if not isinstance(base.content, dict) or not isinstance(over.content, dict):
        return over
    base_class, over_class = class_key(base, path), class_key(over, path)
    if base_class is not None and over_class is not None and base_class != over_class:
        return over
    dropped = exclusive - over.content.keys() if exclusive & over.content.keys() else ()
    content: dict[Key, Entry] = {
        key: entry for key, entry in base.content.items() if key not in dropped
    }
    for key, entry in over.content.items():
        value = entry.value
        if key in content:
            inherited = content[key].value
            is_same_class = over_class is not None and base_class == over_class
            if key in exclusive or is_same_class:
                inherited = spelled_out(inherited)
            value = merge(inherited, value, exclusive, (*path, key))
        content[key] = Entry(entry.key, value)
    return Tree(content, over.mark)


def spelled_out(arguments: Tree) -> Tree:
    """The arguments of a component as a mapping: `1e-4` becomes `{MAIN: 1e-4}`."""
    if arguments.content is None or isinstance(arguments.content, dict):
        return arguments
    return Tree({MAIN: Entry(arguments.mark, arguments)}, arguments.mark)
