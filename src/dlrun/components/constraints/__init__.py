"""The constraints: a module per family, imported when a config names a class of it."""

from __future__ import annotations

from dlrun.components.constraints.constraint import Constraint

__all__ = ["Constraint"]
