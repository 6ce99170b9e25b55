"""The command line: one module per command; a command translates, and does nothing else."""

from __future__ import annotations
