"""What a run depends on beside its config: versions, devices, threads, source code."""

from __future__ import annotations

import os
import platform
import shlex
import shutil
import subprocess
import sys
from contextlib import suppress
from importlib.metadata import version
from typing import Any

import tensorflow as tf

from dlrun.build.backend import quiet_natives

_LIBRARIES = ("dlrun", "keras", "tensorflow", "numpy")
_state: dict[str, bool] = {"prepared": False}


def prepare_platform() -> dict[str, Any]:
    """Fix the threads and make operations deterministic, once per process.

    The rule for threads: as many as the process may use, in one operation and across.

    Returns:
        What `environment.json` holds.
    """
    threads = (
        len(os.sched_getaffinity(0))
        if hasattr(os, "sched_getaffinity")
        else os.cpu_count() or 1
    )
    if not _state["prepared"]:
        # TensorFlow refuses once it runs: it decoded images, or a notebook used it. It
        # has then chosen the same number itself.
        with suppress(RuntimeError):
            tf.config.threading.set_intra_op_parallelism_threads(threads)
            tf.config.threading.set_inter_op_parallelism_threads(threads)
        tf.config.experimental.enable_op_determinism()
        _state["prepared"] = True
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


def _git() -> dict[str, Any] | None:
    """The commit of the working directory, and whether files differ from it."""
    git = shutil.which("git")
    if git is None:
        return None

    def ask(*arguments: str) -> str | None:
        done = subprocess.run(  # noqa: S603 - fixed arguments
            [git, *arguments], capture_output=True, text=True, check=False, timeout=10
        )
        return done.stdout.strip() if done.returncode == 0 else None

    commit = ask("rev-parse", "HEAD")
    if commit is None:
        return None
    return {
        "commit": commit,
        "dirty": bool(ask("status", "--porcelain", "--untracked-files=no")),
    }
