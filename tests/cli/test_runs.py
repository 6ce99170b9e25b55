from __future__ import annotations

import json

import pytest

from dlrun.runs import RunFolder, create_run


@pytest.fixture
def make(dlrun, here):
    """Create a run of a config, without training it."""

    def create(name: str) -> RunFolder:
        values = json.loads(dlrun("show", f"{name}.yaml", "--json").out)
        folder = create_run(here / "runs", name)
        folder.write_config(f"name: {name}", values)
        return folder

    return create


def test_runs_are_listed_with_how_they_stand(dlrun, make):
    make("small").write_status("failed", "no memory")
    make("people").write_status("finished")

    outcome = dlrun("runs")

    assert outcome.code == 0
    assert "small-001" in outcome.out
    assert "no memory" in outcome.out


def test_json_has_an_object_per_run(dlrun, make):
    make("small").write_status("failed", "no memory")

    (entry,) = json.loads(dlrun("runs", "runs", "--json").out)

    assert (entry["run"], entry["state"]) == ("small-001", "failed")
    assert entry["reason"] == "no memory"


def test_without_runs_the_cure_is_named(dlrun, here):
    outcome = dlrun("runs")

    assert (outcome.code, outcome.out) == (3, "")
    assert "train first" in outcome.err


def test_the_directory_is_given_as_in_every_other_command(dlrun, make_run, tmp_path):
    make_run("a")

    outcome = dlrun("runs", "--runs", str(tmp_path / "runs"))

    assert outcome.code == 0
    assert "a " in outcome.out
    assert dlrun("runs", str(tmp_path / "runs")).out == outcome.out
