"""Whether a model is better on the validation rows than a constant prediction."""

from __future__ import annotations

from dataclasses import dataclass

from dlrun.diagnosis.evidence import Evidence

_ERRORS = 2.0
"""Standard errors that a gain must have to be shown."""


@dataclass(frozen=True, slots=True)
class AgainstConstant:
    """What a model loses on the validation rows, beside a constant prediction."""

    loss: float
    """Of the model, at its best epoch."""
    constant: float
    gain_error: float | None
    """The standard error of the difference over rows; None: nobody has measured it."""

    @property
    def share(self) -> float:
        """The loss of the model over that of the constant."""
        return self.loss / self.constant

    @property
    def is_doubtful(self) -> bool:
        """The gain is not shown; without its error: there is none."""
        return self.constant - self.loss <= _ERRORS * (self.gain_error or 0.0)

    @property
    def numbers(self) -> dict[str, float]:
        """What the words rest on."""
        known = {
            "loss_over_constant": self.share,
            "val_loss": self.loss,
            "val_constant_loss": self.constant,
        }
        error = self.gain_error
        return known if error is None else known | {"error_of_difference": error}


def against_constant(evidence: Evidence) -> AgainstConstant | None:
    """Compare by rows where a run has measured them, else by the curve.

    Returns:
        None where it cannot be told: without validation rows, of a loss below 0, of
        several outputs, or where nobody knows what the constant loses.
    """
    rows, level = evidence.facts.rows, evidence.held_level
    if rows is not None and rows.gain is not None:
        level = rows.loss + rows.gain
    if evidence.validation is None or not level or level < 0 or not evidence.has_ratios:
        return None
    if rows is not None:
        return AgainstConstant(rows.loss, level, rows.gain_error)
    best = evidence.validation.loss.values
    return AgainstConstant(min(best), level, None)
