"""From what was written to what it stands for: `vars` and `blocks` in their places."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import replace

from dlrun.config.block import read_blocks
from dlrun.config.instance import Expansion
from dlrun.config.level import LayerKinds, names_in
from dlrun.config.located import merge_alike
from dlrun.config.node import Node, Variables
from dlrun.config.override import apply_later
from dlrun.config.scalar import ConfigText
from dlrun.config.suggestion import did_you_mean
from dlrun.config.tree import BLOCKS, VARIABLES, Entry, Key, Tree, plain
from dlrun.config.variables import (
    Resolver,
    Scope,
    global_scope,
    resolved_values,
    uses_variables,
)
from dlrun.errors import ConfigError, ConfigPath, Problem

_MODEL = "model"
_LAYERS = "layers"
_OUTPUTS = "outputs"


def expanded(node: Node, kinds: LayerKinds, *, may_be_unused: bool = False) -> Node:
    """The config that `expand` makes of one with variables or blocks.

    Raises:
        ConfigError: as `expand` says.
    """
    content = node.tree.content
    assert isinstance(content, dict)  # noqa: S101 - asked before
    made = {VARIABLES, BLOCKS}
    resolver = Resolver(node.grammar)
    scope = global_scope(_value(content, VARIABLES), resolver)
    blocks = read_blocks(_value(content, BLOCKS), resolver, kinds)
    expansion = Expansion(resolver, blocks, kinds)
    rest = {key: item for key, item in content.items() if key not in made}
    tree = _resolved(Tree(rest, node.tree.mark), expansion, scope)
    unused = [
        *_unused(node, VARIABLES, "variable", scope.given, scope.used),
        *_unused(node, BLOCKS, "block", blocks, expansion.used),
    ]
    known = resolved_values(scope, resolver)
    problems = resolver.problems or ([] if may_be_unused else unused)
    if problems:
        raise ConfigError(*merge_alike(problems))
    values = {name: plain(value) for name, value in known.items()}
    computed = [
        name for name in values if uses_variables(_texts(scope.given[name].tree))
    ]
    written = {key: item for key, item in content.items() if key != VARIABLES}
    variables = Variables(values, tuple(computed), _sections(written))
    tree = apply_later(tree, node.later, node.grammar)
    tree = _with_named_outputs(tree, expansion)
    return replace(node, tree=tree, later=(), variables=variables if values else None)


def _value(content: Mapping[Key, Entry], key: str) -> Tree | None:
    return content[key].value if key in content else None


def _resolved(tree: Tree, expansion: Expansion, scope: Scope) -> Tree:
    """The whole config with values in place of names, and layers in place of blocks."""
    resolver = expansion.resolver
    model = _value(tree.content, _MODEL) if isinstance(tree.content, dict) else None
    if not expansion.blocks or model is None:
        return resolver.resolve(tree, scope, ())
    model = resolver.resolve(model, scope, ()) if _is_text(model) else model
    layers = _value(model.content, _LAYERS) if isinstance(model.content, dict) else None
    if layers is not None and _is_text(layers):
        layers = resolver.resolve(layers, scope, (_MODEL, _LAYERS))
    if layers is None or not isinstance(layers.content, list):
        return resolver.resolve(tree, scope, ())
    made = Tree(expansion.expand(layers.content, scope), layers.mark)
    empty = Tree(None, layers.mark)
    others = resolver.resolve(_with_layers(tree, model, empty), scope, ())
    model = _value(others.content, _MODEL) if isinstance(others.content, dict) else None
    return others if model is None else _with_layers(others, model, made)


def _is_text(tree: Tree) -> bool:
    return isinstance(tree.content, str)


def _with_layers(tree: Tree, model: Tree, layers: Tree) -> Tree:
    assert isinstance(tree.content, dict)  # noqa: S101 - asked before
    assert isinstance(model.content, dict)  # noqa: S101 - asked before
    inner = {**model.content, _LAYERS: Entry(model.content[_LAYERS].key, layers)}
    mark = tree.content[_MODEL].key
    content = {**tree.content, _MODEL: Entry(mark, Tree(inner, model.mark))}
    return Tree(content, tree.mark)


def _with_named_outputs(tree: Tree, expansion: Expansion) -> Tree:
    """Call the layer that gives an output by what the output is called: by the use.

    Labels, losses and columns of the history go by the names of outputs, and a use
    may be called as they are; the layer that ends it has a name of the block's.
    """
    model = _value(tree.content, _MODEL) if isinstance(tree.content, dict) else None
    if model is None or not isinstance(model.content, dict):
        return tree
    outputs, layers = (_value(model.content, key) for key in (_OUTPUTS, _LAYERS))
    if outputs is None or layers is None or not isinstance(layers.content, list):
        return tree
    gives = expansion.gives
    names = {gives[name]: name for name in names_in(outputs) if name in gives}
    if not names:
        return tree
    renamed = [expansion.renamed(layer, names) for layer in layers.content]
    return _with_layers(tree, model, Tree(renamed, layers.mark))


def _sections(written: Mapping[Key, Entry]) -> dict[str, str]:
    """A hash of each section as it was written; blocks are a part of the model."""
    values = {str(key): [entry.value] for key, entry in written.items()}
    values.setdefault(_MODEL, []).extend(values.pop(BLOCKS, []))
    return {key: _sha256(trees) for key, trees in values.items()}


def _sha256(trees: Sequence[Tree]) -> str:
    """A hash of values and of where their relative paths start."""
    places = sorted({str(text.directory) for tree in trees for text in _texts(tree)})
    text = json.dumps([[_ordered(plain(tree)) for tree in trees], places])
    return hashlib.sha256(text.encode()).hexdigest()


def _ordered(value: object) -> object:
    """A value without the order of its keys, which may be numbers beside texts."""
    if isinstance(value, dict):
        pairs = [[key, _ordered(inner)] for key, inner in value.items()]
        return {"": sorted(pairs, key=lambda pair: (str(pair[0]), repr(pair[0])))}
    return [_ordered(item) for item in value] if isinstance(value, list) else value


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


def _unused(
    node: Node,
    key: str,
    noun: str,
    given: Mapping[str, object],
    used: AbstractSet[str],
) -> Iterator[Problem]:
    """What nothing uses; that of an extended file may serve others."""
    for name in given:
        if name in used or not _is_own(node, (key, name)):
            continue
        words = f"nothing uses the {noun} `{name}`"
        sign = "$" if key == VARIABLES else ""
        use = f"write `{sign}{name}` where it is meant, or remove it"
        hint = did_you_mean(name, used) or use
        place = node.locate((key, name), on_key=True)
        yield Problem((key, name), words, hint, "unused-name", location=place)


def _is_own(node: Node, path: ConfigPath) -> bool:
    """Whether the file itself, or an argument, has written what stands at a path."""
    location = node.locate(path, on_key=True)
    files = [name for name, _ in node.sources[1:]]
    return location is None or location.file not in files
