"""Pages of figures, which are written section by section."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path


def write_section(
    page: Path, head: str, order: Sequence[str], title: str, lines: Sequence[str]
) -> None:
    """Put a section in the place of the one with its title.

    Args:
        page: where it stands; it need not be there yet.
        head: what the page begins with.
        order: the titles of all sections that there may be.
        title: of the section.
        lines: what it says.
    """
    known = page.read_text(encoding="utf-8") if page.exists() else ""
    found = re.findall(r"^## (.+)\n\n((?:(?!^## ).*\n?)*)", known, re.MULTILINE)
    sections = {name: text.strip() for name, text in found}
    sections[title] = "\n".join(lines)
    texts = [f"\n## {name}\n\n{sections[name]}\n" for name in order if name in sections]
    page.write_text(head + "".join(texts), encoding="utf-8")
