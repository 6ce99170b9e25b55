"""What a config can name by its class; a module or package per kind."""

from __future__ import annotations
