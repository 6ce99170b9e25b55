"""Nodes of Ray on this machine, with a token of their own, gone afterwards."""

from __future__ import annotations

import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from contextlib import suppress
from pathlib import Path

SECONDS = 240
STORE = "--object-store-memory=80000000"
OWN_MOUNTS = ["unshare", "--mount", *(["--map-root-user"] if os.getuid() else [])]
"""What it starts has mounts of its own."""


class RayNodes:
    """A head, and nodes that join it; all processes that bear the token are ended."""

    def __init__(self) -> None:
        token = secrets.token_hex(32)
        self._token = token.encode()
        self.environment = {
            **os.environ,
            "RAY_AUTH_MODE": "token",
            "RAY_AUTH_TOKEN": token,
            "RAY_USAGE_STATS_ENABLED": "0",
            "RAY_raylet_start_wait_time_s": "120",
        }
        self._sockets = tempfile.mkdtemp(prefix="dlr-")  # Their paths have to be short.
        self._agents: list[int] = []
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.port}"

    def __enter__(self) -> RayNodes:
        try:
            self._start(
                *("--head", "--num-cpus=1", f"--port={self.port}"),
                *(f"--temp-dir={self._sockets}", "--include-dashboard=false"),
            )
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        for number in [*self.processes(), *self._agents]:
            kill(number)
        shutil.rmtree(self._sockets, ignore_errors=True)

    def join(self, without: Path | None = None) -> int:
        """Let a node of one processor join; return its process.

        Args:
            without: A folder that it does not see.
        """
        before = set(self.processes("raylet/raylet"))
        self._start(f"--address={self.address}", "--num-cpus=1", without=without)
        raylets = self.processes("raylet/raylet")
        (new,) = set(raylets) - before
        self._agents += _children(raylets)
        return new

    def processes(self, part: str = "") -> list[int]:
        """Those that bear the token, by a part of their command."""
        found = []
        for process in Path("/proc").glob("[0-9]*"):
            with suppress(OSError):
                is_ours = self._token in (process / "environ").read_bytes()
                command = (process / "cmdline").read_bytes().replace(b"\0", b" ")
                if is_ours and part.encode() in command:
                    found.append(int(process.name))
        return found

    def _start(self, *words: str, without: Path | None = None) -> None:
        """Start a node; the command ends, the node stays."""
        ray = str(Path(sys.executable).with_name("ray"))
        command = [ray, "start", *words, STORE]
        if without is not None:
            hide = 'mount -t tmpfs none "$0" && exec "$@"'
            command = [*OWN_MOUNTS, "sh", "-c", hide, str(without), *command]
        started = subprocess.run(
            command,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
        )
        if started.returncode:
            raise RuntimeError(started.stdout + started.stderr)


def kill(number: int) -> None:
    """End a process at once, if it is there."""
    with suppress(ProcessLookupError):
        os.kill(number, signal.SIGKILL)


def _children(parents: list[int]) -> list[int]:
    """Ray's agents, which write their titles over their environment."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            state = (process / "stat").read_text().rpartition(")")[2].split()
            if int(state[1]) in parents:
                found.append(int(process.name))
    return found
