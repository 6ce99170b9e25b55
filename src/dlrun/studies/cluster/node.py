"""What a command has to know about a node before it trains there."""

from __future__ import annotations

import platform
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import chdir, nullcontext
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TypeAlias

from dlrun.config import Node, located
from dlrun.engines import current_backend
from dlrun.errors import DlrunError, ProblemsError, RunError
from dlrun.experiment import parse_spec
from dlrun.machine import processor
from dlrun.runs import is_locked, is_shared
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
    }


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


def require_fit(nodes: Iterable[NodeFacts], own: NodeFacts, root: Path) -> list[str]:
    """Refuse nodes on which runs would be others than here.

    Args:
        nodes: What each has found.
        own: The same of this machine.
        root: The folder of the runs.

    Returns:
        A sentence for each difference that may change the last bits of a result.

    Raises:
        RunError: At least one lacks the folder, a lock, a file, or has other versions.
    """
    others = [facts for facts in nodes if facts["host"] != own["host"]]
    everywhere = list(nodes)
    require_versions(everywhere, own)
    _require(
        [facts for facts in everywhere if not facts["sees"]],
        f"the folder {root} is not that of this machine, or not to be written, on",
        "runs go into a folder that all nodes share under one path: "
        "--runs /shared/runs; or train there by hand, as docs/cluster.md shows",
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
