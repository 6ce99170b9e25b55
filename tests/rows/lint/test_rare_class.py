from __future__ import annotations

import pytest

CODE = "rare-class"


def with_rare(odd, count):
    common = odd.rows - count
    names = ["class0"] * (common // 2) + ["class1"] * (common - common // 2)
    odd.columns["label"] = odd.random.permutation([*names, *["rare"] * count]).tolist()


def messages(odd):
    return [problem.message for problem in odd.found() if problem.code == CODE]


def test_a_class_that_most_batches_lack(table):
    odd = table(rows=2000)
    with_rare(odd, 40)

    (found,) = odd.found()

    assert found.path == ("fit", "batch_size")
    assert found.message == (
        '52% of the batches of 32 rows have no row of class "rare" (30) of '
        "1500 train rows"
    )
    assert found.hint == "write under fit: class_weight: balanced"


def test_weights_and_large_batches_answer_it(table):
    odd = table(rows=2000)
    with_rare(odd, 40)
    odd.config["fit"] = {"class_weight": "balanced"}
    large = table(rows=2000)
    with_rare(large, 40)
    large.config["fit"] = {"batch_size": 256}

    assert odd.codes() == large.codes() == []


def test_a_class_of_few_rows_is_told_whatever_it_weighs(table):
    odd = table(rows=2000)
    with_rare(odd, 8)
    odd.config["fit"] = {"class_weight": "balanced"}

    learned, judged = messages(odd)

    assert learned == 'too few train rows to learn from: class "rare" (6) of 1500'
    assert judged == 'too few validation rows to judge by: class "rare" (2) of 500'


@pytest.mark.parametrize("settings", [{"rows": 20}, {"rows": 2000, "classes": 100}])
def test_equal_classes_are_not_rare(table, settings):
    odd = table(**settings)
    classes = settings.get("classes", 2)
    odd.columns["label"] = [f"class{row % classes}" for row in range(odd.rows)]

    assert CODE not in odd.codes()
