"""The format number of a run, and what becomes of one that this dlrun does not know."""

from __future__ import annotations

import json

import pytest

from dlrun.api import open_run
from dlrun.comparison import compare
from dlrun.errors import RunError
from dlrun.runs import FORMAT, NewerFormatError, RunFolder, create_run, find_run


def state_format(folder: RunFolder, number: object) -> RunFolder:
    """Write another format number into the status of a run."""
    file = folder.path / "status.json"
    status = json.loads(file.read_text()) | {"format": number}
    file.write_text(json.dumps(status))
    return folder


def test_a_new_run_states_its_format_in_its_first_file(tmp_path):
    folder = create_run(tmp_path, "gender")

    written = json.loads((folder.path / "status.json").read_text())
    assert next(iter(written.items())) == ("format", FORMAT)
    assert folder.status().format == FORMAT


def test_a_run_without_a_number_keeps_being_one_of_0_1_0(make_run):
    folder = make_run("old-001")

    before = folder.status().format
    folder.write_status("running")

    assert before == folder.status().format == 0
    assert folder.status().started == "2026-01-02T03:04:05.000+00:00"


def test_a_run_of_a_newer_format_names_the_cure(tmp_path):
    folder = state_format(create_run(tmp_path, "gender"), FORMAT + 1)

    for use in (folder.status, folder.lock, lambda: open_run("gender", tmp_path)):
        with pytest.raises(NewerFormatError) as caught:
            use()

        assert caught.value.message == (
            f"{folder.path} was written by a newer dlrun: it has format {FORMAT + 1}, "
            f"and this one reads formats up to {FORMAT}"
        )
        assert caught.value.hint == (
            "install the newest dlrun: pip install --upgrade dlrun"
        )


def test_a_newer_run_is_skipped_and_the_others_are_compared(make_run):
    folders = [make_run("a-001"), state_format(make_run("a-002"), FORMAT + 1)]

    comparison = compare(folders)

    assert [row.run for row in comparison.rows] == ["a-001"]
    (skipped,) = comparison.skipped
    assert skipped.run == "a-002"
    assert "was written by a newer dlrun" in skipped.reason


def test_a_newer_run_is_listed_as_such(make_run):
    from dlrun.report.run_list import list_runs

    newer = state_format(make_run("a-002"), FORMAT + 1)

    entries = {entry.run: entry for entry in list_runs([make_run("a-001"), newer])}

    assert entries["a-001"].state == "finished"
    assert entries["a-002"].state == "newer"
    assert "was written by a newer dlrun" in entries["a-002"].reason


def test_a_number_that_is_none_is_damage(make_run):
    folder = state_format(make_run("a-001"), "two")

    with pytest.raises(RunError, match="format is 'two', not an integer"):
        folder.status()

    assert find_run("a-001", folder.path.parent) == folder
