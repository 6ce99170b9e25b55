"""Many runs of one config: what they are, and what was learned from them."""

from __future__ import annotations

from dlrun.studies.lesson import Lesson, LessonRow, learn

__all__ = [
    "Lesson",
    "LessonRow",
    "learn",
]
