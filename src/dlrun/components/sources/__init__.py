"""The data sources; a new one is one module and one line here."""

from __future__ import annotations

from dlrun.components.sources.images import ImageFolder
from dlrun.components.sources.inline import Inline
from dlrun.components.sources.npz import Npz
from dlrun.components.sources.source import Source, under
from dlrun.components.sources.table import Csv

__all__ = ["Csv", "ImageFolder", "Inline", "Npz", "Source", "under"]
