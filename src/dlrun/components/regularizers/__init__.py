"""The regularizers: a module per family, imported when a config names a class of it."""

from __future__ import annotations

from dlrun.components.regularizers.regularizer import Regularizer

__all__ = ["Regularizer"]
