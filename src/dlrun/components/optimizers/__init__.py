"""The optimizers: a module per family."""

from __future__ import annotations

from dlrun.components.optimizers import adam, adaptive, momentum
from dlrun.components.optimizers.optimizer import Optimizer

__all__ = ["Optimizer", "adam", "adaptive", "momentum"]
