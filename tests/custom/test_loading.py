from __future__ import annotations

import sys
from textwrap import dedent

import pytest

from dlrun.custom import (
    CodeNotAllowedError,
    allowing_code,
    code_of,
    find_object,
    is_code_allowed,
    read_custom,
    told_with_its_line,
)
from dlrun.errors import CodeError
from dlrun.writing import command_line


def prepare(threads) -> None:
    """Nothing that this code imports needs anything."""


@pytest.fixture
def code(tmp_path):
    """Write files, read them as the code of a config, and find an object of it."""

    def find(name: str, **texts: str):
        for stem, text in texts.items():
            (tmp_path / f"{stem}.py").write_text(dedent(text))
        file = read_custom(tmp_path / "own.py")
        return find_object(file, file.definitions[name])

    return find


def test_code_is_imported_only_where_it_is_allowed(code, tmp_path):
    text = f"open({str(tmp_path / 'marker')!r}, 'w').close()\ndef f(x): return x + 1"

    with pytest.raises(CodeNotAllowedError, match=r"sha256 [0-9a-f]{12}"):
        code("f", own=text)
    assert not (tmp_path / "marker").exists()
    with allowing_code(prepare):
        assert code("f", own=text)(1) == 2
    assert (tmp_path / "marker").exists()
    assert not is_code_allowed()


def test_what_code_prints_goes_to_stderr(code, capsys):
    text = """
    import sys
    print("import")
    sys.stdout.write("direct\\n")
    def f(x):
        print("call", x, sep=":")
    """

    with allowing_code(prepare):
        code("f", own=text)(1)

    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err == "import\ndirect\ncall:1\n"


@pytest.mark.parametrize(
    ("statement", "message"),
    [
        ("1 / 0", "own.py: ZeroDivisionError: division by zero"),
        ("import no_such_module", "ModuleNotFoundError: No module named 'no_such_mod"),
        ("raise SystemExit(3)", "own.py: SystemExit: 3"),
        ("raise GeneratorExit(3)", "own.py: GeneratorExit: 3"),
        ("import helper", "own.py: KeyError: 'x'"),
    ],
)
def test_what_fails_while_it_is_imported_has_its_own_line(
    code, statement, message, tmp_path
):
    text = f"def f(x): ...\n\n{statement}\n"

    with allowing_code(prepare), pytest.raises(CodeError) as caught:
        code("f", own=text, helper="value = {}\nvalue['x']\n")

    (problem,) = caught.value.problems
    assert message in problem.message
    is_beside = statement == "import helper"
    file, line = ("helper.py", 2) if is_beside else ("own.py", 3)
    assert problem.location.file == str(tmp_path / file)
    assert problem.location.line == line


def test_a_failure_in_a_call_is_marked_to_the_letter(code, tmp_path):
    text = "def f(x):\n    é = [1]; return é[x]\n"

    with allowing_code(prepare):
        found = code("f", own=text)
    file = read_custom(tmp_path / "own.py")
    with pytest.raises(CodeError) as caught, code_of(file, file.definitions["f"]):
        found(5)

    place = caught.value.problems[0].location
    marked = place.text[place.column - 1 : place.column - 1 + place.length]
    assert (place.line, marked) == (2, "é[x]")


def test_a_package_beside_imports_from_itself(code, tmp_path):
    (tmp_path / "shelf").mkdir()
    for name, text in {
        "__init__.py": "from .board import half\n",
        "board.py": "from . import store\ndef half(x): return x * store.HALF\n",
        "store.py": "HALF = 0.5\n",
    }.items():
        (tmp_path / "shelf" / name).write_text(text)

    with allowing_code(prepare):
        found = code("f", own="import shelf\ndef f(x): return shelf.half(x)\n")

    assert found(4) == 2


def test_an_exit_in_a_call_is_a_failure(code, tmp_path):
    with allowing_code(prepare):
        found = code("f", own="import sys\n\n\ndef f(x):\n    sys.exit(x)\n")
    file = read_custom(tmp_path / "own.py")

    for block in (code_of(file, file.definitions["f"]), told_with_its_line()):
        with pytest.raises(CodeError) as caught, block:
            found(0)
        (problem,) = caught.value.problems
        assert "SystemExit: 0" in problem.message
        assert problem.location.line == 5


def test_an_exit_that_is_none_of_the_code_goes_its_way():
    with pytest.raises(SystemExit), told_with_its_line():
        raise SystemExit(3)


@pytest.mark.parametrize("mark", ["\x0c", "\x1c", "\x85", "\u2028"])
def test_lines_are_those_of_python(code, mark, tmp_path):
    with allowing_code(prepare):
        found = code("f", own=f"s = '''{mark}'''\ndef f(x): return x[1]\n")
    file = read_custom(tmp_path / "own.py")
    with pytest.raises(CodeError) as caught, code_of(file, file.definitions["f"]):
        found([])

    place = caught.value.problems[0].location
    assert (place.line, place.text) == (2, "def f(x): return x[1]")
    assert file.place_of(file.definitions["f"]).text == place.text


def test_files_beside_of_one_name_belong_each_to_its_code(tmp_path):
    found = []
    for name in ("a", "b"):
        folder = tmp_path / name
        folder.mkdir()
        (folder / "own.py").write_text(
            "from helper import NAME\ndef now(): return NAME\n"
            "def later():\n    import helper\n    return helper.NAME\n"
        )
        (folder / "helper.py").write_text(f"NAME = {name!r}\n")
    with allowing_code(prepare):
        for name in ("a", "b"):
            file = read_custom(tmp_path / name / "own.py")
            now, later = (
                find_object(file, file.definitions[one]) for one in ("now", "later")
            )
            found.append((now(), later()))

    assert found == [("a", "a"), ("b", "b")]
    assert "own" not in sys.modules


def test_a_folder_beside_needs_no_file_of_its_own(code, tmp_path):
    (tmp_path / "pieces").mkdir()
    (tmp_path / "pieces/inner.py").write_text("def g(x): return x * 2\n")

    with allowing_code(prepare):
        found = code("f", own="from pieces.inner import g\ndef f(x): return g(x)")

    assert found(4) == 8


def test_a_file_beside_may_not_take_the_place_of_what_is_imported(code):
    with allowing_code(prepare), pytest.raises(CodeError) as caught:
        code("f", own="import pytest\ndef f(x): ...", pytest="")

    assert "pytest, which is imported already" in caught.value.problems[0].message


def test_a_function_that_is_gone_at_the_end_is_told(code):
    with allowing_code(prepare), pytest.raises(CodeError) as caught:
        code("f", own="def f(x): ...\ndel f")

    assert "`f` is defined here, but is no more" in caught.value.problems[0].message


def test_commands_that_people_are_told_to_type_may_run_code_where_this_one_may():
    before = command_line("train", "c.yaml")

    with allowing_code(prepare):
        within = [command_line(one, "x") for one in ("train", "resume", "compare")]
        with allowing_code(None):
            inner = command_line("verify", "x")

    assert within == [
        "dlrun train x --allow-code",
        "dlrun resume x --allow-code",
        "dlrun compare x",
    ]
    assert inner == "dlrun verify x --allow-code"
    assert before == command_line("train", "c.yaml") == "dlrun train c.yaml"
