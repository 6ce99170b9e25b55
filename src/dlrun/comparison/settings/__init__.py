"""What differs between configs, addressed by path, and what to call it."""

from __future__ import annotations
