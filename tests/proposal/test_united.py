"""Numbers with a currency, a percent sign or a unit, and dates in several forms."""

from __future__ import annotations

import pytest

from dlrun.errors import RunError
from dlrun.proposal.sample import SampledColumn
from dlrun.proposal.united import number_with_unit

HALVES = ["no", "yes"] * 50


@pytest.mark.parametrize(
    "form",
    ["${}.50", "€{}", "{} €", "USD {}", "{}%", "{} kg", "{}km/h", "-{} °C", "{} m²"],
)
def test_numbers_with_a_unit_are_told(proposed, numbers, form):
    cells = [form.format(100 + row) for row in range(100)]

    text = proposed({"a": numbers(), "b": cells, "y": HALVES}, "y")

    assert f"# numbers with a unit, as {cells[0]}: write them without it" in text
    assert "    b: drop" in text


@pytest.mark.parametrize("form", ["PT-{}", "{}", "x{}", "A{} b", "{}-{}"])
def test_names_have_none(numbers, form):
    texts = [form.format(row, row) for row in range(100)]

    assert number_with_unit(SampledColumn("b", texts, [])) is None


def test_a_label_with_a_unit_is_no_name_of_rows(proposed, numbers):
    with pytest.raises(RunError) as caught:
        proposed(
            {"a": numbers(), "price": [f"${row}.99" for row in range(100)]}, "price"
        )

    assert caught.value.hint == "numbers with a unit, as $0.99: write them without it"


def test_dates_of_several_forms_are_told(proposed, numbers):
    whens = [f"2024-{1 + row % 12:02}-1{row % 7}" for row in range(50)]
    whens += [f"1{row % 7}.{1 + row % 12:02}.2023" for row in range(50)]

    text = proposed({"a": numbers(), "when": whens, "y": HALVES}, "y")

    assert "# dates in several forms, as 2024-01-10 and 1" in text
    assert "    when: drop" in text


def test_numbers_that_are_days_are_dates(proposed, numbers):
    days = [f"2024{1 + row % 12:02}{1 + row % 28:02}" for row in range(100)]

    text = proposed({"a": numbers(), "when": days, "y": HALVES}, "y")

    assert "when: [{impute: most_frequent}, {date: {parts: [" in text
    assert 'format: "%Y%m%d"' in text
