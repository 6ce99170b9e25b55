"""What is fine is held against a prediction that is the same for every row."""

from __future__ import annotations

import pytest

from dlrun.diagnosis import diagnose

LEVEL = 2.0
FACTS = {
    "task": "regression",
    "loss": "mse",
    "label_variance": LEVEL,
    "n_train": 500,
    "n_val": 200,
    "layers": [{"units": 64, "bends": True}, {"units": 1}],
}
"""Of a net that could learn more: what it does not learn is noise."""


def flat(level):
    """A training that learns nothing more after its first epoch."""
    losses = [level + 0.01 * (epoch % 2) for epoch in range(30)]
    return {
        "epoch": list(range(1, 31)),
        "train_loss": [0.98 * loss for loss in losses],
        "val_loss": losses,
    }


def told(level, **facts):
    diagnosis = diagnose(flat(level), facts=FACTS | facts)
    assert diagnosis.verdict == "GOOD_FIT"
    (finding,) = diagnosis.findings
    return finding, "NO_BETTER_THAN_CONSTANT" in diagnosis.remarks


def rows(loss, gain, error):
    return {
        "loss": loss, "error": 0.5, "rise": 0.0, "rise_error": 0.1,
        "gain": gain, "gain_error": error,
    }  # fmt: skip


@pytest.mark.parametrize("level", [LEVEL, 1.2 * LEVEL])
def test_what_is_no_better_than_the_mean_gets_a_doubt(level):
    finding, is_doubtful = told(level)

    assert is_doubtful
    assert finding.sentence.startswith("No fault is seen, but")
    assert f"{level / LEVEL:.2f} times that of always" in finding.sentence
    assert "predicting the mean of the targets" in finding.sentence


def test_what_is_better_names_the_constant_all_the_same():
    finding, is_doubtful = told(0.3 * LEVEL)

    assert not is_doubtful
    assert finding.sentence == (
        "Nothing is wrong: on the validation rows the loss is 0.30 times that of "
        "always predicting the mean of the targets."
    )
    assert finding.numbers["val_constant_loss"] == LEVEL


@pytest.mark.parametrize(
    ("gain", "error", "is_doubtful"),
    [(0.4, 0.1, False), (0.4, 0.3, True), (-0.1, 0.01, True)],
)
def test_a_gain_counts_by_its_error_over_rows(gain, error, is_doubtful):
    found, doubt = told(1.6, row_losses=rows(1.6, gain, error))

    assert doubt is is_doubtful
    assert found.numbers["val_constant_loss"] == pytest.approx(1.6 + gain)
    assert found.numbers["error_of_difference"] == error


def test_the_constant_of_the_validation_rows_is_taken_where_it_is_known():
    finding, is_doubtful = told(LEVEL, val_constant_loss=10.0)

    assert not is_doubtful
    assert finding.numbers["loss_over_constant"] == pytest.approx(0.2)


@pytest.mark.parametrize("facts", [{"label_variance": None}, {"loss": "huber"}])
def test_where_no_constant_is_known_nothing_is_said_of_one(facts):
    diagnosis = diagnose(flat(LEVEL), facts=FACTS | facts)

    assert diagnosis.findings == ()
    assert "NO_BETTER_THAN_CONSTANT" not in diagnosis.remarks


def test_beside_a_fault_it_is_not_remarked(overfitted):
    diagnosis = diagnose(overfitted(), facts={"num_classes": 2, "n_val": 200})

    assert diagnosis.findings
    assert "NO_BETTER_THAN_CONSTANT" not in diagnosis.remarks
