"""The arrow config file -> node, for configs of an experiment.

`dlrun.config` reads any YAML; what the keys mean is told to it here: that of those of
data sources only one can stand in a mapping, and where keys are names.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

from dlrun.components.component import snake_case
from dlrun.components.index import keys_of, kinds, listed, reserving_kinds
from dlrun.components.layers import Layer
from dlrun.components.scope import CodeScope, current_scope, reading_with
from dlrun.components.sources import Source
from dlrun.config import (
    CUSTOM,
    Grammar,
    KnownClass,
    Node,
    apply_overrides,
    expand,
    load_config,
    node_of,
)
from dlrun.errors import CodeError, ConfigPath
from dlrun.experiment.custom import with_custom
from dlrun.experiment.experiment import ExperimentSpec
from dlrun.experiment.section import Section

if TYPE_CHECKING:
    from dlrun.config.level import LayerKinds


def read_config(
    file: Path, overrides: Sequence[str] = (), deletions: Sequence[str] = ()
) -> Node:
    """Read the config of an experiment, as `load_config` does.

    Raises:
        ConfigError: every mistake that could be found in files and arguments.
    """
    return expanded(read_written(file, overrides, deletions))


def read_written(
    file: Path, overrides: Sequence[str] = (), deletions: Sequence[str] = ()
) -> Node:
    """Read a config with its variables and blocks as they were written.

    Raises:
        ConfigError: every mistake that could be found in files and arguments.
    """
    return load_config(file, overrides, deletions, _grammar())


def config_of(
    values: Mapping[str, Any],
    overrides: Sequence[str] = (),
    deletions: Sequence[str] = (),
) -> Node:
    """Take the config of an experiment that was written in Python.

    Args:
        values: The config; relative paths start at the current directory.
        overrides: `path=value` and `path+=value`, applied from left to right.
        deletions: Paths to delete, before the overrides.

    Raises:
        ConfigError: what does not fit the config, or cannot be known.
    """
    node = node_of(values, grammar=_grammar())
    return expanded(apply_overrides(node, overrides, deletions))


def expanded(node: Node, *, may_be_unused: bool = False) -> Node:
    """The config with its blocks written out, which may name layers of its code.

    Args:
        node: as it was written.
        may_be_unused: whether nothing need use a variable or a block.

    Raises:
        ConfigError: what cannot be known of variables and blocks.
    """
    scope = CodeScope()
    if node.origin(CUSTOM) != "default":
        with suppress(CodeError):  # It is told when the config is validated.
            _, scope = with_custom(node.value)
    with reading_with(scope):
        return expand(node, _layer_kinds, may_be_unused=may_be_unused)


def _layer_kinds() -> LayerKinds:
    """What expanding blocks needs to know of layers."""
    from dlrun.config.level import LayerKinds

    return LayerKinds(
        keys=Layer.types.names,
        mains=Layer.types.mains,
        name_of=snake_case,
        is_class=_is_class,
    )


def _is_class(name: str) -> bool:
    """Whether a name, in any case, is that of a class of any kind, or an alias."""
    taken = {
        one.casefold()
        for kind in reserving_kinds()
        for key, entry in listed(kind).items()
        for one in (key, snake_case(key), *entry["aliases"])
    }
    taken |= {one.casefold() for one in current_scope().names("layer")}
    return name.casefold() in taken


def _grammar() -> Grammar:
    """What the sections say of their keys."""
    fields = ExperimentSpec.model_fields
    sections: list[tuple[ConfigPath, type[Section]]] = [((), ExperimentSpec)]
    sections += [
        ((key,), kind)
        for key, field in fields.items()
        for kind in (field.annotation, *get_args(field.annotation))
        if isinstance(kind, type) and issubclass(kind, Section)
    ]
    return Grammar(
        exclusive=frozenset(Source.types),
        names=[one.below(*path) for path, kind in sections for one in kind.names],
        literal=[(*path, *one) for path, kind in sections for one in kind.literal],
        made=("model", "layers"),
        maker="blocks",
        classes=_classes_below,
        top=frozenset({*fields, "vars", "blocks"}),
    )


@cache
def _classes_below(place: str) -> Mapping[str, KnownClass]:
    """The classes that may stand below a key of a config, by their names and aliases.

    Args:
        place: as in `kernel_regularizer`, `metrics`; `vars` may be any.
    """
    is_any = place in {"vars", "with"}
    kind_of = {"columns": "column encoder"}
    return {
        name: KnownClass(key, keys_of(kind, key))
        for kind in kinds()
        if is_any or kind == kind_of.get(place) or place.endswith((kind, f"{kind}s"))
        for key, entry in listed(kind).items()
        for name in (key, *entry["aliases"])
    }
