"""What is left of a gain with fresh seeds, from the files of runs alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from dlrun.report.trials.confirmation import confirmation_lines
from dlrun.runs import Metrics
from dlrun.studies.search.confirmation import read_confirmations
from dlrun.studies.search.kept import read_result

GOLDEN = Path(__file__).parents[2] / "golden/search"
SPACE = {"fit.batch_size": [4, 8, 16]}
TRIALS = [({"fit.batch_size": place}, score) for place, score in enumerate((0.9, 0.8))]


@pytest.fixture
def confirmed(make_search, make_run):
    """Repetitions with these scores, by trial and seed; None: it has diverged."""

    def make(scores, goal="max val_accuracy", seeds=(2, 3, 4, 5, 6)):
        folder = make_search(SPACE, TRIALS, goal)
        (folder.path / "confirm").mkdir()
        for (number, seed), score in scores.items():
            state = "diverged" if score is None else "finished"
            run = make_run(f"r-{number}-{seed}", state=state)
            if score is not None:
                run.write_metrics(Metrics(best={"val_accuracy": score}))
            run.path.rename(folder.confirmed.run(number, seed).path)
        noted = {"seeds": [*seeds], "trials": [1, 2], "as_it_stands": None}
        folder.confirmed.write_plan(noted)
        result = read_result(folder)
        (found,) = read_confirmations(folder, result)
        return result, found

    return make


def of(number, *scores, first=2):
    return {(number, seed): score for seed, score in enumerate(scores, first)}


BASE = of(0, 0.70, 0.71, 0.69, 0.70, 0.72) | {(0, 1): 0.75}
"""With the seed of the search, 1, it came to 0.75."""


def test_what_remains_is_told_with_its_interval_and_its_share(confirmed, golden):
    best, second = of(1, 0.80, 0.82, 0.78, 0.81, 0.82), of(2, 0.70, 0.7, 0.7, 0.7, 0.7)

    result, found = confirmed(BASE | best | second)

    first = found.trials[0]
    assert found.missing == 0
    assert found.gain_in_search(first) == pytest.approx(0.15)
    assert first.gain.mean == pytest.approx(0.102)
    assert found.share_left(first) == pytest.approx(0.68)
    assert (first.gain.word, found.trials[1].gain.word) == (
        "better", "no difference shown",
    )  # fmt: skip
    golden(GOLDEN / "confirmed.txt", "\n".join(confirmation_lines(result, [found])))


def test_a_seed_whose_rows_are_easy_counts_for_no_gain(confirmed):
    """Both are better with the later seeds: the change is the same for each."""
    base = of(0, 0.5, 0.6, 0.7, 0.8, 0.9) | {(0, 1): 0.7}
    better = of(1, 0.51, 0.61, 0.71, 0.81, 0.91)

    _, found = confirmed(base | better)

    assert found.trials[0].gain.word == "better"
    assert found.trials[0].gain.mean == pytest.approx(0.01)


def test_another_that_is_ahead_with_fresh_seeds_is_named(confirmed):
    result, found = confirmed(BASE | of(1, *[0.7] * 5) | of(2, 0.9, 0.9, 0.9, 0.9, 0.9))

    words = "\n".join(confirmation_lines(result, [found]))
    assert "trial 2 is ahead of it with fresh seeds" in words


def test_runs_that_are_missing_or_have_failed_are_counted(confirmed):
    result, found = confirmed(BASE | of(1, 0.8, None, 0.9))

    assert (found.trials[0].failed, len(found.trials[0].values)) == (1, 2)
    assert found.missing == 2 + 5
    assert "7 runs have not ended yet" in confirmation_lines(result, [found])
    assert any(
        "2, 1 without a score" in line for line in confirmation_lines(result, [found])
    )


def test_where_the_search_was_no_better_no_share_is_told(confirmed):
    base = of(0, *[0.7] * 5) | {(0, 1): 0.95}

    result, found = confirmed(base | of(1, 0.71, 0.72, 0.71, 0.72, 0.71))

    assert found.share_left(found.trials[0]) is None
    assert "in the search it was no better than the config as it stands" in (
        confirmation_lines(result, [found])
    )


def test_a_goal_to_be_small_gains_by_falling(confirmed):
    base = of(0, 0.5, 0.51, 0.52) | {(0, 1): 1.0}
    result, found = confirmed(
        base | of(1, 0.4, 0.41, 0.42), "min val_accuracy", seeds=(2, 3, 4)
    )

    assert found.gain_in_search(found.trials[0]) == pytest.approx(0.1)
    assert found.gain_left(found.trials[0]) == pytest.approx(0.1)
    assert found.trials[0].gain.mean == pytest.approx(-0.1)
    assert "of its change of -0.1000" in "\n".join(confirmation_lines(result, [found]))


def test_a_search_that_nobody_has_confirmed_says_nothing(make_search):
    folder = make_search(SPACE, TRIALS)

    assert read_confirmations(folder, read_result(folder)) == ()
