"""Semi-supervised training: rounds on rows that the model has labelled."""

from __future__ import annotations
