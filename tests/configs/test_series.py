"""Tomorrow's temperature, walk-forward, against both baselines."""

from __future__ import annotations

from pathlib import Path

import pytest

from dlrun.cli.app import run
from dlrun.runs import find_runs

ROOT = Path(__file__).parents[2]


@pytest.mark.heavy
def test_of_every_year_the_model_beats_today_and_a_year_ago(tmp_path, capsys):
    config = str(ROOT / "configs/series/seattle_ahead.yaml")

    assert run(["train", config, "--runs", str(tmp_path), "-q"]) == 0

    told = capsys.readouterr().out
    runs = find_runs(tmp_path)
    assert len(runs) == 3
    assert "BELOW_BASELINE" not in told
    for folder in runs:
        metrics = folder.metrics()
        last, ago = (metrics.baselines[name] for name in ("last value", "season ago"))
        assert last["rows"] == ago["rows"] == folder.summary().num_validation > 300
        assert metrics.best["val_loss"] < 0.95 * last["loss"]
        error = metrics.best["val_mean_absolute_error"]
        assert error < 0.98 * last["mean_absolute_error"]
        assert error < 0.6 * ago["mean_absolute_error"]
    assert run(["compare", str(tmp_path)]) == 0
    compared = capsys.readouterr().out
    assert "last value" in compared
    assert "season ago" in compared
