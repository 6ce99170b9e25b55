"""How the modules of the house know each other, read from their source."""

from __future__ import annotations

import ast
import importlib.util
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def code_map():
    """The measures of `benchmarks/house.py`, so that tests and figures agree."""
    file = ROOT / "benchmarks/code_map.py"
    spec = importlib.util.spec_from_file_location("code_map", file)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def modules(code_map):
    return code_map.read_modules(ROOT / "src")


def test_no_module_imports_itself_over_others(code_map, modules):
    graph = code_map.import_graph(modules)

    assert len(graph) > 200
    assert code_map.find_cycles(graph) == []


@pytest.mark.parametrize(
    "code",
    [
        "from dlrun.b import thing",
        "if TYPE_CHECKING:\n    from dlrun import b",
        "def use():\n    from dlrun.b import thing",
        "import dlrun.b",
    ],
)
def test_a_circle_is_noticed_wherever_the_import_stands(code_map, code):
    trees = {"dlrun": "", "dlrun.a": code, "dlrun.b": "from dlrun.a import other"}

    graph = code_map.import_graph(
        {name: ast.parse(text) for name, text in trees.items()}
    )

    assert code_map.find_cycles(graph) == [["dlrun.a", "dlrun.b"]]


def test_no_room_holds_more_than_a_fifth_of_the_house(code_map, modules):
    rooms = code_map.lines_by_package(modules)

    assert max(rooms.values()) / sum(rooms.values()) < 0.21


def test_a_module_can_be_read_at_a_sitting(code_map, modules):
    lengths = {name: code_map.length(tree) for name, tree in modules.items()}

    assert max(lengths.values()) <= 400, max(lengths, key=lengths.get)
