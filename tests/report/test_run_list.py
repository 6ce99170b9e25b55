from __future__ import annotations

from pathlib import Path

import pytest

from dlrun.report.run_list import list_runs, render_run_list

GOLDEN = Path(__file__).parents[1] / "golden" / "compare"


def test_the_list_of_runs_reads_like_this(study, golden):
    text = render_run_list(list_runs(study[:4]), 100)

    golden(GOLDEN / "runs.txt", text.rstrip())


def test_a_damaged_run_is_listed(study):
    entry = next(entry for entry in list_runs(study) if entry.run == "torn-001")

    assert (entry.run, entry.state) == ("torn-001", "damaged")
    assert "line 2" in str(entry.reason)


def test_an_unfinished_run_has_trained_for_its_epochs_together(make_run):
    killed = make_run("killed", state="interrupted", finished=None)

    entry = list_runs([killed])[0]

    epochs = entry.epochs_done
    assert entry.training_seconds == pytest.approx(1.5 * epochs)
    assert f"{1.5 * epochs:.1f} s" in render_run_list([entry])


def test_a_reason_gets_what_the_other_columns_leave(make_run):
    reason = "the process ended without saying why, at least 20 s after its start"
    entries = list_runs([make_run("a", state="failed", reason=reason)])

    last = [render_run_list(entries, width).splitlines()[1] for width in (80, 120, 200)]

    assert all(len(line) <= width for line, width in zip(last, (80, 120), strict=False))
    assert "without saying why" in last[2]
    assert last[1].endswith("…")


@pytest.mark.parametrize("width", [60, 80, 100])
def test_a_narrow_list_keeps_the_best_value_of_the_monitor(make_run, width):
    runs = [make_run(f"a_rather_long_name_of_a_run-{n:03d}") for n in (1, 2)]

    text = render_run_list(list_runs(runs), width)

    assert "val_loss" in text
    assert text.count("0.5000") == 2
    assert max(map(len, text.splitlines())) <= width


def test_no_runs_are_said():
    assert render_run_list([]) == "There are no runs yet.\n"


def test_the_newest_run_stands_last(make_run):
    times = {"a": "2026-01-03", "b": "2026-01-01", "c": "2026-01-02"}
    runs = [
        make_run(name, started=f"{day}T03:04:05.000+00:00")
        for name, day in times.items()
    ]

    assert [entry.run for entry in list_runs(runs)] == ["b", "c", "a"]
