from __future__ import annotations

import json
from pathlib import Path

import pytest

GOLDEN = Path(__file__).parents[1] / "golden" / "cli"
SIGMOIDS = "model.layers[1].Dense.activation=sigmoid"


def test_a_valid_config_is_called_valid(dlrun, here):
    outcome = dlrun("validate", "small.yaml")

    assert (outcome.code, outcome.out, outcome.err) == (0, "small.yaml: valid\n", "")


def test_every_config_is_checked_whatever_the_others_are(dlrun, here):
    (here / "wrong.yaml").write_text("name: wrong\n")

    outcome = dlrun("validate", "wrong.yaml", "small.yaml", "nothing.yaml")

    assert outcome.code == 3
    assert outcome.out == "small.yaml: valid\n"
    assert "wrong.yaml:1" in outcome.err
    assert "nothing.yaml" in outcome.err


def test_the_words_for_a_wrong_argument(dlrun, here, golden):
    outcome = dlrun(
        "validate",
        "small.yaml",
        "-s",
        "fit.epochs=many",
        "-s",
        "model.layers[0].Dense.untis=3",
    )

    assert outcome.code == 3
    golden(GOLDEN / "validate-arguments.txt", outcome.err.rstrip())


def test_warnings_do_not_change_the_exit_code(dlrun, here, golden):
    outcome = dlrun("validate", "small.yaml", "-s", SIGMOIDS)

    assert outcome.code == 0
    assert outcome.out == "small.yaml: valid, 1 warning\n"
    golden(GOLDEN / "validate-warning.txt", outcome.err.rstrip())


def test_warnings_as_errors_end_with_4(dlrun, here):
    outcome = dlrun("validate", "small.yaml", "--warnings-as-errors", "-s", SIGMOIDS)

    assert outcome.code == 4


def test_without_warnings_there_is_nothing_to_turn_into_errors(dlrun, here):
    assert dlrun("validate", "small.yaml", "--warnings-as-errors").code == 0


def test_a_mistake_counts_more_than_a_warning(dlrun, here):
    words = ["-s", SIGMOIDS, "--warnings-as-errors"]

    assert dlrun("validate", "nothing.yaml", "small.yaml", *words).code == 3


def test_rows_are_read_only_on_demand(dlrun, here):
    table = here / "people.csv"
    table.write_text(table.read_text().replace("170,65,f", "170,heavy,f"))

    without = dlrun("validate", "people.yaml")
    with_rows = dlrun("validate", "people.yaml", "--data")

    assert (without.code, with_rows.code) == (0, 3)
    assert "heavy" in with_rows.err
    assert "people.yaml:4" in with_rows.err


def test_rows_that_cannot_be_split_are_found_with_the_data(dlrun, here):
    (here / "people.csv").write_text("height,weight,sex\n160,55,f\n180,80,m\n")

    outcome = dlrun("validate", "people.yaml", "--data")

    assert outcome.code == 3
    assert "people.yaml:5" in outcome.err


@pytest.mark.parametrize("word", ["-s", "-u"])
def test_an_argument_that_fits_nowhere_is_refused(dlrun, here, word):
    outcome = dlrun("validate", "small.yaml", word, "model.layers[9].Dense.units=3")

    assert outcome.code == 3
    assert "model.layers" in outcome.err


def test_programs_get_warnings_and_mistakes_of_all_configs(dlrun, here):
    (here / "wrong.yaml").write_text("name: wrong\n")

    outcome = dlrun(
        "validate", "--json", "small.yaml", "wrong.yaml", "nothing.yaml", "-s", SIGMOIDS
    )
    small, wrong, nothing = json.loads(outcome.out)

    assert (outcome.code, outcome.err) == (3, "")
    assert (small["is_valid"], small["errors"]) == (True, [])
    assert small["warnings"][0]["code"] == "sigmoid-classes"
    assert small["warnings"][0]["path"] == "model.layers[1].Dense.activation"
    assert small["warnings"][0]["hint"] == "write activation: softmax"
    assert (wrong["is_valid"], wrong["errors"][0]["line"]) == (False, 1)
    assert nothing["errors"][0]["message"]


def test_what_is_odd_about_rows_is_told_with_the_data(dlrun, here):
    table = here / "people.csv"
    rows = [f"{150 + row},{50 + row % 9},{'fm'[row % 2]},7" for row in range(60)]
    table.write_text("\n".join(["height,weight,sex,year", *rows]))

    without = dlrun("validate", "people.yaml")
    with_rows = dlrun("validate", "people.yaml", "--data", "--json")

    assert "constant-column" not in without.err
    (found,) = json.loads(with_rows.out)[0]["warnings"]
    assert found["code"] == "constant-column"
    assert found["hint"] == "write under data: columns: {year: drop}"
    assert found["line"] == 3
