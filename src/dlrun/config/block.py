"""`blocks`: lists of layers that a model uses by name, with parameters."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from dlrun.config.arithmetic import NAME
from dlrun.config.suggestion import did_you_mean, one_of
from dlrun.config.tree import BLOCKS, Entry, Key, Tree, kind_of

if TYPE_CHECKING:
    from dlrun.config.level import LayerKinds
    from dlrun.config.source import Mark
    from dlrun.config.variables import Resolver
    from dlrun.errors import ConfigPath

USE = "use"
OWN_KEYS: tuple[str, ...] = ("name", "from", "enabled", "repeat")
"""What a use of a block may say beside its parameters."""
_RESERVED = frozenset({*OWN_KEYS, USE, "input"})
_KEYS = ("with", "layers")


@dataclass(frozen=True, slots=True)
class Block:
    """One definition."""

    name: str
    mark: Mark | None
    """Of its name."""
    parameters: Mapping[str, Tree]
    """Each with its default; an empty one must be given."""
    layers: Sequence[Tree]

    @property
    def place(self) -> str:
        """Where it is defined, for a message about a use; empty: nobody wrote it."""
        if self.mark is None:
            return ""
        where = self.mark.location()
        return f" (defined at {where.file}:{where.line}:{where.column})"


@dataclass(slots=True)
class _Definitions:
    resolver: Resolver
    kinds: LayerKinds

    def refuse(
        self, path: ConfigPath, words: str, mark: Mark | None, hint: str
    ) -> None:
        problem = self.resolver.problem(path, words, mark, hint, "invalid-block")
        self.resolver.problems.append(problem)

    def block(self, name: str, mark: Mark | None, tree: Tree) -> Block | None:
        path: ConfigPath = (BLOCKS, name)
        if not NAME.fullmatch(name):
            words = f"a block cannot be named `{name}`"
            hint = "use letters, digits and underscores, and no digit first"
            self.refuse(path, words, mark, hint)
        elif name.casefold() in {USE, "input"} or self.kinds.is_class(name):
            words = f"a block cannot be named `{name}`, which has a meaning already"
            self.refuse(path, words, mark, f"use another word, as in my_{name.lower()}")
        content = tree.content
        if not isinstance(content, dict):
            words = f"the block `{name}` is {kind_of(tree)}, expected its layers"
            hint = f"write {name}: {{layers: [...]}}"
            self.refuse(path, words, tree.mark or mark, hint)
            return None
        for key in [key for key in content if key not in _KEYS]:
            words = f"a block has no key `{key}`"
            hint = did_you_mean(str(key), _KEYS) or f"its keys are {one_of(_KEYS)}"
            self.refuse((*path, key), words, content[key].key, hint)
        return self.filled(path, mark, content)

    def filled(
        self, path: ConfigPath, mark: Mark | None, content: Mapping[Key, Entry]
    ) -> Block | None:
        name = str(path[-1])
        layers = content.get("layers")
        items = layers.value.content if layers is not None else None
        if not isinstance(items, list) or not items:
            words = f"the block `{name}` has no layers"
            hint = "write them as under `model`: layers: [...]"
            place = mark if layers is None else layers.value.mark
            self.refuse((*path, "layers"), words, place or mark, hint)
            return None
        return Block(name, mark, self.parameters(path, content), items)

    def parameters(
        self, path: ConfigPath, content: Mapping[Key, Entry]
    ) -> dict[str, Tree]:
        path = (*path, "with")
        entry = content.get("with")
        if entry is None or entry.value.content is None:
            return {}
        if not isinstance(entry.value.content, dict):
            words = f"`with` is {kind_of(entry.value)}, expected names with defaults"
            hint = "write with: {filters: 16}; an empty default must be given"
            self.refuse(path, words, entry.value.mark, hint)
            return {}
        found: dict[str, Tree] = {}
        for name, (mark, value) in entry.value.content.items():
            if name in _RESERVED:
                words = f"a parameter cannot be called `{name}`"
                hint = f"use another word: {one_of(sorted(_RESERVED))} are taken"
                self.refuse((*path, name), words, mark, hint)
            elif not NAME.fullmatch(str(name)):
                words = f"`{name}` is no name for a parameter"
                hint = "use letters, digits and underscores, and no digit first"
                self.refuse((*path, name), words, mark, hint)
            found[str(name)] = value
        return found


def read_blocks(
    tree: Tree | None, resolver: Resolver, kinds: LayerKinds
) -> dict[str, Block]:
    """The definitions of a config by name; what is wrong goes to the resolver."""
    if tree is None or tree.content is None:
        return {}
    definitions = _Definitions(resolver, kinds)
    if not isinstance(tree.content, dict):
        words = f"`{BLOCKS}` is {kind_of(tree)}, expected blocks by name"
        hint = "write blocks: {residual: {layers: [...]}}"
        definitions.refuse((BLOCKS,), words, tree.mark, hint)
        return {}
    found = {
        str(name): definitions.block(str(name), mark, value)
        for name, (mark, value) in tree.content.items()
    }
    return {name: block for name, block in found.items() if block is not None}
