"""Whether a trial is trained at all, also when its process dies before that is kept."""

from __future__ import annotations

import pytest

from dlrun.errors import DlrunError, RunError
from dlrun.runs import Journal, SearchFolder
from dlrun.studies.search.plan import SearchPlan
from dlrun.studies.search.whole import begin_search

UNITS = "method: grid\nspace: {model.layers.h1.units: [2, 40, 3]}"
TABLE = "data={csv: {path: rows.csv, labels: y}, split: {validation: 0.5}}"
ROWS = "a,b,y\n0,1,n\n1,0,y\n1,1,n\n0,0,y\n"


@pytest.mark.parametrize(
    ("limit", "values"),
    [("limits: {max_params: 60}\n", "[2, 40, 3]"), ("", "[2, -1, 3]")],
    ids=["too large", "not valid"],
)
def test_killed_before_its_end_is_kept_a_trial_that_is_refused_is_not_trained(
    search, stub, monkeypatch, limit, values
):
    plan = search.plan(limit + UNITS.replace("[2, 40, 3]", values))
    real, seen = Journal.append, []

    def killing(journal, entry):
        if entry["trial"] == 2 and "state" in entry and not seen:
            seen.append(entry)
            raise stub.killed
        real(journal, entry)

    with monkeypatch.context() as patch:
        patch.setattr(Journal, "append", killing)
        with pytest.raises(stub.killed):
            search.work(plan)
    trials = search.work(plan).trials

    assert trials.by_number[2].end.state == ("refused" if limit else "failed")
    assert trials.ended == [1, 2, 3]
    assert {number for number, _ in stub.trained} == {1, 3}
    assert not [*(trials.folder.path / "locks").iterdir()]


def test_data_that_have_gone_stop_the_search_and_fail_no_trial(
    search, stub, monkeypatch
):
    monkeypatch.chdir(search.directory)
    rows = search.directory / "rows.csv"
    rows.write_text(ROWS)
    plan = search.plan(UNITS, TABLE)
    working = search.begin(plan).work()
    next(working)
    rows.unlink()

    with pytest.raises(DlrunError, match=r"rows\.csv"):
        next(working)
    rows.write_text(ROWS)
    trials = search.work(plan).trials

    assert [one.end.state for one in trials.by_number.values()] == ["finished"] * 3
    assert {number for number, _ in stub.trained} == {1, 2, 3}


def test_a_project_that_has_moved_goes_on_with_its_file(search, stub, monkeypatch):
    before, now = search.directory / "before", search.directory / "now"
    before.mkdir()
    (before / "rows.csv").write_text(ROWS)
    search.directory = before
    monkeypatch.chdir(before)
    next(search.begin(search.plan(UNITS, TABLE)).work())
    before.rename(now)
    monkeypatch.chdir(now)
    search.directory = now
    folder = SearchFolder(now / "runs/stub.search")

    with pytest.raises(RunError, match="which is gone") as caught:
        SearchPlan.of_folder(folder)
    plan = search.plan(UNITS, TABLE)
    begin_search(plan, folder)
    trials = search.work(plan).trials

    assert "dlrun search stub.yaml" in str(caught.value)
    assert trials.ended == [1, 2, 3]
    assert len(stub.trained) == len({*stub.trained}) == 3 * 9
    SearchPlan.of_folder(folder).require_same(folder)
    (now / "stub.yaml").write_text((now / "stub.yaml").read_text().replace("9", "8"))
    with pytest.raises(RunError, match="was begun with another plan"):
        begin_search(SearchPlan.read(now / "stub.yaml", [TABLE]), folder)
