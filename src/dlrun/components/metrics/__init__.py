"""The metrics: a module per family."""

from __future__ import annotations

from dlrun.components.metrics import classification, detection, regression
from dlrun.components.metrics.metric import Metric

__all__ = ["Metric", "classification", "detection", "regression"]
