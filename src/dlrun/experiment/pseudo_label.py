"""`pseudo_label:`: rounds of training in which a model labels rows without one."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import Field, PlainValidator, model_validator
from typing_extensions import override

from dlrun.components.fields import (
    Fraction,
    NonNegativeFloat,
    PositiveFloat,
    PositiveInt,
    UnitInterval,
)
from dlrun.components.index import with_trait
from dlrun.components.sources import Source
from dlrun.components.words import invalid, shown
from dlrun.experiment.section import Section

_SHARES = frozenset({"fraction", "ratio", "share", "size"})
"""What a person writes who wants a part of the rows to be unlabelled."""


def _unlabelled(value: Any) -> Source | str | None:
    if value is None or value == "rest":
        return value if value is None else "rest"
    if isinstance(value, dict) and value.keys() & _SHARES:
        message = "`unlabelled` takes no share of the rows"
        hint = "write unlabelled: rest, and data.split with what trains: "
        hint += "split: {train: 0.4, validation: 0.2} leaves 0.4"
        raise invalid("unknown-data-source", message, hint=hint)
    if isinstance(value, (dict, Source)):
        source: Source = Source.model_validate(value)
        return source
    message = f"`unlabelled` must be a source of rows or rest, found {shown(value)}"
    example = _more_rows(Source.preferred())
    hint = f"write {example}; or rest: the rows that data.split leaves"
    raise invalid("wrong-type", message, hint=hint)


def _more_rows(source: type[Source]) -> str:
    return f"{{{source.key}: {source.unlabelled_example}}}"


class StopSpec(Section):
    """When further rounds are not worth training."""

    owner: ClassVar[str] = "stop"

    patience: PositiveInt = 2
    """Stop when the validation loss has not improved for so many rounds."""
    min_new: Fraction = 0.01
    """Stop when a smaller share of the selected rows and labels than this is new."""


class PseudoLabelSpec(Section):
    """Semi-supervised training: the model labels rows without a label, in rounds.

    Round 0 trains on the labelled rows alone. Each further round labels all unlabelled
    rows anew, takes those that `select` picks, and trains again on both. The round with
    the best validation accuracy is kept, round 0 included.
    """

    owner: ClassVar[str] = "pseudo_label"
    literal = tuple(
        ("unlabelled", key) for key in with_trait("data source", "holds_rows", bool)
    )
    cures: ClassVar[dict[str, str]] = {
        "alpha": "write weight: 1.0",
        "patience": "write stop: {patience: 2}",
        "min_new": "write stop: {min_new: 0.01}",
        "k_best": "write select: k_best, and k: 10",
        "percentile": "write select: percentile, and start: 0.2",
    }

    unlabelled: Annotated[Source | str | None, PlainValidator(_unlabelled)] = None
    """The rows to label: a source of their own; or `rest`, those that neither train,
    validate nor test by `data.split`; by default the rows of the table whose label is
    empty. Labels that are known all the same are measured against, and never used."""
    rounds: PositiveInt = 5
    """How often rows are labelled and the model is trained again, at most."""
    select: Literal["threshold", "percentile", "k_best"] = "threshold"
    """Which labels are taken: those of high confidence, a growing share of the most
    confident, or the most confident `k` rows of each class."""
    threshold: UnitInterval = 0.95
    """The lowest confidence that `select: threshold` takes; 0 takes every row."""
    start: Annotated[float, Field(gt=0, le=1, allow_inf_nan=False)] = 0.2
    """The share that `select: percentile` takes in round 1; twice that in round 2."""
    k: PositiveInt | None = None
    """The rows of each class that `select: k_best` takes."""
    balance: Literal["none", "cap"] = "none"
    """`cap`: of each class at most as many as of the smallest, or half the median."""
    max_per_class_ratio: PositiveFloat | None = None
    """Of each class at most so many times its labelled rows; nothing: no such limit."""
    retrain: Literal["scratch", "continue"] = "scratch"
    """Whether a round starts from the first weights, or goes on with the last ones."""
    weight: NonNegativeFloat = 1.0
    """How much a row with a pseudo-label counts in the train loss; a true label: 1."""
    min_labelled_per_batch: Fraction = 0.25
    """The least share of labelled rows in each batch; they are repeated as needed."""
    stop: StopSpec = Field(default={}, validate_default=True)
    """When to train no further round."""

    @classmethod
    @override
    def cure(cls, key: object) -> str | None:
        for source in Source.classes():
            if source.key == key:
                return f"write unlabelled: {_more_rows(source)}"
        return super().cure(key)

    @model_validator(mode="after")
    def _k_is_given(self) -> Self:
        if self.select == "k_best" and self.k is None:
            self.refuse(
                "select",
                "missing-key",
                "`select: k_best` needs to know how many rows of each class",
                "write k: 10 beside it",
            )
        return self
