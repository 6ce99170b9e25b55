"""The initializers that draw nothing."""

from __future__ import annotations

from dlrun.components.fields import Number
from dlrun.components.initializers.initializer import Initializer


class Zeros(Initializer):
    """All values are 0."""

    aliases = ("zeros", "zero")


class Ones(Initializer):
    """All values are 1."""

    aliases = ("ones", "one")


class Constant(Initializer):
    """All values are one number."""

    main_argument = "value"

    value: Number = 0.0
    """The number."""
