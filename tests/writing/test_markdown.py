from __future__ import annotations

from dlrun.writing import Column
from dlrun.writing.markdown import markdown_table, plain


def test_a_text_is_shown_as_it_is():
    assert plain("a|b <c> [d](e)") == "a\\|b \\<c\\> \\[d\\](e)"


def test_numbers_stand_to_the_right_and_no_text_makes_a_cell():
    columns = [Column("a|b", ("x",)), Column("n", ("1",), is_number=True)]

    assert markdown_table(columns) == "| a\\|b | n |\n| --- | ---: |\n| x | 1 |"
