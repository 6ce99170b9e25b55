"""How anything is written for people: numbers, words, tables, and terminal safety."""

from __future__ import annotations

from dlrun.writing.number import count, digits, duration, number
from dlrun.writing.numeral import (
    comma_cure,
    comma_kind,
    in_order,
    is_number,
    is_plain,
    number_of,
    whole_number,
)
from dlrun.writing.suggestion import (
    choices,
    did_you_mean,
    listing,
    may_suggest,
    near,
    nearest,
    suggesting_briefly,
)
from dlrun.writing.table import Column, fit, layout, table_width
from dlrun.writing.terminal import (
    bold,
    can_draw,
    display_width,
    encodable_json,
    escaped,
    escaped_path,
    is_utf8,
    json_text,
    one_line,
    printable,
    shown,
    terminal_width,
    wants_color,
    yellow,
)
from dlrun.writing.words import cut, wrap, wrap_command, wrap_lines

__all__ = [
    "Column",
    "bold",
    "can_draw",
    "choices",
    "comma_cure",
    "comma_kind",
    "count",
    "cut",
    "did_you_mean",
    "digits",
    "display_width",
    "duration",
    "encodable_json",
    "escaped",
    "escaped_path",
    "fit",
    "in_order",
    "is_number",
    "is_plain",
    "is_utf8",
    "json_text",
    "layout",
    "listing",
    "may_suggest",
    "near",
    "nearest",
    "number",
    "number_of",
    "one_line",
    "printable",
    "shown",
    "suggesting_briefly",
    "table_width",
    "terminal_width",
    "wants_color",
    "whole_number",
    "wrap",
    "wrap_command",
    "wrap_lines",
    "yellow",
]
