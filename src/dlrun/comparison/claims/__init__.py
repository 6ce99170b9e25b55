"""What may be said of a comparison: the answer, and what to know before that."""

from __future__ import annotations
