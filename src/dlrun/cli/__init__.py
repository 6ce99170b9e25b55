"""The command line: a module per command, which translates and does nothing else."""

from __future__ import annotations
