"""What a file of Python defines, read from its text: nothing of it is run."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

Role: TypeAlias = Literal["layer", "loss", "metric", "callback", "schedule"]
"""What a class of Keras is, by the kind of component."""

"""The key of a config that names its code, as a path."""
_MODULES: dict[str, Role] = {
    "layers": "layer",
    "losses": "loss",
    "metrics": "metric",
    "callbacks": "callback",
    "schedules": "schedule",
}
_BITS_AT_MOST = 1024
"""Of a whole number: Python writes none of more than 4,300 digits."""
_SHORT: dict[str, Role] = {"Layer": "layer", "Loss": "loss", "Metric": "metric"}
"""The classes that stand in `keras` itself."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter of a function, or of the `__init__` of a class."""

    name: str
    annotation: str = ""
    """As it was written; empty: there is none."""
    is_required: bool = True
    has_value: bool = False
    """Whether `default` is known: it was written as a plain value."""
    default: object = None
    is_positional: bool = False
    """Whether it stands before a `/`, and cannot be given by its name."""


@dataclass(frozen=True, slots=True)
class Definition:
    """A class or a function of a file."""

    name: str
    line: int
    column: int
    """Of the name, counted from 1."""
    is_class: bool
    role: Role | None = None
    """What the class is; `None`: a function, or its bases do not tell."""
    base: str = ""
    """The class of Keras that it is made of; empty: not known, or a function."""
    parameters: tuple[Parameter, ...] = ()
    takes_others: bool = False
    """Whether arguments of other names are taken, for the class of Keras."""
    methods: Mapping[str, int] = field(default_factory=dict)
    """The methods of the class and of its bases in the files, each with its line; 0: it
    stands in another file."""
    text: str = ""
    """The first line of its docstring."""

    def main_argument(self, num_data: int) -> str | None:
        """The argument that a short form sets; `None`: there is none.

        Args:
            num_data: So many of the first parameters are data, and no arguments.
        """
        own = [one for one in self.parameters[num_data:] if one.name != "name"]
        names = [one.name for one in own]
        required = [one.name for one in own if one.is_required]
        return names[0] if names and required in ([], names[:1]) else None

    @property
    def num_positional(self) -> int:
        """How many arguments have to be given."""
        return sum(parameter.is_required for parameter in self.parameters)


def read_definitions(
    name: str, trees: Mapping[str, ast.Module]
) -> dict[str, Definition]:
    """The public classes and functions of a file by their names.

    Args:
        name: Of its module.
        trees: The syntax of the file and of the modules beside it, by their names.
    """
    found = {}
    for node in trees[name].body:
        if isinstance(node, ast.ClassDef | ast.FunctionDef) and node.name[0] != "_":
            found[node.name] = (
                _class(node, name, trees)
                if isinstance(node, ast.ClassDef)
                else _function(node)
            )
    return found


def _function(node: ast.FunctionDef) -> Definition:
    return Definition(
        node.name,
        node.lineno,
        node.col_offset + len("def ") + 1,
        is_class=False,
        parameters=tuple(_parameters(node.args)),
        takes_others=node.args.kwarg is not None,
        text=_first_line(node),
    )


def _class(
    node: ast.ClassDef, module: str, trees: Mapping[str, ast.Module]
) -> Definition:
    line = _ancestors(node, module, trees)
    role, base = next(
        (found for name in _foreign(line, trees) if (found := _role(name))), (None, "")
    )
    methods: dict[str, int] = {}
    for where, one in line:
        for inner in one.body:
            if isinstance(inner, ast.FunctionDef):
                methods.setdefault(inner.name, inner.lineno if where == module else 0)
    makers = [
        inner
        for _, one in line
        for inner in one.body
        if isinstance(inner, ast.FunctionDef) and inner.name == "__init__"
    ]
    parameters = tuple(_parameters(makers[0].args))[1:] if makers else ()
    return Definition(
        node.name,
        node.lineno,
        node.col_offset + len("class ") + 1,
        is_class=True,
        role=role,
        base=base,
        parameters=parameters,
        takes_others=not makers or makers[0].args.kwarg is not None,
        methods=methods,
        text=_first_line(node),
    )


def _first_line(node: ast.ClassDef | ast.FunctionDef) -> str:
    return (ast.get_docstring(node) or "").partition("\n")[0].strip()


def _parameters(arguments: ast.arguments) -> Iterator[Parameter]:
    listed = [*arguments.posonlyargs, *arguments.args]
    missing = len(listed) - len(arguments.defaults)
    defaults = [*[None] * missing, *arguments.defaults, *arguments.kw_defaults]
    for one, default in zip([*listed, *arguments.kwonlyargs], defaults, strict=True):
        is_positional = one in arguments.posonlyargs
        annotation = ast.unparse(one.annotation) if one.annotation else ""
        if default is None:
            yield Parameter(one.arg, annotation, is_positional=is_positional)
            continue
        try:
            value, is_plain = ast.literal_eval(default), True
        except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
            value, is_plain = None, False
        is_plain = is_plain and _is_plain(value)
        known = value if is_plain else None
        yield Parameter(one.arg, annotation, False, is_plain, known, is_positional)


def _is_plain(value: object) -> bool:
    """Whether a config can hold a value."""
    if isinstance(value, list | tuple):
        return all(map(_is_plain, value))
    if isinstance(value, dict):
        return all(isinstance(key, str) for key in value) and _is_plain(
            [*value.values()]
        )
    if isinstance(value, int) and not isinstance(value, bool):
        return value.bit_length() <= _BITS_AT_MOST
    return value is None or isinstance(value, bool | float | str)


_Line: TypeAlias = list[tuple[str, ast.ClassDef]]
"""A class and those of the files that it is made of, each with its module."""


def _ancestors(
    node: ast.ClassDef, module: str, trees: Mapping[str, ast.Module]
) -> _Line:
    line: _Line = [(module, node)]
    for where, one in line:  # It grows on the way.
        names = _imports(trees[where])
        for base in one.bases:
            found = _find(_dotted(base, names), where, trees)
            if found is not None and found not in line:
                line.append(found)
    return line


def _find(
    name: str, module: str, trees: Mapping[str, ast.Module]
) -> tuple[str, ast.ClassDef] | None:
    """The class that a dotted name stands for, if it is in one of the files."""
    where, _, last = name.rpartition(".")
    where = where or module
    for node in trees[where].body if where in trees else ():
        if isinstance(node, ast.ClassDef) and node.name == last:
            return where, node
    return None


def _foreign(line: _Line, trees: Mapping[str, ast.Module]) -> Iterator[str]:
    """The dotted names of the bases that stand in none of the files."""
    for where, one in line:
        names = _imports(trees[where])
        for base in one.bases:
            name = _dotted(base, names)
            if _find(name, where, trees) is None:
                yield name


def _role(name: str) -> tuple[Role, str] | None:
    """What a class of Keras is, and its own name."""
    path = name.split(".")
    if "keras" not in path:
        return None
    inner, last = path[path.index("keras") + 1 : -1], path[-1]
    role = next((_MODULES[part] for part in inner if part in _MODULES), None)
    role = role or _SHORT.get(last)
    return None if role is None else (role, last)


def _imports(tree: ast.Module) -> dict[str, str]:
    """What names of a file were imported, by the dotted names behind them."""
    names: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for one in node.names:
                name = one.name if one.asname else one.name.partition(".")[0]
                names[one.asname or name] = name
        elif isinstance(node, ast.ImportFrom) and not node.level:
            for one in node.names:
                names[one.asname or one.name] = f"{node.module}.{one.name}"
    return names


def _dotted(node: ast.expr, names: Mapping[str, str]) -> str:
    """`layers.Layer` -> `keras.layers.Layer`; empty: it is no name."""
    if isinstance(node, ast.Name):
        return names.get(node.id, node.id)
    if isinstance(node, ast.Attribute):
        before = _dotted(node.value, names)
        return f"{before}.{node.attr}" if before else ""
    return ""
