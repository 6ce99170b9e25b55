from __future__ import annotations

import os
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
        (["predict", "run", "--out", "x.parquet"], "must end in .csv or .jsonl"),
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
