"""What trials of a search spare because a worker shares rows and traced functions.

    python benchmarks/search_sharing.py rows      some seconds, without TensorFlow
    python benchmarks/search_sharing.py graphs    a minute or two

Both sides take turns in one run, over the 24 trials of configs/search/penguins.yaml;
figures are CPU seconds of this process. `graphs` trains every trial for an epoch, with
room for eight graphs and for one, and compares all weights.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from time import process_time

from dlrun.engines import KerasDoor
from dlrun.rows import RowShelf
from dlrun.runs import SearchFolder
from dlrun.studies.audience import Audience
from dlrun.studies.search.plan import SearchPlan

CONFIG = Path(__file__).parents[1] / "configs/search/penguins.yaml"
WARM_UP = 2
"""The first trials, which read and trace in any case."""


def measure_rows() -> None:
    """Rows that each trial reads, and rows that stand on a shelf."""
    plan, shelf = SearchPlan.read(CONFIG), RowShelf()
    members = [
        plan.member(number + 1, plan.space.point(number))
        for number in range(plan.trials or 0)
    ]
    members[0].read_rows(
        KerasDoor(members[0].experiment.spec)
    )  # Imports are not meant.
    taken: dict[str, list[float]] = {"each reads": [], "shared": []}
    for member in members:
        for side, given in (("each reads", None), ("shared", shelf)):
            begun = process_time()
            member.read_rows(KerasDoor(member.experiment.spec), given)
            taken[side].append(process_time() - begun)
    for side, times in taken.items():
        later = times[WARM_UP:]
        print(f"{side}: {1000 * sum(later) / len(later):.1f} ms CPU per trial")


def measure_graphs() -> None:
    """Trials with room for one graph, and for several."""
    from dlrun.engines import shared
    from dlrun.studies.search.work import SearchWorker

    plan, most = SearchPlan.read(CONFIG, ["fit.epochs=1"]), shared._MOST_GRAPHS
    taken, weights = {}, {}
    for graphs in (1, most, 1, most):
        shared._MOST_GRAPHS = graphs
        shared._kept.clear()
        with tempfile.TemporaryDirectory() as directory:
            folder = SearchFolder.of(Path(directory), plan.name)
            folder.begin(plan.to_values())
            marks = [
                process_time() for _ in SearchWorker(plan, folder, Audience()).work()
            ]
            weights[graphs] = [run.history()["weights_sha256"] for run in folder.runs()]
        spent = (marks[-1] - marks[WARM_UP - 1]) / (len(marks) - WARM_UP)
        taken.setdefault(graphs, []).append(spent)
    for graphs, times in taken.items():
        shown = ", ".join(f"{seconds:.3f}" for seconds in times)
        print(f"room for {graphs}: {shown} s CPU per trial")
    print(f"equal weights: {weights[1] == weights[most]}")


if __name__ == "__main__":
    {"rows": measure_rows, "graphs": measure_graphs}[sys.argv[1]]()
