"""The verdict of a group in a word, in a colour that says the same."""

from __future__ import annotations

from dlrun.comparison import Group
from dlrun.diagnosis import find_verdict
from dlrun.report.drawing.markup import Markup, element


def tag_kind(verdict: str | None) -> str:
    """The class of a verdict's colour; its words say the same."""
    if verdict is None:
        return "unknown"
    known = find_verdict(verdict)
    return "warned" if known is None else known.colour


def render_tag(group: Group) -> Markup | None:
    """The verdict in a word; None: nothing was judged."""
    if not group.tag:
        return None
    return element("span", group.tag, class_=f"tag {tag_kind(group.verdict)}")
