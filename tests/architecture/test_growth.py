"""The growth table of docs/architecture.md: what a new thing needs, and nothing else.

Verdicts, sections, sources, layers and backends have such a test in their own rooms.
"""

from __future__ import annotations

import sys
import types
from pathlib import Path

from dlrun.cli import app

CLI = Path(app.__file__).parent


def test_a_command_is_one_module_and_one_line(monkeypatch, capsys):
    def greet(name: str) -> None:
        """Say hello to NAME."""
        print(f"hello {name}")

    module = types.ModuleType("dlrun.cli.greet")
    module.greet = greet
    monkeypatch.setitem(sys.modules, "dlrun.cli.greet", module)
    monkeypatch.setattr(app, "COMMANDS", (*app.COMMANDS, "greet"))

    assert app.run(["greet", "Ada"]) == 0

    assert capsys.readouterr().out == "hello Ada\n"


def test_every_command_is_a_module_of_its_name():
    modules = {file.stem for file in CLI.glob("*.py")}

    assert set(app.COMMANDS) <= modules
    assert len(set(app.COMMANDS)) == len(app.COMMANDS)
