from __future__ import annotations

from dlrun.comparison import compare, groups_that


def test_groups_are_checked_by_their_means(study):
    comparison = compare(study)

    assert [one.name for one in groups_that(comparison, "val_loss > 0.6")] == ["slower"]
    assert groups_that(comparison, "gap > 1") == []
    assert len(groups_that(comparison, "val_accuracy < 0.9 and n == 5")) == 4
