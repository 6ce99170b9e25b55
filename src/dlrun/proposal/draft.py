"""A config as a text: keys, comments beside them, names quoted as YAML needs it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from dlrun.writing import one_line
from dlrun.writing.flow import flow

LINE = 110
"""Characters of a line, with its comment."""
_COMMENT_AT = 46
"""Where comments begin, where the line is shorter."""
MOST_LINES = 59
"""Lines of a config beside its name."""


def as_value(value: object) -> str:
    """A value in a line of YAML; texts that YAML or dlrun would change are quoted."""
    if isinstance(value, Mapping):
        inner = ", ".join(
            f"{as_key(key)}: {as_value(one)}" for key, one in value.items()
        )
        return f"{{{inner}}}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(as_value, value))}]"
    if isinstance(value, str) and value.startswith("$"):
        return as_key(f"${value}")
    return as_key(value)


def as_item(value: Mapping[str, object]) -> str:
    """A mapping of one key as it stands behind a dash, without braces."""
    ((key, one),) = value.items()
    return f"{as_key(key)}: {as_value(one)}"


def as_key(value: object) -> str:
    """A key in a line of YAML."""
    written = flow(value)
    if isinstance(value, str) and not written.isprintable():
        return json.dumps(value)
    return written


@dataclass(slots=True)
class Draft:
    """Lines of a config, one below another."""

    lines: list[str] = field(default_factory=list)
    width: int = LINE

    def add(self, line: str, comment: str = "") -> None:
        """A line, and what is said of it: beside it, or above where it is long."""
        said = one_line(comment)
        if not said:
            self.lines.append(line)
            return
        beside = f"{line.ljust(_COMMENT_AT)}  # {said}"
        if len(beside) <= self.width:
            self.lines.append(beside)
            return
        indent = line[: len(line) - len(line.lstrip())]
        self.remark(said, indent)
        self.lines.append(line)

    def remark(self, comment: str, indent: str = "") -> None:
        """A comment on lines of its own."""
        words, line = one_line(comment).split(" "), f"{indent}#"
        for word in words:
            if len(line) > len(indent) + 1 and len(line) + len(word) >= self.width:
                self.lines.append(line)
                line = f"{indent}#"
            line += f" {word}"
        self.lines.append(line)

    def wrapped(self, key: str, items: Sequence[str], ends: str = "[]") -> None:
        """A list or mapping in brackets, over as many lines as it takes."""
        indent = key[: len(key) - len(key.lstrip())] + "  "
        line = f"{key} {ends[0]}"
        for number, item in enumerate(items):
            piece = item + (", " if number < len(items) - 1 else ends[1])
            if len(line) + len(piece) > self.width:
                self.lines.append(line.rstrip())
                line = indent
            line += piece
        self.lines.append(line)

    def flowing(self, items: Sequence[str], indent: str) -> None:
        """Items of a mapping in braces, as many to a line as there is room for."""
        line = indent
        for item in items:
            if len(line) + len(item) > self.width and line.strip():
                self.lines.append(line.rstrip())
                line = indent
            line += f"{item}, "
        self.lines.append(line.rstrip())

    def text(self, name: str) -> str:
        """All lines, with the name of the experiment above its sections."""
        place = self.lines.index("data:")
        lines = [*self.lines[:place], f"name: {as_value(name)}", *self.lines[place:]]
        return "\n".join(lines) + "\n"
