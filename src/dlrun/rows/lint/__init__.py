"""The linter: what is odd about rows, a rule each, with numbers and a cure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from dlrun.errors import Problem
from dlrun.rows.lint import constant, near_equal, predictor
from dlrun.rows.lint.linted_rows import LintedRows
from dlrun.rows.lint.rule import LintRule, Oddity

if TYPE_CHECKING:
    from dlrun.experiment import ExperimentSpec
    from dlrun.rows.look import Divided

__all__ = ["RULES", "LintRule", "LintedRows", "Linter", "Oddity"]

RULES = (
    predictor.RULE,
    near_equal.RULE,
    constant.RULE,
)
"""In the order in which warnings are told."""


@dataclass(frozen=True, slots=True)
class Linter:
    """The look that finds what is odd about the rows of an experiment."""

    spec: ExperimentSpec

    def __call__(self, divided: Divided) -> Iterator[Problem]:
        """A warning for each finding of each rule."""
        linted = LintedRows(self.spec.data, self.spec.fit, divided)
        for rule in RULES:
            for finding in rule.find(linted):
                yield Problem(
                    finding.path,
                    finding.message,
                    hint=finding.cure,
                    code=rule.code,
                    severity="warning",
                    on_key=True,
                )
