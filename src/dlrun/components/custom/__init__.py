"""The classes and functions of the code of a config, as components like Keras' own."""

from __future__ import annotations

from dlrun.components.custom.offer import scope_of

__all__ = ["scope_of"]
