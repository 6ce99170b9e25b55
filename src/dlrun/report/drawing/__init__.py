"""Pictures of curves and numbers, in a terminal and in SVG, and the markup of them."""

from __future__ import annotations
