"""The data sources: a module for each, imported when a config names it."""

from __future__ import annotations

from dlrun.components.sources.source import NewRows, Source, under

__all__ = ["NewRows", "Source", "under"]
