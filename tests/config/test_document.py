"""The words for every mistake that the reader finds."""

from __future__ import annotations

from pathlib import Path

import pytest

from dlrun.config import load_config
from dlrun.errors import ConfigError

CASES = sorted((Path(__file__).parents[1] / "golden/config/reader").glob("*.yaml"))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.stem)
def test_a_mistake_in_a_file_is_shown_with_its_place_and_cure(
    case, golden, monkeypatch
):
    monkeypatch.chdir(case.parent)

    with pytest.raises(ConfigError) as caught:
        load_config(Path(case.name))

    golden(case.with_suffix(".txt"), str(caught.value))


def test_there_are_golden_cases():
    assert len(CASES) > 40
