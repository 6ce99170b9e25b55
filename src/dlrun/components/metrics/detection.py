"""Metrics of finding the rows of a class: counts, precision, recall, F scores, AUC."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field
from typing_extensions import override

from dlrun.components.fields import (
    NonNegativeInt,
    OpenFraction,
    PositiveFloat,
    PositiveInt,
    UnitInterval,
)
from dlrun.components.label_form import LabelForm
from dlrun.components.metrics.metric import KerasMetric


class Detection(KerasMetric, abstract=True):
    """A metric of outputs between 0 and 1, each against a label of 0 or 1."""

    accepted: ClassVar[tuple[LabelForm, ...]] = ("binary", "one_hot")


class Count(Detection, abstract=True):
    """A number of outputs on one side of the threshold."""

    thresholds: UnitInterval | None = None
    """Outputs above it count as 1; nothing: 0.5."""


class TruePositives(Count):
    """How many outputs are 1 and should be."""


class TrueNegatives(Count):
    """How many outputs are 0 and should be."""


class FalsePositives(Count):
    """How many outputs are 1 and should be 0."""

    mode = "min"


class FalseNegatives(Count):
    """How many outputs are 0 and should be 1."""

    mode = "min"


class Precision(Detection):
    """The share of right outputs among those that are 1."""

    thresholds: UnitInterval | None = None
    """Outputs above it count as 1; nothing: 0.5."""
    top_k: PositiveInt | None = None
    """Count the `k` highest outputs of a row as 1, in place of a threshold."""
    class_id: NonNegativeInt | None = None
    """The output unit to look at; nothing: all of them."""


class Recall(Detection):
    """The share of outputs that are 1 among those that should be."""

    thresholds: UnitInterval | None = None
    """Outputs above it count as 1; nothing: 0.5."""
    top_k: PositiveInt | None = None
    """Count the `k` highest outputs of a row as 1, in place of a threshold."""
    class_id: NonNegativeInt | None = None
    """The output unit to look at; nothing: all of them."""


class BestAtThreshold(Detection, abstract=True):
    """The best value of one figure over all thresholds that give another."""

    num_thresholds: PositiveInt = 200
    """How many thresholds are tried."""
    class_id: NonNegativeInt | None = None
    """The output unit to look at; nothing: all of them."""


class PrecisionAtRecall(BestAtThreshold):
    """The best precision among the thresholds that reach a recall."""

    main_argument = "recall"

    recall: UnitInterval
    """The recall to reach."""


class RecallAtPrecision(BestAtThreshold):
    """The best recall among the thresholds that reach a precision."""

    main_argument = "precision"

    precision: UnitInterval
    """The precision to reach."""


class SensitivityAtSpecificity(BestAtThreshold):
    """The best sensitivity among the thresholds that reach a specificity."""

    main_argument = "specificity"

    specificity: UnitInterval
    """The specificity (the share of 0 among those that should be) to reach."""


class SpecificityAtSensitivity(BestAtThreshold):
    """The best specificity among the thresholds that reach a sensitivity."""

    main_argument = "sensitivity"

    sensitivity: UnitInterval
    """The sensitivity (the recall) to reach."""


class FScore(KerasMetric, abstract=True):
    """A mean of precision and recall; one per class, then their mean."""

    average: Literal["micro", "macro", "weighted"] = "macro"
    """Over all outputs, over classes, or over classes by their rows.

    Keras' default, a figure per class, is no single number for a history.
    """
    threshold: OpenFraction | None = None
    """Outputs above it count as 1; nothing: the highest output of a row does."""

    @property
    @override
    def labels(self) -> tuple[LabelForm, ...]:
        """One-hot vectors, and with a threshold also 0 or 1 per output unit."""
        return ("one_hot",) if self.threshold is None else ("one_hot", "binary")

    @override
    def labels_cure(self, form: LabelForm) -> str:
        if form == "binary":
            return f"write {self.key}: {{threshold: 0.5}}"
        return super().labels_cure(form)


class F1Score(FScore):
    """The harmonic mean of precision and recall."""

    synonyms = ("f1",)


class FBetaScore(FScore):
    """A mean of precision and recall, where recall counts `beta` times as much."""

    main_argument = "beta"
    keras_name = "fbeta_score"

    beta: PositiveFloat = 1.0
    """The weight of recall."""


class AUC(Detection):
    """The area under the curve that a moving threshold draws."""

    synonyms = ("auroc",)

    num_thresholds: Annotated[int, Field(ge=2)] = 200
    """How many thresholds are tried."""
    curve: Literal["ROC", "PR"] = "ROC"
    """Recall over false positives, or precision over recall."""
    summation_method: Literal["interpolation", "minoring", "majoring"] = "interpolation"
    """How the area between two thresholds is taken."""
    multi_label: bool = False
    """Whether each output unit has its own curve; the figure is their mean."""
    from_logits: bool | None = None
    """Whether the outputs are before the sigmoid; nothing: as the last layer says."""
