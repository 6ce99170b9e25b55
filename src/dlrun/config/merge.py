"""How a file that `extends` another changes it."""

from __future__ import annotations

from dlrun.config.grammar import Grammar
from dlrun.config.tree import MAIN, Entry, Key, Tree
from dlrun.errors import ConfigPath


def merge(base: Tree, over: Tree, grammar: Grammar, path: ConfigPath = ()) -> Tree:
    """Merge mappings key by key; everything else in `over` replaces what `base` has.

    Three exceptions leave one component where one is expected: another class replaces
    the old one with its arguments (`{sgd: 0.1}` over `{Adam: 1e-4}`), an object and
    names replace one another (`{multi_hot: ...}` over `{digit: ...}`), and a key that
    is exclusive drops the others that are.
    """
    if not isinstance(base.content, dict) or not isinstance(over.content, dict):
        return over
    over_class = grammar.class_key(over, path)
    entries = _as_spelt(base.content, over_class, grammar, path)
    base_class = grammar.class_key(Tree(entries, base.mark), path)
    names = grammar.names_at(path)
    are_names = names is not None and base.content and over.content
    if base_class != over_class and (are_names or None not in {base_class, over_class}):
        return over
    exclusive = grammar.exclusive_at(path)
    dropped = exclusive - over.content.keys() if exclusive & over.content.keys() else ()
    content: dict[Key, Entry] = {
        key: entry for key, entry in entries.items() if key not in dropped
    }
    are_whole = names is not None and names.are_whole
    for key, entry in over.content.items():
        value = entry.value
        if key in content and not are_whole:
            inherited = content[key].value
            is_same_class = over_class is not None and base_class == over_class
            if key in exclusive or is_same_class:
                inherited = spelled_out(inherited)
            value = merge(inherited, value, grammar, (*path, key))
        content[key] = Entry(entry.key, value)
    return Tree(content, over.mark)


def _as_spelt(
    content: dict[Key, Entry], name: str | None, grammar: Grammar, path: ConfigPath
) -> dict[Key, Entry]:
    """An object whose class has the name by which a file that extends calls it."""
    key = next(iter(content), None)
    if len(content) != 1 or key is None or name is None:
        return content
    return {name: content[key]} if grammar.is_same_class(key, name, path) else content


def spelled_out(arguments: Tree) -> Tree:
    """The arguments of a component as a mapping: `1e-4` becomes `{MAIN: 1e-4}`."""
    if arguments.content is None or isinstance(arguments.content, dict):
        return arguments
    return Tree({MAIN: Entry(arguments.mark, arguments)}, arguments.mark)
