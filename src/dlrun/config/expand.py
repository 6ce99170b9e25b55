"""From what was written to what it stands for: `vars` in place of their names."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import replace

from dlrun.config.node import Node, Variables
from dlrun.config.scalar import ConfigText
from dlrun.config.suggestion import did_you_mean
from dlrun.config.tree import Key, Tree, plain
from dlrun.config.variables import (
    Resolver,
    Scope,
    global_scope,
    resolved_values,
    uses_variables,
)
from dlrun.errors import ConfigError, Problem

VARIABLES = "vars"


def expand(node: Node) -> Node:
    """Put the values of `vars` in place of `$name` and `$(...)`, and take them out.

    Raises:
        ConfigError: every value that cannot be known, and every variable of the file
            itself, or of an argument, that nothing uses.
    """
    content = node.tree.content
    texts = [*(text for _, text in node.sources), *node.overrides]
    is_plain = node.sources and not uses_variables(texts)
    if not isinstance(content, dict) or (is_plain and VARIABLES not in content):
        return node
    resolver = Resolver(node.grammar)
    entry = content.get(VARIABLES)
    scope = global_scope(entry.value if entry is not None else None, resolver)
    rest = {key: item for key, item in content.items() if key != VARIABLES}
    tree = resolver.resolve(Tree(rest, node.tree.mark), scope, ())
    unused = _unused(node, scope, resolver)
    known = resolved_values(scope, resolver)
    problems = resolver.problems or unused
    if problems:
        raise ConfigError(*problems)
    values = {name: plain(value) for name, value in known.items()}
    given = {name: scope.given[name].tree for name in values}
    variables = Variables(
        values,
        computed=tuple(name for name in given if uses_variables(_texts(given[name]))),
        sections={str(key): _sha256(item.value) for key, item in rest.items()},
    )
    return replace(node, tree=tree, variables=variables if values else None)


def _sha256(tree: Tree) -> str:
    """A hash of a value and of where its relative paths start."""
    places = sorted({str(text.directory) for text in _texts(tree)})
    text = json.dumps([plain(tree), places], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def _texts(tree: Tree) -> Iterator[ConfigText]:
    """The texts of a value, at any depth."""
    if isinstance(tree.content, ConfigText):
        yield tree.content
    elif isinstance(tree.content, dict):
        for _, value in tree.content.values():
            yield from _texts(value)
    elif isinstance(tree.content, list):
        for item in tree.content:
            yield from _texts(item)


def _unused(node: Node, scope: Scope, resolver: Resolver) -> list[Problem]:
    """Variables that nothing uses; those of an extended file may serve others."""
    used = [name for name in scope.given if (id(scope), name) in resolver.used]
    problems = []
    for name in scope.given:
        if name in used or not is_own(node, (VARIABLES, name)):
            continue
        words = f"nothing uses the variable `{name}`"
        use = f"write `${name}` where it is meant, or remove it"
        path = (VARIABLES, name)
        problem = Problem(path, words, did_you_mean(name, used) or use, "unused-name")
        problems.append(replace(problem, location=node.locate(path, on_key=True)))
    return problems


def is_own(node: Node, path: tuple[Key, ...]) -> bool:
    """Whether the file itself, or an argument, has written what stands at a path."""
    location = node.locate(path, on_key=True)
    files = [name for name, _ in node.sources[1:]]
    return location is None or location.file not in files
