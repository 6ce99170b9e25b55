"""Metrics of numbers: how far the outputs are from the labels."""

from __future__ import annotations

from typing import ClassVar, Literal

from dlrun.components.label_form import LabelForm
from dlrun.components.metrics.metric import KerasMetric
from dlrun.data import Task


class DifferenceMetric(KerasMetric, abstract=True):
    """A figure of the differences between outputs and labels."""

    mode: ClassVar[Literal["min", "max"]] = "min"
    task: ClassVar[Task] = "regression"
    accepted: ClassVar[tuple[LabelForm, ...]] = ("number",)


class MeanSquaredError(DifferenceMetric):
    """The mean of the squared differences; for probabilities the Brier score."""

    aliases = ("mean_squared_error", "mse", "MSE")
    accepted = ("number", "binary", "one_hot")


class RootMeanSquaredError(DifferenceMetric):
    """The root of the mean of the squared differences."""

    accepted = ("number", "binary", "one_hot")


class MeanAbsoluteError(DifferenceMetric):
    """The mean of the absolute differences."""

    aliases = ("mean_absolute_error", "mae", "MAE")
    accepted = ("number", "binary", "one_hot")


class MeanAbsolutePercentageError(DifferenceMetric):
    """The mean of the absolute differences in percent of the label."""

    aliases = ("mean_absolute_percentage_error", "mape", "MAPE")


class MeanSquaredLogarithmicError(DifferenceMetric):
    """The mean squared difference of `log(1 + y)`, for numbers above -1."""

    aliases = ("mean_squared_logarithmic_error", "msle", "MSLE")


class LogCoshError(DifferenceMetric):
    """`log(cosh(difference))`: like the square near 0, like the absolute far away."""

    keras_name = "logcosh"


class Poisson(DifferenceMetric):
    """`output - y * log(output)`, for counts and a positive output."""


class CosineSimilarity(DifferenceMetric):
    """The cosine of the angle between output and label: 1 is the best."""

    mode = "max"


class R2Score(DifferenceMetric):
    """The share of the labels' variance that the outputs explain: 1 is the best."""

    mode = "max"

    class_aggregation: Literal["uniform_average", "variance_weighted_average"] = (
        "uniform_average"
    )
    """The mean over the outputs, or by the variance of their labels."""
