"""The losses: a module per family, imported when a config names a class of it."""

from __future__ import annotations

from dlrun.components.losses.loss import Loss

__all__ = ["Loss"]
