"""The losses of Keras for numbers."""

from __future__ import annotations

from dlrun.components.fields import PositiveFloat
from dlrun.components.losses.loss import Loss


class MeanSquaredError(Loss):
    """The mean of the squared differences."""

    aliases = ("mean_squared_error", "mse", "MSE")
    task = "regression"


class MeanAbsoluteError(Loss):
    """The mean of the absolute differences."""

    aliases = ("mean_absolute_error", "mae", "MAE")
    task = "regression"


class MeanAbsolutePercentageError(Loss):
    """The mean of the absolute differences in percent of the label."""

    aliases = ("mean_absolute_percentage_error", "mape", "MAPE")
    task = "regression"


class MeanSquaredLogarithmicError(Loss):
    """The mean squared difference of `log(1 + y)`, for numbers above -1."""

    aliases = ("mean_squared_logarithmic_error", "msle", "MSLE")
    task = "regression"


class LogCosh(Loss):
    """`log(cosh(difference))`: like the square near 0, like the absolute far away."""

    task = "regression"


class Huber(Loss):
    """Half the square of a difference up to `delta`, a straight line beyond."""

    main_argument = "delta"
    task = "regression"

    delta: PositiveFloat = 1.0
    """The difference where the square ends."""


class Poisson(Loss):
    """`output - y * log(output)`, for counts and a positive output."""

    task = "regression"


class CosineSimilarity(Loss):
    """The negative cosine of the angle between output and label: -1 is the best."""

    task = "regression"
