from __future__ import annotations

from pathlib import Path

import pytest

from dlrun.report.lesson import render_lesson
from dlrun.runs import Summary, create_run
from dlrun.studies import learn

GOLDEN = Path(__file__).parents[1] / "golden/lesson"
SENTENCES = {"as-given": "the config as it is", "l2": "a penalty"}


@pytest.fixture
def runs(tmp_path):
    """Runs of variants by seed: `runs(l2=[[0.9, 0.8, 0.7], ...])`, losses per seed."""

    def make_run(name, losses):
        folder = create_run(tmp_path, name)
        folder.write_summary(Summary(monitor="val_loss", monitor_mode="min"))
        for epoch, loss in enumerate(losses, 1):
            row = {"epoch": epoch, "train_loss": 0.6 / epoch, "val_loss": loss}
            folder.append_history(row)
        return folder

    def make(**variants):
        return {
            name.replace("_", "-"): {
                seed: make_run(name, losses) for seed, losses in enumerate(found, 1)
            }
            for name, found in variants.items()
        }

    return make


def shifted(by, noise=0.0):
    """Five seeds whose best loss differs from seed to seed alike, and by `by`."""
    return [
        [
            loss + seed / 100 + by + noise * (-1) ** seed
            for loss in (0.9, 0.7, 0.6, 0.62, 0.65)
        ]
        for seed in range(5)
    ]


def test_each_change_is_measured_seed_by_seed(runs):
    lesson = learn("t", runs(as_given=shifted(0), l2=shifted(-0.1, 0.001)), SENTENCES)

    base, l2 = lesson.rows
    assert (base.n, base.score_change) == (5, None)
    assert l2.score.mean == pytest.approx(base.score.mean - 0.1, abs=1e-3)
    assert l2.score_change.is_paired
    assert l2.score_change.word == "better"


def test_one_seed_proves_nothing(runs):
    found = runs(as_given=shifted(0)[:1], l2=shifted(-0.1)[:1])

    text = render_lesson(learn("t", found, SENTENCES))

    assert "better" not in text
    assert "may come from the seed alone" in text


def test_a_variant_without_a_score_is_left_out_and_the_others_stay(runs):
    found = runs(as_given=shifted(0), l2=shifted(0.1)) | {"dropout": {}}

    lesson = learn("t", found, SENTENCES, {"augmentation": "no images"})

    assert [row.variant for row in lesson.rows] == ["as-given", "l2"]
    assert lesson.left_out == {
        "augmentation": "no images",
        "dropout": "none of its runs has a score",
    }


def test_without_the_base_nothing_is_compared(runs):
    found = {"as-given": {}} | runs(l2=shifted(0))

    lesson = learn("t", found, SENTENCES)

    assert [(row.variant, row.score_change) for row in lesson.rows] == [("l2", None)]
    assert "as-given" in render_lesson(lesson)


def test_the_words_of_a_lesson(runs, golden):
    found = runs(
        as_given=shifted(0),
        too_small=shifted(0.2, 0.01),
        l2=shifted(-0.1, 0.001),
        dropout=shifted(0.01, 0.02),
    )

    lesson = learn("t", found, SENTENCES, {"augmentation": "the rows are no images"})

    golden(GOLDEN / "five-seeds.txt", render_lesson(lesson, 100).rstrip())


def test_where_nothing_helps_the_lesson_says_so_first_with_the_largest_gain(runs):
    found = runs(as_given=shifted(0), l2=shifted(-0.01, 0.02), more=shifted(0.1, 0.001))

    text = render_lesson(learn("t", found, SENTENCES))

    answer = text.split("\n\n")[2].splitlines()
    assert answer[0].startswith(
        "No change is shown to lower val_loss: the largest gain seen is with l2 (-0.0"
    )
    assert answer[0].endswith("would be needed to tell.")
    assert answer[1].startswith(
        "The loss gap at the end (overfitting) is wider with more ("
    )
    assert answer[2].startswith("val_loss is worse with more (+0.1")
    assert answer[3].startswith("Not shown either way: l2. With 5 seeds a change shows")
