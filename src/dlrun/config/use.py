"""What a use of a block, or a layer, says of itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NoReturn, TypeAlias

from dlrun.config.arithmetic import NAME
from dlrun.config.block import OWN_KEYS, USE, Block
from dlrun.config.level import INPUT, LayerKinds, LayerLevel
from dlrun.config.suggestion import did_you_mean, one_of
from dlrun.config.tree import SIGN, Entry, Key, Tree, kind_of, lone_key
from dlrun.config.variables import Resolver, Scope

if TYPE_CHECKING:
    from dlrun.config.source import Mark
    from dlrun.errors import ConfigPath

_PATH = ("model", "layers")
_DEEPEST = 20

SourceName: TypeAlias = "tuple[str, Mark | None]"
"""The name of a layer in the whole model, and where it was written."""


class RefusedError(Exception):
    """A use that makes no layers; the problem is told already."""


@dataclass(slots=True)
class UseReader:
    """Reads one item of a list of layers; what is wrong goes to the resolver."""

    resolver: Resolver
    blocks: Mapping[str, Block]
    kinds: LayerKinds
    layers: list[Tree] = field(default_factory=list)
    """Those that are made already."""

    def sources(
        self, tree: Tree, scope: Scope, depth: int = 0
    ) -> list[SourceName] | None:
        """The layers that `from` names, each where it was written; `None`: no names.

        A name that a parameter brings is one of the place that gave it.

        Raises:
            RefusedError: there is no such layer, or no such parameter.
        """
        content = tree.content
        if isinstance(content, list):
            found = [self.sources(item, scope, depth) for item in content]
            if any(one is None for one in found):
                return None
            return [name for one in found if one is not None for name in one]
        if not isinstance(content, str):
            return None
        name = content[1:]
        if content.startswith(SIGN) and NAME.fullmatch(name):
            home = scope.find(name)
            if home is None or depth > _DEEPEST:
                self.resolver.resolve(tree, scope, (*self.path(), "from"))
                raise RefusedError
            home.used.add(name)
            given = home.given[name]
            return self.sources(given.tree, given.scope, depth + 1)
        return [(self.named(content, tree.mark, scope), tree.mark)]

    def named(self, name: str, mark: Mark | None, scope: Scope) -> str:
        """The name in the whole model of a layer that is named here.

        Raises:
            RefusedError: a block has none of that name.
        """
        if name in scope.layers:
            return scope.layers[name]
        if scope.outer is None:
            return name  # Whoever validates the model knows its inputs.
        words = f"no layer above in this block is called `{name}`"
        names = [INPUT, *(one for one in scope.layers if one != INPUT)]
        hint = did_you_mean(name, names) or f"there is {one_of(names)}"
        self.report(words, mark, hint, "unknown-source")
        raise RefusedError

    def arguments(self, key: str, tree: Tree) -> dict[Key, Entry] | None:
        """The arguments with a short form written out; `None`: it cannot be."""
        if not isinstance(tree.content, dict):
            return {}
        arguments = tree.content[key].value
        content = arguments.content
        main = (
            "of" if key == USE else self.kinds.mains.get(self.kinds.keys.get(key, key))
        )
        inner = lone_key(arguments)
        is_object = inner is not None and inner[:1].isupper() and main is not None
        if isinstance(content, dict) and not is_object:
            return dict(content)
        if content is None:
            return {}
        return None if main is None else {main: Entry(None, arguments)}

    def block_arguments(self, block: Block, tree: Tree) -> dict[Key, Entry]:
        """What a use of a block says.

        Raises:
            RefusedError: no parameters by name.
        """
        if not isinstance(tree.content, dict):
            return {}
        arguments = tree.content[block.name].value
        if arguments.content is None:
            return {}
        if not isinstance(arguments.content, dict):
            words = f"the block `{block.name}` takes its parameters by name"
            names = [*block.parameters, *OWN_KEYS]
            hint = f"write {block.name}: {{{names[0]}: ...}}{block.place}"
            self.refuse(f"{words}, found {kind_of(arguments)}", arguments.mark, hint)
        for key in arguments.content.keys() - {*block.parameters, *OWN_KEYS}:
            names = [*block.parameters, *OWN_KEYS]
            words = f"the block `{block.name}` has no parameter `{key}`"
            hint = did_you_mean(str(key), names) or f"there is {one_of(names)}"
            mark = arguments.content[key].key
            self.report(f"{words}{block.place}", mark, hint)
        return dict(arguments.content)

    def require_parameters(
        self, block: Block, arguments: Mapping[Key, Entry], tree: Tree
    ) -> None:
        """Refuse a use that leaves out a parameter without a default.

        Raises:
            RefusedError: it does.
        """
        missing = [
            name
            for name, default in block.parameters.items()
            if default.content is None and name not in arguments
        ]
        if missing:
            listed = " and ".join(f"`{name}`" for name in missing)
            words = f"the block `{block.name}` needs {listed}{block.place}"
            example = ", ".join(f"{name}: ..." for name in missing)
            hint = f"write {block.name}: {{{example}}}, or give a default in `with`"
            self.refuse(words, tree.mark, hint)

    def require_no_circle(self, block: Block, tree: Tree, level: LayerLevel) -> None:
        """Refuse a use within the block itself.

        Raises:
            RefusedError: it is one.
        """
        if block.name in level.chain:
            start = level.chain.index(block.name)
            way = " -> ".join([*level.chain[start:], block.name])
            words = f"the block `{block.name}` uses itself: {way}{block.place}"
            self.refuse(words, tree.mark, "write what repeats with repeat: 3")

    def require_target(self, name: str, mark: Mark | None, level: LayerLevel) -> None:
        """Refuse to share what is nearly the name of a use of a block.

        Raises:
            RefusedError: it is.
        """
        meant = did_you_mean(name, level.instances)
        if name not in level.scope.layers and meant is not None:
            self.refuse(f"nothing above is called `{name}`", mark, meant)

    def require_no_block(self, key: str, tree: Tree) -> None:
        """Refuse a name of no class that is nearly that of a block.

        Raises:
            RefusedError: it is one.
        """
        meant = did_you_mean(key, self.blocks)
        if meant is not None and not key[:1].isupper():
            words = f"there is no layer and no block `{key}`"
            self.refuse(words, tree.mark, meant, "unknown-class")

    def instance_name(
        self, base: str, own: Mapping[Key, Entry], level: LayerLevel
    ) -> str:
        """The name of a use: its own, or one like that of a layer.

        Raises:
            RefusedError: it is no name, or taken.
        """
        if "name" not in own:
            return level.name(base, level.scope.layers)
        given = own["name"].value
        tree = self.resolver.resolve(given, level.scope, (*self.path(), "name"))
        name = tree.content
        if not isinstance(name, str) or not name or "/" in name:
            words = f"a use of a block cannot be named {kind_of(tree)}"
            self.refuse(words, tree.mark, "use letters, digits and underscores")
        if name in level.scope.layers:
            words = f"`{name}` already names a layer or a block above"
            self.refuse(words, tree.mark, "use another name", "duplicate-name")
        return str(name)

    def entry(self, own: Mapping[Key, Entry], level: LayerLevel, words: str) -> str:
        """The layer that a use of a block takes.

        Raises:
            RefusedError: it names none, or several.
        """
        if "from" not in own:
            return level.above
        tree = own["from"].value
        sources = self.sources(tree, level.scope)
        if sources is None or len(sources) != 1:
            message = f"{words} takes one input, `from` is {kind_of(tree)}"
            hint = "name one layer above; further ones can be parameters"
            self.refuse(message, tree.mark, hint, "too-many-inputs")
        return sources[0][0]

    def flag(self, own: Mapping[Key, Entry], level: LayerLevel) -> bool:
        """Whether a use is there.

        Raises:
            RefusedError: nobody can tell.
        """
        if "enabled" not in own:
            return True
        path = (*self.path(), "enabled")
        tree = self.resolver.resolve(own["enabled"].value, level.scope, path)
        if not isinstance(tree.content, bool):
            words = f"`enabled` must be true or false, found {kind_of(tree)}"
            self.refuse(words, tree.mark, "write true or false", "wrong-type")
        return tree.content

    def repeat(self, own: Mapping[Key, Entry], level: LayerLevel) -> int | None:
        """How often the block stands there; `None`: once, and not counted.

        Raises:
            RefusedError: it is no number of times.
        """
        if "repeat" not in own:
            return None
        path = (*self.path(), "repeat")
        tree = self.resolver.resolve(own["repeat"].value, level.scope, path)
        number = tree.content
        if not isinstance(number, int) or isinstance(number, bool) or number < 1:
            words = (
                f"`repeat` must be a whole number of at least 1, found {kind_of(tree)}"
            )
            hint = "write repeat: 3; enabled: false leaves the block out"
            self.refuse(words, tree.mark, hint, "out-of-range")
        return number

    def path(self) -> ConfigPath:
        """Where the next layer stands, as far as the model is made."""
        return (*_PATH, len(self.layers))

    def report(
        self, words: str, mark: Mark | None, hint: str, code: str = "invalid-block"
    ) -> None:
        """Tell what is wrong, and go on."""
        problem = self.resolver.problem(self.path(), words, mark, hint, code)
        self.resolver.problems.append(problem)

    def refuse(
        self, words: str, mark: Mark | None, hint: str, code: str = "invalid-block"
    ) -> NoReturn:
        """Tell what is wrong, and give this use up.

        Raises:
            RefusedError: always.
        """
        self.report(words, mark, hint, code)
        raise RefusedError
