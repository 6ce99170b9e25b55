"""A column of the groups is one entry: every reader of the list knows it from there."""

from __future__ import annotations

import json

import pytest

from dlrun.comparison import (
    GROUP_COLUMNS,
    GROUP_FIELDS,
    Question,
    compare,
    judge_groups,
)
from dlrun.comparison.column import GroupColumn
from dlrun.comparison.shown import AsDuration, Shown
from dlrun.report.export import group_table, render_json
from dlrun.report.page import render_page
from dlrun.report.sections.group import field, text
from dlrun.report.sections.section import Style
from dlrun.report.text import render_text

KINDS = sorted(
    {type(column.shown) for column in GROUP_COLUMNS if column.shown},
    key=lambda kind: kind.__name__,
)


@pytest.fixture
def two(make_run):
    return [
        make_run("a-001", (0.5, 0.4)),
        make_run("b-001", (0.6, 0.3), config={"fit/batch_size": 8}),
    ]


@pytest.mark.parametrize("kind", KINDS)
def test_a_terminal_and_the_page_show_every_kind_of_column(kind):
    assert text.columns_of.dispatch(kind) is not text.columns_of.dispatch(Shown)
    assert field.fields_of.dispatch(kind) is not field.fields_of.dispatch(Shown)


def test_no_two_columns_share_a_name_or_a_place():
    shown = [column.shown for column in GROUP_COLUMNS if column.shown]
    names = [name for column in GROUP_COLUMNS for name in (column.name, *column.also)]
    in_terminal = [one.in_terminal for one in shown if one.in_terminal is not None]
    on_page = [one.on_page for one in shown if one.on_page is not None]

    for unique in (names, in_terminal, on_page):
        assert len(unique) == len(set(unique))


def test_one_entry_is_a_column_in_every_form(two, monkeypatch):
    def latency(group):
        return group.settings["fit.batch_size"] / 1000

    entry = GroupColumn(
        "latency",
        latency,
        AsDuration(
            head="latency of a row",
            rank=1,
            in_terminal=35,
            on_page=35,
            of=latency,
        ),
    )
    for module in (text, field):
        monkeypatch.setattr(module, "GROUP_COLUMNS", (*GROUP_COLUMNS, entry))
    monkeypatch.setitem(GROUP_FIELDS, entry.name, entry.value)

    compared = compare(two, Question(sort="latency"))

    assert "latency of a row" in render_text(compared, Style(width=100))
    assert "3.0 ms" in render_text(compared, Style(width=100))
    assert "latency of a row</th>" in render_page(compared)
    assert json.loads(render_json(compared))["groups"][0]["latency"] == 0.003
    assert "latency" in group_table(compared)[0]
    assert [
        group.number for group in judge_groups(compared, "latency > 0.004").meeting
    ] == [2]


def test_what_no_group_has_is_left_out(two):
    wide = Style(width=None)

    told = render_text(compare(two), wide)
    tested = render_text(compare(two, Question(test=True)), wide)

    for absent in ("onset", "status", "test_loss"):
        assert absent not in told + tested
