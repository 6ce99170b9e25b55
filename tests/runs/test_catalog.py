from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from dlrun.errors import RunError
from dlrun.runs import create_run, find_run, find_runs

CREATE = """
import sys
from pathlib import Path
from dlrun.runs import create_run
sys.stdin.read(1)
print(create_run(Path(sys.argv[1]), "race").name)
"""


def names(root: Path) -> list[str]:
    return [run.name for run in find_runs(root)]


def test_runs_are_numbered_from_one(tmp_path):
    root = tmp_path / "deep" / "runs"

    created = [create_run(root, "gender").name for _ in range(3)]

    assert created == ["gender-001", "gender-002", "gender-003"]


def test_a_number_below_the_highest_is_not_used_again(tmp_path):
    (tmp_path / "gender-999").mkdir()
    (tmp_path / "gender-old-5000").mkdir()

    assert create_run(tmp_path, "gender").name == "gender-1000"


@pytest.mark.slow
def test_twenty_processes_get_twenty_folders(tmp_path):
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", CREATE, str(tmp_path)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(20)
    ]

    answers = [process.communicate("\n")[0].strip() for process in processes]

    assert sorted(answers) == [f"race-{number:03d}" for number in range(1, 21)]


@pytest.mark.parametrize(
    "name", ["", "../x", "a/b", ".hidden", "-a", "a b", "a\n", "x" * 101]
)
def test_a_name_that_is_no_folder_name_is_refused(tmp_path, name):
    with pytest.raises(RunError, match="cannot name a run") as caught:
        create_run(tmp_path, name)

    assert "letters" in str(caught.value.hint)


def test_a_root_that_is_a_file_is_refused_with_the_cure(tmp_path):
    (tmp_path / "runs").write_text("")

    with pytest.raises(RunError, match="cannot create a run") as caught:
        create_run(tmp_path / "runs", "gender")

    assert "--runs" in str(caught.value.hint)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_root_that_cannot_be_written_is_refused(tmp_path):
    tmp_path.chmod(0o500)

    with pytest.raises(RunError, match="Permission denied"):
        create_run(tmp_path, "gender")


def test_runs_are_found_by_content_in_natural_order(tmp_path):
    for name in ("gender-10", "gender-2", "b"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "status.json").write_text("{}")
    (tmp_path / "c").mkdir()
    (tmp_path / "c" / "config.json").write_text("{}")
    (tmp_path / "notes").mkdir()
    (tmp_path / "status.txt").write_text("")
    os.mkfifo(tmp_path / "pipe")

    assert names(tmp_path) == ["b", "c", "gender-2", "gender-10"]


def test_a_run_is_itself_a_list_of_one(tmp_path):
    run = create_run(tmp_path, "gender")

    assert find_runs(run.path) == [run]


def test_a_missing_root_names_the_cure(tmp_path):
    with pytest.raises(RunError, match="no runs at") as caught:
        find_runs(tmp_path / "none")

    assert "--runs" in str(caught.value.hint)


def test_a_run_is_found_by_path_name_and_config(tmp_path):
    runs = [create_run(tmp_path, "gender") for _ in range(11)]
    create_run(tmp_path, "gender-same")

    assert find_run(str(runs[0].path), tmp_path / "none") == runs[0]
    assert find_run("gender-002", tmp_path) == runs[1]
    assert find_run("gender", tmp_path) == runs[10]


def test_an_unknown_run_gets_the_nearest_names(tmp_path):
    create_run(tmp_path, "gender")

    with pytest.raises(RunError, match="no run 'gendre'") as caught:
        find_run("gendre", tmp_path)

    assert "did you mean gender" in str(caught.value.hint)


def test_an_unknown_run_gets_what_there_is(tmp_path):
    for _ in range(12):
        create_run(tmp_path, "gender")

    with pytest.raises(RunError) as caught:
        find_run("zzzzzzz", tmp_path)

    assert "there are gender-001, gender-002" in str(caught.value.hint)
    assert "and 2 more" in str(caught.value.hint)


@pytest.mark.parametrize("text", ["", ".", "..", "a/../b", "\0", "x" * 5000])
def test_odd_names_are_unknown_runs(tmp_path, text):
    with pytest.raises(RunError, match="no run"):
        find_run(text, tmp_path / "runs")


def test_a_link_out_of_the_root_is_no_run_there(tmp_path):
    outside = create_run(tmp_path / "elsewhere", "gender")
    root = tmp_path / "runs"
    inside = create_run(root, "gender")
    (root / "away-001").symlink_to(outside.path)
    (root / "near-001").symlink_to(inside.path)
    (root / "loop-001").symlink_to(root / "loop-001")
    os.mkfifo(root / "pipe-001")

    assert names(root) == ["gender-001", "near-001"]
    assert find_run("near-001", root).name == "near-001"
    for text in ("away-001", "away", "loop-001", "pipe-001"):
        with pytest.raises(RunError):
            find_run(text, root)


def test_a_directory_whose_name_is_no_utf8_gets_no_run(tmp_path):
    root = tmp_path / os.fsdecode(b"caf\xe9")

    with pytest.raises(RunError, match=r"caf\\xe9 is not UTF-8"):
        create_run(root, "gender")

    assert list(tmp_path.iterdir()) == []


def test_the_number_of_a_deleted_run_is_not_given_again(tmp_path):
    first, newest = create_run(tmp_path, "a"), create_run(tmp_path, "a")
    shutil.rmtree(newest.path)

    assert create_run(tmp_path, "a").name == "a-003"
    assert create_run(tmp_path, "b").name == "b-001"
    assert first.path.exists()


def test_damaged_notes_of_numbers_stop_no_run(tmp_path):
    create_run(tmp_path, "a")
    (tmp_path / ".dlrun" / "given.txt").write_bytes(b"\xff\n\na-x\na-007\nb")

    assert create_run(tmp_path, "a").name == "a-008"


def test_notes_of_numbers_that_are_a_link_are_not_written(tmp_path):
    elsewhere = tmp_path / "elsewhere"
    elsewhere.write_text("")
    (tmp_path / "runs" / ".dlrun").mkdir(parents=True)
    (tmp_path / "runs" / ".dlrun" / "given.txt").symlink_to(elsewhere)

    assert create_run(tmp_path / "runs", "a").name == "a-001"
    assert elsewhere.read_text() == ""


def test_a_path_that_is_no_run_is_answered_with_the_runs_there(tmp_path):
    run = create_run(tmp_path / "runs", "gender")
    (run.path / "config.yaml").write_text("name: gender\n")
    run.write_status("running")

    with pytest.raises(RunError, match="is a file of a run") as of_file:
        find_run(str(run.path / "config.yaml"), tmp_path)
    with pytest.raises(RunError, match="holds runs, and is none") as of_folder:
        find_run(str(tmp_path / "runs"), tmp_path)

    assert of_file.value.hint == f"name its folder: {run.path}"
    assert of_folder.value.hint == f"name one of them: {run.path}"
