"""From uses of blocks to layers: each with a name of its own in the whole model."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from dlrun.config.block import OWN_KEYS, USE, Block
from dlrun.config.level import (
    INPUT,
    Instance,
    LayerLevel,
    Placed,
    given_names,
    names_in,
    text_of,
)
from dlrun.config.scalar import ConfigText
from dlrun.config.tree import SIGN, Entry, Key, Tree, lone_key
from dlrun.config.use import RefusedError, SourceName, UseReader
from dlrun.config.variables import GivenValue, Scope

if TYPE_CHECKING:
    from dlrun.config.source import Mark

_NAMING = ("name", "from", "of")
"""The arguments of a layer that are names of layers."""
_DEEPEST = 50
"""Blocks within one another whose layers are counted before they are made."""


@dataclass(slots=True)
class Expansion(UseReader):
    """Makes the layers of a model; what is wrong goes to the resolver."""

    used: set[str] = field(default_factory=set)
    """The blocks that the model uses."""
    unnamed: dict[str, int] = field(default_factory=dict)
    """Layers of the model itself without a name, by what they are called, and where
    they stand: one that a block takes gets its name, so that it stays the same."""
    placed: list[Placed] = field(default_factory=list)
    gives: dict[str, str] = field(default_factory=dict)
    """The layer that gives what a use in the model itself gives, by the name of the
    use, or of one of its repetitions."""
    sizes: dict[str, int] = field(default_factory=dict)
    """How many layers a use of each block makes at least, where that is known."""

    def expand(self, items: Sequence[Tree], scope: Scope) -> list[Tree]:
        """The layers of `model.layers`."""
        level = LayerLevel(scope, INPUT, taken=given_names(items))
        self._level(items, level)
        named = level.scope.layers.items()
        self.gives = {use: layer for use, layer in named if use != layer}
        return self.layers

    def renamed(self, tree: Tree, names: Mapping[str, str]) -> Tree:
        """A layer where some have other names: its own, and those that it takes."""
        key = tree.content if isinstance(tree.content, str) else lone_key(tree)
        arguments = self.arguments(str(key), tree) or {}
        said = [argument for argument in _NAMING if argument in arguments]
        told = {name for one in said for name in names_in(arguments[one].value)}
        if names.keys().isdisjoint(told) or not isinstance(tree.content, dict):
            return tree
        for argument in said:
            mark, value = arguments[argument]
            arguments[argument] = Entry(mark, _renamed(value, names))
        mark, inner = tree.content[str(key)]
        return Tree({str(key): Entry(mark, Tree({**arguments}, inner.mark))}, tree.mark)

    def _level(self, items: Sequence[Tree], level: LayerLevel) -> None:
        for item in items:
            tree = self.resolver.carried(item, level.notes) if level.notes else item
            if isinstance(tree.content, str) and tree.content.startswith(SIGN):
                tree = self.resolver.resolve(tree, level.scope, self.path())
            key = tree.content if isinstance(tree.content, str) else lone_key(tree)
            with suppress(RefusedError):
                if key is None:
                    tree = self.resolver.resolve(tree, level.scope, self.path())
                    self._add(tree, Placed(self._last(), ()))
                elif key in self.blocks:
                    self._use_block(self.blocks[key], tree, level)
                elif key == USE:
                    self._use(tree, level)
                else:
                    self._layer(key, tree, level)

    def _layer(self, key: str, tree: Tree, level: LayerLevel) -> None:
        if key not in self.kinds.keys:
            self.require_no_block(key, tree)
        arguments = self.arguments(key, tree)
        if arguments is None:
            self._add(tree, Placed(self._last(), ()))
            return
        taken = arguments.pop("from", None)
        found = self.sources(taken.value, level.scope) if taken is not None else None
        sources = tuple(name for name, _ in found) if found else (level.above,)
        values = self._resolved(arguments, level, key)
        local = text_of(values.get("name")) or level.name(self.kinds.name_for(key))
        placed = Placed(f"{level.prefix}{local}", sources)
        level.scope.layers[local] = level.above = placed.name
        is_same = sources[0] == self._last()
        if taken is not None:
            is_same = not found or names_in(taken.value) == list(sources)
        if is_same and not level.prefix:
            if "name" not in values:
                self.unnamed[placed.name] = len(self.layers)
            self._add(self.resolver.resolve(tree, level.scope, self.path()), placed)
            return
        if taken is not None:
            value = self._list(found, taken.value.mark) if found else taken.value
            values["from"] = Entry(taken.key, value)
        elif not is_same:
            values["from"] = Entry(None, self._list([(sources[0], None)], tree.mark))
        self._add_made(key, tree, values, placed, level)

    def _resolved(
        self, arguments: Mapping[Key, Entry], level: LayerLevel, key: str
    ) -> dict[Key, Entry]:
        path = (*self.path(), key)
        return {
            name: Entry(mark, self.resolver.resolve(value, level.scope, (*path, name)))
            for name, (mark, value) in arguments.items()
        }

    def _use_block(self, block: Block, tree: Tree, level: LayerLevel) -> None:
        self.used.add(block.name)
        self.require_no_circle(block, tree, level)
        arguments = self.block_arguments(block, tree)
        own: dict[Key, Entry] = {
            key: arguments.pop(key) for key in OWN_KEYS if key in arguments
        }
        self.require_parameters(block, arguments, tree)
        local = self.instance_name(block.name, own, level)
        entry = self.entry(own, level, f"the block `{block.name}`")
        enabled = level.enabled and self.flag(own, level)
        repeat = self.repeat(own, level)
        mark = tree.mark
        words = f"in the block `{block.name}` used at"
        prefix, start = f"{level.prefix}{local}.", len(self.placed)
        first, taken = entry, given_names(block.layers)
        self.resolver.require_room((repeat or 1) * self._least(block), mark)
        for number in range(1, (repeat or 1) + 1):
            scope = self._scope(block, arguments, level.scope)
            scope.layers[INPUT] = entry
            inner = LayerLevel(
                scope,
                entry,
                prefix=f"{prefix}{number}." if repeat else prefix,
                block=block.name,
                notes=() if mark is None else ((words, mark), *mark.notes),
                chain=(*level.chain, block.name),
                enabled=enabled,
                taken=taken,
            )
            self._level(block.layers, inner)
            entry = inner.above
            self._register(inner, level, f"{local}.{number}" if repeat else local)
        level.scope.layers[local] = level.above = entry
        level.instances[local] = Instance(prefix, first, tuple(self.placed[start:]))

    def _least(self, block: Block, depth: int = 0) -> int:
        """Layers that a use of a block makes, if the blocks in it are not repeated."""
        if depth > _DEEPEST:
            return 1
        if block.name not in self.sizes:
            self.sizes[block.name] = 1  # A circle is told of where it is used.
            keys = (
                item.content if isinstance(item.content, str) else lone_key(item)
                for item in block.layers
            )
            uses = (self.blocks.get(key) if key else None for key in keys)
            sizes = (1 if use is None else self._least(use, depth + 1) for use in uses)
            self.sizes[block.name] = sum(sizes)
        return self.sizes[block.name]

    def _register(self, inner: LayerLevel, level: LayerLevel, local: str) -> None:
        """Let what stands around a use name the layers in it."""
        names = inner.scope.layers.items()
        own = {f"{local}.{one}": name for one, name in names if one != INPUT}
        level.scope.layers.update({local: inner.above, **own})
        for name, instance in inner.instances.items():
            level.instances[f"{local}.{name}"] = instance

    def _use(self, tree: Tree, level: LayerLevel) -> None:
        """Layers that share the weights of a layer above, or of a use of a block."""
        arguments = self.arguments(USE, tree) or {}
        path = (*self.path(), USE)
        of = arguments.get("of")
        value = of and self.resolver.resolve(of.value, level.scope, (*path, "of"))
        target = value.content if value is not None else None
        if of is None or value is None or not isinstance(target, str):
            # Whoever validates layers says what is wrong.
            self._add(tree, Placed(self._last(), ()))
            return
        instance = level.instances.get(target)
        self.require_target(target, value.mark, level)
        local = self.instance_name(USE, arguments, level)
        entry = self.entry(arguments, level, "`use`")
        if instance is None:
            name = f"{level.prefix}{local}"
            shared = Placed(self.named(target, value.mark, level.scope), (entry,))
            self._share(shared, name, tree, arguments, level)
            level.scope.layers[local] = level.above = name
        else:
            made = self._use_instance(instance, entry, local, tree, level)
            level.instances[local] = made
            level.scope.layers[local] = level.above = self._last()

    def _use_instance(
        self, instance: Instance, entry: str, local: str, tree: Tree, level: LayerLevel
    ) -> Instance:
        """Every layer of a use of a block once more, with the same weights."""
        arguments = self.arguments(USE, tree) or {}
        name = f"{level.prefix}{local}"
        now = {instance.entry: entry}
        start = len(self.placed)
        for one in instance.layers:
            relative = one.name.removeprefix(instance.prefix)
            now[one.name] = f"{name}.{relative}"
            sources = tuple(now.get(source, source) for source in one.sources)
            shared = Placed(one.name, sources)
            self._share(shared, now[one.name], tree, arguments, level)
            level.scope.layers[f"{local}.{relative}"] = now[one.name]
        return Instance(f"{name}.", entry, tuple(self.placed[start:]))

    def _share(
        self,
        shared: Placed,
        name: str,
        tree: Tree,
        arguments: Mapping[Key, Entry],
        level: LayerLevel,
    ) -> None:
        of = arguments["of"]
        values: dict[Key, Entry] = {
            "of": Entry(of.key, self._made(shared.name, of.value.mark))
        }
        sources = [(source, None) for source in shared.sources]
        values["from"] = Entry(None, self._list(sources, tree.mark))
        rest = {key: arguments[key] for key in arguments.keys() - {"from", "name"}}
        for key, (mark, value) in rest.items():
            path = (*self.path(), USE, key)
            resolved = self.resolver.resolve(value, level.scope, path)
            values.setdefault(key, Entry(mark, resolved))
        self._add_made(USE, tree, values, Placed(name, shared.sources), level)

    def _scope(
        self, block: Block, arguments: Mapping[Key, Entry], around: Scope
    ) -> Scope:
        scope = Scope(
            outer=_outermost(around),
            path=("blocks", block.name, "with"),
            words="parameter or variable",
        )
        for name, default in block.parameters.items():
            given = arguments.get(name)
            scope.given[name] = (
                GivenValue(default, scope)
                if given is None
                else GivenValue(given.value, around)
            )
        return scope

    def _add_made(
        self,
        key: str,
        tree: Tree,
        values: Mapping[Key, Entry],
        placed: Placed,
        level: LayerLevel,
    ) -> None:
        """Add a layer whose arguments are written out, under its name."""
        key_mark, mark = tree.mark, tree.mark
        if isinstance(tree.content, dict):
            key_mark, inner = tree.content[key]
            mark = inner.mark
        given = values.get("name")
        at = given or Entry(None, Tree(None, key_mark))
        name = Entry(at.key, self._made(placed.name, at.value.mark))
        content = {"name": name, **{k: v for k, v in values.items() if k != "name"}}
        if not level.enabled:
            content["enabled"] = Entry(None, Tree(False, tree.mark))
        made = Tree({key: Entry(key_mark, Tree(content, mark))}, tree.mark)
        self._add(made, placed)

    def _add(self, tree: Tree, placed: Placed) -> None:
        self.layers.append(tree)
        self.placed.append(placed)

    def _name_layer(self, name: str, index: int) -> None:
        tree = self.layers[index]
        key = tree.content if isinstance(tree.content, str) else lone_key(tree)
        arguments = self.arguments(str(key), tree)
        if arguments is None:
            return
        key_mark, mark = tree.mark, tree.mark
        if isinstance(tree.content, dict):
            key_mark, inner = tree.content[str(key)]
            mark = inner.mark
        named = {"name": Entry(None, self._made(name, key_mark)), **arguments}
        entry = Entry(key_mark, Tree(named, mark))
        self.layers[index] = Tree({str(key): entry}, tree.mark)

    def _last(self) -> str:
        return self.placed[-1].name if self.placed else INPUT

    def _list(self, names: Iterable[SourceName], mark: Mark | None) -> Tree:
        names = list(names)
        for name, _ in names:
            if name in self.unnamed:
                self._name_layer(name, self.unnamed.pop(name))
        return Tree([self._made(name, own or mark) for name, own in names], mark)

    def _made(self, text: str, mark: Mark | None) -> Tree:
        directory = mark.source.directory if mark is not None else Path()
        return Tree(ConfigText(text, directory), mark)


def _renamed(tree: Tree, names: Mapping[str, str]) -> Tree:
    """One name, or a list of them, with others in place of some."""
    content = tree.content
    if isinstance(content, list):
        return Tree([_renamed(item, names) for item in content], tree.mark)
    if not isinstance(content, ConfigText) or content not in names:
        return tree
    return Tree(ConfigText(names[content], content.directory), tree.mark)


def _outermost(scope: Scope) -> Scope:
    while scope.outer is not None:
        scope = scope.outer
    return scope
