"""Pictures of curves and numbers, in a terminal and in SVG."""

from __future__ import annotations
