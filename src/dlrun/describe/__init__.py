"""What configs and classes are, without a run: summaries, and every name explained.

Nothing is imported here: to explain a name takes no class, and so no Pydantic.
"""

from __future__ import annotations
