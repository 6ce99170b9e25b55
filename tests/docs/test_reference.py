from __future__ import annotations

import importlib.util
from pathlib import Path

DOCS = Path(__file__).parents[2] / "docs"


def load_maker():
    spec = importlib.util.spec_from_file_location(
        "make_reference", DOCS / "make_reference.py"
    )
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_reference_is_as_the_classes_are():
    pages = load_maker().pages()

    written = {
        file.name: file.read_text("utf-8") for file in (DOCS / "reference").iterdir()
    }

    assert written == pages, "run make docs"


def test_every_key_of_every_class_has_a_text():
    maker = load_maker()

    entries = [entry for listed in maker.kinds().values() for entry in listed]
    bare = [
        f"{entry.name}.{key.name}"
        for entry in [*entries, *maker.sections()]
        for key in entry.keys
        if not key.text and key.type != "section"
    ]

    assert entries
    assert bare == []


def test_every_decision_is_listed():
    listed = (DOCS / "decisions" / "README.md").read_text("utf-8")

    pages = sorted(DOCS.glob("decisions/0*.md"))

    assert pages
    assert all(page.name in listed for page in pages)
