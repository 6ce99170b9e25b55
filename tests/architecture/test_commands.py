"""A command that a person is told can be pasted, whatever the path in it."""

from __future__ import annotations

import re
from pathlib import Path

SOURCE = Path(__file__).parents[2] / "src/dlrun"
BY_HAND = re.compile(r"dlrun (train|resume|predict|compare|advise|validate) \{")


def test_no_command_puts_a_path_into_a_text_by_hand():
    files = sorted(SOURCE.rglob("*.py"))

    found = [file.name for file in files if BY_HAND.search(file.read_text("utf-8"))]

    assert len(files) > 400
    assert not found, "write command_line(...), which quotes"
