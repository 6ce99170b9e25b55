"""The schedules: a module per family, imported when a config names a class of it."""

from __future__ import annotations

from dlrun.components.schedules.schedule import LearningRate, Schedule

__all__ = ["LearningRate", "Schedule"]
