"""The linter: what is odd about rows, a rule each, with numbers and a cure."""

from __future__ import annotations

from dlrun.rows.lint.inspect_rows import inspect_rows
from dlrun.rows.lint.linted_rows import LintedRows
from dlrun.rows.lint.linter import RULES, Linter
from dlrun.rows.lint.rule import LintRule, Oddity

__all__ = ["RULES", "LintRule", "LintedRows", "Linter", "Oddity", "inspect_rows"]
