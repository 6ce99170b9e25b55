"""The initializers: a module per family, imported when a config names a class of it."""

from __future__ import annotations

from dlrun.components.initializers.initializer import Initializer

__all__ = ["Initializer"]
