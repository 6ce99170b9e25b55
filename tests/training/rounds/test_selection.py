"""Which rows are selected, and in what order a mixture of rows trains."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dlrun.experiment.pseudo_label import PseudoLabelSpec

pytestmark = pytest.mark.heavy  # for its package alone: the module knows only NumPy

many = settings(deadline=None, max_examples=200)


def selection():
    from dlrun.training.rounds import selection

    return selection


def spec(**values):
    return PseudoLabelSpec.model_validate(values)


def said(rows, classes, seed):
    numbers = np.random.default_rng(seed)
    scores = numbers.dirichlet(np.full(classes, 0.3), rows)
    return selection().opinion(scores)


cases = st.tuples(st.integers(1, 200), st.integers(2, 6), st.integers(0, 99))


@many
@given(cases, st.floats(0, 1))
def test_a_threshold_takes_every_row_that_reaches_it(case, threshold):
    rows, classes, seed = case
    opinion = said(rows, classes, seed)

    chosen = selection().select(
        opinion, spec(threshold=threshold), 1, np.full(classes, 5)
    )

    assert chosen.tolist() == np.flatnonzero(opinion.confidence >= threshold).tolist()


@many
@given(cases, st.floats(0.01, 1), st.integers(1, 9))
def test_a_percentile_takes_the_most_confident_share_and_grows(case, start, number):
    rows, classes, seed = case
    opinion, labelled = said(rows, classes, seed), np.full(classes, 5)
    chosen, later = (
        selection().select(opinion, spec(select="percentile", start=start), n, labelled)
        for n in (number, number + 1)
    )

    others = np.setdiff1d(np.arange(rows), chosen)

    assert len(chosen) == pytest.approx(min(rows, start * number * rows), abs=1)
    assert set(chosen) <= set(later)
    assert min(opinion.confidence[chosen]) >= max(opinion.confidence[others], default=0)


@many
@given(cases, st.integers(1, 20), st.floats(0.1, 4))
def test_limits_hold_for_every_class_and_keep_the_most_confident(case, k, ratio):
    rows, classes, seed = case
    opinion, labelled = said(rows, classes, seed), np.arange(classes) + 2
    wanted = spec(select="k_best", k=k, max_per_class_ratio=ratio)

    chosen = selection().select(opinion, wanted, 1, labelled)

    for label in range(classes):
        mine = chosen[opinion.labels[chosen] == label]
        all_of_class = np.flatnonzero(opinion.labels == label)
        limit = min(k, int(ratio * labelled[label]))
        assert len(mine) == min(limit, len(all_of_class))
        left_out = np.setdiff1d(all_of_class, mine)
        if len(mine):
            best = max(opinion.confidence[left_out], default=0)
            assert min(opinion.confidence[mine]) >= best


@many
@given(cases)
def test_the_cap_lets_no_class_have_more_than_the_smallest_or_half_the_median(case):
    rows, classes, seed = case
    opinion, labelled = said(rows, classes, seed), np.full(classes, 3)
    free = selection().select(opinion, spec(threshold=0.5), 1, labelled)
    counts = np.bincount(opinion.labels[free], minlength=classes)

    capped = selection().select(
        opinion, spec(threshold=0.5, balance="cap"), 1, labelled
    )

    cap = max(1, counts.min(), int(np.median(counts) / 2))
    found = np.bincount(opinion.labels[capped], minlength=classes)
    assert found.tolist() == np.minimum(counts, cap).tolist()
    assert set(capped) <= set(free)


mixtures = st.tuples(
    st.integers(2, 60),
    st.integers(1, 300),
    st.integers(1, 33),
    st.floats(0, 0.95),
    st.booleans(),
)


def mixture(case):
    labelled, pseudo, batch_size, share, shuffle = case
    return selection().Mixture(
        7, labelled, labelled + pseudo, batch_size, share, shuffle
    )


@many
@given(mixtures, st.integers(1, 50))
def test_each_batch_has_its_share_of_labelled_rows(case, epoch):
    mixed = mixture(case)

    order = mixed(epoch)

    size = mixed.batch_size
    batches = [order[at : at + size] for at in range(0, len(order), size)]
    for batch in batches:
        labelled = (batch < mixed.labelled).sum()
        assert labelled >= min(mixed.least, len(batch))
        if size > 1 and mixed.share * size <= size - 1 and len(batch) == size:
            assert labelled >= mixed.share * size - 1e-6


@many
@given(mixtures, st.integers(1, 50))
def test_an_epoch_has_every_row_once_and_repeats_labelled_ones_alike(case, epoch):
    mixed = mixture(case)

    counts = np.bincount(mixed(epoch), minlength=mixed.rows)

    assert len(mixed(epoch)) == mixed.length
    assert (counts[mixed.labelled :] == 1).all()
    repeated = counts[: mixed.labelled]
    assert repeated.min() >= 1
    assert repeated.max() - repeated.min() <= 1


@many
@given(mixtures, st.integers(1, 50))
def test_the_order_follows_from_seed_and_epoch_alone(case, epoch):
    first, again = mixture(case), mixture(case)

    orders = [first(epoch).tolist(), again(epoch).tolist(), first(epoch + 1).tolist()]

    assert orders[0] == orders[1]
    if first.shuffle and first.rows > 40:
        assert orders[0] != orders[2]
    if not first.shuffle:
        assert orders[0] == orders[2]


def test_few_labelled_rows_are_repeated_until_each_batch_has_its_share():
    mixed = selection().Mixture(0, labelled=50, rows=1000, batch_size=32, share=0.25)

    order = mixed(1)

    assert len(order) == 950 + 40 * 8
    assert np.bincount(order)[:50].tolist() == [7] * 20 + [6] * 30 or (
        sorted(np.bincount(order)[:50]) == [6] * 30 + [7] * 20
    )


def test_a_temperature_above_1_is_found_for_a_model_that_is_too_sure():
    numbers = np.random.default_rng(0)
    logits = numbers.normal(0, 2, (2000, 4))
    honest = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    truth = np.array([numbers.choice(4, p=row) for row in honest])
    sure = np.exp(3 * logits) / np.exp(3 * logits).sum(axis=1, keepdims=True)

    found = selection().fit_temperature(sure, truth)

    assert found == pytest.approx(3, rel=0.1)
    before, after = (selection().opinion(sure, heat) for heat in (1, found))
    assert selection().calibration_error(before, truth) > 0.15
    assert selection().calibration_error(after, truth) < 0.04
    assert before.labels.tolist() == after.labels.tolist()


def test_the_calibration_error_is_the_gap_between_confidence_and_accuracy():
    labels = np.zeros(10, dtype=np.int32)
    opinion = selection().Opinion(labels, np.full(10, 0.9))

    truth = np.array([0] * 6 + [1] * 4)

    assert selection().calibration_error(opinion, truth) == pytest.approx(0.3)


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ({}, {}, 0),
        ({}, {1: 0}, 1),
        ({1: 0, 2: 1}, {1: 0, 2: 1}, 0),
        ({1: 0, 2: 1}, {1: 0, 2: 0}, 2 / 3),
        ({1: 0}, {1: 0, 2: 0, 3: 0, 4: 0}, 3 / 4),
    ],
)
def test_a_new_row_and_a_new_label_both_count_as_new(before, after, expected):
    assert selection().share_of_change(before, after) == pytest.approx(expected)


def test_classes_like_those_of_the_labelled_rows_do_not_diverge():
    labelled = np.array([10, 20, 30])

    assert selection().divergence(3 * labelled, labelled) == pytest.approx(0)
    assert selection().divergence(np.array([1, 0, 0]), labelled) == pytest.approx(
        np.log(6)
    )
    assert selection().divergence(np.zeros(3, dtype=int), labelled) is None
