from __future__ import annotations

from dlrun.comparison import Question, compare


def named(comparison):
    return {group.name: group for group in comparison.groups}


def first_sentence(folders, **asked):
    return compare(folders, Question(**asked)).verdict[0]


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


def test_a_group_that_compares_with_no_other_is_told_alone(make_group):
    folders = [
        *make_group("base", 0.5),
        *make_group("wide", 0.4, **{"fit/batch_size": 6}),
        *make_group("mse", 0.1, seeds=(1, 2), **{"compile/loss": "mse"}),
    ]

    sentences = compare(folders).verdict

    assert any(line.startswith("Of the 2 groups that compare, ") for line in sentences)
    assert any(line.startswith("mse compares with no other: ") for line in sentences)


def test_overfitting_is_denied_only_where_it_could_be_seen(make_run):
    long = tuple(0.5 + 0.3 / epoch for epoch in range(1, 13))
    few = [make_run("few", (0.5, 0.4))]
    blind = [make_run("blind", long, None, {"num_validation": 0}, validation=False)]
    fitted = make_run("fitted", long, {"fit/batch_size": 6})

    last = [compare(runs).verdict[-1] for runs in (few, blind, [*few, fitted])]

    assert last == [
        "Not diagnosed: fewer than 5 epochs.",
        "Without validation rows, overfitting cannot be told.",
        "fitted does not overfit; of 1 other it cannot be told.",
    ]
