"""The callbacks: a module per family, imported when a config names a class of it."""

from __future__ import annotations

from dlrun.components.callbacks.callback import Callback

__all__ = ["Callback"]
