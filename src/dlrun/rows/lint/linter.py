"""The look that asks every rule what is odd about rows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from dlrun.errors import Problem
from dlrun.rows.lint import (
    both_sides,
    constant,
    gap,
    gap_class,
    label_order,
    near_equal,
    predictor,
    rare_class,
    units,
    unseen,
)
from dlrun.rows.lint.linted_rows import LintedRows

if TYPE_CHECKING:
    from dlrun.experiment import ExperimentSpec
    from dlrun.rows.look import Divided

RULES = (
    both_sides.RULE,
    predictor.RULE,
    near_equal.RULE,
    constant.RULE,
    label_order.RULE,
    units.RULE,
    unseen.RULE,
    gap.RULE,
    gap_class.RULE,
    rare_class.RULE,
)
"""In the order in which warnings are told."""


@dataclass(frozen=True, slots=True)
class Linter:
    """The look that finds what is odd about the rows of an experiment."""

    spec: ExperimentSpec

    def __call__(self, divided: Divided) -> Iterator[Problem]:
        """A warning for each finding of each rule."""
        import numpy as np

        linted = LintedRows(self.spec.data, self.spec.fit, divided)
        for rule in RULES:
            with np.errstate(over="ignore", invalid="ignore"):
                findings = list(rule.find(linted))
            for finding in findings:
                yield Problem(
                    finding.path,
                    finding.message,
                    hint=finding.cure,
                    code=rule.code,
                    severity="warning",
                    on_key=True,
                )
