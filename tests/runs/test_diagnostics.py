from __future__ import annotations

from dataclasses import replace

import pytest

from dlrun.errors import RunError
from dlrun.runs import Finding, RecordedDiagnosis, RunFolder

LAYER = {
    "epoch": 0,
    "layer": "dense, the first",
    "kind": "Dense",
    "activation": "relu",
    "weight": "kernel",
    "grad_norm": 0.5,
    "grad_mean_abs": 0.01,
    "weight_norm": 2.0,
    "update_ratio": None,
    "step_update_ratio": None,
    "dead_share": 0.25,
    "zero_share": 0.5,
    "saturated_share": None,
}
OUTPUTS = {
    "epoch": 0,
    "loss": 0.7,
    "regularisation_loss": 0.1,
    "nonfinite": False,
    "count_a, b": 3,
    "count_=c": 5,
}


@pytest.fixture
def folder(tmp_path):
    folder = RunFolder(tmp_path)
    for epoch in (0, 1, 2):
        rows = [LAYER | {"epoch": epoch}, LAYER | {"epoch": epoch, "layer": "last"}]
        folder.append_probe(rows, OUTPUTS | {"epoch": epoch})
    return folder


def cut(folder, name, size):
    file = folder.path / "diagnostics" / name
    file.write_bytes(file.read_bytes()[:-size])


def test_probes_are_read_as_a_diagnosis_takes_them(folder):
    probes = folder.probes()

    assert [probe["epoch"] for probe in probes] == [0, 1, 2]
    assert probes[0] == {
        "epoch": 0,
        "layers": ["dense, the first", "last"],
        "grad_norm": [0.5, 0.5],
        "grad_mean_abs": [0.01, 0.01],
        "weight_norm": [2.0, 2.0],
        "epoch_update_ratio": [None, None],
        "step_update_ratio": [None, None],
        "dead_frac": [0.25, 0.25],
        "dead_layers": ["dense, the first", "last"],
        "zero_frac": [0.5, 0.5],
        "sat_frac": None,
        "sat_layers": [],
        "pred_counts": [3, 5],
        "pred_names": ["a, b", "=c"],
        "reg_loss": 0.1,
        "nonfinite": False,
    }


def test_a_run_without_probes_has_none(tmp_path):
    assert RunFolder(tmp_path).probes() == []


@pytest.mark.parametrize("name", ["layers.csv", "outputs.csv"])
def test_half_a_probe_at_the_end_is_left_out_and_then_written_again(folder, name):
    cut(folder, name, 3)

    assert [probe["epoch"] for probe in folder.probes()] == [0, 1]

    file = folder.path / "diagnostics" / name
    before = file.read_text().count("\n")
    rows = [LAYER | {"epoch": 3}, LAYER | {"epoch": 3, "layer": "last"}]
    folder.append_probe(rows, OUTPUTS | {"epoch": 3})
    assert file.read_text().count("\n") > before
    assert folder.probes()[-1]["epoch"] == 3


def test_a_damaged_line_is_named(folder):
    file = folder.path / "diagnostics" / "layers.csv"
    file.write_text(file.read_text().replace("\n1,", "\nx,", 1))

    with pytest.raises(RunError, match="damaged in line 4"):
        folder.probes()


def go_back(folder, epoch):
    from dlrun.runs.checkpoint_state import CheckpointState
    from dlrun.runs.diagnostics import kept_probes

    tables, told = kept_probes(folder.hashes, CheckpointState(probed_epoch=epoch))
    for file, data in tables.items():
        file.write_bytes(data)
    return told


def test_a_damaged_table_is_started_anew_when_a_run_goes_back(folder):
    file = folder.path / "diagnostics" / "layers.csv"
    file.write_bytes(b"\xff" + file.read_bytes())

    told = go_back(folder, 1)
    folder.append_probe([LAYER | {"epoch": 2}], OUTPUTS | {"epoch": 2})

    assert [probe["epoch"] for probe in folder.probes()] == [2]
    assert "layers.csv is begun anew" in told[0]


def test_probes_after_an_epoch_are_forgotten(folder):
    before = (folder.path / "diagnostics" / "outputs.csv").read_text()
    go_back(folder, 1)

    assert [probe["epoch"] for probe in folder.probes()] == [0, 1]
    after = (folder.path / "diagnostics" / "outputs.csv").read_text()
    assert before.startswith(after)


def test_a_diagnosis_is_read_as_it_was_written(tmp_path):
    folder = RunFolder(tmp_path)

    diagnosis = RecordedDiagnosis(
        verdict="OVERFITTING",
        tag="overfit@2",
        findings=(Finding("OVERFITTING", 2, 0.75, {"rise": 0.5}, "It overfits."),),
        onset=2,
        severity=float("nan"),
    )

    folder.write_diagnosis(diagnosis)

    assert folder.diagnosis() == replace(diagnosis, severity=None)
