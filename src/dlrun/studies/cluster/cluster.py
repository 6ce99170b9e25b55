"""Nodes that train for a command: who they are, and whether runs are equal there."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass, field, replace
from multiprocessing.connection import Connection
from pathlib import Path
from typing import TYPE_CHECKING

from dlrun.engines import threads_of
from dlrun.errors import RunError
from dlrun.runs import PlanFolder, SearchFolder, mark_folder
from dlrun.studies.cluster.content import Contents
from dlrun.studies.cluster.depot import remove_depot
from dlrun.studies.cluster.door import ClusterDoor, Need, SeenNode, SlotLostError
from dlrun.studies.cluster.hand import Errand, Hand, call_of, send_out
from dlrun.studies.cluster.link import Sending
from dlrun.studies.cluster.node import (
    Inquiry,
    NodeFacts,
    are_shared,
    describe,
    differences,
    look,
    require_fit,
    require_versions,
)
from dlrun.writing import listing

if TYPE_CHECKING:
    from dlrun.config import Node
    from dlrun.experiment import ExperimentSpec

_LOOK_SECONDS = 120.0
"""So long a node may take to start a process and look."""
_LEAVE_SECONDS = 10.0
"""So long nodes may take to remove what was sent to them."""
_ROOM_SECONDS = 30.0
"""So long no node may have room: one may be about to join."""


@dataclass(frozen=True, slots=True)
class Cluster:
    """Where a command sends its workers."""

    open_door: Callable[[], AbstractContextManager[ClusterDoor]]
    """Joins the nodes."""
    cpus: float | None = None
    """What a run takes of a node; `None`: a processor per thread."""
    gpus: float = 0

    def need(self, specs: Sequence[ExperimentSpec]) -> Need:
        """What each run of a command takes."""
        threads = max(map(threads_of, specs))
        return Need(threads if self.cpus is None else self.cpus, self.gpus)

    @contextmanager
    def join(
        self,
        root: Path,
        configs: Sequence[tuple[Node, ExperimentSpec]],
        tell: Callable[[str], None],
    ) -> Iterator[Workplace]:
        """Use the nodes while the block lasts.

        Args:
            root: Where the runs go.
            configs: Of which every file must be on every node.
            tell: Hears what is worth a line.

        Raises:
            RunError: Nothing answers, no node has room, or runs would be others there.
        """
        need = self.need([spec for _, spec in configs])
        by_files = {tuple(node.files): node for node, _ in reversed(configs)}
        with mark_folder(root) as (marker, token), self.open_door() as door:
            contents = Contents()
            configs_there = tuple(by_files.values())
            question = Inquiry(
                str(marker),
                token,
                str(Path.cwd()),
                configs_there,
                contents.states_of(configs_there),
            )
            place = Workplace(door, need, root, question, contents)
            for sentence in place.look():
                tell(sentence)
            tell(place.words())
            try:
                yield place
                if place.sending is not None:
                    tell(place.sending.words())
            finally:
                place.leave()


@dataclass(slots=True)
class Workplace:
    """The nodes of a cluster while a command uses them."""

    door: ClusterDoor
    need: Need
    root: Path
    question: Inquiry
    contents: Contents
    """What the files of this machine hold."""
    sending: Sending | None = None
    """What was sent where; `None`: all nodes have the folder of the runs."""
    _own: NodeFacts = field(init=False)
    _since: float | None = None
    """Since when no node has room."""

    def __post_init__(self) -> None:
        """Know this machine."""
        self._own = describe()

    @property
    def slots(self) -> int:
        """How many runs are trained at once, if nothing else takes the nodes."""
        return sum(node.slots(self.need) for node in self.door.nodes())

    def look(self) -> list[str]:
        """See whether runs are equal on every node with room; what may differ.

        Raises:
            RunError: They would be others, or no node has room.
        """
        nodes = [node for node in self.door.nodes() if node.slots(self.need)]
        if not nodes:
            raise self._no_room()
        # Another dlrun might not even read what it is asked then.
        require_versions(self._ask(nodes, describe), self._own)
        facts = self._ask(nodes, look, self.question)
        if are_shared(facts):
            return require_fit(facts, self._own, self.root, self.contents)
        self.sending = Sending(secrets.token_hex(8), self.contents)
        self.question = replace(self.question, configs=(), states={})
        lacking = [str(one["host"]) for one in facts if not one["sees"]]
        where = listing([f"node {host}" for host in dict.fromkeys(lacking)])
        sentence = f"{self.root} is not on {where}: files are sent to each node once, "
        sentence += "and runs are brought back at each checkpoint"
        return [sentence, *differences(facts, self._own)]

    def leave(self) -> None:
        """Remove what was sent to nodes, as far as they answer soon."""
        if self.sending is None:
            return
        sent = self.sending
        with suppress(Exception):  # Ray may have gone, which was told already.
            nodes = [node for node in self.door.nodes() if node.key in sent.nodes]
            asked = [
                self.door.ask_node(node, remove_depot, sent.command, node.key)
                for node in nodes
            ]
            deadline = time.monotonic() + _LEAVE_SECONDS
            for answer in asked:
                answer.comes_within(max(0.0, deadline - time.monotonic()))

    def _ask(
        self,
        nodes: Sequence[SeenNode],
        function: Callable[..., NodeFacts],
        *given: object,
    ) -> list[NodeFacts]:
        """What each node answers; one that has just gone does not.

        Raises:
            RunError: A node takes too long.
        """
        asked = [self.door.ask_node(node, function, *given) for node in nodes]
        deadline = time.monotonic() + _LOOK_SECONDS
        facts: list[NodeFacts] = []
        for node, answer in zip(nodes, asked, strict=True):
            if not answer.comes_within(max(0.0, deadline - time.monotonic())):
                message = f"node {node.address} does not start a process within "
                message += f"{_LOOK_SECONDS:.0f} s"
                hint = "look into the logs of Ray there, or take it out: ray stop"
                raise RunError(message, hint=hint)
            with suppress(SlotLostError):
                found = answer.value()
                assert isinstance(found, dict)  # noqa: S101 - what both give
                facts.append(found)
        return facts

    def words(self) -> str:
        """How many runs there is room for."""
        nodes = [node for node in self.door.nodes() if node.slots(self.need)]
        runs = f"{self.slots} run{'' if self.slots == 1 else 's'} at once"
        count = f"{len(nodes)} node{'' if len(nodes) == 1 else 's'}"
        return f"trains {runs} on {count} of Ray, each with {self._needs()}"

    def start(
        self, target: Callable[..., object], *given: object
    ) -> tuple[Hand, Connection]:
        """Send out a worker; return it, and this end of a pipe to it.

        Args:
            target: What it does; its first argument is its end of the pipe.
            *given: The other arguments.
        """
        # Without a folder that all share, they are used here alone.
        everywhere = given if self.sending else map(_everywhere, given)
        errand = Errand(
            call_of(target, *everywhere),
            self.question,
            self._accept,
            self._require_room,
        )
        slot = self.door.slot(self.need)
        if self.sending is None:
            return send_out(slot, errand)
        from dlrun.studies.cluster.foreman import SentHand

        hand = SentHand(slot, errand, self.sending)
        return hand, hand.connection

    def _accept(self, facts: NodeFacts) -> None:
        if self.sending is None:
            require_fit([facts], self._own, self.root, self.contents)
        else:
            require_versions([facts], self._own)

    def _require_room(self) -> None:
        """Refuse to wait for room that no node has.

        Raises:
            RunError: There was none for some time.
        """
        if self.slots:
            self._since = None
            return
        now = time.monotonic()
        if self._since is None:
            self._since = now
        elif now - self._since > _ROOM_SECONDS:
            raise self._no_room()

    def _no_room(self) -> RunError:
        nodes = self.door.nodes()
        have = max(nodes, key=lambda node: (node.gpus, node.cpus), default=None)
        found = "there is no node" if have is None else f"the largest has {_of(have)}"
        message = f"no node has room for a run of {self._needs()}: {found}"
        hint = "the same command goes on when there is one; --cpus-per-run says what a "
        hint += "run takes, and fit.threads with how many threads it computes"
        if self.need.gpus and not any(node.gpus for node in nodes):
            hint = (
                "leave out --gpus-per-run, or let a machine with GPUs join (ray start "
            )
            hint += "--num-gpus=N where Ray does not find them)"
        return RunError(message, hint=hint)

    def _needs(self) -> str:
        return _amount(self.need.cpus, self.need.gpus)


def _everywhere(given: object) -> object:
    """The same with a folder that is found whatever the working directory is."""
    if isinstance(given, PlanFolder):
        return replace(given, root=given.root.resolve())
    if isinstance(given, SearchFolder):
        return replace(given, path=given.path.resolve())
    return given


def _of(node: SeenNode) -> str:
    return _amount(node.cpus, node.gpus)


def _amount(cpus: float, gpus: float) -> str:
    words = f"{cpus:g} CPU{'' if cpus == 1 else 's'}"
    return f"{words} and {gpus:g} GPU{'' if gpus == 1 else 's'}" if gpus else words
