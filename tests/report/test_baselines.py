from __future__ import annotations

from dlrun.report.baselines import baselines_text, mean_baselines

FOLDS = (
    {"last value": {"loss": 1.0, "mae": 2.0, "rows": 10}, "season ago": {"loss": 4.0}},
    {"last value": {"loss": 3.0, "mae": 3.0, "rows": 30}},
)


def test_baselines_of_folds_are_told_by_their_means():
    means = mean_baselines(FOLDS)

    assert means == {"last value": {"loss": 2.0, "mae": 2.5, "rows": 40}}
    assert baselines_text({}, means, 40) == ["last value: loss 2.000, mae 2.500"]
    assert baselines_text({}, means, 50)[0].endswith("of 40 rows")


def test_a_measure_that_a_fold_lacks_has_no_mean():
    lacking = [FOLDS[0], {"last value": {"loss": 3.0}}]

    assert mean_baselines(lacking) == {"last value": {"loss": 2.0}}
    assert mean_baselines([]) == {}
