"""The few calls of Ray that carry workers, behind what a test can stand in for."""

from __future__ import annotations

import fcntl
import os
import secrets
import shutil
import signal
import socket
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from dlrun.engines.backend import quiet_natives, usable_threads
from dlrun.errors import DlrunError, RunError, require_package
from dlrun.interruption import SIGNALS
from dlrun.studies.cluster.slot import Slot
from dlrun.studies.task import MachineLostError, as_light_error

if TYPE_CHECKING:
    from ray.actor import ActorHandle

_ANSWER_SECONDS = 3.0
"""So long a cluster is given to take a connection."""
_REMOVE_SECONDS = 3.0
_PAUSE_SECONDS = 0.1
_NO_STATISTICS = {"RAY_USAGE_STATS_ENABLED": "0"}
_OF_ITS_OWN = {
    "RAY_AUTH_MODE": "token",  # It listens on every interface of the machine.
    "RAY_raylet_start_wait_time_s": "120",
}
_LOCAL: Mapping[str, object] = {
    "address": "local",
    "include_dashboard": False,
    # Shared among processes: little more than its least, as only words pass through.
    "object_store_memory": 80 * 2**20,
}
_QUIET: Mapping[str, object] = {
    "log_to_driver": False,
    "logging_level": "error",
    "configure_logging": False,
}
_PREFIX = "dlrun-ray-"
_LONGEST_PARENT = 30
"""The path of a socket has 107 signs, of which Ray needs up to 70."""


@dataclass(frozen=True, slots=True)
class Need:
    """What a run takes of a node."""

    cpus: float
    gpus: float = 0


@dataclass(frozen=True, slots=True)
class SeenNode:
    """A node of a cluster, as the cluster tells."""

    key: str
    address: str
    cpus: float
    gpus: float

    def slots(self, need: Need) -> int:
        """How many runs find room here at once, if nothing else runs."""
        by_cpu = self.cpus / need.cpus if need.cpus else float("inf")
        by_gpu = self.gpus / need.gpus if need.gpus else float("inf")
        return int(min(by_cpu, by_gpu) + 1e-9)


class SlotLostError(MachineLostError):
    """The node of a slot has gone, or what Ray had there."""


class Reply(Protocol):
    """What comes from a node, sooner or later."""

    def comes_within(self, seconds: float) -> bool:
        """Wait so long for it; return whether it is there."""

    def value(self) -> object:
        """The answer, waited for.

        Raises:
            SlotLostError: There will be none.
        """


class SlotDoor(Protocol):
    """A `Slot` of a node, from here."""

    def ask(self, name: str, *given: object) -> Reply:
        """Call one of its methods."""

    def close(self) -> None:
        """Give its room back."""


class ClusterDoor(Protocol):
    """A cluster."""

    def nodes(self) -> list[SeenNode]:
        """Those that are alive."""

    def ask_node(
        self, node: SeenNode, function: Callable[..., object], *given: object
    ) -> Reply:
        """Call a function on a node, whatever else runs there."""

    def slot(self, need: Need) -> SlotDoor:
        """Ask for room for a run; it may take its time."""


class _RayAnswer:
    """A reference of Ray."""

    def __init__(self, reference: object) -> None:
        self._reference = reference

    def comes_within(self, seconds: float) -> bool:
        import ray

        ready, _ = ray.wait([self._reference], timeout=seconds)
        return bool(ready)

    def value(self) -> object:
        import ray
        from ray.exceptions import RayError, RayTaskError

        try:
            return ray.get(self._reference)
        except RayTaskError as error:  # Its own code has failed.
            cause = error.cause if isinstance(error.cause, Exception) else error
            if isinstance(cause, DlrunError):  # It knows its own cure.
                raise as_light_error(cause) from error
            hint = (
                "install the same dlrun there, and start its Ray from that environment"
            )
            message = f"a node fails: {_first_line(cause)}"
            raise RunError(message, hint=hint) from error
        except RayError as error:
            raise SlotLostError(_first_line(error)) from error


class _RaySlot:
    """An actor of Ray."""

    def __init__(self, actor: ActorHandle[Slot]) -> None:
        self._actor = actor

    def ask(self, name: str, *given: object) -> Reply:
        return _RayAnswer(getattr(self._actor, name).remote(*given))

    def close(self) -> None:
        import ray

        with suppress(Exception):  # It may have gone, and Ray with it.
            ray.kill(self._actor)


class RayDoor:
    """A cluster of Ray that this process has joined."""

    def nodes(self) -> list[SeenNode]:
        """Those that are alive."""
        import ray

        return [
            SeenNode(
                key=str(node["NodeID"]),
                address=str(node["NodeManagerAddress"]),
                cpus=float(node["Resources"].get("CPU", 0)),
                gpus=float(node["Resources"].get("GPU", 0)),
            )
            for node in ray.nodes()
            if node["Alive"]
        ]

    def ask_node(
        self, node: SeenNode, function: Callable[..., object], *given: object
    ) -> Reply:
        """Call a function on a node, whatever else runs there."""
        import ray
        from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

        there = NodeAffinitySchedulingStrategy(node.key, soft=False)
        remote = ray.remote(function).options(
            num_cpus=0, scheduling_strategy=there, max_retries=0
        )
        return _RayAnswer(remote.remote(*given))

    def slot(self, need: Need) -> SlotDoor:
        """Ask for room for a run; it may take its time."""
        import ray

        # Of its calls one waits for words while another passes some on.
        kind = ray.remote(Slot).options(
            num_cpus=need.cpus, num_gpus=need.gpus, max_concurrency=4, max_restarts=0
        )
        return _RaySlot(kind.remote())


@contextmanager
def open_ray(address: str | None) -> Iterator[RayDoor]:
    """Join a cluster of Ray, or start one on this machine, while the block lasts.

    Args:
        address: Where the cluster answers, `HOST:PORT`; `None`: one on this machine
            that nobody else can talk to, and that ends with the block.

    Raises:
        DlrunError: Ray is not installed.
        RunError: Nothing answers there, or it does not take this process in.
    """
    require_package("ray", "--on ray", "ray")
    with ExitStack() as stack:
        options: dict[str, object] = {"address": address}
        if address is None:
            folder = stack.enter_context(_folder())
            variables = {**_OF_ITS_OWN, "RAY_AUTH_TOKEN": secrets.token_hex(32)}
            options = {**_LOCAL, "_temp_dir": str(folder), "num_cpus": usable_threads()}
        else:
            _require_answer(address)
            variables = {}
        # Read by Ray when it is imported.
        stack.enter_context(_variables({**_NO_STATISTICS, **variables}))
        stack.callback(_leave)
        _join(address, options)
        yield RayDoor()


def _join(address: str | None, options: Mapping[str, object]) -> None:
    """Let this process be a driver of Ray.

    Raises:
        RunError: It cannot.
    """
    failure: Exception | None = None
    with quiet_natives(), _handlers_kept():
        import ray

        try:
            ray.init(**options, **_QUIET)
        except Exception as error:
            failure = error
    if failure is not None:
        raise _refusal(address, failure) from failure


def _leave() -> None:
    """Leave the cluster; one of this process's own ends."""
    with quiet_natives(), _handlers_kept():
        import ray

        ray.shutdown()


def _refusal(address: str | None, error: Exception) -> RunError:
    """Why this process is no driver of Ray."""
    reason = _first_line(error)
    if address is None:
        hint = "train here without Ray: leave out --on ray, or give --jobs 2"
        return RunError(f"Ray does not start on this machine: {reason}", hint=hint)
    if "ersion mismatch" in str(error):
        message = "this process and the cluster have other versions: "
        message += " ".join(str(error).split())
        hint = "install the same Python and the same Ray on all machines"
        return RunError(message, hint=hint)
    host, _, port = address.rpartition(":")
    message = f"Ray at {address} does not take this process in: {reason}"
    hint = "give it the token of the cluster (RAY_AUTH_MODE=token RAY_AUTH_TOKEN=...), "
    hint += "and let this machine be one of its nodes, if only to watch: "
    hint += f"ray start --address={host}:{port} --num-cpus=0"
    return RunError(message, hint=hint)


def _require_answer(address: str) -> None:
    """Refuse an address at which nothing answers; Ray would try it for a minute.

    Raises:
        RunError: Nothing does.
    """
    host, _, port = address.rpartition(":")
    hint = f"start one there: ray start --head --port={port or 6379}; or leave out "
    hint += "--address for a Ray of its own on this machine"
    if not host or not port.isdecimal():
        message = f"{address!r} is no address of a cluster, such as 10.0.0.1:6379"
        raise RunError(message, hint=hint)
    try:
        socket.create_connection((host, int(port)), _ANSWER_SECONDS).close()
    except (OSError, OverflowError) as error:
        reason = getattr(error, "strerror", None) or error
        message = f"no cluster answers at {address}: {reason}"
        raise RunError(message, hint=hint) from error


def _first_line(error: Exception) -> str:
    return next(iter(str(error).strip().splitlines()), type(error).__name__)


@contextmanager
def _variables(wanted: Mapping[str, str]) -> Iterator[None]:
    """Let environment variables have these values while the block lasts."""
    before = {name: os.environ.get(name) for name in wanted}
    os.environ.update(wanted)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


@contextmanager
def _handlers_kept() -> Iterator[None]:
    """Put back what hears signals: Ray takes some for itself."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.getsignal(number) for number in SIGNALS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def _folder() -> Iterator[Path]:
    """A folder for what Ray keeps while it runs, gone afterwards.

    One that a killed process has left behind is removed by the next.
    """
    parent = Path(tempfile.gettempdir())
    if len(str(parent)) > _LONGEST_PARENT:
        parent = Path("/tmp")  # noqa: S108 - sockets lie in it, whose paths are short
    for left in parent.glob(f"{_PREFIX}*"):
        with suppress(OSError), _owned(left):
            shutil.rmtree(left)
    folder = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=parent))
    try:
        with _owned(folder):
            yield folder
    finally:
        _remove(folder)


def _remove(folder: Path) -> None:
    """Remove a folder, in which processes that end may write for a moment."""
    deadline = time.monotonic() + _REMOVE_SECONDS
    while folder.exists() and time.monotonic() < deadline:
        shutil.rmtree(folder, ignore_errors=True)
        if folder.exists():
            time.sleep(_PAUSE_SECONDS)


@contextmanager
def _owned(folder: Path) -> Iterator[None]:
    """Hold the lock of a folder.

    Raises:
        OSError: Another process does.
    """
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    finally:
        os.close(descriptor)
