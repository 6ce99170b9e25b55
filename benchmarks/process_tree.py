"""What a command costs with all that it starts, daemons too (Linux).

    python benchmarks/process_tree.py COMMAND...

Runs the command, its output to stderr, and prints `{"wall", "cpu", "peak"}` as JSON.
Whatever loses its parent becomes a child of this process (a subreaper), which waits for
everything, so the CPU seconds (user and system) are those that the kernel adds up when
a process is waited for. What a process leaves out that does not wait for its children
is found by looking at all of them twice a second: the larger sum counts. Memory
is the largest sum of their proportional set sizes, in which a page that several share
counts once.
"""

from __future__ import annotations

import ctypes
import json
import os
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

EVERY = 0.5
"""Seconds between two looks."""
FAREWELL = 20
"""Seconds that daemons have after the command has ended."""
SUBREAPER = 36
TICKS = os.sysconf("SC_CLK_TCK")


def descendants() -> Iterator[tuple[tuple[int, int], float]]:
    """Who is below this process, each with its own CPU seconds until now."""
    parents, found = {}, {}
    for folder in Path("/proc").iterdir():
        if not folder.name.isdecimal():
            continue
        with suppress(OSError):
            fields = (folder / "stat").read_text().rpartition(")")[2].split()
            process = int(folder.name)
            parents[process] = int(fields[1])
            found[process] = (
                (process, int(fields[19])),
                (int(fields[11]) + int(fields[12])) / TICKS,
            )
    own = os.getpid()
    for process, values in found.items():
        above = parents.get(process)
        while above is not None and above != own:
            above = parents.get(above)
        if above == own:
            yield values


def proportional_megabytes(process: int) -> float:
    with suppress(OSError):
        for line in Path(f"/proc/{process}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) * 1024 / 1e6
    return 0.0


def wait_for_some() -> bool:
    """Whether something is still to wait for."""
    with suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
        return True
    return False


def main() -> None:
    ctypes.CDLL(None, use_errno=True).prctl(SUBREAPER, 1, 0, 0, 0)
    began = time.perf_counter()
    process = subprocess.Popen(sys.argv[1:], stdout=sys.stderr)
    main_process, code, ended = process.pid, None, 0.0
    seen: dict[tuple[int, int], float] = {}
    peak = 0.0
    while True:
        now = dict(descendants())
        seen.update(now)
        peak = max(peak, sum(proportional_megabytes(one) for one, _ in now))
        if code is None:
            waited, status = os.waitpid(main_process, os.WNOHANG)
            if waited:
                code, ended = os.waitstatus_to_exitcode(status), time.perf_counter()
        elif not wait_for_some():
            break
        elif time.perf_counter() - ended > FAREWELL:
            for one, _ in descendants():
                with suppress(ProcessLookupError):
                    os.kill(one[0], signal.SIGKILL)
        time.sleep(EVERY)
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    waited_for = used.ru_utime + used.ru_stime
    print(
        json.dumps(
            {
                "wall": round(ended - began, 2),
                "cpu": round(max(waited_for, sum(seen.values())), 2),
                "cpu_waited_for": round(waited_for, 2),
                "peak": round(peak),
            }
        )
    )
    sys.exit(code)


if __name__ == "__main__":
    main()
