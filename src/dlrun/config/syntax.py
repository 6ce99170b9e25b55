"""What libyaml's complaints mean, and the cure."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from itertools import islice

import yaml

from dlrun import writing
from dlrun.config.complaint import Complaint
from dlrun.config.source import LINE_BREAK, SourceText
from dlrun.errors import Problem

_GLUED = re.compile(r"\s*(?:- +)?([A-Za-z_]\w*):(\S.*)")
_BARE = re.compile(r"\s*([A-Za-z_]\w*) +(\S+)")
_ENTRY = re.compile(r"\s*(?:- +)*[\w.]+:\s+\S")
_TABBED = re.compile(r"^ *\t", re.MULTILINE)


def explain(error: yaml.YAMLError, source: SourceText, offset: int) -> Problem:
    """Turn an error of the YAML parser into a problem with a cure.

    Args:
        error: What the parser raised.
        source: Where the text comes from.
        offset: Where in the source's text the parser started.
    """
    mark = getattr(error, "problem_mark", None)
    context_mark = getattr(error, "context_mark", None)
    at = mark.index + offset if mark else len(source.text)
    complaint = Complaint(
        source,
        getattr(error, "problem", None) or "unreadable text",
        at,
        getattr(error, "context", None) or "",
        context_mark.index + offset if context_mark else at,
    )
    if complaint.char == "\t":
        return _tab(complaint)
    for words, cure in _CURES:
        if words in complaint.words:
            return cure(complaint)
    return complaint.problem(
        f"this is not YAML: {complaint.words} {complaint.context}", None
    )


def _tab(it: Complaint) -> Problem:
    others = [
        it.source.line_number(match.start())
        for match in _TABBED.finditer(it.source.text)
    ]
    line = it.source.line_number(it.at)
    rest = writing.listing(str(other) for other in others if other > line)
    more = f"; also in line {rest}" if rest else ""
    problem = it.problem(
        "tabs are not allowed as indentation", f"write spaces instead{more}"
    )
    return replace(problem, code="tab")


def _mapping_value(it: Complaint) -> Problem:
    if ": " in it.line_before.strip():
        return _second_colon(it)
    above = [*islice(it.lines_above(), 2), (0, ""), (0, "")]
    (start, line), (_, line_above) = above[:2]
    glued = _GLUED.fullmatch(line)
    if glued is not None:
        key, value = glued.groups()
        return it.problem(
            "a space is missing after the colon",
            f"write `{key}: {value}`",
            at=start + glued.end(1),
        )
    bare = _BARE.fullmatch(line)
    if bare is not None and (
        line_above.endswith(":") or not _is_below(line, line_above)
    ):
        key, value = bare.groups()
        return it.problem(
            f"there is no colon after `{key}`",
            f"write `{key}: {value}`",
            at=start + bare.start(1),
            length=len(key),
        )
    if _ENTRY.match(line):
        return it.problem(
            "this line is indented deeper than the one above, which has a value",
            "start both lines in the same column",
            at=it.at - len(it.line_before.lstrip()),
            length=len(it.line_before.strip()),
        )
    return it.problem(
        "a colon inside a text", 'write a text with a colon in quotes: "a: b"'
    )


def _second_colon(it: Complaint) -> Problem:
    value = it.line.partition(": ")[2].partition(" #")[0].strip()
    cure = f'write a text in quotes: "{value}"'
    if value.partition(":")[0].isidentifier():
        cure = f"write a mapping in braces: {{{value}}}; {cure[6:]}"
    return it.problem("a second colon in one line", cure)


def _is_below(line: str, other: str) -> bool:
    """Tell whether a line is indented deeper than another."""
    return len(line) - len(line.lstrip()) > len(other) - len(other.lstrip())


def _unclosed_bracket(it: Complaint) -> Problem:
    opening = it.source.text[it.context_at]
    closing = {"[": "]", "{": "}"}.get(opening, "]")
    rest = it.source.text[it.context_at : it.at]
    if it.char and it.char in "]}":
        return it.problem(
            f"`{opening}` is closed by `{it.char}`",
            f"write `{closing}` instead of `{it.char}`",
        )
    if LINE_BREAK.search(rest) or not it.char.strip():
        return it.problem(
            f"this `{opening}` is never closed",
            f"add `{closing}` behind the last item",
            at=it.context_at,
        )
    return it.problem(
        f"expected `,` or `{closing}` here",
        "separate items by commas; write a text with a colon or bracket in quotes",
    )


def _unclosed_quote(it: Complaint) -> Problem:
    quote = it.source.text[it.context_at]
    return it.problem(
        f"this {quote} is never closed",
        f"add {quote} behind the text",
        at=it.context_at,
    )


def _bad_start(it: Complaint) -> Problem:
    """Also for `*.csv`: the parser takes it for an alias and points behind the sign."""
    at = it.context_at
    word = it.word(at)
    return it.problem(
        f"a text cannot start with `{word[:1]}`",
        f'write it in quotes: "{word}"',
        at=at,
        length=len(word),
    )


def _no_key(it: Complaint) -> Problem:
    before = it.line_before.strip()
    if before.endswith(("'", '"')):
        return _behind_quote(it, before)
    if before:
        return it.problem("text behind the end of a value", "start a new line")
    if it.char == "-":
        return it.problem(
            "a list item among the keys of a mapping",
            "indent it below the key whose list it belongs to",
        )
    return _between(it)


def _behind_quote(it: Complaint, before: str) -> Problem:
    quote = before[-1]
    if before.count(quote) % 2:
        return it.problem(
            f"this {quote} ends a text that started in a line above",
            f"look above for a {quote} that is not closed in its line",
            at=it.at - len(it.line_before) + it.line_before.rindex(quote),
        )
    double = "; inside single quotes, write '' for '" if quote == "'" else ""
    return it.problem(
        f"text behind the closing {quote}",
        f"put all of it into quotes, or start a new line{double}",
    )


def _no_item(it: Complaint) -> Problem:
    if it.line_before.strip():
        return it.problem("text behind the end of a list item", "start a new line")
    return it.problem(
        "this line stands in the column of a list, but does not start with `- `",
        "write `- ` before it, or indent it below the item it belongs to",
    )


def _between(it: Complaint) -> Problem:
    if it.char == ":":
        return it.problem(
            "there is no key before this colon", "write one: `key: value`"
        )
    return it.problem(
        "this line is indented like none of the lines above it",
        "start it in the column of the keys it belongs to",
    )


def _item_in_line(it: Complaint) -> Problem:
    return it.problem(
        "a list cannot start in the line of its key",
        "start it in the next line, or write it in brackets: `[a, b]`",
    )


def _no_colon(it: Complaint) -> Problem:
    rest = LINE_BREAK.split(it.source.text[it.context_at :])[0].rstrip()
    key, _, value = rest.partition(" ")
    return it.problem(
        f"there is no colon after `{rest}`",
        f"write `{key}: {value or '...'}`",
        at=it.context_at,
        length=len(rest),
    )


def _no_value(it: Complaint) -> Problem:
    found = f"`{it.char}`" if it.char.strip() else "the end of the text"
    return it.problem(
        f"expected a value, found {found}",
        'remove it, or write it in quotes if it is meant as text: ","'
        if it.char == ","
        else f'remove it, or write it in quotes if it is meant as text: "{it.char}"',
    )


def _escape(it: Complaint) -> Problem:
    return it.problem(
        "a backslash in double quotes starts an escape, and this is none",
        "use single quotes: 'C:\\data'",
        at=it.source.text.rfind("\\", 0, it.at + 1),
        length=2,
    )


def _tag(it: Complaint) -> Problem:
    word = it.word(it.context_at)
    words = f"tags are not allowed, found `{word}`"
    problem = it.problem(words, "remove the tag", at=it.context_at, length=len(word))
    return replace(problem, code="tag")


def _unexpected_colon(it: Complaint) -> Problem:
    following = it.source.text[it.at + 1 : it.at + 2]
    if following in ("[", "{"):
        hint = f"write `: {following}`"
        return it.problem("a space is missing after the colon", hint)
    return it.problem("a colon inside a text", 'write the text in quotes: "a: b"')


def _documents(it: Complaint) -> Problem:
    return it.problem(
        "text behind the end of the document", "remove the line `...` or `---`"
    )


_CURES: tuple[tuple[str, Callable[[Complaint], Problem]], ...] = (
    ("mapping values are not allowed", _mapping_value),
    ("did not find expected ',' or", _unclosed_bracket),
    ("found unexpected end of stream", _unclosed_quote),
    ("found unexpected document indicator", _unclosed_quote),
    ("cannot start any token", _bad_start),
    ("did not find expected key", _no_key),
    ("did not find expected '-' indicator", _no_item),
    ("block sequence entries are not allowed", _item_in_line),
    ("could not find expected ':'", _no_colon),
    ("did not find expected node content", _no_value),
    ("found unexpected ':'", _unexpected_colon),
    ("hexdecimal", _escape),
    ("unknown escape", _escape),
    ("alphabetic or numeric", _bad_start),
    ("tag", _tag),
    ("<document start>", _documents),
)
