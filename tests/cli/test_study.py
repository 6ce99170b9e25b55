from __future__ import annotations

import json

import pytest

from dlrun.runs import find_runs

SHORT = ["-s", "fit.epochs=2", "--only", "l2,less-data", "--seeds", "2"]


def test_a_dry_run_lists_variants_and_steps_and_trains_nothing(dlrun, here):
    outcome = dlrun("study", "people.yaml", "--dry-run")

    assert outcome.code == 0
    assert "dropout: -s 'model.layers[0]+={Dropout: 0.3}'" in outcome.out
    assert "left out: augmentation: the rows are no images" in outcome.out
    assert "40 runs, 5 of each variant, at most 225 steps" in outcome.out
    assert not (here / "runs").exists()


def test_a_config_without_validation_rows_is_refused(dlrun, here):
    outcome = dlrun("study", "small.yaml")

    assert outcome.code == 3
    assert "add `split: {validation: 0.2}`" in outcome.err


def test_a_variant_that_there_is_not_is_refused(dlrun, here):
    outcome = dlrun("study", "people.yaml", "--only", "l3")

    assert outcome.code == 3
    assert "the variants are as-given, too-small" in outcome.err


@pytest.mark.heavy
def test_a_study_trains_what_is_missing_and_ends_with_the_lesson(dlrun, here):
    first = dlrun("study", "people.yaml", *SHORT)
    again = dlrun("study", "people.yaml", *SHORT, "--html", "page.html")
    more = dlrun("study", "people.yaml", *SHORT[:-1], "3", "--json")

    assert first.code == again.code == more.code == 0
    assert "1 of 6: people-as-given with seed 3" in first.err
    assert "people, 2 seeds: each change alone" in first.out
    following = "next: dlrun compare runs/people-* --baseline people-as-given-001"
    assert following in first.err
    assert "the page is in page.html" in again.err
    assert "people-less-data" in (here / "page.html").read_text()
    assert "6 of 6 runs are there already" in again.err
    assert again.out == first.out
    assert "6 of 9 runs are there already" in more.err
    values = json.loads(more.out)
    assert [one["variant"] for one in values["variants"]] == [
        *("as-given", "l2", "less-data")
    ]
    assert [one["n"] for one in values["variants"]] == [3, 3, 3]
    assert len(find_runs(here / "runs")) == 9


@pytest.mark.heavy
def test_a_run_that_fails_does_not_stop_the_others(dlrun, here):
    rows = ["-s", "data.split.train=0.13"]

    outcome = dlrun("study", "people.yaml", *rows, *SHORT)

    assert outcome.code == 1
    assert "train rows are of class" in outcome.err
    assert "2 of 6 runs failed" in outcome.err
    assert "left out: less-data: none of its runs has a score" in outcome.out
    assert "l2 " in outcome.out
    assert "next: dlrun compare" in outcome.err
