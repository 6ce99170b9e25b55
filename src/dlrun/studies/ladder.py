"""The classic ladder of a study of overfitting: which variants a config has."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from dlrun.changes import Change
from dlrun.changes.change import Values, change
from dlrun.changes.changes import find_change
from dlrun.changes.layer_changes import width_patch
from dlrun.changes.setup import Setup
from dlrun.config import Node, apply_overrides, located
from dlrun.errors import Problem, RunError, SpecError
from dlrun.experiment import (
    Experiment,
    ExperimentSpec,
    config_of,
    parse_spec,
    read_config,
)
from dlrun.runs import RunFolder
from dlrun.studies.plan import Member, config_key, find_finished
from dlrun.writing import did_you_mean, nearest

AS_GIVEN = "as-given"
"""The variant that changes nothing, against which the others are measured."""
_SMALLER, _LARGER, _LEAST_WIDTH = 16, 4, 2
_LONGEST_NAME = 100


@dataclass(frozen=True, slots=True)
class Rung:
    """One step of the ladder."""

    name: str
    question: str
    """What it shows, as a person asks it."""
    make: Callable[[Values, Values], Change | None]
    """The change for a resolved config and what is known of its data; None: it does not
    apply to it."""
    unfit: str
    """Why it does not apply, where it does not."""
    is_of_tables: bool = False
    """It asks something of tables alone: of other rows nobody is told of it."""


@dataclass(frozen=True, slots=True)
class VariantRun(Member):
    """One run of a study: a variant with a seed, and a fold where there are some."""

    variant: str

    @property
    def draw(self) -> tuple[int, int]:
        """Seed and fold, by which variants are paired; 0: there are no folds."""
        return self.seed, self.fold or 0


@dataclass(frozen=True, slots=True)
class Ladder:
    """The runs of a study, and what it leaves out."""

    name: str
    """Of the config."""
    sentences: dict[str, str]
    """What each variant does, in the order of the ladder."""
    patches: dict[str, tuple[str, ...]]
    """The `-s` arguments of each variant."""
    members: tuple[VariantRun, ...]
    """Seed by seed, and fold by fold, so that whoever stops early has whole ones."""
    left_out: dict[str, str]
    """The variants that do not fit the config, each with the reason."""

    @property
    def draws(self) -> list[tuple[int, int]]:
        """Seed and fold of the runs of each variant, in their order."""
        return list(dict.fromkeys(member.draw for member in self.members))

    @property
    def folds(self) -> int:
        """How many folds there are at each seed; 0: none."""
        return max(fold for _, fold in self.draws)


def _too_small(config: Values, _: Values) -> Change | None:
    patch = width_patch(
        Setup(config),
        lambda width: min(width, max(_LEAST_WIDTH, width // _SMALLER)),
    )
    return change("too-small", "hidden layers a sixteenth as wide", patch)


def _too_large(config: Values, _: Values) -> Change | None:
    patch = width_patch(Setup(config), lambda width: _LARGER * width)
    return change("too-large", "hidden layers four times as wide", patch)


def _named(name: str) -> Callable[[Values, Values], Change | None]:
    return lambda config, facts: find_change(name, config, facts)


_NO_VALIDATION = Problem(
    ("data",),
    "a study measures the gap to validation rows, and none are kept",
    hint="add `split: {validation: 0.2}` under `data`",
    code="no-validation",
    on_key=True,
)
_SAME_FOLDS = Problem(
    ("data", "split", "time"),
    "rows have one order in time: another seed would divide them into the same folds",
    hint="give --seeds 1",
    code="same-folds",
    on_key=True,
)
_SEEDS = 5
_NO_HIDDEN = "no hidden layer of the model can change"
LADDER = (
    Rung("too-small", "does the net need its size?", _too_small, _NO_HIDDEN),
    Rung("too-large", "does a larger net do harm?", _too_large, _NO_HIDDEN),
    Rung(
        "scaling",
        "does scaling the columns help?",
        _named("scale_columns"),
        "no column of the table is a number that nothing scales",
        is_of_tables=True,
    ),
    Rung(
        "indicator",
        "does it help to know where there was a gap?",
        _named("impute_indicator"),
        "no number of the table is imputed without an indicator",
        is_of_tables=True,
    ),
    Rung("l2", "does a penalty on weights help?", _named("l2_up"), _NO_HIDDEN),
    Rung("dropout", "does dropout help?", _named("dropout_up"), _NO_HIDDEN),
    Rung(
        "batch-norm",
        "does batch normalization help?",
        _named("batch_norm"),
        "no hidden layer lacks it, or it can stand after none",
    ),
    Rung(
        "augmentation",
        "does moving the images help?",
        _named("augmentation"),
        "the rows are no images, they are moved already, or masks would not move",
    ),
    Rung(
        "less-data",
        "would more rows help? (what half of them lose)",
        _named("less_data"),
        "only rows that `data.split` divides by shares can be halved",
    ),
    Rung(
        "early-stopping",
        "does stopping in time help?",
        _named("early_stop"),
        "there are no validation rows to watch, or it stops already",
    ),
)
"""What a study changes, one thing at a time."""
VARIANTS = (AS_GIVEN, *(rung.name for rung in LADDER))


def plan_study(
    config: Path,
    seeds: int | None = None,
    only: Sequence[str] = (),
    overrides: Sequence[str] = (),
    deletions: Sequence[str] = (),
) -> Ladder:
    """The runs of a study of a config: each variant with the same seeds and folds.

    Args:
        config: The YAML file.
        seeds: How many, counted up from the config's seed; by default 5, or 1 where
            there are folds.
        only: The variants that are wanted; the config as given is always among them.
        overrides: `-s` arguments that hold for every variant.
        deletions: `-u` arguments that hold for every variant.

    Raises:
        ConfigError: The file is no readable YAML.
        SpecError: It does not describe a valid experiment, or keeps no validation rows.
        RunError: There is no such variant.
    """
    _check_names(only)
    given, experiment = read_base(config, overrides, deletions)
    base, node = experiment.spec, resolved(given, experiment)
    with located(given):
        draws = [*_draws(base, seeds)]
    facts = {"table_columns": _entries(experiment)}
    sentences = {AS_GIVEN: "the config as it is"}
    patches: dict[str, tuple[str, ...]] = {AS_GIVEN: ()}
    left_out: dict[str, str] = {}
    for rung in LADDER:
        is_out = rung.is_of_tables and not facts["table_columns"]
        if rung.name not in only and (only or is_out):
            continue
        change = rung.make(base.values(), facts)
        reason = rung.unfit if change is None else refusal(node, change.patch)
        if change is None or reason:
            left_out[rung.name] = reason
        else:
            sentences[rung.name], patches[rung.name] = change.sentence, change.patch
    return Ladder(
        name=base.name,
        sentences=sentences,
        patches=patches,
        members=tuple(
            variant_run(node, (base.name, name), patch, draw)
            for draw in draws
            for name, patch in patches.items()
        ),
        left_out=left_out,
    )


def read_base(
    config: Path, overrides: Sequence[str] = (), deletions: Sequence[str] = ()
) -> tuple[Node, Experiment]:
    """The config that is varied.

    Raises:
        ConfigError: The file is no readable YAML.
        SpecError: It does not describe a valid experiment, or keeps no validation rows.
    """
    node = read_config(config, overrides, deletions)
    with located(node):
        experiment = parse_spec(node)
        experiment.require_no_search()
        if not experiment.spec.has_validation:
            raise SpecError(_NO_VALIDATION)
    return node, experiment


def resolved(node: Node, experiment: Experiment) -> Node:
    """The config in full: a file may write in short what a change names."""
    return replace(node, tree=config_of(experiment.spec.values()).tree)


def _draws(base: ExperimentSpec, seeds: int | None) -> Iterator[tuple[int, int]]:
    """Seed and fold of the runs of each variant; fold 0: rows are divided once.

    Raises:
        SpecError: Several seeds would have the same folds.
    """
    split = base.data.split
    folds = split.all_folds if split is not None and split.lacks_fold else 0
    if folds and split is not None and split.time and (seeds or 1) > 1:
        raise SpecError(_SAME_FOLDS)
    for seed in range(base.seed, base.seed + (seeds or (1 if folds else _SEEDS))):
        yield from ((seed, fold) for fold in range(min(folds, 1), folds + 1))


def _entries(experiment: Experiment) -> dict[str, str | None]:
    """The columns of a table, and the entry of `data.columns` that holds for each."""
    facts, data = experiment.facts, experiment.spec.data
    if data.encodes_columns:
        return {one.column: one.entry for one in facts.columns}
    has_names = data.source.has_columns and facts.feature_names is not None
    return dict.fromkeys(facts.feature_names or ()) if has_names else {}


def run_name(config: str, variant: str) -> str:
    """The name of the runs of a variant; a long name of a config loses its end."""
    return f"{config[: _LONGEST_NAME - len(variant) - 1]}-{variant}"


def find_done(ladder: Ladder, root: Path) -> dict[int, RunFolder]:
    """The finished runs of a study by their numbers: those of the same config.

    Args:
        ladder: The runs that are wanted.
        root: Where run folders are.
    """
    keys = {
        number: config_key(member.experiment.spec.values())
        for number, member in enumerate(ladder.members, 1)
    }
    finished = find_finished(root, keys.values())
    return {number: finished[key] for number, key in keys.items() if key in finished}


def _check_names(only: Sequence[str]) -> None:
    for name in only:
        if name not in VARIANTS:
            meant = did_you_mean([nearest(name, VARIANTS)])
            hint = f"{meant} the variants are {', '.join(VARIANTS)}".lstrip()
            raise RunError(f"a study has no variant {name!r}", hint=hint)


def refusal(node: Node, patch: Sequence[str]) -> str:
    """Why a config does not take a change; nothing if it does."""
    try:
        parse_spec(apply_overrides(node, patch))
    except SpecError as error:
        return error.problems[0].message
    return ""


def variant_run(
    node: Node, names: tuple[str, str], patch: Sequence[str], draw: tuple[int, int]
) -> VariantRun:
    """The run of a variant with a seed and fold; its name tells config and variant.

    Args:
        node: The config in full.
        names: Of the config, and of the variant.
        patch: What the variant changes.
        draw: Seed and fold of the run; fold 0: rows are divided once.

    Raises:
        SpecError: The config does not take the change.
    """
    seed, fold = draw
    own = [f"name={run_name(*names)}", f"seed={seed}"]
    own += [f"data.split.fold={fold}"] if fold else []
    changed = apply_overrides(node, [*patch, *own])
    with located(changed):
        return VariantRun(changed, parse_spec(changed), names[1])
