from __future__ import annotations

import pytest

from dlrun.comparison import Question, compare
from dlrun.errors import QueryError
from dlrun.report.sections.effect import effect_text
from dlrun.report.text import render_text

SEEDS = (1, 2, 3, 4, 5)


def named(comparison):
    return {group.name: group for group in comparison.groups}


def test_the_config_that_the_others_vary_is_the_baseline(study):
    comparison = compare(study)

    groups = named(comparison)
    assert comparison.baseline == groups["base"].number
    assert not comparison.baseline_is_chosen
    assert groups["larger"].difference.mean == pytest.approx(-0.1)
    assert groups["larger"].difference.word == "better"
    assert groups["slower"].difference.word == "worse"
    assert groups["other"].difference.word == "no difference shown"


def test_a_baseline_can_be_named_by_group_run_or_number(study):
    found = {
        compare(study, Question(baseline=name)).baseline
        for name in ("slower", "slower-003", "4", "#4")
    }

    assert found == {4}


def test_an_unknown_baseline_gets_the_nearest_name(study):
    with pytest.raises(QueryError, match="'bsae'") as caught:
        compare(study, Question(baseline="bsae"))

    assert "did you mean base?" in str(caught.value.hint)


def test_each_change_of_one_key_is_an_effect(study):
    effects = {effect.change.head: effect for effect in compare(study).effects}

    batch = effects["batch_size"]
    assert (batch.change.before, batch.change.after) == (3, 6)
    assert batch.score.mean == pytest.approx(-0.1)
    assert (batch.score.n, batch.score.is_paired, batch.score.word) == (
        5,
        True,
        "better",
    )
    assert batch.gap.word == "no difference shown"


def test_keys_that_always_change_together_are_one_effect_and_a_warning(make_group):
    both = {"fit/batch_size": 6, "compile/optimizer/Adam/learning_rate": 0.001}
    folders = [*make_group("base", 0.5), *make_group("both", 0.4, **both)]

    comparison = compare(folders)

    (effect,) = comparison.effects
    assert {effect.change.head, effect.also[0].head} == {"batch_size", "learning_rate"}
    assert any("always change together" in caveat for caveat in comparison.caveats)


def test_what_follows_from_the_rows_is_not_said_to_change_together(make_group):
    with_shape = {"fit/batch_size": 6, "model/input_shape": [3]}
    folders = [*make_group("base", 0.5), *make_group("both", 0.4, **with_shape)]

    comparison = compare(folders)

    assert not any("always change together" in one for one in comparison.caveats)


def test_an_effect_is_a_mean_over_all_pairs_that_show_it(make_group):
    path = "model/layers/0/Dense/units"
    folders = [
        *make_group("a", 0.5),
        *make_group("b", 0.4, **{"fit/batch_size": 6}),
        *make_group("c", 0.8, **{path: 8}),
        *make_group("d", 0.6, **{path: 8, "fit/batch_size": 6}),
    ]

    effects = {effect.change.head: effect for effect in compare(folders).effects}

    assert len(effects["batch_size"].pairs) == 2
    assert effects["batch_size"].score.mean == pytest.approx(-0.15)
    assert effects["units"].score.mean == pytest.approx(-0.25)
    assert (effects["units"].change.before, effects["units"].change.after) == (8, 16)


def test_each_change_of_layers_is_an_effect_in_words_of_the_layers(ladder):
    comparison = compare(ladder, Question(metric="val_loss", baseline="base"))

    words = {effect_text(effect) for effect in comparison.effects}

    assert words == {
        "+Dropout(0.3) after h1 (x2)",
        "units (x2) 16 -> 64",
        "kernel_regularizer (x2) none -> L2(0.001)",
    }


def test_other_validation_rows_make_no_pairs(make_group, make_run):
    folders = [*make_group("base", 0.5)]
    for seed in SEEDS:
        config = {"name": "other", "seed": seed, "fit/batch_size": 6}
        summary = {"validation_hash": f"other {seed}"}
        run = make_run(f"o-{seed}", (0.4 + seed / 100,), config=config, summary=summary)
        folders.append(run)

    groups = named(compare(folders))

    assert not groups["base"].difference.is_paired


def test_a_margin_of_the_person_makes_equivalents(study):
    groups = named(compare(study, Question(margin=0.2)))

    assert groups["other"].difference.word == "equivalent"
    assert named(compare(study))["other"].difference.word == "no difference shown"


def test_effects_of_different_experiments_stay_apart(make_group):
    batch = {"fit/batch_size": 6}
    other = {"compile/loss": "mse"}
    folders = [
        *make_group("a", 0.5),
        *make_group("b", 0.4, **batch),
        *make_group("c", 9.0, (1, 2), **other),
        *make_group("d", 7.0, (1, 2), **other, **batch),
    ]

    comparison = compare(folders)

    means = sorted(round(effect.score.mean, 6) for effect in comparison.effects)
    assert means == [-2.0, -0.1]
    assert not any("change together" in caveat for caveat in comparison.caveats)
    assert "── below: other data or another loss" in render_text(comparison)
