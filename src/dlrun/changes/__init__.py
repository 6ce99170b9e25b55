"""Named changes of a config, and the advice that a diagnosis gives."""

from __future__ import annotations

from dlrun.changes.advice import Advice, advise
from dlrun.changes.change import Change
from dlrun.changes.checked import advise_checked

__all__ = [
    "Advice",
    "Change",
    "advise",
    "advise_checked",
]
