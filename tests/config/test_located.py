from __future__ import annotations

from dataclasses import replace

import pytest

from dlrun.config import load_config, locate_problems, located
from dlrun.errors import Location, Problem, SpecError


@pytest.fixture
def node(tmp_path):
    file = tmp_path / "a.yaml"
    file.write_text("name: a\nfit: {epochs: -1}\n")
    return load_config(file)


def test_problems_that_leave_the_block_get_their_place_and_keep_their_class(node):
    known = Location("b.yaml", 9, 9, 1, "")

    with pytest.raises(SpecError) as caught, located(node):
        raise SpecError(
            Problem(("fit", "epochs"), "negative"),
            Problem(("fit", "epochs"), "negative", on_key=True),
            Problem(("name",), "elsewhere", location=known),
        )

    places = [problem.location for problem in caught.value.problems]
    assert [(place.line, place.column) for place in places] == [(2, 15), (2, 7), (9, 9)]
    assert isinstance(caught.value.__cause__, SpecError)


def test_of_a_problem_in_a_table_the_config_is_a_note(node):
    cell = Location("rows.csv", 3, 5, 2, "1,2,x", is_data=True)
    problem = Problem(("fit", "epochs"), "no number", location=cell)

    (found,) = locate_problems(node, [problem])
    (unnamed,) = locate_problems(node, [replace(problem, path=())])

    assert replace(found.location, notes=()) == cell
    (note,) = found.location.notes
    assert note == f"read by {node.locate(('fit', 'epochs')).file}:2:15"
    assert unnamed.location.line == 3


def test_other_errors_leave_the_block_as_they_are(node):
    error = KeyError("bug")

    with pytest.raises(KeyError) as caught, located(node):
        raise error

    assert caught.value is error


def test_warnings_get_their_place(node):
    warning = Problem(("name",), "short", severity="warning")

    (found,) = locate_problems(node, [warning])

    assert found == replace(warning, location=node.locate(("name",)))
