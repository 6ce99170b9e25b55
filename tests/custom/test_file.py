from __future__ import annotations

import hashlib

import pytest

from dlrun.custom import read_custom
from dlrun.errors import CodeError


def told(caught) -> tuple[str, str]:
    (problem,) = caught.value.problems
    return problem.message, problem.hint or ""


def test_the_hash_of_a_file_alone_is_that_of_the_file(tmp_path):
    file = tmp_path / "layers.py"
    file.write_text("def f(x): ...\n")

    code = read_custom(file)

    assert code.sha256 == hashlib.sha256(file.read_bytes()).hexdigest()
    assert list(code.definitions) == ["f"]


def test_what_is_imported_from_beside_belongs_to_the_code(tmp_path):
    (tmp_path / "parts").mkdir()
    for name, text in {
        "layers.py": "import numpy\nimport helper\nfrom parts.inner import g\n",
        "helper.py": "import json\nfrom parts import outer\n",
        "parts/__init__.py": "from .near import h\n",
        "parts/inner.py": "from ..helper import x\nfrom .... import far\n",
        "parts/near.py": "from . import other\n",
        "parts/other.py": "",
        "parts/outer.py": "import layers\n",
        "parts/unused.py": "",
    }.items():
        (tmp_path / name).write_text(text)

    code = read_custom(tmp_path / "layers.py")
    before = code.sha256
    (tmp_path / "parts/outer.py").write_text("import layers  # changed\n")

    assert list(code.texts) == [
        "layers.py",
        "helper.py",
        "parts/__init__.py",
        "parts/inner.py",
        "parts/near.py",
        "parts/other.py",
        "parts/outer.py",
    ]
    assert read_custom(tmp_path / "layers.py").sha256 != before


def test_a_mistake_of_syntax_has_its_own_line_and_caret(tmp_path):
    file = tmp_path / "layers.py"
    file.write_text("import keras\n\nclass Scale(keras.Layer:\n    pass\n")

    with pytest.raises(CodeError) as caught:
        read_custom(file)

    assert "layers.py is no Python" in told(caught)[0]
    place = caught.value.problems[0].location
    assert (place.file, place.line, place.text) == (
        str(file),
        3,
        "class Scale(keras.Layer:",
    )


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"x = '\xff'\n", "is no UTF-8 text: byte 0xff in line 1"),
        (b"x = 1\0\n", "is no Python: "),
        (b"(" * 5000, "is no Python: "),
        (b"#" * 1_000_001, "larger than 1 MB"),
        (b"def f(a: " + b"1+" * 900 + b"1): ...\n", "layers.py is n"),  # or no Python
    ],
)
def test_what_is_no_text_of_python_is_refused(tmp_path, data, message):
    file = tmp_path / "layers.py"
    file.write_bytes(data)

    with pytest.raises(CodeError) as caught:
        read_custom(file)

    assert message in told(caught)[0]


def test_a_missing_file_and_a_folder_are_refused(tmp_path):
    with pytest.raises(CodeError, match="there is no file"):
        read_custom(tmp_path / "layers.py")
    with pytest.raises(CodeError, match="is a folder"):
        read_custom(tmp_path)


def test_a_file_beside_may_not_hide_a_module_of_python(tmp_path):
    (tmp_path / "layers.py").write_text("import random\n")
    (tmp_path / "random.py").write_text("")

    with pytest.raises(CodeError) as caught:
        read_custom(tmp_path / "layers.py")

    assert told(caught) == (
        f"{tmp_path}/random.py is named like a module of Python",
        "give it another name",
    )
