"""A search: a plan whose members are made one after another."""

from __future__ import annotations
