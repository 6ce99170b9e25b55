from __future__ import annotations

import numpy as np
import pytest

from dlrun.rows.lint import predictor
from dlrun.rows.lint.linted_column import LintedColumn

CODE = "label-told"


def test_a_column_that_was_made_of_the_label_is_told_with_its_numbers(table):
    odd = table()
    odd.columns["alive"] = [3 if label else 7 for label in odd.labels]

    (found,) = odd.found()

    assert found.code == CODE
    assert found.path == ("data", "columns")
    assert found.message.startswith('column "alive" alone tells the label: a class per')
    assert "right for 100 % of 400 rows that it was not learned on" in found.message


@pytest.mark.parametrize(
    ("flipped", "is_told"), [(0, True), (0.01, True), (0.1, False), (0.5, False)]
)
def test_a_few_mistakes_are_allowed(table, flipped, is_told):
    odd = table(rows=1000)
    flips = odd.random.random(1000) < flipped
    odd.columns["copy"] = (odd.labels ^ flips).tolist()

    assert odd.codes() == [CODE] * is_told


def test_a_threshold_on_a_number_is_enough(table):
    odd = table(rows=2000)
    odd.columns["age"] = (odd.labels * 10 + odd.random.uniform(0, 10, 2000)).tolist()

    assert odd.codes() == [CODE]


@pytest.mark.parametrize(("rows", "sign"), [(100, 1), (190, -1), (4000, 1)])
def test_a_threshold_is_found_exactly(table, rows, sign):
    odd = table(rows=rows)
    odd.columns["label"] = [f"class{int(cell > 5.3)}" for cell in odd.columns["a"]]
    odd.columns["a"] = [sign * cell for cell in odd.columns["a"]]

    assert odd.codes() == [CODE]


@pytest.mark.parametrize("classes", [2, 3, 10])
def test_categories_of_every_class_tell_it(table, classes):
    odd = table(rows=600, classes=classes)
    odd.encode(word="one_hot")
    odd.columns["word"] = [f"w{(7 * label + 1) % 11}" for label in odd.labels]

    assert odd.codes() == [CODE]


def test_a_gap_that_tells_the_label_is_a_value_like_others(table):
    odd = table()
    odd.encode(when=[{"impute": "median"}, "scale"])
    odd.columns["when"] = ["" if label else 5 + label for label in odd.labels]

    assert CODE in odd.codes()


def test_a_name_of_each_row_is_not_learned_by_heart(table):
    odd = table(rows=1000)
    odd.encode(passenger={"hash": {"num_bins": 8, "output_mode": "one_hot"}})
    odd.columns["number"] = list(range(1000))
    odd.columns["passenger"] = [f"p{number}" for number in range(1000)]

    assert CODE not in odd.codes()


@pytest.mark.parametrize("as_text", [False, True])
def test_patients_with_several_rows_are_not_learned_by_heart(table, as_text):
    odd = table(rows=2000)
    patients = odd.random.integers(0, 50, 2000)
    ill = odd.random.integers(0, 2, 50)
    odd.columns["label"] = [f"class{ill[patient]}" for patient in patients]
    odd.columns["patient"] = [f"p{one}" if as_text else int(one) for one in patients]
    odd.encode(patient="one_hot" if as_text else "number")

    assert CODE not in odd.codes()


def test_a_rare_class_is_no_excuse_for_the_most_frequent(table):
    odd = table(rows=1000)
    odd.columns["label"] = [f"class{number}" for number in [0] * 970 + [1] * 30]

    assert CODE not in odd.codes()


@pytest.mark.parametrize(("noise", "is_told"), [(0, True), (0.05, True), (0.5, False)])
def test_a_number_is_told_by_its_ranks(table, noise, is_told):
    odd = table(rows=1000, classes=0)
    noisy = odd.labels + noise * odd.random.normal(0, 1, 1000)
    odd.columns["exponential"] = np.exp(noisy).tolist()

    assert odd.codes() == [CODE] * is_told


def test_counts_that_hardly_a_row_has_are_told_by_their_neighbours(table):
    odd = table(rows=500, classes=0)
    odd.columns["label"] = np.floor(odd.random.exponential(3, 500)).tolist()
    odd.columns["copy"] = [2.5 * count + 3 for count in odd.columns["label"]]

    assert odd.codes() == [CODE]


def test_days_are_not_learned_by_heart(table):
    odd = table(rows=800, classes=0)
    steps = odd.random.normal(0, 1, 800)
    odd.columns["label"] = np.cumsum(steps).tolist()
    odd.columns["day"] = list(range(800))

    assert odd.codes() == []


def test_few_rows_are_not_judged(table):
    odd = table(rows=28)
    odd.columns["copy"] = odd.labels.tolist()

    assert odd.codes() == []


def test_each_of_several_labels_has_a_name(table):
    odd = table(rows=200, classes=0)
    odd.columns["second"] = odd.random.normal(0, 1, 200).tolist()
    odd.columns["told"] = [number**3 for number in odd.columns["second"]]
    odd.config["data"]["csv"]["labels"] = ["label", "second"]
    odd.config["model"]["layers"] = [{"Dense": {"units": 2}}]

    (found,) = odd.found()

    assert 'column "told" alone tells the label "second"' in found.message


def drawn(random, classes):
    """A number that tells a label more or less well, with ties and gaps; labels."""
    rows = int(random.integers(30, 400))
    cells = random.normal(size=rows)
    if random.random() < 0.5:
        cells = cells.round(int(random.integers(0, 2)))
    pieces = np.sort(random.normal(size=int(random.integers(1, 25))))
    labels = np.searchsorted(pieces, cells).astype(float)
    if classes is None:
        labels += random.normal(size=rows) * random.choice([0, 0.1, 0.5])
    else:
        labels %= classes
        wrong = random.random(rows) < random.choice([0, 0.02, 0.05, 0.5])
        labels[wrong] = random.integers(classes, size=wrong.sum())
    cells[random.random(rows) < random.choice([0, 0.1])] = np.nan
    return LintedColumn("a", cells, cells[:0], np.arange(rows)), labels


@pytest.mark.parametrize("classes", [None, 2, 3, 8])
def test_what_is_seen_soon_to_tell_nothing_tells_nothing(monkeypatch, classes):
    random = np.random.default_rng(0)
    cases = [drawn(random, classes) for _ in range(120)]

    soon = [predictor.how_told(*case, classes) for case in cases]

    for name in ("_is_mixed", "_is_rough"):
        monkeypatch.setattr(predictor, name, lambda *_: False)
    assert soon == [predictor.how_told(*case, classes) for case in cases]
    assert any(soon)
    assert not all(soon)
