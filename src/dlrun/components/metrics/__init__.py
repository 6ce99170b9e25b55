"""The metrics: a module per family, imported when a config names a class of it."""

from __future__ import annotations

from dlrun.components.metrics.metric import Metric

__all__ = ["Metric"]
