"""What the source of a checkout says of itself: imports, names, literals, sizes.

Read from syntax trees alone, so that an old checkout and a new one, and one that does
not run, are measured by the same rule. `benchmarks/house.py` prints these figures;
`tests/architecture/` holds the new code to them.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from pathlib import Path

PACKAGE = "dlrun"
Modules = Mapping[str, ast.Module]
"""The syntax tree of each module, by its dotted name."""
Graph = Mapping[str, set[str]]
"""The modules that each module imports."""


def read_modules(source: Path) -> dict[str, ast.Module]:
    """Parse every module below `source`, the folder that holds the package."""
    modules = {}
    for file in sorted((source / PACKAGE).rglob("*.py")):
        name = ".".join(file.relative_to(source).with_suffix("").parts)
        tree = ast.parse(file.read_text(encoding="utf-8"))
        modules[name.removesuffix(".__init__")] = tree
    return modules


def imports(tree: ast.AST) -> Iterator[tuple[str, str]]:
    """Each module that is imported anywhere, with the name taken from it, or "".

    Imports inside functions and under `TYPE_CHECKING` count: a reader has to follow
    them as well.
    """
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((alias.name, "") for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from ((node.module, alias.name) for alias in node.names)


def import_graph(modules: Modules) -> dict[str, set[str]]:
    """Which modules of the package each one imports."""
    graph: dict[str, set[str]] = {}
    for module, tree in modules.items():
        wanted = set()
        for target, name in imports(tree):
            submodule = f"{target}.{name}"
            wanted.add(submodule if submodule in modules else target)
        graph[module] = (wanted & set(modules)) - {module}
    return graph


def find_cycles(graph: Graph) -> list[list[str]]:
    """Groups of modules that import each other, directly or over others."""
    reached = {module: _reachable(graph, module) for module in graph}
    groups = {
        tuple(sorted(other for other in reached[module] if module in reached[other]))
        for module in graph
        if module in reached[module]
    }
    return sorted(map(list, groups))


def _reachable(graph: Graph, start: str) -> set[str]:
    found: set[str] = set()
    waiting = [start]
    while waiting:
        new = graph[waiting.pop()] - found
        found |= new
        waiting += new
    return found


def literals(tree: ast.AST) -> Iterator[str]:
    """Every text in the code, without docstrings and the strings below fields."""
    texts = {
        id(node.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    }
    for node in ast.walk(tree):
        is_text = isinstance(node, ast.Constant) and isinstance(node.value, str)
        if is_text and id(node) not in texts:
            yield node.value


def identifiers(tree: ast.AST) -> Iterator[str]:
    """Every name in code: variables, attributes, arguments, definitions, imports."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Name):
            yield node.id
        elif isinstance(node, ast.Attribute):
            yield node.attr
        elif isinstance(node, ast.arg | ast.keyword) and node.arg:
            yield node.arg
        elif isinstance(node, ast.FunctionDef | ast.ClassDef):
            yield node.name
        elif isinstance(node, ast.alias):
            yield node.name.rpartition(".")[2]


def count_any(tree: ast.AST) -> int:
    """How often `Any` is used, its imports apart."""
    return sum(
        (isinstance(node, ast.Name) and node.id == "Any")
        or (isinstance(node, ast.Attribute) and node.attr == "Any")
        for node in ast.walk(tree)
    )


def length(tree: ast.Module) -> int:
    """How many lines a module has."""
    return max((node.end_lineno or 0 for node in tree.body), default=0)


def lines_by_package(modules: Modules) -> dict[str, int]:
    """How many lines each package has; modules beside the packages are their own."""
    lines: dict[str, int] = {}
    for module, tree in modules.items():
        room = [*module.split("."), ""][1]
        lines[room] = lines.get(room, 0) + length(tree)
    return lines
