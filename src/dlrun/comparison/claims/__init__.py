"""What may be said of a comparison: its verdict, advice, and where rows disagree."""

from __future__ import annotations
