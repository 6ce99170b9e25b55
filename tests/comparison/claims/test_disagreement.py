from __future__ import annotations

import pytest

from dlrun.comparison import Question, compare

LABELS = ("a", "b", "a", "b", "a", "b", "a", "b")


@pytest.fixture
def write(make_run):
    def make(name: str, guesses: str, accuracy: float, **config):
        run = make_run(
            name,
            (0.5,) * round(accuracy * 10),
            config=config,
            summary={"validation_hash": "same"},
        )
        rows = [
            (str(index), label, guess)
            for index, (label, guess) in enumerate(zip(LABELS, guesses, strict=True))
        ]
        run.write_predictions(("id", "label", "prediction"), rows)
        return run

    return make


def words(*folders) -> str:
    return " ".join(compare(folders, Question(metric="val_accuracy")).verdict)


def test_single_runs_are_compared_row_by_row(write):
    one = write("one-001", "abababab", 0.5)
    two = write("two-001", "aaaaaaab", 0.5, **{"fit/batch_size": 6})

    text = words(one, two)

    assert "one-001 is right on 3 that two-001 gets wrong, and wrong on 0" in text
    assert (
        "p = 0.2500 (McNemar), for the choice of rows alone, not for the seed" in text
    )
    assert "none is called better" in text


def test_without_predictions_or_with_seeds_nothing_is_said_of_rows(write):
    one = write("one-001", "abababab", 0.5)
    two = write("two-001", "aaaaaaab", 0.5, **{"fit/batch_size": 6})
    again = write("two-002", "aaaaaaab", 0.5, seed=43, **{"fit/batch_size": 6})

    assert "McNemar" not in words(one, two, again)
    two.predictions_file.unlink()
    assert "McNemar" not in words(one, two)
