"""What `compare` and `runs` read of one run: each of its files once."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from math import isfinite, nan
from typing import TypeVar

from dlrun.comparison.score import Mode, Score, guess_mode, score_history, score_outputs
from dlrun.diagnosis.run import diagnose_files
from dlrun.errors import HistoryError, RunError
from dlrun.runs import (
    Commit,
    DamagedError,
    Environment,
    History,
    Measures,
    Metrics,
    RecordedDiagnosis,
    RecordedFinding,
    RecordedVariables,
    RunFolder,
    Status,
    Summary,
    label_scales_of,
)

_Record = TypeVar("_Record", Summary, Environment)
_Result = TypeVar("_Result", Metrics, RecordedDiagnosis, RecordedFinding | None)
_COMMIT_CHARACTERS = 9
_LOSS_KEYS = ("loss", "loss_weights")
GAIN_MEASURES = ("test_accuracy", "val_accuracy")
"""What a gain is told of: the first that all runs have."""


@dataclass(frozen=True, slots=True)
class Gain:
    """What the rounds of a run have brought."""

    baseline: Mapping[str, float]
    """Accuracies of round 0, by their names."""
    gain: Mapping[str, float]
    """Accuracies of the kept round minus those of round 0."""
    round: int
    """The round that is kept; 0: pseudo-labels did not help."""


@dataclass(frozen=True, slots=True)
class Reading:
    """The small files of a run; what is unknown is None."""

    folder: RunFolder
    name: str
    """The run's name, or its path where another run has the same name."""
    status: Status
    config: Mapping[str, object]
    variables: RecordedVariables | None
    """What `vars` was when the config was made; None: it had none."""
    summary: Summary
    versions: Mapping[str, str]
    switches: Mapping[str, str] | None
    """Environment variables that choose how it computed; None: an older run."""
    commit: str | None
    """Of the working directory that trained; `+` marks changes not committed."""
    metrics: Metrics
    """What the run wrote at its end; empty: nothing yet."""
    test: Mapping[str, float]
    """The metrics on the test rows, where they were measured."""
    test_looks: int
    facts: Mapping[str, object] | None
    """What advice needs to know of data and model; None: the summary is damaged."""
    diagnosis: RecordedDiagnosis | None
    """What the run wrote of its verdict; None: nothing, as before its end."""
    finding: RecordedFinding | None
    """What its check has found; None: it was not checked."""
    gain: Gain | None
    """What pseudo-labels have brought; None: the run has none."""
    troubles: tuple[str, ...]
    """Why the summary or the versions could not be read."""
    is_vouched: bool = True
    """Whether hashes vouch for its files; an older dlrun has kept none."""

    @property
    def monitor(self) -> str | None:
        """The metric whose best value chose the weights."""
        stated = _at(self.config, "fit", "monitor")
        return self.summary.monitor or (stated if isinstance(stated, str) else None)

    def mode(self, metric: str) -> Mode:
        """Whether more of a metric is better, by this run's word or by its name."""
        stated = self.summary.monitor_mode
        if metric == self.monitor and stated is not None:
            return stated
        return guess_mode(metric)

    @property
    def config_name(self) -> str:
        """What the config calls itself."""
        return str(self.config.get("name") or "")

    @property
    def seed(self) -> int | None:
        """What drives split, initial weights and order."""
        value = self.config.get("seed")
        return value if isinstance(value, int) else None

    @property
    def fold(self) -> int | None:
        """The fold that validates; None: the rows are divided once."""
        split = _at(self.config, "data", "split")
        value = split.get("fold") if isinstance(split, Mapping) else None
        return value if isinstance(value, int) else None

    @property
    def all_folds(self) -> int:
        """How many folds its rows are divided into, repeats included; 0: into none."""
        split = _at(self.config, "data", "split")
        values = split if isinstance(split, Mapping) else {}
        folds = values.get("folds")
        return folds * self.repeats if isinstance(folds, int) else 0

    @property
    def repeats(self) -> int:
        """How often its rows are divided into folds, each time anew."""
        split = _at(self.config, "data", "split")
        repeats = split.get("repeats") if isinstance(split, Mapping) else None
        return repeats if isinstance(repeats, int) else 1

    @property
    def overlap(self) -> float:
        """Of a fold, the rows that validate over those that train; else 0."""
        train, held = self.summary.num_train, self.summary.num_validation
        return held / train if self.fold and train and held else 0.0

    @property
    def partition_seed(self) -> int | None:
        """The seed that divided the rows; None: folds in time have no other."""
        split = _at(self.config, "data", "split")
        stated = isinstance(split, Mapping) and split.get("time") is not None
        return None if stated and self.fold else self.seed

    @property
    def outputs(self) -> tuple[str, ...]:
        """The names of several outputs; empty: there is one."""
        value = _at(self.config, "model", "outputs")
        names = value if isinstance(value, list) else []
        return tuple(map(str, names)) if len(names) > 1 else ()

    @property
    def validation_hash(self) -> str | None:
        """Of the validation rows; runs of one hash were measured on the same rows."""
        return self.summary.validation_hash

    @property
    def loss(self) -> Mapping[str, object]:
        """What makes the loss: the keys of `compile` for it; empty: not known."""
        found = {key: _at(self.config, "compile", key) for key in _LOSS_KEYS}
        return {key: value for key, value in found.items() if value is not None}

    @property
    def label_scales(self) -> object:
        """How the labels were scaled, as the loss then is; None: they were not."""
        return _at(self.config, "data", "scale_labels")

    def label_scales_of(self, metric: str) -> object:
        """How the labels were scaled that a column of the history is about.

        Returns:
            None where it is in the units of the file, as all metrics are.
        """
        return label_scales_of(self.config, metric)

    def measures(self, metric: str) -> tuple[str | None, ...]:
        """What must agree for a metric to mean the same in two runs."""
        loss: object = ""
        if metric.endswith("loss"):
            loss = self.loss.get("loss")
            whose = [one for one in self.outputs if metric.endswith(f"{one}_loss")]
            if isinstance(loss, Mapping) and whose:
                loss = loss.get(max(whose, key=len))
            elif len(self.loss) > 1:
                loss = self.loss
        return (
            self.summary.rows_fingerprint,
            loss if loss is None or isinstance(loss, str) else json.dumps(loss),
            json.dumps(self.label_scales_of(metric)),
        )

    @property
    def epochs_planned(self) -> int | None:
        """How many epochs the config asks for."""
        value = _at(self.config, "fit", "epochs")
        return value if isinstance(value, int) else None


@dataclass(frozen=True, slots=True)
class GroupEvidence:
    """What advice on a group is drawn from: the verdict on one of its runs."""

    group: int
    """The number of the group."""
    name: str
    """What the group is called."""
    verdict: str | None
    """Of most of its runs."""
    folder: RunFolder
    """The run."""
    config: Mapping[str, object]
    """Its resolved config."""
    facts: Mapping[str, object]
    """What is known of its data and model, as `diagnose` takes it."""
    diagnosis: RecordedDiagnosis
    """The whole verdict, as a run keeps it."""
    finding: RecordedFinding | None = None
    """What the check of the run has found; None: it was not checked."""


def read_run(folder: RunFolder, name: str) -> Reading:
    """Read the small files of a run; only status and config are indispensable.

    Args:
        folder: The run.
        name: What to call it.

    Raises:
        DamagedError: A file is not what the run has written.
        RunError: Status or config is missing or damaged; of a run that nothing vouches
            for, also a summary that contradicts itself.
    """
    troubles: list[str] = []

    def attempt(read: Callable[[], _Record]) -> _Record | None:
        try:
            return read()
        except DamagedError:
            raise
        except RunError as error:
            troubles.append(error.message)
            return None

    status, config = folder.status(), folder.config()
    summary = attempt(folder.summary)
    environment = attempt(folder.environment) or Environment()
    # Both are written when a run ends, and not needed here.
    metrics = _optional(folder.metrics) or Metrics()
    is_vouched = folder.hashes.are_kept
    # What nothing vouches for is judged anew from its curves.
    diagnosis = _optional(folder.diagnosis) if is_vouched else None
    if summary is not None and not is_vouched:
        summary.require_layers(folder.name)
    finding = _optional(folder.finding)
    return Reading(
        folder=folder,
        name=name,
        status=status,
        config=config,
        variables=RecordedVariables.read(folder.hashes),
        # Layers are of no use here, and facts stand below.
        summary=replace(summary or Summary(), layers=(), facts={}),
        versions=environment.versions,
        switches=environment.switches,
        commit=_commit(environment.commit),
        metrics=metrics,
        test=_finite(metrics.test or {}),
        test_looks=metrics.test_looks,
        facts=None if summary is None else summary.facts,
        diagnosis=diagnosis,
        finding=finding,
        gain=read_gain(metrics),
        troubles=tuple(troubles),
        is_vouched=is_vouched,
    )


def _optional(read: Callable[[], _Result]) -> _Result | None:
    """What a run may lack; of a run that nothing vouches for, also what is damaged.

    Raises:
        DamagedError: It is not what the run has written.
    """
    try:
        return read()
    except DamagedError:
        raise
    except RunError:
        return None


def _commit(commit: Commit | None) -> str | None:
    if commit is None:
        return None
    return commit.sha[:_COMMIT_CHARACTERS] + "+" * bool(commit.dirty)


def _finite(measures: Measures) -> dict[str, float]:
    return {name: value for name, value in measures.items() if isfinite(value)}


def read_scores(reading: Reading, modes: Mapping[str, Mode]) -> dict[str, Score]:
    """Read the history of a run with regard to some metrics.

    Args:
        reading: The run.
        modes: The metrics in order of preference, and which of their values are best.

    Returns:
        The score by the first metric; by the others only if the run lacks the first.

    Raises:
        RunError: The history is damaged.
    """
    history = reading.folder.history()
    if reading.status.state == "finished":
        reading.metrics.require_epochs(history)
    judgement = _judge(reading, history)
    first, monitor = next(iter(modes)), reading.monitor or ""
    scores = {
        metric: score_history(
            history,
            metric,
            mode,
            monitor=(monitor, reading.mode(monitor)),
            epochs_planned=reading.epochs_planned,
            judgement=judgement,
        )
        for metric, mode in modes.items()
        if metric == first or first not in history
    }
    if not reading.outputs:
        return scores
    return {
        metric: replace(score, outputs=score_outputs(history, reading.outputs, score))
        for metric, score in scores.items()
    }


def _judge(reading: Reading, history: History) -> RecordedDiagnosis | None:
    """Take the diagnosis that the run wrote, else judge it now."""
    if reading.diagnosis is not None:
        return reading.diagnosis
    probes, facts = reading.folder.probes(), reading.facts or {}
    state, metrics = reading.status.state, reading.metrics
    with suppress(HistoryError):  # Without a single loss there is nothing to judge.
        return diagnose_files(history, probes, facts, state, metrics).to_record()
    return None


def scaled_runs(readings: Sequence[Reading], metric: str) -> set[str]:
    """The names of the runs whose metric is that of scaled labels."""
    return {one.name for one in readings if one.label_scales_of(metric) is not None}


def unit_of(readings: Sequence[Reading], metric: str) -> str:
    """What a metric is in: `scaled`, `partly scaled`; empty: the unit of the file."""
    scaled = len(scaled_runs(readings, metric))
    return (
        "" if not scaled else "scaled" if scaled == len(readings) else "partly scaled"
    )


def _at(config: Mapping[str, object], section: str, key: str) -> object:
    values = config.get(section)
    return values.get(key) if isinstance(values, Mapping) else None


def read_gain(metrics: Metrics) -> Gain | None:
    """The gain that a run tells in finite numbers; None: it has no rounds yet."""
    rounds = metrics.rounds
    if rounds is None:
        return None
    measures = [
        measure
        for measure in GAIN_MEASURES
        if isfinite(rounds.baseline.get(measure, nan))
        and isfinite(rounds.gain.get(measure, nan))
    ]
    return Gain(
        {measure: rounds.baseline[measure] for measure in measures},
        {measure: rounds.gain[measure] for measure in measures},
        rounds.kept_round,
    )
