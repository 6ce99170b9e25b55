from __future__ import annotations

import pytest

from dlrun.errors import (
    ConfigError,
    DlrunError,
    Location,
    Problem,
    format_path,
    render_problems,
    require_package,
)
from dlrun.writing import printable


def problem_at(text: str, marked: str, **changes: str) -> Problem:
    where = Location("a.yaml", 3, text.index(marked) + 1, len(marked), text)
    values = {"message": "this is wrong", "hint": "write that", "code": "wrong"}
    return Problem(("fit",), **(values | changes), location=where)


def caret_of(rendered: str) -> tuple[str, str]:
    """The line of the config and the line of the caret, without their margins."""
    _, _, text, caret, *_ = rendered.splitlines()
    return text.partition("| ")[2], caret.partition("| ")[2]


def test_a_problem_in_full_shows_place_line_caret_and_cure():
    problem = problem_at("fit: {epoch: 3}", "epoch", label="did you mean epochs?")

    text = render_problems([problem])

    assert text == (
        "error[wrong]: this is wrong\n"
        " --> a.yaml:3:7\n"
        "3 | fit: {epoch: 3}\n"
        "  |       ^^^^^ did you mean epochs?\n"
        "  = help: write that"
    )


def test_a_problem_without_a_place_shows_its_path():
    problem = Problem(("model", "layers", 1, "Dense", "units"), "this is wrong")

    text = render_problems([problem])

    assert (
        text == "error[invalid-value]: this is wrong\n --> model.layers[1].Dense.units"
    )


def test_concise_is_a_line_per_problem():
    problem = problem_at("fit: {epoch: 3}", "epoch", message="this is\nwrong")

    text = render_problems([problem, problem], style="concise")

    line = "a.yaml:3:7: error[wrong]: this is wrong (help: write that)"
    assert text == f"{line}\n{line}"


def test_concise_without_a_place_names_the_path():
    problem = Problem(("fit", "epochs"), "this is wrong", severity="warning")

    text = render_problems([problem], style="concise")

    assert text == "fit.epochs: warning[invalid-value]: this is wrong"


def test_github_gets_a_workflow_command():
    problem = problem_at(
        "fit: {epoch: 3}", "epoch", message="100 % wrong", code="a,b:c"
    )

    text = render_problems([problem], style="github")

    command = "::error file=a.yaml,line=3,col=7,title=a%2Cb%3Ac::"
    assert text == f"{command}100 %25 wrong%0Awrite that"


def test_a_line_break_cannot_start_a_workflow_command_of_its_own():
    problem = Problem(("fit",), "wrong\n::error::mine\r\n::add-mask::x")

    text = render_problems([problem], style="github")

    assert len(text.splitlines()) == 1


@pytest.mark.parametrize(
    ("line", "marked", "width"),
    [
        ("labels: [男, 女], epoch: 3", "epoch", 5),
        ("name: 男女", "男女", 4),
        ("name: cafe\u0301, epoch: 3", "epoch", 5),
        ("name: 😀, epoch: 3", "epoch", 5),
    ],
)
def test_a_caret_stands_under_wide_characters(line, marked, width):
    from rich.cells import cell_len

    text, caret = caret_of(render_problems([problem_at(line, marked)]))

    assert caret.count("^") == width
    assert cell_len(text[: text.index(marked)]) == caret.index("^")


@pytest.mark.parametrize("char", ["\t", "\x1b", "\x00", "\x7f", "\u202e", "\ud800"])
def test_what_could_steer_a_terminal_is_escaped_and_the_caret_follows(char):
    problem = problem_at(f"name: {char}a, epoch: 3", "epoch")

    rendered = render_problems([problem])

    text, caret = caret_of(rendered)
    assert char not in rendered
    assert text.index("epoch") == caret.index("^")
    assert rendered.encode()


@pytest.mark.parametrize("place", [0, 40, 500, 5_000, 9_990])
def test_a_very_long_line_is_cut_around_the_mark(place):
    line = "a" * place + "epoch" + "b" * (10_000 - place)

    text, caret = caret_of(render_problems([problem_at(line, "epoch")]))

    assert len(text) < 120
    assert text[caret.index("^") :].startswith("epoch")
    assert text.endswith("...") == (place < 9_900)
    assert text.startswith("...") == (place > 60)


@pytest.mark.parametrize("width", [40, 60, 80, 100])
@pytest.mark.parametrize("place", ["start", "middle", "end"])
def test_the_caret_stands_under_its_value_in_a_narrow_terminal(width, place):
    values = [f"{number}00000" for number in range(100, 160)]
    values[{"start": 0, "middle": 30, "end": 59}[place]] = "1_000"
    problem = problem_at(f"labels: [{', '.join(values)}]", "1_000")

    rendered = render_problems([problem], "full", width)

    text, caret = caret_of(rendered)
    assert max(map(len, rendered.splitlines())) <= width
    assert text[caret.index("^") : caret.rindex("^") + 1] == "1_000"


def test_a_mark_longer_than_the_line_ends_with_it():
    line = "x: " + "a" * 300

    text, caret = caret_of(render_problems([problem_at(line, "a" * 300)]))

    assert len(text) < 120
    assert 0 < caret.count("^") <= 100


def test_problems_come_in_the_order_of_the_text():
    first = problem_at("fit: {epoch: 3}", "fit", message="first")
    second = problem_at("fit: {epoch: 3}", "epoch", message="second")
    nowhere = Problem((), "last")

    text = render_problems([nowhere, second, first], style="concise")

    messages = [line.partition("]: ")[2].split(" (")[0] for line in text.splitlines()]
    assert messages == ["first", "second", "last"]


@pytest.mark.parametrize("style", ["full", "concise", "github"])
def test_after_twenty_problems_the_rest_are_counted(style):
    problems = [Problem(("fit",), f"wrong {number}") for number in range(27)]

    text = render_problems(problems, style=style)

    assert text.splitlines()[-1] == "and 7 more"
    assert "wrong 19" in text
    assert "wrong 20" not in text


def test_twenty_problems_are_all_shown():
    text = render_problems([Problem((), f"wrong {number}") for number in range(20)])

    assert "wrong 19" in text
    assert "more" not in text


def test_an_error_without_a_place_is_its_message_and_its_cure():
    error = DlrunError("no \x1b[31m run", hint="train one")

    assert str(error) == "error: no \\x1b[31m run\n   = help: train one"


def test_an_error_of_problems_shows_them_all():
    error = ConfigError(Problem(("a",), "one"), Problem(("b",), "two"))

    assert error.message == "one; two"
    assert str(error).count("error[") == 2


def test_a_path_is_written_as_a_person_does():
    path = ("model", "layers", 1, "Dense", "units")

    assert format_path(path) == "model.layers[1].Dense.units"


def test_line_breaks_of_our_own_stay():
    assert printable("a\nb\tc") == "a\nb\\tc"


def test_a_package_that_is_missing_is_one_line_that_says_what_to_install():
    require_package("pydantic", "a config")

    with pytest.raises(DlrunError) as caught:
        require_package("no_such_package", "a plot of it")

    assert caught.value.message == (
        "a plot of it needs no_such_package, which is not installed"
    )
    assert caught.value.hint == "pip install no_such_package"
