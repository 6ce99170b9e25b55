from __future__ import annotations

import json
import sys

import pytest

import dlrun
from dlrun.comparison import Question, compare, groups_that
from dlrun.errors import QueryError, RunError
from dlrun.report.sections.effect import effect_text
from dlrun.report.text import render_text
from dlrun.runs import Metrics

SEEDS = (1, 2, 3, 4, 5)


@pytest.fixture
def make_group(make_run):
    """Write a run per seed; the loss is that of the group and a little of the seed."""

    def make(name: str, loss: float, seeds=SEEDS, times: int = 1, **config):
        return [
            make_run(
                f"{name}-{seed:03d}",
                (loss + 0.2, loss + seed * times % 3 / 100, loss + 0.1),
                config={"name": name, "seed": seed, **config},
                summary={"split_hash": str(seed), "validation_hash": str(seed)},
            )
            for seed in seeds
        ]

    return make


@pytest.fixture
def study(make_group):
    """A base and three changes of it: one helps, one harms, one does nothing."""
    return [
        *make_group("base", 0.5),
        *make_group("larger", 0.4, **{"fit/batch_size": 6}),
        *make_group("slower", 0.7, **{"compile/optimizer/Adam/learning_rate": 0.001}),
        *make_group("other", 0.5, times=2, **{"model/layers/0/Dense/units": 17}),
    ]


def named(comparison):
    return {group.name: group for group in comparison.groups}


def test_one_comparison_enters_few_modules(study):
    entered: set[str] = set()

    def record(frame, event, _):
        if event == "call":
            entered.add(frame.f_globals.get("__name__", ""))

    for folder in study:
        folder.write_diagnosis({"verdict": "GOOD_FIT", "tag": "ok", "onset": None})
    compare(study)  # What is imported at first use is not entered.
    sys.setprofile(record)
    try:
        compare(study[:15])
    finally:
        sys.setprofile(None)

    own = {name for name in entered if name.startswith("dlrun.")}
    stages = {"read", "group", "estimate", "contrast", "conclude"}
    assert own >= {f"dlrun.comparison.{stage}" for stage in stages}
    assert not any(name.startswith("dlrun.changes") for name in own)
    assert len(own) <= 34


def test_runs_of_one_config_are_a_group_by_its_name(study):
    groups = named(compare(study))

    assert set(groups) == {"base", "larger", "slower", "other"}
    assert groups["base"].seeds == SEEDS
    assert groups["base"].score.mean == pytest.approx(0.512)
    assert groups["base"].score.n == 5


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


def hidden(name, **more):
    body = {"name": name, "units": 16, "activation": "relu", **more}
    return {"Dense": body}


@pytest.fixture
def ladder(make_group):
    """A base, and changes of its layers: wider, with dropout, with L2."""
    base = [hidden("h1"), hidden("h2"), {"Dense": {"units": 2}}]
    dropout = {"Dropout": {"rate": 0.3, "enabled": True}}
    penalty = {"L2": {"l2": 0.001}}
    wide = [hidden("h1", units=64), hidden("h2", units=64), base[2]]
    strict = [hidden(one, kernel_regularizer=penalty) for one in ("h1", "h2")]
    models = {
        "base": (base, 0.5),
        "wide": (wide, 0.6),
        "dropout": ([base[0], dropout, base[1], dropout, base[2]], 0.4),
        "l2": ([*strict, base[2]], 0.55),
    }
    return [
        folder
        for name, (model, loss) in models.items()
        for folder in make_group(name, loss, **{"model/layers": model})
    ]


def test_each_change_of_layers_is_an_effect_in_words_of_the_layers(ladder):
    comparison = compare(ladder, Question(metric="val_loss", baseline="base"))

    words = {effect_text(effect) for effect in comparison.effects}

    assert words == {
        "+Dropout(0.3) after h1 (x2)",
        "units (x2) 16 -> 64",
        "kernel_regularizer (x2) none -> L2(0.001)",
    }


def test_layers_that_only_some_have_filter_sort_and_group(ladder):
    def names(**asked):
        question = Question(metric="val_loss", **asked)
        return [group.name for group in compare(ladder, question).groups]

    assert names(where="Dropout > 0.2") == ["dropout"]
    assert names(where="Dropout = none and units < 20") == ["base", "l2"]
    assert names(where="kernel_regularizer != none") == ["l2"]
    assert names(sort="Dropout after h1")[0] == "dropout"
    assert names(group_by="Dropout") == [
        "Dropout after h1=0.3",
        "Dropout after h1=none",
    ]


def test_another_loss_is_another_experiment_without_an_overall_winner(make_group):
    folders = [
        *make_group("base", 0.5),
        *make_group("mse", 0.1, seeds=(1, 2), **{"compile/loss": "mse"}),
    ]

    comparison = compare(folders)

    assert [group.experiment for group in comparison.groups] == [1, 2]
    assert [group.difference for group in comparison.groups] == [None, None]
    assert comparison.effects == ()
    assert "measure 2 different things" in comparison.verdict[0]
    assert not any("is better than" in line for line in comparison.verdict)


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


def test_one_run_each_is_never_called_better(make_run):
    folders = [
        make_run(f"a-{units:03d}", (units,), config={"fit/batch_size": units})
        for units in (1, 2, 3)
    ]

    comparison = compare(folders)

    assert {effect.score.word for effect in comparison.effects} == {""}
    assert "none is called better" in " ".join(comparison.verdict)


def test_one_run_each_says_what_the_validation_rows_may_explain(make_run):
    folders = [
        make_run(
            f"a-{size:03d}",
            (0.5,),
            config={"fit/batch_size": size},
            summary={"num_validation": 96},
        )
        for size in (3, 6)
    ]

    verdict = " ".join(compare(folders, Question(metric="val_accuracy")).verdict)

    # Twice the root of 2 p (1 - p) / 100 with p = (0.55 x 96 + 2) / 100.
    assert "differences below 0.1408 are within what a re-run may change" in verdict


def test_seeds_of_another_group_tell_what_a_single_run_is_worth(make_group, make_run):
    folders = [
        *make_group("base", 0.5),
        make_run("x-001", (0.3,), config={"name": "x", "fit/batch_size": 6, "seed": 1}),
    ]

    comparison = compare(folders)

    assert "x: one seed only, others have up to 5" in comparison.caveats
    assert named(comparison)["base"].difference.word == ""


def test_the_best_of_ten_is_told_how_lucky_it_may_be(make_group):
    folders = [
        folder
        for size in range(10)
        for folder in make_group(
            f"g{size}", 0.5 + size / 1000, (1, 2, 3), **{"fit/batch_size": size + 1}
        )
    ]

    assert "Picked from 10 groups: luck alone" in " ".join(compare(folders).verdict)


def test_groups_can_be_left_apart_or_made_by_key(study):
    apart = compare(study, Question(group_by="none"))
    by_key = compare(study, Question(group_by="batch_size"))

    assert len(apart.groups) == len(study)
    assert {group.name for group in by_key.groups} == {"batch_size=3", "batch_size=6"}
    assert {group.n for group in by_key.groups} == {5, 15}


def test_an_unknown_key_to_group_by_gets_the_nearest_name(study):
    with pytest.raises(QueryError, match="batch_sise") as caught:
        compare(study, Question(group_by="batch_sise"))

    assert "did you mean batch_size?" in str(caught.value.hint)


def test_a_filter_leaves_runs_out_by_settings_and_metrics(study):
    comparison = compare(study, Question(where="batch_size < 6 and val_loss < 0.6"))

    assert set(named(comparison)) == {"base", "other"}
    assert "batch_size" not in {setting.head for setting in comparison.settings}


def test_a_filter_that_leaves_nothing_says_so(study):
    with pytest.raises(RunError, match="none of the 20 runs meets 'val_loss > 9'"):
        compare(study, Question(where="val_loss > 9"))


def test_groups_are_checked_by_their_means(study):
    comparison = compare(study)

    assert [one.name for one in groups_that(comparison, "val_loss > 0.6")] == ["slower"]
    assert groups_that(comparison, "gap > 1") == []
    assert len(groups_that(comparison, "val_accuracy < 0.9 and n == 5")) == 4


def test_a_loss_with_other_penalties_gives_way_to_the_accuracy(make_run):
    penalty = {"model/layers/0/Dense/kernel_regularizer": {"L2": {"l2": 0.01}}}
    accuracy = {"compile/metrics": ["accuracy"]}
    folders = [
        make_run("a-001", config=accuracy),
        make_run("a-002", config=accuracy | penalty),
    ]

    comparison = compare(folders)

    assert comparison.metric == "val_accuracy"
    assert any("val_accuracy is compared" in one for one in comparison.caveats)
    assert compare(folders, Question(metric="val_loss")).metric == "val_loss"


def test_the_verdict_of_a_group_is_that_of_most_seeds(study):
    for folder, onset in zip(study[:5], (8, 9, 9, 10, None), strict=True):
        values = {"verdict": "OVERFITTING", "tag": f"overfit@{onset}", "onset": onset}
        good = {"verdict": "GOOD_FIT", "tag": "ok", "onset": None}
        folder.write_diagnosis(values if onset else good)

    comparison = compare(study)

    base = named(comparison)["base"]
    assert (base.verdict, base.verdict_runs, base.onset) == ("OVERFITTING", 4, 9)
    assert base.tag == "overfit@9 4/5"
    assert "1 of 4 groups overfits" in " ".join(comparison.verdict) or (
        "It overfits" in " ".join(comparison.verdict)
    )


def test_test_scores_stay_hidden_unless_asked_for(study):
    for folder in study:
        folder.write_metrics(Metrics(epochs=3))
        folder.count_test_look("evaluate", {"loss": 0.5, "accuracy": 0.8})

    assert "test_loss" not in render_text(compare(study))
    shown = compare(study, Question(test=True))
    assert "test_loss" in render_text(shown)
    assert shown.provenance.test_looks == 20
    assert "looks at the test rows of these runs so far: 20" in render_text(shown)


def test_runs_that_stopped_early_had_another_budget(make_group):
    folders = make_group("base", 0.5, (1, 2), **{"fit/epochs": 50})

    (caveat,) = compare(folders).caveats

    assert caveat == "base: stopped early, after 3 of 50 epochs"


def test_curves_of_a_group_are_a_mean_and_a_band(make_group):
    comparison = compare(make_group("base", 0.5, (1, 2, 3)))

    curves = comparison.curves(comparison.groups[0])

    assert curves.validation.epochs == (1, 2, 3)
    assert curves.validation.runs == (3, 3, 3)
    assert curves.validation.low[1] == pytest.approx(0.5)
    assert curves.validation.high[1] == pytest.approx(0.52)
    assert curves.train.mean[0] == pytest.approx(0.6)
    assert curves.onset is None


def test_long_curves_are_kept_in_a_hundred_points(make_run):
    losses = tuple(1 + epoch / 100 for epoch in range(250))

    comparison = compare([make_run("a-001", losses, config={"fit/epochs": 250})])

    band = comparison.curves(comparison.groups[0]).validation
    assert len(band.mean) == 84
    assert (band.epochs[0], band.mean[0]) == (2, pytest.approx(1.01))


def test_a_setting_that_only_looks_is_no_other_config(make_run):
    probing = json.loads('{"every": 3}')

    comparison = compare(
        [make_run("a-001"), make_run("a-002", config={"seed": 43, "probe": probing})]
    )

    assert len(comparison.groups) == 1


def test_frames_have_a_row_per_run_and_per_group(study):
    comparison = dlrun.compare(folder.path for folder in study)

    runs, groups = comparison.to_frame(), comparison.groups_frame()

    assert (len(runs), len(groups)) == (20, 4)
    assert groups.loc[0, "name"] == "larger"
    assert groups.loc[0, "word"] == "better"
    assert {"run", "best", "fit.batch_size"} <= set(runs.columns)


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


def first_sentence(folders, **asked):
    return compare(folders, Question(**asked)).verdict[0]


def test_where_nothing_is_shown_the_verdict_says_so_first(make_group):
    noisy = make_group("noisy", 0.49, times=2, **{"fit/batch_size": 6})
    folders = [*make_group("base", 0.5), *noisy]

    assert first_sentence(folders, baseline="base").startswith(
        "No config is shown to be better than base: noisy has the best mean, val_loss "
    )
    assert "more seeds would be needed to tell." in first_sentence(
        folders, baseline="base"
    )
    assert first_sentence(folders).startswith(
        "No difference is shown between noisy and base: val_loss "
    )


def test_where_a_difference_is_shown_the_verdict_names_both_and_the_size(study):
    found = first_sentence(study)

    assert found.startswith("larger is better than base: val_loss 0.4")
    assert found.endswith("better in 5 of 5 seeds.")


def test_a_sure_gain_is_told_before_a_larger_one_that_is_not_shown(make_group):
    def spread(name, losses, **config):
        return [
            folder
            for seed, loss in enumerate(losses, 1)
            for folder in make_group(name, loss, seeds=(seed,), times=0, **config)
        ]

    folders = [
        *spread("base", [0.50, 0.51, 0.52, 0.50, 0.51]),
        *spread("sure", [0.45, 0.46, 0.47, 0.44, 0.46], **{"fit/batch_size": 6}),
        *spread("wild", [0.10, 0.90, 0.15, 0.51, 0.11], **{"fit/batch_size": 9}),
    ]

    first, second, *_ = compare(folders, Question(baseline="base")).verdict

    assert first.startswith("sure is better than base: ")
    assert second.startswith("wild has the best mean, val_loss ")
    assert "is not shown to be better; about " in second


def test_a_baseline_that_is_best_itself_is_told(make_group):
    near = make_group("near", 0.501, times=2, **{"fit/batch_size": 6})
    far = make_group("far", 0.9, **{"fit/batch_size": 9})
    folders = [*make_group("base", 0.5), *near, *far]

    first, second, *_ = compare(folders, Question(baseline="base")).verdict

    assert first.startswith("No config is shown to be better than base: it has the ")
    assert second == "Worse: far."
    assert first_sentence([*folders[:5], *far], baseline="base").startswith(
        "base is better than far: val_loss "
    )


def test_groups_of_one_config_name_show_in_brackets_what_tells_them_apart(make_group):
    folders = [
        *make_group("gender", 0.5),
        *make_group("other", 0.4, **{"fit/epochs": 7}),
        *[
            folder
            for rate in (0.1, 0.2)
            for folder in make_group(
                "gender",
                rate,
                seeds=(int(100 * rate),),
                **{"compile/optimizer/Adam/learning_rate": rate},
            )
        ],
    ]

    comparison = compare(folders)

    assert {group.name for group in comparison.groups} == {
        "other",
        "gender (learning_rate=0.0001)",
        "gender (learning_rate=0.1)",
        "gender (learning_rate=0.2)",
    }
    assert "  gender (learning_rate=0.1)  " in render_text(comparison)
