"""What the machine, or the container that a process runs in, is and has to give."""

from __future__ import annotations

import os
import platform
import resource
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path


def machine_memory(root: Path = Path("/")) -> int:
    """The bytes of memory that this process may have: the machine's, or a limit below.

    Limits are those of its control groups and of the groups around them.
    Source: Linux kernel, "Control Group v2", `memory.max`, and "Memory Resource
    Controller" of version 1, `memory.limit_in_bytes`.

    Args:
        root: where `proc` and `sys` are.
    """
    whole = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    limits = [whole]
    for file in _limit_files(root):
        with suppress(OSError, ValueError):  # Without a limit it says `max`.
            limits.append(int(file.read_text()))
    return min(limits)


def free_memory(root: Path = Path("/")) -> int:
    """The bytes of memory that this process may still get, of those of the machine.

    What was read from files and can be read again counts as free.
    Source: proc(5), `MemAvailable`; Linux kernel, "Control Group v2", `memory.current`
    and `memory.stat`, and "Memory Resource Controller" of version 1.

    Args:
        root: where `proc` and `sys` are.
    """
    free = [machine_memory(root)]
    with suppress(OSError, ValueError, StopIteration):
        lines = (root / "proc/meminfo").read_text().splitlines()
        line = next(one for one in lines if one.startswith("MemAvailable:"))
        free.append(1024 * int(line.split()[1]))
    for file in _limit_files(root):
        with suppress(OSError, ValueError, StopIteration):
            free.append(int(file.read_text()) - _used(file.parent))
    return max(0, min(free))


def resident_memory(root: Path = Path("/")) -> int:
    """The bytes of memory that this process holds now.

    Where that is not told, as on macOS, the most that it has held.
    Source: proc_pid_statm(5), `resident`; getrusage(2), `ru_maxrss`.

    Args:
        root: where `proc` is.
    """
    with suppress(OSError, ValueError, IndexError):
        pages = int((root / "proc/self/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE")
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most if sys.platform == "darwin" else 1024 * most


def _used(group: Path) -> int:
    """What a control group holds, but for files that it need not keep."""
    names = ("memory.current", "memory.usage_in_bytes")
    file = next(group / name for name in names if (group / name).exists())
    used, cached = int(file.read_text()), 0
    with suppress(OSError, ValueError):
        stated = dict(
            line.split(" ", 1)
            for line in (group / "memory.stat").read_text().splitlines()
        )
        cached = int(stated.get("total_inactive_file", stated.get("inactive_file", 0)))
    return max(0, used - cached)


def _limit_files(root: Path) -> Iterator[Path]:
    """Where the limits of the groups of this process stand, if they have any."""
    try:
        groups = (root / "proc/self/cgroup").read_text().splitlines()
    except (OSError, ValueError):
        return
    for group in groups:
        _, controllers, place = (*group.split(":", 2), "", "")[:3]
        if controllers and "memory" not in controllers.split(","):
            continue
        folder = root / "sys/fs/cgroup" / ("memory" if controllers else "")
        name = "memory.limit_in_bytes" if controllers else "memory.max"
        inner = folder / place.lstrip("/")
        yield from (around / name for around in (inner, *inner.parents))


def processor() -> str:
    """The model of the processor, as Linux names it."""
    with suppress(OSError):
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor()
