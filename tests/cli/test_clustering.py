"""The options of a cluster: what contradicts them, and what is missing."""

from __future__ import annotations

import socket

import pytest

from dlrun import errors


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--address", "a:1"], "--address is of a cluster: give --on ray, too"),
        (["--gpus-per-run", "1"], "--gpus-per-run is of a cluster"),
        (["--on", "slurm"], "--on takes ray, not 'slurm'"),
        (["--on", "ray", "--jobs", "2"], "--jobs is of this machine"),
        (["--on", "ray"], "--on ray is for several runs: --seeds N"),
    ],
)
def test_options_that_contradict_each_other_are_refused(dlrun, here, words, said):
    outcome = dlrun("train", "small.yaml", *words)

    assert outcome.code == 2
    assert said in " ".join(outcome.err.replace("│", " ").split())
    assert not (here / "runs").exists()


def test_without_ray_it_is_said_what_to_install(dlrun, here, monkeypatch):
    monkeypatch.setattr(errors, "find_spec", lambda name: None)

    outcome = dlrun("train", "small.yaml", "--seeds", "2", "--on", "ray")

    assert "--on ray needs ray, which is not installed" in outcome.err
    assert "pip install 'dlrun[ray]'" in outcome.err


@pytest.mark.parametrize("command", ["train", "study"])
def test_a_cluster_that_does_not_answer_is_named_at_once(
    dlrun, here, command, monkeypatch
):
    monkeypatch.setattr(errors, "find_spec", lambda name: name)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{free.getsockname()[1]}"

        outcome = dlrun(
            command, "people.yaml", "--seeds", "2", "--on", "ray", "--address", address
        )

    assert outcome.code == 3
    assert f"no cluster answers at {address}: Connection refused" in outcome.err
    assert "ray start --head --port=" in outcome.err
