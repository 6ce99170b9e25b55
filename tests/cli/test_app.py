from __future__ import annotations

import ctypes
import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from dlrun.cli import arguments
from dlrun.cli.app import COMMANDS, main

DLRUN = (sys.executable, "-m", "dlrun")


def start(*words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*DLRUN, *words],
        capture_output=True,
        text=True,
        env=os.environ | environment,
        check=False,
        timeout=60,
    )


def test_help_lists_every_command(dlrun):
    outcome = dlrun("--help")

    listed = outcome.out.partition("Commands:\n")[2].splitlines()
    assert outcome.code == 0
    assert [line.split()[0] for line in listed] == list(COMMANDS)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself(dlrun, command):
    outcome = dlrun(command, "--help")

    assert outcome.code == 0
    assert f"Usage: dlrun {command} " in outcome.out
    assert outcome.err == ""


def test_the_version_is_that_of_the_package(dlrun):
    import dlrun as package

    assert dlrun("--version").out == f"dlrun {package.__version__}\n"


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["frobnicate"], "No such command 'frobnicate'"),
        (["train"], "Missing argument 'CONFIG'"),
        (["train", "small.yaml", "--seeds", "0"], "Invalid value for '--seeds'"),
        (["train", "small.yaml", "--sedes", "2"], "No such option: --sedes"),
        (["evaluate", "run", "--split", "dev"], "Invalid value for '--split'"),
        (["compare", "runs", "--csv", "--md"], "choose one of --csv, --json and --md"),
        (["predict", "run", "--rows", "[]", "--data", "x.csv"], "give one of --data"),
        (["predict", "run", "--out", "x.parquet"], "must end in .csv, .jsonl or .npz"),
        (["evaluate", "run", "--data", "x.csv", "--split", "test"], "not both"),
        (["init", "nothing"], "choose one of images, minimal, table"),
        (
            ["validate", "small.yaml", "--format", "loud"],
            "Invalid value for '--format'",
        ),
    ],
)
def test_a_wrong_command_line_ends_with_2(dlrun, here, words, expected):
    outcome = dlrun(*words)

    assert outcome.code == 2
    assert expected in outcome.err
    assert outcome.out == ""


@pytest.mark.parametrize("where", [0, 1, 2])
def test_options_of_all_commands_may_stand_anywhere(dlrun, here, where):
    words = ["validate", "nothing.yaml"]
    words[where:where] = ["--format", "concise"]

    outcome = dlrun(*words)

    assert outcome.code == 3
    assert outcome.err.startswith("nothing.yaml: ") or "missing-file" in outcome.err
    assert "\n  =" not in outcome.err


def test_problems_for_github_are_workflow_commands(dlrun, here):
    outcome = dlrun("validate", "small.yaml", "-s", "fit.epochs=x", "--format=github")

    assert outcome.err.startswith("::error file=-s,line=1,col=12,title=wrong-type::")


def test_an_error_has_a_traceback_only_on_demand(dlrun, here):
    from dlrun.errors import ConfigError

    assert "Traceback" not in dlrun("validate", "nothing.yaml").err
    with pytest.raises(ConfigError):
        dlrun("validate", "nothing.yaml", "--traceback")


def test_main_ends_the_process_with_the_code_of_the_command(here, monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["dlrun", "validate", "nothing.yaml"])

    with pytest.raises(SystemExit) as caught:
        main()

    assert caught.value.code == 3
    assert "nothing.yaml" in capsys.readouterr().err


def test_a_closed_pipe_is_no_error(here):
    reader, writer = os.pipe()
    os.close(reader)

    with os.fdopen(writer, "wb") as closed:
        done = subprocess.run(
            [*DLRUN, "show", "small.yaml"],
            stdout=closed,
            stderr=subprocess.PIPE,
            check=False,
            timeout=60,
        )

    assert done.returncode == 0
    assert done.stderr == b""


@pytest.mark.parametrize(
    "environment",
    [
        {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
        {"TERM": "dumb", "NO_COLOR": "1", "COLUMNS": "0"},
    ],
)
def test_a_poor_terminal_gets_plain_text(here, environment):
    config = Path("small.yaml")
    config.write_text(config.read_text().replace("name: small", "name: größer"))

    refused = start("validate", "small.yaml", **environment)
    shown = start("summary", "people.yaml", **environment)

    assert (refused.returncode, shown.returncode) == (3, 0)
    assert "invalid-name" in refused.stderr
    assert "Traceback" not in refused.stderr + shown.stderr
    assert "\x1b" not in refused.stderr + shown.stdout


def test_configs_are_completed_folder_by_folder(here):
    (here / "configs" / "deep").mkdir(parents=True)
    (here / "configs" / "a.yaml").touch()
    (here / "configs" / "notes.txt").touch()

    assert arguments._configs("") == ["configs/", "people.yaml", "small.yaml"]
    assert arguments._configs("p") == ["people.yaml"]
    assert arguments._configs("./s") == ["small.yaml"]
    assert arguments._configs("configs/") == ["configs/a.yaml", "configs/deep/"]
    assert arguments._configs("nowhere/x") == []


def test_runs_are_completed_by_name(here):
    assert arguments._run_names("") == []
    (here / "runs" / "people-001").mkdir(parents=True)
    (here / "runs" / "small-001").mkdir()
    (here / "runs" / "notes.txt").touch()

    assert arguments._run_names("") == ["people-001", "small-001"]
    assert arguments._run_names("pe") == ["people-001"]
    assert arguments._configs_and_runs("pe") == ["people.yaml", "people-001"]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("dlrun train p", ["people.yaml"]),
        ("dlrun predict pe", ["people-001"]),
        ("dlrun compare pe", ["people-001"]),
        ("dlrun init m", ["minimal"]),
        ("dlrun val", ["validate"]),
    ],
)
def test_bash_completes_commands_configs_and_runs(here, words, expected):
    (here / "runs" / "people-001").mkdir(parents=True)

    done = start(
        _DLRUN_COMPLETE="complete_bash",
        COMP_WORDS=words,
        COMP_CWORD=str(len(words.split()) - 1),
    )

    assert done.stdout.split() == expected


def test_the_completion_script_names_the_program():
    # Typer looks for the shell among its parents; a build server may have none.
    named = {"_TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION": "1"}

    done = start("--show-completion", "bash", **named)

    assert "_DLRUN_COMPLETE=complete_bash" in done.stdout


def shell(words: str, **environment: str) -> subprocess.CompletedProcess[bytes]:
    """Run a line of a shell in which `dlrun` is this one."""
    return subprocess.run(
        ["bash", "-c", words.replace("dlrun", shlex.join(DLRUN))],
        capture_output=True,
        env=os.environ | environment,
        check=False,
        timeout=60,
    )


@pytest.mark.parametrize("stream", [">/dev/full", ">&-"])
@pytest.mark.parametrize(
    "words",
    [
        "show people.yaml",
        "show people.yaml --json",
        "explain Dense",
        "--version",
        "--help",
    ],
)
def test_an_answer_that_cannot_be_written_is_one_error_line(here, words, stream):
    done = shell(f"dlrun {words} {stream}")

    assert done.returncode == 1
    assert re.fullmatch(
        rb"error: the answer cannot be written: [A-Z][a-z ]+\n", done.stderr
    )


@pytest.mark.parametrize("stream", ["2>/dev/full", "2>&-", "<&- 2>&-"])
def test_words_that_cannot_be_written_change_no_exit_code(here, stream):
    assert shell(f"dlrun validate nothing.yaml {stream}").returncode == 3
    assert shell(f"dlrun frobnicate {stream}").returncode == 2
    assert shell(f"dlrun validate people.yaml {stream}").stdout


def test_a_stream_that_was_closed_is_no_file_that_is_written(here):
    done = shell("dlrun init table >&- 2>&- <&-")

    assert done.returncode == 1
    assert not [file for file in here.rglob("*") if b"error" in _bytes(file)]


def _bytes(file: Path) -> bytes:
    return file.read_bytes() if file.is_file() else b""


def test_what_an_encoding_does_not_have_is_a_question_mark(here):
    words = "show people.yaml -s 'description=кот'"

    shown = shell(f"dlrun {words}", PYTHONIOENCODING="cp1252")
    as_json = shell(f"dlrun {words} --json", PYTHONIOENCODING="cp1252")

    assert (shown.returncode, as_json.returncode) == (0, 0)
    assert b"description: ???" in shown.stdout
    assert json.loads(as_json.stdout)["description"] == "кот"


@pytest.mark.parametrize(
    "words",
    [
        "validate $OLDPWD/people.yaml -s fit.epochs=1",
        "summary people.yaml",
        "show people.yaml",
        "compare x",
        "diagnose x.csv",
        "init table",
    ],
)
def test_a_directory_that_is_gone_is_an_error_with_a_cure(here, words):
    done = shell(f"mkdir gone; cd gone; rmdir ../gone; dlrun {words}")

    assert done.returncode in {2, 3}
    assert b"Traceback" not in done.stderr
    assert b"error" in done.stderr


UNREADABLE = [
    "compare closed",
    "compare closed/run-001",
    "diagnose closed/run-001",
    "diagnose closed/h.csv",
    "resume closed/run-001",
    "predict run-001 --runs closed",
    "evaluate closed/run-001",
    "show closed/run-001",
    "advise closed/run-001",
    "runs closed",
    "validate closed/x.yaml",
    "validate people.yaml -s data.csv.path=closed/x.csv",
    "validate people.yaml -s data.csv.path=closed/*.csv",
    "validate people.yaml -u data.csv -s data.image_folder.directory=closed/x",
    "show people.yaml -s extends=closed/x.yaml",
]


def bound_by_permissions() -> None:
    """Take from root what lets it pass by the permissions of files."""
    process_control = ctypes.CDLL(None).prctl
    for capability in (1, 2):  # CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH
        process_control(24, capability, 0, 0, 0)  # PR_CAPBSET_DROP


def bound(words: str) -> subprocess.CompletedProcess[bytes]:
    """Run a command as a user whom permissions bind."""
    return subprocess.run(
        [*DLRUN, *words.split()],
        preexec_fn=bound_by_permissions,
        capture_output=True,
        check=False,
        timeout=120,
    )


LONG = "x" * 5_000


@pytest.mark.parametrize(
    "words",
    [
        ["compare", LONG],
        ["diagnose", LONG],
        ["advise", LONG],
        ["show", LONG],
        ["summary", LONG],
        ["validate", LONG],
        ["runs", LONG],
        ["resume", "x", "--runs", LONG],
        ["predict", "x", "--runs", LONG],
        ["train", LONG],
        ["init", "table", "--data", LONG],
        ["validate", "people.yaml", "-s", f"data.csv.path={LONG}"],
        ["validate", "people.yaml", "-s", f"data={{npz: {{path: {LONG}}}}}"],
        ["validate", "people.yaml", "-s", f"data={{image_folder: {LONG}}}"],
        ["validate", "people.yaml", "-s", f"extends={LONG}"],
    ],
    ids=lambda words: " ".join(words)[:30],
)
def test_a_name_that_no_file_can_have_is_an_error(dlrun, here, words):
    done = dlrun(*words)

    assert done.code in {2, 3}
    assert done.err.strip()
    assert len(done.err) < 8_000


@pytest.fixture
def closed(here):
    """A folder that nobody may enter."""
    folder = here / "closed"
    (folder / "run-001").mkdir(parents=True)
    folder.chmod(0)
    yield folder
    folder.chmod(0o700)


@pytest.mark.parametrize("words", UNREADABLE)
def test_what_may_not_be_read_is_an_error_and_no_traceback(closed, words):
    done = bound(words)

    assert done.returncode in {2, 3}
    assert b"Traceback" not in done.stderr
    assert b"rror" in done.stderr


@pytest.mark.parametrize(
    "words", ["init table", "compare runs --html x.html", "train people.yaml -q"]
)
def test_where_nothing_may_be_written_that_is_said(here, make_run, words):
    make_run("people-001")
    (here / "runs").chmod(0o500)
    here.chmod(0o500)

    done = bound(words)

    here.chmod(0o700)
    (here / "runs").chmod(0o700)
    assert done.returncode in {1, 2, 3}
    assert b"Traceback" not in done.stderr
    assert re.search(rb"cannot (be written|create|write|make)", done.stderr)


@pytest.mark.parametrize("place", ["", "history.csv"])
def test_a_run_that_may_not_be_read_is_left_out_with_a_word(here, make_run, place):
    closed = make_run("closed-001").path / place
    make_run("open-001")
    closed.chmod(0)

    compared, listed = bound("compare runs"), bound("runs")
    alone = bound("diagnose closed-001")

    closed.chmod(0o700)
    assert b"skipped: closed-001: cannot read runs/closed-001" in compared.stdout
    assert re.search(rb"closed-001  damaged .*cannot read", listed.stdout)
    assert alone.returncode == 3
    assert b"help: check the permissions of the run folder" in alone.stderr


def test_images_in_a_folder_that_may_not_be_read_are_missed(here):
    for name in ("pictures/a/closed", "pictures/b"):
        (here / name).mkdir(parents=True)
        (here / name / "1.png").write_bytes(b"")
    (here / "pictures/a/1.png").write_bytes(b"")
    (here / "pictures/a/closed").chmod(0)

    done = bound(
        "validate people.yaml -u data.csv -s data.image_folder.directory=pictures"
    )

    (here / "pictures/a/closed").chmod(0o700)
    assert done.returncode == 3
    assert b"pictures/a/closed may not be read" in done.stderr


def test_a_name_that_python_cannot_hand_to_the_system_is_told(here):
    (here / "c.yaml").write_text(
        (here / "people.yaml").read_text().replace("people.csv", "l\u00e4ute.csv"),
        encoding="utf-8",
    )
    names = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}

    done = subprocess.run(
        [sys.executable, "-m", "dlrun", "summary", "c.yaml"],
        cwd=here,
        env={**os.environ, **names},
        capture_output=True,
        check=False,
        timeout=60,
    )

    assert done.returncode == 3
    assert b"names of files are ascii here" in done.stderr
    assert b"set PYTHONUTF8=1" in done.stderr
