from __future__ import annotations

import pytest

from dlrun.config import load_config
from dlrun.experiment import parse_spec

VERDICTS = {
    "CONSTANT_PREDICTION",
    "DIVERGED",
    "DYING_RELU",
    "EXPLODING_GRADIENT",
    "GOOD_FIT",
    "NOISY_VALIDATION",
    "OSCILLATING_LOSS",
    "OVERFITTING",
    "SLOW_CONVERGENCE",
    "UNDERFITTING",
    "VALIDATION_BETTER",
    "VANISHING_GRADIENT",
}


@pytest.fixture(scope="module")
def study(diagnosis_benchmark):
    """The modules of the generator, and its parts."""
    names = ("cases", "data", "development", "held_out")
    cases, data, *parts = map(diagnosis_benchmark, names)
    return cases, data, tuple(part.PART for part in parts)


def test_every_case_is_a_valid_config(study, tmp_path):
    cases, data, parts = study
    data.write_data(tmp_path / "data")
    causes = [cause for part in parts for cause in (*part.causes, *part.healthy)]

    files = cases.write_configs(causes, tmp_path / "configs")

    assert len(files) == len(causes)
    for file in files.values():
        parse_spec(load_config(file))


def test_no_data_set_is_both_for_adjusting_and_for_the_figure(study):
    _, _, (development, held_out) = study

    used = [
        {cause.base.data for cause in (*part.causes, *part.healthy)}
        for part in (development, held_out)
    ]

    assert not used[0] & used[1]


def test_the_held_out_part_is_as_large_as_is_promised(study):
    _, _, (_, held_out) = study

    seeds = len(held_out.seeds)

    assert seeds >= 3
    assert len(held_out.causes) >= 25
    assert len(held_out.healthy) * seeds >= 60
    assert {cause.base.net for cause in held_out.causes} == {"mlp", "cnn", "lstm"}


def test_every_verdict_has_a_cause(study):
    _, _, (_, held_out) = study
    causes = (*held_out.causes, *held_out.healthy)

    accepted = {verdict for cause in causes for verdict in cause.accepted}

    assert accepted == VERDICTS
