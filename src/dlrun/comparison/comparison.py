"""Runs side by side, as every rendering reads them: text, Markdown, JSON, CSV, page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from dlrun.comparison.claims.recommendation import Recommendation, recommend
from dlrun.comparison.curve import GroupCurves, group_curves
from dlrun.diagnosis import find_verdict

if TYPE_CHECKING:
    from dlrun.comparison.reading import Gain, GroupEvidence
    from dlrun.comparison.score import Mode, Score
    from dlrun.comparison.settings.difference import Setting, SettingChange
    from dlrun.config import Scalar
    from dlrun.estimates import Difference, Estimate
    from dlrun.runs import RecordedFinding, State


@dataclass(frozen=True, slots=True, kw_only=True)
class ComparedRun:
    """One run of a comparison, whatever group it belongs to."""

    run: str
    status: State
    reason: str | None
    seed: int | None
    pair: int
    """Runs of one number had the same seed and the same validation rows: a pair."""
    settings: Mapping[str, Scalar]
    """The value of each of the comparison's `settings`, by its path."""
    score: Score
    """The numbers of its history, its verdict, and its two curves."""
    epochs_planned: int | None
    parameters: int | None
    validation_rows: int | None
    experiment: int
    """Only runs of one number measure the same thing; 1 is the largest experiment."""
    config_name: str
    test: Mapping[str, float]
    """The metrics on the test rows, if they were measured and asked for."""
    baselines: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    """What those reach on the validation rows of a series who predict without a model,
    by their names; empty: rows are no series."""
    gain: Gain | None = None
    """What pseudo-labels have brought; None: the run has none."""
    finding: RecordedFinding | None = None
    """What its check has found of the verdict; None: it was not checked."""
    fold: int | None = None
    """The fold that validates; None: the rows are divided once."""
    partition_seed: int | None = None
    """The seed that divided the rows into folds; None: they have one order."""
    overlap: float = 0.0
    """Of a fold, the rows that validate over those that train."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row(ComparedRun):
    """One run of a comparison, and its group."""

    group: int
    """The number of its group, from 1: the place in the comparison's `groups`."""


@dataclass(frozen=True, slots=True)
class Skipped:
    """A run that cannot be compared, and why."""

    run: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupEstimates:
    """What the runs of one config give: they differ in the seed, and in their names."""

    runs: tuple[str, ...]
    """The names of its runs, by seed."""
    seeds: tuple[int, ...]
    """The seeds of the runs that have a value, in order; equal seeds are pairs. Of
    folds each stands once."""
    settings: Mapping[str, Scalar]
    """The value of each of the comparison's `group_settings`, by its path."""
    states: Mapping[str, int]
    """How many of its runs are finished, running, failed..."""
    experiment: int
    """Groups of other numbers measure other things: they are not ranked together."""
    score: Estimate | None
    """The metric on the validation rows, at the epoch that the monitor chose."""
    train: Estimate | None
    """The same on the train rows: same weights, inference mode."""
    gap: Estimate | None
    """Validation minus train at that epoch."""
    gap_at_end: Estimate | None
    best_epoch: float | None
    """The median over its runs."""
    epochs: int
    """The most that one of its runs has done."""
    test: Estimate | None
    """The same metric on the test rows, if asked for."""
    baselines: Mapping[str, Estimate] = field(default_factory=dict)
    """The same metric of those who predict a series without a model, by their names."""
    verdict: str | None
    """The first verdict of most of its runs, such as OVERFITTING; None: not judged."""
    verdict_runs: int
    """How many of its runs have this verdict."""
    judged_runs: int
    onset: float | None
    """The median first epoch of overfitting; None: most of the runs do not overfit."""
    wasted_epochs: float | None
    """The median number of epochs after the best one."""
    tag: str
    """The verdict in a word: `overfit@9 5/5`, `ok`, `diverged 1/3`; empty: unknown."""
    validation_rows: int | None
    parameters: int | None
    seconds_per_epoch: float | None
    """The median."""

    @property
    def overfits(self) -> bool:
        """Whether most of its runs overfit, whatever else is wrong with them."""
        if self.onset is not None:
            return True
        verdict = find_verdict(self.verdict)
        return verdict is not None and verdict.has_onset

    @property
    def untold(self) -> str:
        """Why its verdict says nothing of overfitting; empty: it does."""
        if self.validation_rows == 0:
            return "Without validation rows, overfitting cannot be told."
        verdict = find_verdict(self.verdict)
        is_told = verdict is not None and verdict.colour != "unknown"
        return "" if is_told or verdict is None else verdict.meaning

    @property
    def n(self) -> int:
        """How many of its runs have a value."""
        return self.score.n if self.score else 0

    @property
    def has_folds(self) -> bool:
        """Whether its values are of folds, which share train rows."""
        return self.score is not None and self.score.overlap > 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Group(GroupEstimates):
    """The runs of one config, and how they stand against the other groups."""

    number: int
    """Its rank, from 1: the best stands first unless sorted otherwise."""
    name: str
    """The config's name where that tells the groups apart; else what differs."""
    difference: Difference | None = None
    """Against the baseline, else against the best; None for that group itself."""
    changes: tuple[SettingChange, ...] = ()
    """How its config differs from the baseline's, else from the best one's."""
    is_tied: bool = False
    """It is not even probably worse than the best group of its experiment."""


@dataclass(frozen=True, slots=True)
class Effect:
    """What one change did, wherever groups differ in it alone."""

    change: SettingChange
    also: tuple[SettingChange, ...]
    """Other keys that change with it in every run: their share cannot be told."""
    pairs: tuple[tuple[int, int], ...]
    """The numbers of the groups before and after, for every pair of them."""
    score: Difference
    """The change of the metric: per seed a mean over the pairs, then over seeds."""
    gap: Difference | None
    """The change of the gap; its word `better` means narrower."""


@dataclass(frozen=True, slots=True)
class Level:
    """All groups that share one value of a setting; what else they are is mixed."""

    value: str
    """The value as a person reads it, or a range of numbers."""
    groups: int
    score: Estimate
    """Over the means of its groups."""
    gap: Estimate | None


@dataclass(frozen=True, slots=True)
class Marginal:
    """How the metric goes with one setting over all groups; for many of them."""

    path: str
    head: str
    levels: tuple[Level, ...]
    """In the order of the values."""


@dataclass(frozen=True, slots=True)
class Provenance:
    """Where the numbers come from, so that they can be made again."""

    directories: tuple[str, ...]
    """Where the runs lie."""
    versions: Mapping[str, tuple[str, ...]]
    """Library to the versions found, the most usual first."""
    commits: tuple[str, ...]
    """Of the working directories that trained; `+` marks changes not committed."""
    data: tuple[str, ...]
    """The fingerprints of the rows, the most usual first."""
    test_looks: int
    """How often the test rows of these runs were looked at, over all of them."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """Runs compared by one metric; the best comes first unless sorted otherwise."""

    metric: str
    mode: Mode
    rows: tuple[Row, ...]
    """Every run, in the order of its group."""
    groups: tuple[Group, ...]
    settings: tuple[Setting, ...]
    """Each key that differs between the runs."""
    group_settings: tuple[Setting, ...]
    """Those that tell the groups apart: all but the seed, or those asked for."""
    verdict: tuple[str, ...]
    """Sentences: which group generalises best, by how much, how sure that is."""
    caveats: tuple[str, ...]
    """What to know before any number is trusted."""
    skipped: tuple[Skipped, ...]
    baseline: int | None
    """The number of the group that the others are measured against; None: the best."""
    baseline_is_chosen: bool
    """Whether a person named it; else most groups differ from it in one key."""
    effects: tuple[Effect, ...]
    """The largest first."""
    marginals: tuple[Marginal, ...]
    evidence: tuple[GroupEvidence, ...]
    """What can be advised on: a run of the best group, and one of the baseline."""
    provenance: Provenance
    unit: str = ""
    """What the metric is in, where that is not the unit of the file: `scaled`."""
    unjudged: tuple[Skipped, ...] = ()
    """Of the skipped, those of which nobody can tell whether they meet the condition
    that was asked."""

    @property
    def heading(self) -> str:
        """What the metric is called above its numbers: `val_loss (scaled)`."""
        return f"{self.metric} ({self.unit})" if self.unit else self.metric

    @property
    def recommendations(self) -> tuple[Recommendation, ...]:
        """At most three changes to try next, found when they are asked for."""
        return recommend(self.evidence)

    @property
    def best_group(self) -> Group | None:
        """The best of the largest experiment, however the groups are sorted."""
        rated = [
            (group.score.mean, group)
            for group in self.groups
            if group.score is not None and group.experiment == 1
        ]
        choose = max if self.mode == "max" else min
        return choose(rated, key=lambda pair: pair[0], default=(0.0, None))[1]

    @property
    def has_own_names(self) -> bool:
        """Whether groups go by the name of a config or run, not by what differs."""
        configs = {row.group: row.config_name for row in self.rows}
        return all(
            "=" not in group.name
            or group.name.startswith(f"{configs.get(group.number, '')} (")
            for group in self.groups
        )

    @property
    def curve_name(self) -> str:
        """What the curve that is compared is called: only of some rows `validation`."""
        return "validation" if self.metric.startswith("val_") else self.metric

    def members(self, group: Group) -> list[Row]:
        """The runs of a group, by seed."""
        return [row for row in self.rows if row.group == group.number]

    def curves(self, group: Group) -> GroupCurves:
        """The curves of a group, made when they are asked for.

        Each point is an epoch; of more than 100 planned epochs, the mean of several.
        """
        curves = [row.score.curves for row in self.members(group)]
        return group_curves(
            curves,
            best_epoch=group.best_epoch,
            onset=group.onset,
            name=self.curve_name,
            overlap=group.score.overlap if group.score else 0.0,
        )
