"""The optimizers: a module per family, imported when a config names a class of it."""

from __future__ import annotations

from dlrun.components.optimizers.optimizer import Optimizer

__all__ = ["Optimizer"]
