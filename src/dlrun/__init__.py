"""dlrun runs Keras experiments from YAML: one file in, a trained, reproducible run out."""

from __future__ import annotations

__version__ = "0.1.0"
