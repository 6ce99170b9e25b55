"""Comparisons made of numbers alone, of any size, the same every time."""

from __future__ import annotations

import math
import os
import random
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import pytest

from dlrun.comparison import Band, Comparison, Group, GroupCurves, Row, Skipped
from dlrun.comparison.claims.recommendation import Recommendation
from dlrun.comparison.comparison import (
    Effect,
    Level,
    Marginal,
    Provenance,
)
from dlrun.comparison.score import Score
from dlrun.comparison.settings.difference import Setting, SettingChange
from dlrun.estimates import Difference, Estimate, estimate

if TYPE_CHECKING:
    from playwright.sync_api import Browser

RATES = (0.0, 0.1, 0.2, 0.3, 0.5)
UNITS = (16, 64, 128, 256, 512)
PATHS = ("model.layers.drop1.rate", "model.layers.hidden1.units")
STEPS = (1e-4, 3e-4, 1e-3, 3e-3)


@pytest.fixture
def study() -> Callable[..., Canned]:
    return make_study


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Debian's Chromium; a build server must have it, elsewhere tests are skipped."""
    names = ("chromium", "chromium-browser", "google-chrome")
    program = next(filter(None, map(shutil.which, names)), None)
    if program is None:
        words = "no Chromium is installed; apt-get install chromium"
        if os.environ.get("CI") == "true":
            pytest.fail(words)
        pytest.skip(words)
    from playwright.sync_api import sync_playwright

    # Chromium has no sandbox for root, as whom a build server often runs.
    options = ["--no-sandbox"] if os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=program, args=options)
        yield opened
        opened.close()


@dataclass(frozen=True, slots=True)
class Canned(Comparison):
    """A comparison whose curves are not read from files."""

    canned: tuple[GroupCurves, ...] = ()

    @property
    def recommendations(self) -> tuple[Recommendation, ...]:
        return _recommendations()

    def curves(self, group: Group) -> GroupCurves:
        return self.canned[group.number - 1]


def make_study(num_groups: int, seeds: int = 1, epochs: int = 50) -> Canned:
    """Groups that differ in dropout, width and learning rate; some overfit."""
    made = [_group(number, seeds, epochs) for number in range(num_groups)]
    made.sort(key=lambda pair: pair[0].score.mean)
    best = made[0][0].score
    baseline = min(num_groups, 3)
    groups, curves, rows = [], [], []
    for number, (group, one) in enumerate(made, 1):
        difference = _difference(group.score, best, seeds) if number > 1 else None
        groups.append(
            replace(
                group,
                number=number,
                difference=difference,
                is_tied=1 < number <= 1 + num_groups // 8,
            )
        )
        curves.append(one)
        rows += [_row(groups[-1], seed, epochs) for seed in range(seeds)]
    return Canned(
        metric="val_loss",
        mode="min",
        rows=tuple(rows),
        groups=tuple(groups),
        settings=tuple(
            Setting(path, path.rsplit(".", 1)[-1]) for path in (*PATHS, "seed")
        ),
        group_settings=tuple(Setting(path, path.rsplit(".", 1)[-1]) for path in PATHS),
        verdict=_verdict(groups, baseline),
        caveats=("study-007 and 2 more: keras 3.14.0, elsewhere 3.15.1",),
        skipped=(Skipped("torn-001", "history.csv line 2: not a number"),),
        baseline=baseline if num_groups > 1 else None,
        baseline_is_chosen=False,
        effects=_effects(num_groups, seeds),
        marginals=_marginals() if num_groups > 60 else (),
        evidence=(),
        provenance=Provenance(
            directories=("runs",),
            versions={"keras": ("3.15.1", "3.14.0"), "tensorflow": ("2.21.0",)},
            commits=("470290e1c", "a1988b3f2+"),
            data=("9f86d081",),
            test_looks=0,
        ),
        canned=tuple(curves),
    )


def _group(number: int, seeds: int, epochs: int) -> tuple[Group, GroupCurves]:
    draw = random.Random(number)
    rate = RATES[number % 5]
    units = UNITS[number // 5 % 5]
    step = STEPS[number // 25 % 4]
    train, validation = [], []
    for _ in range(seeds):
        speed = 0.05 + 0.35 * (units / 512) ** 0.5 * (0.6 + draw.random())
        harm = max(0.0, 0.02 * (units / 256) * (0.5 - rate)) * (0.5 + draw.random())
        floor = 0.25 + 0.3 * draw.random() + 0.1 * (units < 64)
        fall = [math.exp(-speed * epoch) for epoch in range(epochs)]
        train.append(
            [0.04 + 0.5 * rate + 1.9 * f + 0.005 * draw.random() for f in fall]
        )
        validation.append(
            [
                floor + 1.8 * f + harm * max(0, at - 6) + 0.02 * draw.random()
                for at, f in enumerate(fall)
            ]
        )
    best_epochs = [min(range(epochs), key=one.__getitem__) for one in validation]
    scores = [one[at] for one, at in zip(validation, best_epochs, strict=True)]
    trains = [one[at] for one, at in zip(train, best_epochs, strict=True)]
    gaps = [left - right for left, right in zip(scores, trains, strict=True)]
    ends = [one[-1] - two[-1] for one, two in zip(validation, train, strict=True)]
    best = sorted(best_epochs)[seeds // 2] + 1
    overfits = ends[0] - gaps[0] > 0.15
    onset = float(min(best + 3, epochs)) if overfits else None
    tag = f"overfit@{onset:g} {seeds}/{seeds}" if overfits else "ok"
    group = Group(
        number=number + 1,
        name=f"rate={rate:g}, units={units}, learning_rate={step:g}",
        runs=tuple(f"study-{number * seeds + seed:04d}" for seed in range(seeds)),
        seeds=tuple(range(seeds)),
        settings=dict(zip(PATHS, (rate, units), strict=True)),
        states={"finished": seeds},
        experiment=1,
        score=estimate(scores),
        train=estimate(trains),
        gap=estimate(gaps),
        gap_at_end=estimate(ends),
        best_epoch=float(best),
        epochs=epochs,
        test=None,
        validation_rows=360,
        verdict="OVERFITTING" if overfits else "GOOD_FIT",
        verdict_runs=seeds,
        judged_runs=seeds,
        onset=onset,
        wasted_epochs=float(epochs - best),
        tag=tag,
        parameters=20 * units + units * units + 10 * units,
        seconds_per_epoch=0.4 + units / 400,
        changes=(SettingChange("model.layers.drop1.rate", "rate", 0.0, rate),)
        if rate
        else (),
    )
    curves = GroupCurves(_band(train), _band(validation), group.best_epoch, onset)
    return group, curves


def _band(curves: list[list[float]]) -> Band:
    columns = list(zip(*curves, strict=True))
    return Band(
        epochs=tuple(float(at) for at in range(1, len(columns) + 1)),
        runs=tuple(len(column) for column in columns),
        mean=tuple(sum(column) / len(column) for column in columns),
        low=tuple(map(min, columns)),
        high=tuple(map(max, columns)),
    )


def _difference(score: Estimate, best: Estimate, seeds: int) -> Difference:
    mean = score.mean - best.mean
    half = 0.02 + mean / 3 if seeds > 1 else None
    word = "" if half is None else "worse" if mean > half else "no difference shown"
    return _measured(mean, half, seeds, word)


def _measured(mean: float, half: float | None, seeds: int, word: str) -> Difference:
    return Difference(
        mean=mean,
        n=seeds,
        is_paired=True,
        low=None if half is None else mean - half,
        high=None if half is None else mean + half,
        share=0.5,
        word=word,
    )


def _row(group: Group, seed: int, epochs: int) -> Row:
    score = Score(
        epochs=epochs,
        best=group.score.mean,
        best_epoch=int(group.best_epoch),
        train_at_best=group.train.mean,
        gap_at_best=group.gap.mean,
        gap_at_end=group.gap_at_end.mean,
        seconds_per_epoch=1.0,
        columns=("epoch",),
        values=(float(group.best_epoch),),
        curves=None,
        judgement=None,
    )
    return Row(
        run=group.runs[seed],
        status="finished",
        reason=None,
        seed=seed,
        pair=seed,
        settings={**group.settings, "seed": seed},
        score=score,
        epochs_planned=epochs,
        parameters=group.parameters,
        validation_rows=360,
        group=group.number,
        experiment=1,
        config_name="study",
        test={},
    )


def _effects(num_groups: int, seeds: int) -> tuple[Effect, ...]:
    if num_groups < 2:
        return ()
    made = []
    for at, (mean, word) in enumerate(
        [
            (-0.081, "better"),
            (-0.034, "probably better"),
            (0.012, "no difference shown"),
        ]
    ):
        score = _measured(mean, 0.03, seeds, word)
        gap = _measured(mean * 2, 0.02, seeds, word)
        path = (
            "model.layers.drop1.rate",
            "model.layers.hidden1.units",
            "fit.batch_size",
        )
        heads = ("rate", "units", "batch_size")
        change = SettingChange(
            path[at], heads[at], (0.0, 64, 32)[at], (0.5, 256, 128)[at]
        )
        also = (SettingChange("fit.epochs", "epochs", 30, 50),) if at == 1 else ()
        made.append(Effect(change, also, ((1, 2),), score, gap))
    return tuple(made)


def _marginals() -> tuple[Marginal, ...]:
    def level(value: object, mean: float) -> Level:
        return Level(
            str(value),
            200,
            estimate([mean - 0.02, mean, mean + 0.02]),
            estimate([0.1 + mean / 3, 0.12 + mean / 3]),
        )

    return (
        Marginal(
            "model.layers.drop1.rate",
            "rate",
            tuple(level(rate, 0.6 - rate / 3) for rate in RATES),
        ),
        Marginal(
            "compile.optimizer.Adam.learning_rate",
            "learning_rate",
            tuple(level(step, 0.7 + 0.05 * math.log10(step)) for step in STEPS),
        ),
    )


def _recommendations() -> tuple[Recommendation, ...]:
    return (
        Recommendation(
            1,
            "Stop earlier: the last 14 epochs made it worse.",
            "best epoch 16 of 50 in 5 of 5 runs, train loss still falls",
            "dlrun train configs/study/base.yaml -s fit.epochs=20 --seeds 5",
        ),
    )


def _verdict(groups: list[Group], baseline: int) -> tuple[str, ...]:
    best = groups[0]
    overfit = sum(group.verdict == "OVERFITTING" for group in groups)
    score = f"val_loss {best.score.mean:.3f} (n={best.score.n})"
    return (
        f"{best.name} is better than all others: {score}.",
        f"{overfit} of {len(groups)} groups overfit, the earliest from epoch 9.",
    )
