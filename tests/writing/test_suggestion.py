from __future__ import annotations

import pytest

from dlrun.writing import choices, did_you_mean, listing, near, nearest


@pytest.mark.parametrize(
    ("word", "meant"),
    [("Batch-Size", "batch_size"), ("epoch", "epochs"), ("xyz", None), (3, None)],
)
def test_case_dashes_and_underscores_do_not_count(word, meant):
    assert nearest(word, ["batch_size", "epochs"]) == meant


def test_a_synonym_counts_where_what_it_means_is_known():
    synonyms = {"neurons": ("units",)}

    assert nearest("Neurons", ["units", "filters"], lambda: synonyms) == "units"
    assert nearest("neurons", ["filters"], lambda: synonyms) is None


def test_the_likeliest_name_stands_first():
    assert near("gender-1", ["moons-1", "gender-12", "gender-1"])[0] == "gender-1"
    assert len(near("aa", ["aab", "aac", "aad", "aae"])) == 3


def test_what_was_meant_becomes_a_question():
    assert did_you_mean(["a", "b"]) == "did you mean a or b?"
    assert did_you_mean([None]) == ""


def test_a_long_list_says_how_many_more_there_are():
    assert listing(["c", "b", "a"], most=2) == "c, b and 1 more"
    assert choices(["c", "b", "A"], most=3) == "A, b, c"
