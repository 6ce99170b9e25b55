"""The reader: YAML text to a tree, refusing what YAML loaders let through."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import yaml
from yaml import events

from dlrun.config.open_collection import MERGE, Anchor, OpenCollection, merged
from dlrun.config.scalar import ConfigText, ScalarError, parse_scalar
from dlrun.config.source import Mark, SourceText
from dlrun.config.suggestion import did_you_mean
from dlrun.config.syntax import explain
from dlrun.config.tree import Scalar, Tree
from dlrun.errors import ConfigPath, Problem
from dlrun.writing import may_suggest

_DEPTH_AT_MOST = 50
_NODES_AT_MOST = 100_000


class _TooMuchError(Exception):
    """Reading on would only cost time."""


@dataclass(slots=True)
class _Reader:
    """Takes the parser's events one by one; no recursion, so no depth can hurt it."""

    source: SourceText
    offset: int
    root: Tree | None = None
    problems: list[Problem] = field(default_factory=list)
    stack: list[OpenCollection] = field(default_factory=list)
    anchors: dict[str, Anchor] = field(default_factory=dict)
    nodes: int = 0
    documents: int = 0

    def read(self, text: str) -> None:
        takers: dict[type, Any] = {
            events.ScalarEvent: self._scalar,
            events.MappingStartEvent: self._open,
            events.MappingEndEvent: self._close,
            events.SequenceStartEvent: self._open,
            events.SequenceEndEvent: self._close,
            events.AliasEvent: self._alias,
            events.DocumentStartEvent: self._document,
        }
        try:
            for event in yaml.parse(text, Loader=yaml.CSafeLoader):
                take = takers.get(type(event))
                if take is not None:
                    take(event)
        except _TooMuchError:
            self.root = None
        except yaml.YAMLError as error:
            self.root = None
            self.problems.append(explain(error, self.source, self.offset))

    def _document(self, event: Any) -> None:
        self.documents += 1
        if self.documents > 1:
            self._refuse(
                self._mark(event),
                "several documents in one text, expected one",
                hint="put what follows this line into a file of its own",
                code="several-documents",
            )
            raise _TooMuchError

    def _scalar(self, event: Any) -> None:
        mark = self._mark(event)
        self._count(1, mark)
        self._refuse_tag(event, mark)
        is_plain = not event.style and event.tag is None
        value = self._value(event.value, mark) if is_plain else event.value
        frame = self.stack[-1] if self.stack else None
        if frame is not None and frame.awaits_key:
            self._key(frame, value, mark)
            frame.merges |= is_plain and frame.key == MERGE
            return
        if is_plain and not event.value and frame is not None:
            self._refuse_glued_key(frame)
        if isinstance(value, str):
            value = ConfigText(value, self.source.directory)
        tree = Tree(value, mark)
        if event.anchor is not None:
            self.anchors[event.anchor] = Anchor(tree, 1, 0)
        self._add(tree, 0)

    def _value(self, text: str, mark: Mark) -> Scalar:
        try:
            return parse_scalar(text)
        except ScalarError as error:
            self._refuse(mark, str(error), hint=error.hint, code=error.code)
            return None

    def _key(self, frame: OpenCollection, key: Scalar, mark: Mark) -> None:
        frame.has_key = True
        frame.key_mark = mark
        if isinstance(key, bool | float | None):
            text = self.source.text[mark.start : mark.end]
            self._refuse(
                mark,
                f"a key must be text or an integer, found {text or 'null'}",
                hint=f'for a text, write it in quotes: "{text}"',
                code="invalid-key",
            )
        elif frame.mapping is not None and key in frame.mapping:
            first = frame.mapping[key].key or mark
            lines = {self.source.line_number(place.start) for place in (first, mark)}
            where = " and ".join(str(line) for line in sorted(lines))
            self._refuse(
                mark,
                f"key `{key}` is given twice, line{'s' * (len(lines) > 1)} {where}",
                hint="keep one of them",
                code="duplicate-key",
            )
        else:
            frame.key = key

    def _open(self, event: Any) -> None:
        mark = self._mark(event)
        self._count(1, mark)
        self._refuse_tag(event, mark)
        self._check_depth(1, mark)
        is_mapping = isinstance(event, events.MappingStartEvent)
        self._refuse_as_key(mark, "a mapping" if is_mapping else "a list")
        frame = OpenCollection(
            {} if is_mapping else None, mark.start, event.anchor, self.nodes - 1
        )
        self.stack.append(frame)
        if event.anchor is not None:
            self.anchors[event.anchor] = Anchor(None)

    def _close(self, event: Any) -> None:
        frame = self.stack.pop()
        tree = frame.finish(self._mark(event))
        if frame.merges and isinstance(tree.content, dict):
            entry = tree.content.pop(MERGE)
            brought = merged(entry)
            if brought is None:
                self._refuse(
                    entry.key or self._mark(event),
                    "`<<` needs a mapping, or a list of mappings",
                    hint="write `<<: *name`, where `&name` marks a mapping above",
                    code="invalid-merge",
                )
            tree.content = {**(brought or {}), **tree.content}
        if frame.anchor is not None:
            nodes = self.nodes - frame.nodes_before
            self.anchors[frame.anchor] = Anchor(tree, nodes, frame.height)
        self._add(tree, frame.height)

    def _alias(self, event: Any) -> None:
        name, mark = event.anchor, self._mark(event)
        anchor = self.anchors.get(name)
        self._refuse_as_key(mark, "an alias")
        if anchor is None:
            names = [f"*{other}" for other in self.anchors] if may_suggest() else []
            hint = did_you_mean(f"*{name}", names)
            self._refuse(
                mark,
                f"there is no anchor `&{name}` above",
                hint=hint or f'for a text, write it in quotes: "*{name}"',
                code="unknown-anchor",
            )
        elif anchor.tree is None:
            self._refuse(
                mark,
                f"the value `&{name}` contains itself",
                hint="write out here what you mean",
                code="recursive-value",
            )
        else:
            self._count(anchor.nodes, mark)
            self._check_depth(anchor.height, mark)
            self._add(anchor.tree, anchor.height)
            return
        self._add(Tree(None, mark), 0)

    def _add(self, tree: Tree, height: int) -> None:
        if self.stack:
            self.stack[-1].add(tree, height)
        else:
            self.root = tree

    def _count(self, nodes: int, mark: Mark) -> None:
        self.nodes += nodes
        if self.nodes > _NODES_AT_MOST:
            self._refuse(
                mark,
                "the config expands to more than 100,000 values",
                hint="keep data in a file of its own and name it under `data`",
                code="too-large",
            )
            raise _TooMuchError

    def _check_depth(self, height: int, mark: Mark) -> None:
        if len(self.stack) + height > _DEPTH_AT_MOST:
            hint = "no config needs that; look for brackets too many"
            self._refuse(mark, "nested deeper than 50", hint=hint, code="too-deep")
            raise _TooMuchError

    def _refuse_tag(self, event: Any, mark: Mark) -> None:
        if event.tag is None:
            return
        tag = event.tag.replace("tag:yaml.org,2002:", "!!")
        start = self.source.text.index("!", mark.start)
        self._refuse(
            Mark(self.source, start, start + len(tag)),
            f"tags are not allowed, found `{tag}`",
            hint="remove the tag; a text that looks like a number stands in quotes",
            code="tag",
        )

    def _refuse_as_key(self, mark: Mark, kind: str) -> None:
        if self.stack and self.stack[-1].awaits_key:
            self._refuse(
                mark,
                f"a key must be text or an integer, found {kind}",
                hint="write the key as plain text",
                code="invalid-key",
            )

    def _refuse_glued_key(self, frame: OpenCollection) -> None:
        """`{units:16}` is one key without a value; the person meant two words."""
        key, colon, value = str(frame.key or "").partition(":")
        if colon and value and key.isidentifier() and frame.key_mark is not None:
            self._refuse(
                frame.key_mark,
                f"a space is missing after the colon in `{frame.key}`",
                hint=f"write `{key}: {value}`",
                code="missing-space",
            )

    def _refuse(self, mark: Mark, message: str, *, code: str, hint: str) -> None:
        where = mark.location()
        self.problems.append(Problem(self._path(), message, hint, code, location=where))

    def _path(self) -> ConfigPath:
        keys = (
            len(frame.items) if frame.mapping is None else frame.key
            for frame in self.stack
        )
        return tuple(key for key in keys if key is not None)

    def _mark(self, event: Any) -> Mark:
        start = event.start_mark.index + self.offset
        return Mark(self.source, start, event.end_mark.index + self.offset)


@dataclass(slots=True)
class NodeCount:
    """How many values were read so far, where several texts make one config."""

    nodes: int = 0


def read_document(
    source: SourceText, offset: int = 0, count: NodeCount | None = None
) -> tuple[Tree | None, list[Problem]]:
    """Read the text of a source, from the character `offset` on.

    Args:
        source: The text.
        offset: Where to begin.
        count: What other texts of the config hold already; this one is added.

    Returns:
        The tree, `None` for a text that is empty or cannot be read; and every problem.
    """
    count = count or NodeCount()
    reader = _Reader(source, offset, nodes=count.nodes)
    reader.read(source.text[offset:])
    count.nodes = reader.nodes
    return reader.root, reader.problems
