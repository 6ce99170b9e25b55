from __future__ import annotations

from pathlib import Path

from dlrun.report.run_list import list_runs, render_run_list

GOLDEN = Path(__file__).parents[1] / "golden" / "compare"


def test_the_list_of_runs_reads_like_this(study, golden):
    text = render_run_list(list_runs(study[:4]), 100)

    golden(GOLDEN / "runs.txt", text.rstrip())


def test_a_damaged_run_is_listed(study):
    entry = next(entry for entry in list_runs(study) if entry.run == "torn-001")

    assert (entry.run, entry.state) == ("torn-001", "damaged")
    assert "line 2" in str(entry.reason)


def test_no_runs_are_said():
    assert render_run_list([]) == "There are no runs yet.\n"


def test_the_newest_run_stands_last(make_run):
    times = {"a": "2026-01-03", "b": "2026-01-01", "c": "2026-01-02"}
    runs = [
        make_run(name, started=f"{day}T03:04:05.000+00:00")
        for name, day in times.items()
    ]

    assert [entry.run for entry in list_runs(runs)] == ["b", "c", "a"]
