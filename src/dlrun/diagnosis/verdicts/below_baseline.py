"""The model predicts a series no better than who has no model."""

from __future__ import annotations

from collections.abc import Iterator

from dlrun.data import LAST_VALUE, SEASON_AGO
from dlrun.diagnosis.case import Case, Condition
from dlrun.diagnosis.evidence import Evidence
from dlrun.diagnosis.verdicts.remedy import SCALED, SMALL_TARGETS, Remedy
from dlrun.diagnosis.verdicts.verdict import Verdict


def below_baseline(evidence: Evidence) -> Iterator[Case]:
    """The best validation loss, or error, is not below that of the best baseline."""
    naive, validation = evidence.facts.naive, evidence.validation
    if not naive or validation is None:
        return
    name = min(naive, key=lambda one: naive[one])
    level, said = naive[name], _WORDS.get(name, name)
    if evidence.facts.task == "classification":
        accuracy = evidence.val_accuracy
        if accuracy is not None:
            yield Case(
                (Condition("val_error", 1 - accuracy, level),),
                f"Predicting {said} gets {{baseline_error:.1%}} of the validation rows "
                "wrong, the model {val_error:.1%}.",
                validation.loss.epochs[-1],
                {"baseline_error": level},
            )
        return
    rows = evidence.facts.rows
    best = validation.lowest if rows is None else rows.loss
    yield Case(
        (Condition("best_val_loss", best, level),),
        f"Predicting {said} loses {{baseline_loss:.4g}} on the validation rows, the "
        "model at its best {best_val_loss:.4g}.",
        evidence.best_epoch,
        {"baseline_loss": level},
    )


def below_on_easier_rows(evidence: Evidence) -> Iterator[Case]:
    """The same, where the validation rows are the easier ones.

    They are as easy for the baseline, so that this holds whether or not they are a fair
    test. Ours.
    """
    validation = evidence.validation
    if validation is not None and validation.loss.end < validation.train.end:
        yield from below_baseline(evidence)


_WORDS = {LAST_VALUE: "the last value", SEASON_AGO: "the value of a season ago"}

BELOW_BASELINE = Verdict(
    name="BELOW_BASELINE",
    tag="naive",
    meaning="The model predicts the series no better than its last value does, or that "
    "of a season ago.",
    rule=below_baseline,
    rests_on_validation=True,
    may_pass=True,
    remedies=(
        SCALED,
        SMALL_TARGETS,
        Remedy(("more_complexity", "learning_rate_triple", "adam")),
    ),
)
