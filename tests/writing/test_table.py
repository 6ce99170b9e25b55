from __future__ import annotations

from dlrun.writing import Column, layout


def test_wide_characters_line_up():
    lines = layout(
        [Column("a", ("größe", "漢字")), Column("b", ("1", "2"), is_number=True)]
    )

    assert lines == ["a      b", "größe  1", "漢字   2"]
