"""What a run depends on beside its config: versions, devices, threads, source code."""

from __future__ import annotations

import os
import platform
import shlex
import shutil
import subprocess
import sys
from importlib.metadata import version

from dlrun.engines import current_backend, switches
from dlrun.machine import processor
from dlrun.runs import Commit, Environment


def describe_platform() -> Environment:
    """What the result of this process depends on."""
    backend = current_backend()
    return Environment(
        versions=versions(),
        platform=platform.platform(),
        machine=platform.machine(),
        processor=processor(),
        devices=tuple(backend.devices()),
        threads=backend.threads(),
        switches=switches(os.environ),
        commit=_commit(),
        command=shlex.join(sys.argv).encode(errors="backslashreplace").decode(),
    )


def versions() -> dict[str, str]:
    """The versions of Python and of the libraries that decide on a result."""
    libraries = {name: version(name) for name in _libraries()}
    return {"python": platform.python_version(), **libraries}


def _libraries() -> tuple[str, ...]:
    return ("dlrun", "keras", *current_backend().libraries, "numpy")


def differences(before: Environment, now: Environment) -> list[str]:
    """What decides on the bits of a result and has changed, in words.

    Args:
        before: what a run was trained in; what it does not say is not compared.
        now: the same of this process.
    """
    known, current = before.decisive(), now.decisive()
    changed = [
        f"{name} was {value}, now it is {current.get(name)}"
        for name, value in known.items()
        if value != current.get(name)
    ]
    if before.switches is None or now.switches is None:
        return changed
    old, new = before.switches, now.switches
    return changed + [
        f"{name} was {old.get(name, 'not set')}, now it is {new.get(name, 'not set')}"
        for name in sorted(old.keys() | new.keys())
        if old.get(name) != new.get(name)
    ]


def compared(before: Environment) -> list[str]:
    """What `differences` can tell of a run, in words; the rest it does not say."""
    known = {
        "versions": before.versions,
        "processor": before.processor,
        "devices": before.devices,
        "threads": before.threads,
        "environment switches": before.switches is not None,
    }
    return [name for name, value in known.items() if value]


def _commit() -> Commit | None:
    """The commit of the working directory, and whether files differ from it."""
    git = shutil.which("git")
    if git is None:
        return None

    def ask(*arguments: str) -> str | None:
        try:
            done = subprocess.run(  # noqa: S603 - fixed arguments
                [git, *arguments],
                capture_output=True,
                text=True,
                check=False,
                timeout=10,
            )
        except (OSError, subprocess.TimeoutExpired):
            return None
        return done.stdout.strip() if done.returncode == 0 else None

    commit = ask("rev-parse", "HEAD")
    if commit is None:
        return None
    changes = ask("status", "--porcelain", "--untracked-files=no")
    return Commit(commit, None if changes is None else bool(changes))
