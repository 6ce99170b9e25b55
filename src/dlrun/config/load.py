"""Reading a config file and everything it extends."""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from dlrun.config.document import NodeCount, read_document
from dlrun.config.grammar import Grammar, with_text_names
from dlrun.config.merge import merge
from dlrun.config.node import Node, TreeChange
from dlrun.config.override import apply_overrides, apply_set
from dlrun.config.source import Mark, SourceText, read_source
from dlrun.config.tree import Entry, Tree, kind_of
from dlrun.errors import ConfigError, ConfigPath, Problem
from dlrun.writing import suggesting_briefly

_CHAIN_AT_MOST = 20
_OWN_KEYS = frozenset({"extends", "set"})
_SUFFIXES = frozenset({".yaml", ".yml"})
_TOP_KEY = re.compile(r"^\{?[\"']?([A-Za-z_]\w*)[\"']?\s*:(?=\s|$)", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class _File:
    """One file of an `extends` chain."""

    file: Path
    source: SourceText
    tree: Tree
    """Without `extends` and `set`."""
    extends: Entry | None
    patches: Tree
    """The value of `set`; empty where there is none."""
    top_keys: tuple[str, ...]
    """As they stand in the file."""


@suggesting_briefly()
def load_config(
    file: Path,
    overrides: Sequence[str] = (),
    deletions: Sequence[str] = (),
    grammar: Grammar = Grammar(),  # noqa: B008 - it is frozen
) -> Node:
    """Read a config file, what it extends, and the changes of the command line.

    Args:
        file: A YAML file; errors show it as given here.
        overrides: `path=value` and `path+=value`, applied from left to right.
        deletions: Paths to delete, before the overrides.
        grammar: What is known of the keys. A file with other keys at its top is no
            config, and no line of it is shown: it may be a secret that somebody else
            named.

    Raises:
        ConfigError: every mistake that could be found in files and arguments.
    """
    chain = _read_chain(file, grammar)
    tree: Tree | None = None
    later: list[TreeChange] = []
    for part in reversed(chain):
        if _holds(part.tree, grammar.made):
            later = []  # They led into a list that this file replaces.
        tree = part.tree if tree is None else merge(tree, part.tree, grammar)
        tree, waiting = apply_set(tree, part.patches, grammar)
        later += waiting
    sources = tuple((part.source.name, part.source.text) for part in chain)
    files = tuple(part.file.absolute() for part in chain)
    whole = tree or Tree({}, None)
    node = Node(whole, sources, files, grammar=grammar, later=tuple(later))
    return apply_overrides(node, overrides, deletions)


def _holds(tree: Tree, path: ConfigPath) -> bool:
    """Whether something stands at a path of keys."""
    for key in path:
        if not isinstance(tree.content, dict) or key not in tree.content:
            return False
        tree = tree.content[key].value
    return bool(path)


def _read_chain(file: Path, grammar: Grammar) -> list[_File]:
    """The file itself first, then what it extends, then what that extends."""
    chain: list[_File] = []
    problems: list[Problem] = []
    main, name, by = file, str(file), None
    count = NodeCount()
    while True:
        try:
            part, found = _read_config(file, name, by, grammar, count)
        except ConfigError as error:
            problems += [_pointing(problem, by) for problem in error.problems]
            break
        problems += found
        chain.append(part)
        if part.extends is None:
            break
        by = part.extends.value
        try:
            file = _extended_file(by, chain)
        except ConfigError as error:
            problems += error.problems
            break
        name = _shown(file, main)
    if problems:
        raise ConfigError(*problems)
    return chain


def _read_config(
    file: Path,
    name: str,
    by: Tree | None,
    grammar: Grammar,
    count: NodeCount,
) -> tuple[_File, Sequence[Problem]]:
    """Read a file, and quote it only if it is a config.

    Raises:
        ConfigError: it cannot be read, or is none.
    """
    keys = grammar.top | _OWN_KEYS
    is_trusted = not grammar.top or (by is None and file.suffix.lower() in _SUFFIXES)
    try:
        part, found = _read_file(file, name, grammar, count)
    except ConfigError as error:
        is_quoted = any(problem.location for problem in error.problems)
        if is_trusted or not is_quoted or _are_of_config(_top_keys(file), keys):
            raise
        raise ConfigError(_no_config(name)) from None
    if not is_trusted and not _are_of_config(part.top_keys, keys):
        raise ConfigError(_no_config(name))
    return part, found


def _read_file(
    file: Path, name: str, grammar: Grammar, count: NodeCount
) -> tuple[_File, Sequence[Problem]]:
    source = read_source(file, name)
    tree, mistakes = read_document(source, count=count)
    if tree is None and mistakes:
        raise ConfigError(*mistakes)
    content = tree.content if tree is not None else None
    if tree is None or not isinstance(content, dict):
        raise ConfigError(_no_mapping(source, tree))
    rest = {
        key: entry for key, entry in content.items() if key not in {"extends", "set"}
    }
    patches = content["set"].value if "set" in content else Tree(None, None)
    extends = content.get("extends")
    top_keys = tuple(str(key) for key in content)
    own, twice = with_text_names(Tree(rest, tree.mark), grammar)
    part = _File(file, source, own, extends, patches, top_keys)
    return part, [*mistakes, *twice]


def _top_keys(file: Path) -> list[str]:
    """What seems to stand at the top of a file that is no YAML."""
    try:
        text = file.read_bytes().decode(errors="replace")
    except OSError:
        return []
    return _TOP_KEY.findall(text)


def _are_of_config(found: Sequence[str], keys: Collection[str]) -> bool:
    """Whether at least half of the keys at the top of a file are those of a config."""
    known = sum(key in keys for key in found)
    return known > 0 and 2 * known >= len(found)


def _no_config(name: str) -> Problem:
    hint = "name a YAML file with keys of a config, such as `model` and `fit`"
    return Problem((), f"`{name}` is no config", hint=hint, code="not-a-config")


def _extended_file(target: Tree, chain: list[_File]) -> Path:
    """The file that the last one of the chain extends."""
    if not isinstance(target.content, str) or not target.content:
        words = f"`extends` is {kind_of(target)}, expected the name of one file"
        raise ConfigError(_problem(words, target.mark, "write `extends: base.yaml`"))
    try:
        file = (chain[-1].source.directory / target.content).resolve()
        seen = [earlier.file.resolve() for earlier in chain]
    except (OSError, ValueError, RuntimeError) as error:
        raise ConfigError(
            _problem(f"`{target.content}` is not a file name", target.mark, None)
        ) from error
    if file in seen:
        names = [earlier.source.name for earlier in chain[seen.index(file) :]]
        words = f"a file extends itself: {' -> '.join([*names, names[0]])}"
        raise ConfigError(
            _problem(words, target.mark, "remove one `extends` of this chain")
        )
    if len(chain) >= _CHAIN_AT_MOST:
        words = f"more than {_CHAIN_AT_MOST} files extend one another"
        raise ConfigError(_problem(words, target.mark, "join some of them"))
    return file


def _shown(file: Path, main: Path) -> str:
    """The name of an extended file for the user: relative if the first name was."""
    here = Path.cwd().resolve()
    is_relative = file.is_relative_to(here) or not main.is_absolute()
    return os.path.relpath(file, here) if is_relative else str(file)


def _pointing(problem: Problem, by: Tree | None) -> Problem:
    """A file that cannot be read is the mistake of who named it."""
    if by is None or by.mark is None or problem.location is not None:
        return problem
    return replace(problem, path=("extends",), location=by.mark.location())


def _no_mapping(source: SourceText, tree: Tree | None) -> Problem:
    if tree is None or tree.content is None:
        hint = "`dlrun init` writes a config to start from"
        return Problem((), f"`{source.name}` is empty", hint=hint, code="empty-config")
    hint = "write keys with values: `name: my-experiment`"
    if isinstance(tree.content, str) and ":" in tree.content:
        key, _, value = tree.content.partition(":")
        hint = f"a space must follow the colon: `{key}: {value}`"[:100]
    where = tree.mark.location() if tree.mark is not None else None
    return Problem(
        (),
        f"expected a mapping at the top of the config, found {kind_of(tree)}",
        hint=hint,
        code="not-a-mapping",
        location=where,
    )


def _problem(words: str, mark: Mark | None, hint: str | None) -> Problem:
    where = mark.location() if mark is not None else None
    return Problem(
        ("extends",), words, hint=hint, code="invalid-extends", location=where
    )
