"""What looks at a run while it trains, and changes nothing."""

from __future__ import annotations
