"""Text of strangers in every place that a name can stand, through every command.

The suite tries a seeded part. All places at once take some minutes:
`DLRUN_ALL_PLACES=1 pytest tests/cli/test_hostile_text.py`.
"""

from __future__ import annotations

import json
import os
import random
import re
import unicodedata
from collections.abc import Iterator

import pytest
import yaml

from dlrun.cli.app import COMMANDS

HOSTILE = (
    "a\x1b]0;title\x07\x1b[31mb\n::error file=x::forged\n  ::add-mask::e\r##[error]f"
    "\u202eg\u200b\u2066h\x9bi\x85::warning::j\u2028::stop-commands::k\U000e0041\x7fl"
)
PLACES = None if os.environ.get("DLRUN_ALL_PLACES") else 12
"""How many places of a file are tried; None: all of them."""
UNSEEN = {"Cc", "Cf", "Cs", "Zl", "Zp"}

OF_RUNS = (
    ("compare", "runs"),
    ("compare", "runs", "--md"),
    ("compare", "runs", "--csv"),
    ("compare", "runs", "--json"),
    ("compare", "runs", "--wide", "--fail-if", "val_loss > 0.5"),
    ("compare", "runs", "--filter", "optimizer == Adam"),
    ("compare", "runs", "--html", "page.html"),
    ("runs", "runs"),
    ("runs", "runs", "--json"),
    ("show", "victim"),
    ("show", "victim", "--json"),
    ("summary", "victim"),
    ("diagnose", "victim"),
    ("diagnose", "victim", "--json"),
    ("advise", "victim"),
    ("advise", "victim", "--json"),
    ("validate", "runs/victim/config.yaml"),
    ("resume", "victim"),
    ("verify", "victim"),
    ("predict", "victim"),
    ("evaluate", "victim"),
)
OF_CONFIGS = (
    ("validate", "hostile.yaml"),
    ("validate", "hostile.yaml", "--format", "concise"),
    ("validate", "hostile.yaml", "--format", "github"),
    ("show", "hostile.yaml"),
    ("show", "hostile.yaml", "--origin"),
    ("show", "hostile.yaml", "--json"),
    ("summary", "hostile.yaml"),
    ("summary", "hostile.yaml", "people.yaml", "--json"),
    ("study", "hostile.yaml", "--dry-run"),
)


def is_tame(outcome, *, for_github: bool = False) -> bool:
    """Whether nothing that was printed steers a terminal or commands a build server."""
    for text in (outcome.out, outcome.err):
        assert not {char for char in text if unicodedata.category(char) in UNSEEN} - {
            "\n"
        }
        assert "##[" not in text
        commands = [
            line for line in text.splitlines() if line.lstrip().startswith("::")
        ]
        if for_github:
            assert all(
                re.match(r"::(error|warning) (file|title)=", line) for line in commands
            )
        else:
            assert commands == []
    return True


def places(value: object, path: tuple[str | int, ...] = ()) -> Iterator[tuple]:
    """Every text and every key of a value: where it stands, and whether it is a key."""
    if isinstance(value, dict):
        for key, item in value.items():
            yield (*path, key), True
            yield from places(item, (*path, key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from places(item, (*path, index))
    elif isinstance(value, str) or value is None:
        yield path, False


def spoilt(value, path: tuple[str | int, ...], *, is_key: bool):
    """The value with the hostile text in one place."""
    copy = json.loads(json.dumps(value))
    *parents, last = path
    parent = copy
    for step in parents:
        parent = parent[step]
    if is_key:
        items = [
            (HOSTILE if key == last else key, item) for key, item in parent.items()
        ]
        parent.clear()
        parent.update(items)
    else:
        parent[last] = HOSTILE
    return copy


def some(all_places: list) -> list:
    """A seeded part of the places, or all."""
    if PLACES is None or len(all_places) <= PLACES:
        return all_places
    return random.Random(7).sample(all_places, PLACES)


@pytest.fixture
def victim(here, make_run):
    """A run of two, with every file that a stranger could have written."""
    make_run("other", config={"fit/batch_size": 6})
    folder = make_run("victim")
    (folder.path / "config.yaml").write_text((here / "people.yaml").read_text())
    finding = {"verdict": "OVERFITTING", "onset_epoch": 2, "confidence": 0.9}
    diagnosis = {
        "verdict": "OVERFITTING",
        "tag": "overfit@2",
        "summary": "s",
        "findings": [finding],
    }
    (folder.path / "diagnosis.json").write_text(json.dumps(diagnosis))
    (folder.path / "metrics.json").write_text(
        json.dumps({"best": {"val_loss": 0.5}, "test": {"loss": 1.0}})
    )
    return folder


@pytest.mark.parametrize(
    "file",
    [
        "config.json",
        "summary.json",
        "status.json",
        "environment.json",
        "diagnosis.json",
        "metrics.json",
    ],
)
def test_no_file_of_a_run_reaches_a_terminal_raw(dlrun, victim, file):
    target = victim.path / file
    whole = json.loads(target.read_text())
    commands = iter(random.Random(len(file)).sample(OF_RUNS, len(OF_RUNS)) * 99)

    for path, is_key in some([*places(whole)]):
        target.write_text(json.dumps(spoilt(whole, path, is_key=is_key)))
        for _ in range(3 if PLACES else len(OF_RUNS)):
            assert is_tame(dlrun(*next(commands))), (file, path)


@pytest.mark.parametrize("command", OF_RUNS, ids=" ".join)
def test_no_column_of_a_history_reaches_a_terminal_raw(dlrun, victim, command):
    history = victim.path / "history.csv"
    quoted = '"' + HOSTILE + '"'
    history.write_text(history.read_text().replace("val_accuracy", quoted))

    assert is_tame(dlrun(*command))


@pytest.mark.parametrize("command", OF_RUNS, ids=" ".join)
def test_no_name_of_a_folder_reaches_a_terminal_raw(dlrun, victim, command):
    name = HOSTILE.replace("/", "")[:60]
    victim.path.rename(victim.path.with_name(name))

    assert is_tame(dlrun(*(word.replace("victim", name) for word in command)))


@pytest.mark.parametrize("command", OF_CONFIGS, ids=" ".join)
def test_no_text_of_a_config_reaches_a_terminal_raw(dlrun, here, command):
    whole = yaml.safe_load((here / "people.yaml").read_text())
    whole |= {"description": "words", "tags": ["tag"], "extends": "small.yaml"}

    for path, is_key in some([*places(whole)]):
        values = spoilt(whole, path, is_key=is_key)
        (here / "hostile.yaml").write_text(json.dumps(values))
        assert is_tame(dlrun(*command), for_github="github" in command), path


@pytest.mark.parametrize("place", ["column", "label", "cell", "path"])
@pytest.mark.parametrize("command", OF_CONFIGS, ids=" ".join)
def test_no_text_of_a_table_reaches_a_terminal_raw(dlrun, here, command, place):
    quoted = '"' + HOSTILE.replace("\r", "") + '"'
    table, config = (
        (here / "people.csv").read_text(),
        (here / "people.yaml").read_text(),
    )
    replaced = {
        "column": ("height", quoted),
        "label": (",f\n", f",{quoted}\n"),
        "cell": ("160", quoted),
    }
    name = HOSTILE.replace("/", "")[:60] if place == "path" else "people.csv"
    (here / name).write_text(table.replace(*replaced.get(place, ("", ""))))
    config = config.replace("path: people.csv", f"path: {json.dumps(name)}")
    (here / "hostile.yaml").write_text(
        config.replace("loss: sparse", "loss: sparsely") if place == "cell" else config
    )

    assert is_tame(dlrun(*command), for_github="github" in command)
    assert is_tame(dlrun("validate", "--data", "hostile.yaml"))


@pytest.mark.parametrize("command", sorted({*COMMANDS} - {"init"}))
def test_no_word_of_the_command_line_reaches_a_terminal_raw(dlrun, victim, command):
    for words in (
        [HOSTILE],
        [HOSTILE, "--json"],
        ["people.yaml", "-s", HOSTILE],
        [f"--{HOSTILE}"],
    ):
        assert is_tame(dlrun(command, *words))
