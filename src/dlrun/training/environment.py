"""What a run depends on beside its config: versions, devices, threads, source code."""

from __future__ import annotations

import platform
import shlex
import shutil
import subprocess
import sys
from collections.abc import Mapping
from contextlib import suppress
from importlib.metadata import version
from pathlib import Path
from typing import Any

from dlrun.engines import current_backend

_DECISIVE = ("machine", "processor", "devices", "threads")


def describe_platform() -> dict[str, Any]:
    """What `environment.json` holds."""
    return {
        "versions": versions(),
        "platform": platform.platform(),
        "machine": platform.machine(),
        "processor": _processor(),
        "devices": current_backend().devices(),
        "threads": current_backend().threads(),
        "git": _git(),
        "command": shlex.join(sys.argv),
    }


def versions() -> dict[str, str]:
    """The versions of Python and of the libraries that decide on a result."""
    found = {name: version(name) for name in _libraries()}
    return {"python": platform.python_version(), **found}


def _libraries() -> tuple[str, ...]:
    return ("dlrun", "keras", *current_backend().libraries, "numpy")


def differences(before: Mapping[str, Any], now: Mapping[str, Any]) -> list[str]:
    """What decides on the bits of a result and has changed, in words.

    Args:
        before: what `environment.json` holds; what it lacks is not compared.
        now: the same of this process.
    """
    flat = [{**values, **(values.get("versions") or {})} for values in (before, now)]
    names = ("python", *_libraries(), *_DECISIVE)
    return [
        f"{name} was {flat[0][name]}, now it is {flat[1].get(name)}"
        for name in names
        if name in flat[0] and flat[0][name] != flat[1].get(name)
    ]


def _processor() -> str:
    """The model of the processor, as Linux names it."""
    with suppress(OSError):
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor()


def _git() -> dict[str, Any] | None:
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
    return {"commit": commit, "dirty": None if changes is None else bool(changes)}
