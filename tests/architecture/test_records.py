"""What is known of a run's files, of types and of names, read from the source."""

from __future__ import annotations

import ast
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[2] / "src/dlrun"

JSON_OF_OTHERS = {
    "components/index.py": "the generated index of classes",
    "data/json_text.py": "what people and other programs wrote",
    "describe/catalogue.py": "the generated texts of the classes",
    "proposal/json_rows.py": "a table that somebody has as JSON",
}
"""Who parses JSON beside `runs`, which alone parses that of a run, and what it is."""
FILES_OF_OTHERS = {
    "cli/init.py": "the examples to choose from",
    "components/index.py": "the generated index of classes",
    "data/image_file.py": "the images of a data source",
    "data/json_rows.py": "rows in a file of JSON lines",
    "describe/catalogue.py": "the generated texts of the classes",
    "machine.py": "the limits of control groups, and the processor",
    "proposal/json_rows.py": "a table that somebody has as JSON",
    "diagnosis/reading.py": "a history that some other program wrote",
    "report/page/document.py": "the style sheet and the script of the page",
}
"""Who reads a whole file beside `runs` and `config`, and which."""
MOST_ANY = {
    "api": 3,
    "cli": 2,
    "components": 70,
    "config": 12,
    "describe": 1,
    "experiment": 46,
}
"""How often `Any`, or an alias that holds it, stands in the rooms that still use it;
all others do without. A number may only fall."""


@pytest.fixture(scope="module")
def trees() -> dict[str, ast.Module]:
    files = sorted(SOURCE.rglob("*.py"))
    return {
        str(file.relative_to(SOURCE)): ast.parse(file.read_text("utf-8"))
        for file in files
    }


def calls(tree: ast.Module) -> set[str]:
    """The names that are called, without what stands before their last dot."""
    functions = [node.func for node in ast.walk(tree) if isinstance(node, ast.Call)]
    return {
        name
        for function in functions
        if (name := getattr(function, "attr", getattr(function, "id", None)))
    }


def outside(trees: dict[str, ast.Module], *names: str) -> set[str]:
    """The modules beside `runs` and `config` that call one of these."""
    return {
        module
        for module, tree in trees.items()
        if not module.startswith(("runs/", "config/")) and calls(tree) & {*names}
    }


def test_json_of_a_run_is_parsed_in_runs_alone(trees):
    assert outside(trees, "loads", "load_json", "JSONDecoder") == JSON_OF_OTHERS.keys()


def test_the_files_of_a_run_are_read_in_runs_alone(trees):
    assert outside(trees, "read_text", "read_bytes") == FILES_OF_OTHERS.keys()


def names_of(node: ast.AST) -> Iterator[str]:
    """The names in an expression; a text is an annotation if it can be one."""
    for inner in ast.walk(node):
        if isinstance(inner, ast.Name):
            yield inner.id
        elif isinstance(inner, ast.Attribute):
            yield inner.attr
        elif isinstance(inner, ast.Constant) and isinstance(inner.value, str):
            is_short = "Any" in inner.value and " " not in inner.value.strip()
            if is_short and inner.value.isprintable():
                yield from names_of(ast.parse(inner.value, mode="eval"))


def aliases(tree: ast.Module) -> Iterator[tuple[str, ast.expr]]:
    """The names that a module gives to types."""
    for node in tree.body:
        if isinstance(node, ast.AnnAssign) and node.value is not None:
            if getattr(node.annotation, "id", "") == "TypeAlias":
                yield node.target.id, node.value
        elif isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            name = node.targets[0].id
            is_type = isinstance(node.value, ast.Subscript | ast.BinOp)
            if is_type and not name.isupper() and name.strip("_")[:1].isupper():
                yield name, node.value


def count_any(trees: dict[str, ast.Module]) -> Counter[str]:
    """How often `Any` stands in each room, aliases that hold it included."""
    hiding = {
        name
        for tree in trees.values()
        for name, value in aliases(tree)
        if "Any" in names_of(value)
    }
    counts: Counter[str] = Counter()
    for module, tree in trees.items():
        found = sum(name in hiding | {"Any"} for name in names_of(tree))
        counts[module.partition("/")[0]] += found
    return +counts


def test_any_is_used_no_more_than_it_was(trees):
    counts = count_any(trees)

    assert {room for room in counts if counts[room] > MOST_ANY.get(room, 0)} == set()
    assert sum(MOST_ANY.values()) <= 226


def test_an_alias_does_not_hide_any():
    code = "Values: TypeAlias = Mapping[str, Any]\ndef read(values: Values): ..."

    assert count_any({"room/module.py": ast.parse(code)}) == {"room": 3}


def test_a_public_type_name_means_one_thing(trees):
    """Keras has losses and metrics of one name: so have the classes for them here."""
    places = defaultdict(set)
    for module, tree in trees.items():
        classes = [node.name for node in tree.body if isinstance(node, ast.ClassDef)]
        for name in (*classes, *(name for name, _ in aliases(tree))):
            if not name.startswith("_"):
                places[name].add(module)
    several = {name: modules for name, modules in places.items() if len(modules) > 1}
    of_keras = {
        name
        for name, modules in several.items()
        if {Path(module).parent.name for module in modules} == {"losses", "metrics"}
    }

    assert len(of_keras) > 10
    assert several.keys() - of_keras == set()


def test_no_module_bears_the_name_of_one_of_the_standard_library(trees):
    names = {part for module in trees for part in Path(module).with_suffix("").parts}

    assert (names - {"__main__"}) & sys.stdlib_module_names == set()
