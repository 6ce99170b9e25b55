"""What to write for a column whose cells are at fault: its encoders, changed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final


@dataclass(frozen=True, slots=True)
class Cure:
    """How one encoder of a column changes, or all of them."""

    arguments: Mapping[str, object] = field(default_factory=dict)
    """Its arguments that are to be others."""
    before: object = None
    """An encoder that is put before it, as YAML has it."""
    instead: object = None
    """What is written in its place."""
    whole: object = None
    """What is written in place of all encoders of the column."""
    remark: str = ""
    """What else there is to say, behind the encoders."""


DROP: Final = Cure(whole="drop")
"""The column is left out."""
FILLED: Final = Cure(before={"impute": "median"})
"""Gaps are filled first."""
SMALLER: Final = Cure(instead={"scale": "log"})
"""Numbers that are too large are made small."""
CUT: Final = Cure(before={"clip": {"x_min": -1e30, "x_max": 1e30}})
"""Numbers that are too large, and have no logarithm, are cut."""
