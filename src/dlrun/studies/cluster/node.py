"""What a command has to know about a node before it trains there."""

from __future__ import annotations

import platform
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import chdir, nullcontext, suppress
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TypeAlias

from dlrun.config import Node, located
from dlrun.engines import current_backend
from dlrun.errors import DlrunError, ProblemsError, RunError
from dlrun.experiment import parse_spec
from dlrun.machine import processor
from dlrun.runs import is_locked, is_shared
from dlrun.studies.cluster.content import Contents, FileState, hash_of, state_of
from dlrun.writing import listing

NodeFacts: TypeAlias = Mapping[str, object]
"""Plain values, which a dlrun of another version reads, too."""


@dataclass(frozen=True, slots=True)
class Inquiry:
    """What is asked of a node."""

    marker: str
    """A file in the folder of the runs, which the command holds the lock of."""
    token: str
    """What the file says."""
    directory: str
    """In which it was given; relative paths begin there."""
    configs: tuple[Node, ...]
    """Of which every file must be there."""
    states: Mapping[str, FileState] = field(default_factory=dict)
    """Of these files on the machine that asks: what is not the same file there must
    hold the same."""


def describe() -> NodeFacts:
    """What this machine is."""
    return {
        "host": platform.node(),
        "versions": versions(),
        "machine": platform.machine(),
        "processor": processor(),
    }


def look(question: Inquiry) -> NodeFacts:
    """What this machine is, and what it has of what a command needs."""
    here = Path(question.directory)
    with chdir(here) if here.is_dir() else nullcontext():
        lacks = [words for words in map(_lack, question.configs) if words]
    return {
        **describe(),
        "sees": is_shared(Path(question.marker), question.token),
        "locks": is_locked(Path(question.marker)),
        "lacks": lacks,
        "others": _others(question.states),
    }


def _others(states: Mapping[str, FileState]) -> dict[str, str]:
    """The files that are here, but are not those of the other machine: their hashes.

    On a folder that both share a file has the same number, size and time.
    """
    found: dict[str, str] = {}
    for name, theirs in states.items():
        ours = state_of(Path(name))
        if ours is None or ours == theirs:
            continue
        with suppress(RunError):
            is_as_large = ours.size == theirs.size
            found[name] = hash_of(Path(name)) if is_as_large else ""
    return found


def versions() -> dict[str, str]:
    """The versions that decide on bits, without an import of what they are of."""
    names = ("dlrun", "keras", *current_backend().libraries, "numpy")
    known = {"python": ".".join(platform.python_version_tuple()[:2])}
    for name in names:
        try:
            known[name] = version(name)
        except PackageNotFoundError:
            known[name] = "not installed"
    return known


def _lack(node: Node) -> str:
    """What of a config is not here; empty: nothing."""
    try:
        with located(node):
            parse_spec(node)
    except ProblemsError as error:
        return error.problems[0].message
    except DlrunError as error:
        return error.message
    return ""


def are_shared(nodes: Iterable[NodeFacts]) -> bool:
    """Whether every node has the folder of the runs."""
    return all(facts["sees"] for facts in nodes)


def require_fit(
    nodes: Iterable[NodeFacts], own: NodeFacts, root: Path, contents: Contents
) -> list[str]:
    """Refuse nodes on which runs would be others than here.

    Args:
        nodes: What each has found.
        own: The same of this machine.
        root: The folder of the runs.
        contents: What the files of this machine hold.

    Returns:
        A sentence for each difference that may change the last bits of a result.

    Raises:
        RunError: At least one lacks the folder, a lock, a file, or has other versions.
    """
    everywhere = list(nodes)
    require_versions(everywhere, own)
    _require(
        [facts for facts in everywhere if not facts["sees"]],
        f"the folder {root} is not that of this machine, or not to be written, on",
        "give the same command again: then files are sent to it; or let runs go into "
        "a folder that all nodes share under one path: --runs /shared/runs",
    )
    _require(
        [facts for facts in everywhere if not facts["locks"]],
        f"a lock in {root} that this machine holds is none on",
        "mount the folder with locks (NFS: without nolock, and also on its server as "
        "a client), or keep the runs on another file system: --runs DIR",
    )
    for facts in everywhere:
        lacks = facts["lacks"]
        if isinstance(lacks, Sequence) and lacks:
            hint = "put it where this machine has it, such as below a folder that all "
            hint += "nodes share, and give its path"
            raise RunError(f"node {facts['host']}: {lacks[0]}", hint=hint)
        _require_same(facts, contents)
    return differences(everywhere, own)


def _require_same(facts: NodeFacts, contents: Contents) -> None:
    """Refuse a node that has another file under the same path.

    Raises:
        RunError: It has one.
    """
    others = facts.get("others")
    for name, sha256 in others.items() if isinstance(others, Mapping) else ():
        if contents.of(Path(name)).sha256 != sha256:
            message = f"node {facts['host']} has another {name} than this machine"
            hint = "copy it there, or keep it below a folder that all nodes share"
            raise RunError(message, hint=hint)


def differences(nodes: Iterable[NodeFacts], own: NodeFacts) -> list[str]:
    """A sentence for each thing that may change the last bits of results on nodes."""
    others = [facts for facts in nodes if facts["host"] != own["host"]]
    return [*dict.fromkeys(_differences(others, own))]


def _require(wrong: Sequence[NodeFacts], what: str, hint: str) -> None:
    if wrong:
        hosts = listing([*dict.fromkeys(f"node {facts['host']}" for facts in wrong)])
        raise RunError(f"{what} {hosts}", hint=hint)


def require_versions(nodes: Iterable[NodeFacts], own: NodeFacts) -> None:
    """Refuse nodes with versions that give other bits.

    Raises:
        RunError: One has others.
    """
    mine = _versions_of(own)
    for facts in nodes:
        theirs = _versions_of(facts)
        wrong = [name for name in mine if mine[name] != theirs.get(name)]
        if wrong:
            found = listing([f"{name} {theirs.get(name)}" for name in wrong])
            wanted = listing([f"{name} {mine[name]}" for name in wrong])
            message = f"node {facts['host']} has {found}; this machine has {wanted}"
            packages = [name for name in wrong if name != "python"]
            pinned = " ".join(f"{name}=={mine[name]}" for name in packages)
            hint = f"there: pip install {pinned}" if packages else f"use {wanted} there"
            hint += ", then start its Ray anew: other versions give other bits"
            raise RunError(message, hint=hint)


def _versions_of(facts: NodeFacts) -> Mapping[str, object]:
    known = facts["versions"]
    return known if isinstance(known, Mapping) else {}


def _differences(nodes: Iterable[NodeFacts], own: NodeFacts) -> Iterator[str]:
    for facts in nodes:
        for name in ("machine", "processor"):
            if facts[name] != own[name]:
                yield (
                    f"note: node {facts['host']} has the {name} {facts[name]}, this "
                    f"machine {own[name]}: runs there may differ in the last bits; "
                    "each run records where it was trained"
                )
