"""What the probe costs: `python benchmarks/probe.py`, CPU seconds, in one process.

Each workload is trained with and without the probe in turn. An epoch is steady after
the second one; its probes are timed by themselves as well, for they are so short that
the difference of two trainings drowns in the noise of a busy machine.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from measure import ROOT
from steps import WORKLOADS, config_of

from dlrun.progress import Progress

EPOCHS = 40
REPEATS = 3


def main(names: list[str]) -> None:
    print("| workload | every | epoch, ms | probe, ms | share | on / off | first, ms |")
    print("|---|---|---|---|---|---|---|")
    for name in names or [*WORKLOADS, "gender"]:
        with tempfile.TemporaryDirectory() as directory:
            print(row(name, Path(directory)), flush=True)


def row(name: str, directory: Path) -> str:
    off, on, probes, firsts, every = [], [], [], [], 0
    for _ in range(REPEATS):
        off += run(name, directory, "off")[0]
        epochs, found, every = run(name, directory, "auto")
        on += epochs
        firsts.append(found[0])
        probes += found[1:]
    probe, plain = statistics.median(probes), statistics.median(off)
    ratio = statistics.fmean(on) / statistics.fmean(off)
    share = probe / every / plain
    return (
        f"| {name} | {every} | {plain * 1e3:.2f} | {probe * 1e3:.2f} | {share:.2%} "
        f"| {ratio:.3f} | {firsts[0] * 1e3:.0f} |"
    )


def run(name: str, directory: Path, every: str) -> tuple[list[float], list[float], int]:
    """CPU seconds of the steady epochs and of each probe, and the interval."""
    from dlrun.config import load_config, node_of
    from dlrun.engines import KerasDoor
    from dlrun.experiment import parse_spec
    from dlrun.rows import read_rows
    from dlrun.training import start_run, train
    from dlrun.training.watch import probing

    class Clock(Progress):
        def __init__(self) -> None:
            self.times: list[float] = []

        def epoch(self, row: Mapping[str, object]) -> None:
            self.times.append(time.process_time())

    if name == "gender":
        node = load_config(ROOT / "configs/gender.yaml", [f"probe.every={every}"])
    else:
        config: dict[str, Any] = config_of(WORKLOADS[name], directory)
        config["fit"]["epochs"] = EPOCHS
        node = node_of(config | {"probe": {"every": every}}, directory)
    experiment, parts = read_rows(parse_spec(node), KerasDoor())
    folder = start_run(node, experiment, directory / "runs")
    clock, probes = Clock(), []
    restore = timed(probing.Probing, "_probe", probes)
    train(experiment, parts, folder, clock)
    restore()
    steps = zip(clock.times[1:], clock.times[2:], strict=False)
    epochs = folder.probes()
    jit = folder.summary().jit
    interval = probing.probe_interval(experiment, len(parts.train), jit=jit) or 0
    assert every == "off" or len(epochs) == len(probes)
    return [after - before for before, after in steps], probes, interval


def timed(owner: type, name: str, found: list[float]) -> Callable[[], None]:
    """Time every call of a method; the result puts the method back."""
    method = getattr(owner, name)

    def call(*arguments: Any) -> Any:
        began = time.process_time()
        result = method(*arguments)
        found.append(time.process_time() - began)
        return result

    setattr(owner, name, call)
    return lambda: setattr(owner, name, method)


if __name__ == "__main__":
    main(sys.argv[1:])
