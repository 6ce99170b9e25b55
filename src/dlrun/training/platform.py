"""What a run depends on beside its config: versions, devices, threads, source code."""

from __future__ import annotations

import platform
import shlex
import shutil
import subprocess
import sys
from importlib.metadata import version
from typing import Any

import tensorflow as tf

from dlrun.build.backend import quiet_natives, usable_threads

_LIBRARIES = ("dlrun", "keras", "tensorflow", "numpy")


def describe_platform() -> dict[str, Any]:
    """What `environment.json` holds."""
    threads = tf.config.threading.get_intra_op_parallelism_threads() or usable_threads()
    with quiet_natives():
        devices = [device.name for device in tf.config.list_physical_devices()]
    return {
        "versions": {"python": platform.python_version()}
        | {name: version(name) for name in _LIBRARIES},
        "platform": platform.platform(),
        "machine": platform.machine(),
        "devices": devices,
        "threads": threads,
        "deterministic": True,
        "git": _git(),
        "command": shlex.join(sys.argv),
    }


def device_kind() -> str:
    """Where TensorFlow puts the work: `gpu`, or `cpu`."""
    return "gpu" if tf.config.list_physical_devices("GPU") else "cpu"


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
