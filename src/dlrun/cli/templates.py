"""The configs that `dlrun init` writes."""

from __future__ import annotations

TEMPLATES = {}
