"""`dlrun show`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from dlrun.cli.arguments import (
    ConfigOrRun,
    Deletions,
    Json,
    Overrides,
    RunsDirectory,
    is_config,
    open_run,
)
from dlrun.cli.output import answer, answer_json, warn
from dlrun.writing import json_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dlrun.components.component import Component
    from dlrun.config import Node
    from dlrun.errors import ConfigPath


def show(
    config: ConfigOrRun,
    overrides: Overrides = [],  # noqa: B006 - Typer copies it
    deletions: Deletions = [],  # noqa: B006
    origin: Annotated[
        bool, typer.Option("--origin", help="Show where each value was written.")
    ] = False,
    runs: RunsDirectory = Path("runs"),
    json: Json = False,
) -> None:
    """Show the complete config, with every default written out."""
    from dlrun.config import locate_problems, located
    from dlrun.experiment import parse_spec, read_config, restore_spec

    if not is_config(config):
        spec = restore_spec(open_run(config, runs).config()).spec
        answer_json(spec.values()) if json else answer(spec.to_yaml())
        return
    node = read_config(Path(config), overrides, deletions)
    with located(node):
        experiment = parse_spec(node)
    warn(locate_problems(node, experiment.warnings))
    values = experiment.spec.values()
    if origin:
        lines = [
            (_text(path, value), node.origin(_written(node, path)))
            for path, value in _leaves(values)
        ]
        width = max(len(text) for text, _ in lines)
        answer("\n".join(f"{text:<{width}}  # {place}" for text, place in lines))
    elif json:
        answer_json(values)
    else:
        answer(experiment.spec.to_yaml())


def _leaves(
    value: object, path: ConfigPath = ()
) -> Iterator[tuple[ConfigPath, object]]:
    """Every value that holds no others, and lists of such values."""
    if isinstance(value, dict) and value:
        for key, item in value.items():
            yield from _leaves(item, (*path, key))
    elif isinstance(value, list) and any(
        isinstance(item, (dict, list)) for item in value
    ):
        for index, item in enumerate(value):
            yield from _leaves(item, (*path, index))
    else:
        yield path, value


def _written(node: Node, path: ConfigPath) -> ConfigPath:
    """The path under which a value stands in the file, if it does.

    The main argument of a short form has the path of its class: `{Adam: 1e-4}`; what
    stands alone where a list may stand is the first of one.
    """
    from dlrun.components.component import Component

    written: list[str | int] = []
    value: Any = node.value  # Whatever cannot be asked for a part raises.
    kind: type[Component] | None = None
    for index, part in enumerate(path):
        if part == 0 and not isinstance(value, list):
            continue
        try:
            value = value[part]
            written.append(part)
        except (KeyError, IndexError, TypeError):
            arguments = kind.arguments(value) if kind is not None else {}
            if part not in arguments:
                return path
            written += [""] if isinstance(value, dict) and "" in value else []
            value = arguments[part]
        is_name = node.grammar.names_at(path[:index]) is not None
        is_class = index > 0 and not is_name  # The first is a key of the config itself.
        kind = _class_named(part, Component) if is_class else None
    return tuple(written)


def _class_named(key: str | int, kind: type[Component]) -> type[Component] | None:
    if kind.key == key:
        return kind
    inner = (_class_named(key, derived) for derived in kind.__subclasses__())
    return next(filter(None, inner), None)


def _text(path: ConfigPath, value: object) -> str:

    from dlrun.errors import format_path

    return f"{format_path(path)}: {json_text(value)}"
