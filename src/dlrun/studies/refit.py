"""After cross-validation: one model on all rows, for the epochs that folds found."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

from dlrun.comparison import find_settings
from dlrun.config import located
from dlrun.errors import RunError
from dlrun.experiment import parse_spec, read_config
from dlrun.experiment.counts import with_step_count
from dlrun.studies.folds import with_folds
from dlrun.studies.plan import stated_values
from dlrun.writing import command_line, listing

if TYPE_CHECKING:
    from dlrun.experiment import Experiment
    from dlrun.runs import FoldsFolder, RunFolder

_FREE = frozenset(
    {"seed", "probe", "data.split.fold", "data.split.refit", "fit.checkpoint_seconds"}
)
"""What folds and their refit may differ in, beside names."""
_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Refit:
    """How the model after folds is trained."""

    overrides: tuple[str, ...]
    """The `-s` arguments that make a config that of the refit."""
    best_epochs: tuple[int, ...]
    """Of each fold, by the monitor."""
    unfinished: int
    """How many folds were best at their last epoch."""
    left_out: tuple[str, ...]
    """What watches validation rows, of which there are none."""

    def notes(self) -> Iterator[str]:
        """What a person should know of it."""
        folds = len(self.best_epochs)
        yield (
            f"all rows train for {_median(self.best_epochs)} epochs, the median of the "
            f"best epochs of {folds} folds: {listing(map(str, self.best_epochs), 12)}"
        )
        if self.unfinished:
            yield (
                f"{self.unfinished} of {folds} folds were best at their last epoch: "
                "more epochs might be better"
            )
        if self.left_out:
            yield f"no rows validate: without {listing(self.left_out, _SHOWN)}"


def _rows(run: RunFolder) -> int:
    """Its rows but for the test rows."""
    summary = run.summary()
    return (summary.num_train or 0) + (summary.num_validation or 0)


def _median(epochs: Sequence[int]) -> int:
    """A half goes up."""
    return math.floor(median(epochs) + 0.5)


def plan_refit(
    config: Path,
    overrides: Sequence[str],
    deletions: Sequence[str],
    folder: FoldsFolder,
) -> Refit:
    """How a config is trained on all rows after its folds.

    Args:
        config: The file; its folds, where it has none, are those of the folder.
        overrides: Its `-s` arguments.
        deletions: Its `-u` arguments.
        folder: The folds, all finished.

    Raises:
        ConfigError: The file cannot be read.
        SpecError: It describes no experiment.
        RunError: It is not the config of the folds, or a file of these is damaged.
    """
    runs = folder.run_folders()
    there = stated_values(runs[0].config())
    given = [*overrides, *_folds_of(config, overrides, deletions, there)]
    experiment = _parsed(config, given, deletions)
    _require_same(config, experiment, there, folder, runs)
    _require_seed(experiment, runs)
    metrics = [run.metrics() for run in runs]
    best = tuple(one.best_epoch or 0 for one in metrics)
    patch, left_out = _without_validation(experiment)
    given += [f"data.split.refit={folder.name}", *patch]
    epochs = [f"fit.epochs={_median(best)}"]
    epochs += _same_schedule(
        _parsed(config, given, deletions),
        _parsed(config, [*given, *epochs], deletions),
        max(map(_rows, runs)),
    )
    return Refit(
        overrides=(*given, *epochs),
        best_epochs=best,
        unfinished=sum(
            one.epochs == epoch for one, epoch in zip(metrics, best, strict=True)
        ),
        left_out=left_out,
    )


def _folds_of(
    config: Path,
    overrides: Sequence[str],
    deletions: Sequence[str],
    there: Mapping[str, object],
) -> list[str]:
    """What divides a config as the folds were: `--folds` may have done it alone."""
    written = read_config(config, overrides, deletions).value
    split = _split(written if isinstance(written, Mapping) else {})
    was = _split(there)
    if split.get("folds") is not None:
        return ["data.split.fold=null", "data.split.refit=null"]
    patch, _ = with_folds(written, int(str(was.get("folds"))))
    return [
        *patch,
        f"data.split.repeats={json.dumps(was.get('repeats'))}",
    ]


def _parsed(
    config: Path, overrides: Sequence[str], deletions: Sequence[str]
) -> Experiment:
    node = read_config(config, overrides, deletions)
    with located(node):
        return parse_spec(node)


def _split(values: Mapping[str, object]) -> Mapping[str, object]:
    return _section(_section(values, "data"), "split")


def _section(values: Mapping[str, object], key: str) -> Mapping[str, object]:
    section = values.get(key)
    return section if isinstance(section, Mapping) else {}


def _require_same(
    config: Path,
    experiment: Experiment,
    there: Mapping[str, object],
    folder: FoldsFolder,
    runs: Sequence[RunFolder],
) -> None:
    """Refuse a config that is not that of the folds.

    Raises:
        RunError: With what differs.
    """
    given = stated_values(experiment.spec.values())
    optimizer = _with_steps(experiment, runs[0].summary().num_train or 0)
    given["compile"] = {**_section(given, "compile"), "optimizer": optimizer}
    found = find_settings([given, there], frozenset())
    differ = {one.path: two for one, two in found.items() if one.path not in _FREE}
    if not differ:
        return
    told = (
        f"{path} is {json.dumps(here)}, there {json.dumps(other)}"
        for path, (here, other) in differ.items()
    )
    own = command_line("train", runs[0].path / "config.yaml", "--refit", folder.name)
    raise RunError(
        f"{config} is not the config of {folder.name}: {listing(told, _SHOWN)}",
        hint=f"train its folds first, with --folds; or refit theirs: {own}",
    )


def _require_seed(experiment: Experiment, runs: Sequence[RunFolder]) -> None:
    """Refuse a seed that keeps other test rows than the folds did.

    Raises:
        RunError: These rows have trained the models that the epochs are from.
    """
    spec = experiment.spec
    seeds = sorted({int(str(run.config().get("seed"))) for run in runs})
    if not _split(spec.values()).get("test") or spec.seed in seeds:
        return
    message = f"seed {spec.seed} keeps other test rows than the folds, of seed "
    hint = f"add -s seed={seeds[0]}"
    raise RunError(f"{message}{listing(map(str, seeds), _SHOWN)}", hint=hint)


def _without_validation(experiment: Experiment) -> tuple[list[str], tuple[str, ...]]:
    """What a config does without where no rows validate: `-s` arguments, and names."""
    fit = experiment.spec.fit
    watches = [(one.watched or "").startswith("val_") for one in fit.callbacks]
    left_out = [
        type(one).__name__
        for one, is_out in zip(fit.callbacks, watches, strict=True)
        if is_out
    ]
    patch = []
    if left_out:
        written = _section(experiment.spec.values(), "fit").get("callbacks")
        stated = written if isinstance(written, list) else []
        kept = [one for one, is_out in zip(stated, watches, strict=True) if not is_out]
        patch.append(f"fit.callbacks={json.dumps(kept)}")
    if fit.stop_on:
        patch.append("fit.stop_on=[]")
        left_out.append("fit.stop_on")
    if (fit.monitor or "").startswith("val_"):
        patch.append("fit.monitor=null")
    return patch, tuple(left_out)


def _same_schedule(experiment: Experiment, shorter: Experiment, rows: int) -> list[str]:
    """The learning rate of each epoch as the folds had it, though these are fewer.

    Args:
        experiment: The refit, for all the epochs that the folds might train.
        shorter: The same for those that it trains.
        rows: So many train.
    """
    planned, own = _with_steps(experiment, rows), _with_steps(shorter, rows)
    if planned == own:
        return []
    return [f"compile.optimizer={json.dumps(planned)}"]


def _with_steps(experiment: Experiment, rows: int) -> object:
    """The optimizer, with the number of steps in `decay_steps: auto`."""
    spec, facts = experiment.spec, replace(experiment.facts, num_train=rows)
    section = with_step_count(spec.compile, spec.fit, facts)
    counted = spec.model_copy(update={"compile": section})
    return _section(counted.values(), "compile").get("optimizer")
