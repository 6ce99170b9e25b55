"""The worked example of docs/architecture.md: a plan of many runs."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
IMPORTS = """
from pathlib import Path
from dlrun.experiment import parse_spec, read_config
from dlrun.studies.audience import Audience
from dlrun.studies.execute import execute
from dlrun.studies.plan import Member, Plan
"""


@pytest.mark.heavy
def test_the_example_of_a_plan_trains_its_runs(tmp_path, monkeypatch, capsys):
    page = (ROOT / "docs/architecture.md").read_text(encoding="utf-8")
    example = re.search(r"```python\n(nodes = .*?)```", page, re.DOTALL).group(1)
    monkeypatch.chdir(tmp_path)

    exec(IMPORTS + example, {"config": ROOT / "configs/gender.yaml"})

    said = [f"gender with seed {seed} trained" for seed in range(3)]
    assert capsys.readouterr().out.splitlines() == said
    assert len([*Path("runs").glob("gender-*")]) == 3
