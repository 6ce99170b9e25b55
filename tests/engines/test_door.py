"""A backend is a folder and a line: nothing else in the source names one."""

from __future__ import annotations

import ast
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from dlrun.engines.backend import BACKENDS
from dlrun.engines.engine import Backend

SOURCE = Path(__file__).parents[2] / "src/dlrun"
TABLE = SOURCE / "engines/backend.py"
MODULES = [
    file
    for file in sorted(SOURCE.rglob("*.py"))
    if not any(file.is_relative_to(SOURCE / "engines" / name) for name in BACKENDS)
]


def mentions(code: str) -> Iterator[int]:
    """The lines whose code names a backend; comments and docstrings may."""
    tree = ast.parse(code)
    texts = {
        id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)
    }  # strings that stand by themselves
    for node in ast.walk(tree):
        words = []
        if isinstance(node, ast.Import | ast.ImportFrom):
            words = [getattr(node, "module", None) or ""]
            words += [
                name for alias in node.names for name in (alias.name, alias.asname)
            ]
        elif isinstance(node, ast.Name | ast.Attribute):
            words = [getattr(node, "id", getattr(node, "attr", ""))]
        elif isinstance(node, ast.FunctionDef | ast.ClassDef | ast.arg | ast.keyword):
            words = [getattr(node, "name", getattr(node, "arg", ""))]
        elif isinstance(node, ast.Constant) and id(node) not in texts:
            words = [node.value if isinstance(node.value, str) else ""]
        if any(_is_name(word or "") for word in words):
            yield node.lineno


def _is_name(word: str) -> bool:
    plain = word.lower()
    return any(name in plain for name in BACKENDS) or plain == "tf"


@pytest.mark.parametrize(
    "file", MODULES, ids=lambda file: str(file.relative_to(SOURCE))
)
def test_code_names_no_backend(file):
    lines = set(mentions(file.read_text(encoding="utf-8")))

    if file == TABLE:
        code = file.read_text(encoding="utf-8").splitlines()
        named = [code[line - 1].strip() for line in sorted(lines)]
        assert named == [f'"{name}": "{path}",' for name, path in BACKENDS.items()]
    else:
        assert lines == set()


@pytest.mark.parametrize(
    "code",
    [
        "import tensorflow as tf",
        "from dlrun.engines.tensorflow import jit",
        "TensorFlowEngine(model)",
        "def tensorflow_version(): ...",
        "backend = 'tensorflow'",
        "tf.constant(1)",
        "f(tensorflow=1)",
    ],
)
def test_a_name_in_code_would_be_noticed(code):
    assert list(mentions(f'"""On TensorFlow."""\n{code}  # TensorFlow')) != []


def test_words_about_a_backend_are_free():
    assert list(mentions('"""On TensorFlow."""\nx = 1  # tensorflow\n"""tf"""')) == []


OFFERED = """
import sys
from importlib import import_module
from dlrun.engines.backend import BACKENDS
from dlrun.engines.engine import Backend
for name, package in BACKENDS.items():
    offered = type(import_module(package).BACKEND)
    asked = {key: value for key, value in vars(Backend).items() if key[0] != "_"}
    own = [key for key, value in asked.items() if getattr(offered, key) is not value]
    print(name, *own)
heavy = {"jax", "keras", "numpy", "tensorflow", "torch"} & set(sys.modules)
sys.exit(", ".join(heavy) or 0)
"""


def test_a_backend_offers_all_and_imports_nothing_until_it_is_used():
    done = subprocess.run(
        [sys.executable, "-c", OFFERED], capture_output=True, text=True, check=False
    )

    assert (done.returncode, done.stderr) == (0, "")
    asked = [key for key in vars(Backend) if not key.startswith("_")]
    assert {"make_engine", "decode_image", "set_threads"} <= set(asked)
    assert done.stdout.splitlines() == [" ".join([name, *asked]) for name in BACKENDS]


TOY = """
from pathlib import Path
from dlrun.engines.tensorflow.backend import TensorFlowBackend

class Toy(TensorFlowBackend):
    libraries = ("typer",)

    def devices(self):
        return ["toy:0"]

    def make_engine(self, model, **options):
        Path("made").touch()
        return super().make_engine(model, **options)

BACKEND = Toy()
"""
TRAINED = """
import sys
from dlrun.engines.backend import BACKENDS
BACKENDS[next(iter(BACKENDS))] = "toy"
from dlrun.cli.app import run
sys.exit(run(["train", sys.argv[1], "-s", "fit.epochs=1"]))
"""


@pytest.mark.heavy
def test_another_folder_behind_the_line_runs_everything(tmp_path):
    (tmp_path / "toy").mkdir()
    (tmp_path / "toy/__init__.py").write_text(TOY)
    config = SOURCE.parents[1] / "configs/gender.yaml"

    subprocess.run(
        [sys.executable, "-c", TRAINED, str(config)],
        check=True,
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": os.pathsep.join([".", *sys.path])},
    )

    (file,) = tmp_path.glob("runs/*/environment.json")
    environment = json.loads(file.read_text(encoding="utf-8"))
    assert environment["devices"] == ["toy:0"]
    assert list(environment["versions"]) == [
        "python",
        "dlrun",
        "keras",
        "typer",
        "numpy",
    ]
    assert (tmp_path / "made").exists()
