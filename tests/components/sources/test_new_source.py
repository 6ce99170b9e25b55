"""The worked example of docs/architecture.md: what a new data source takes.

One module holds the class; the index names it. Here the index is left as it is, and an
import stands for it. Everything below follows from these.
"""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

MODULE = '''
"""Rows in lines of numbers with blanks between them; the last one is the class."""

from __future__ import annotations

from typing import ClassVar

from dlrun.components.sources.labels import read_labels
from dlrun.components.sources.files import LocalPath
from dlrun.components.sources.source import Source
from dlrun.data import INPUT, OUTPUT, Dataset, Facts


class Lines(Source):
    """A row per line: numbers, and a class or a dash."""

    key: ClassVar[str] = "lines"
    may_lack_labels: ClassVar[bool] = True
    example: ClassVar[str] = "{file: rows.lines}"
    unlabelled_example: ClassVar[str] = "{file: more.lines}"
    synonyms: ClassVar[tuple[str, ...]] = ("blanks",)
    replaces: ClassVar[tuple[str, ...]] = ("tape",)
    replacing: ClassVar[str] = "print the tape"
    location: ClassVar[str] = "file"
    endings: ClassVar[frozenset[str]] = frozenset({".lines"})

    file: LocalPath
    """The file."""

    def _cells(self):
        return [line.split() for line in self.file.read_text().splitlines()]

    def describe(self):
        cells = self._cells()
        shape, files = (len(cells[0]) - 1,), (self.file,)
        columns = {OUTPUT: ("class",)}
        return Facts({INPUT: shape}, None, {}, len(cells), columns, files=files)

    def load(self, classes=None, *, task, partly=False):
        import numpy as np

        cells = self._cells()
        features = np.array([row[:-1] for row in cells], dtype="float32")
        texts = [row[-1].strip("-") for row in cells]
        if not any(texts):
            return Dataset({INPUT: features})
        labels = read_labels(self, texts, classes=classes, task=task, partly=partly)
        return Dataset(
            {INPUT: features}, {OUTPUT: labels.values}, classes={OUTPUT: labels.classes}
        )
'''
CONFIG = """
name: a
data: {lines: {file: rows.lines}}
model: {layers: [{Dense: {units: 2, activation: softmax}}]}
compile: {loss: sparse_categorical_crossentropy}
"""
PARTS = (
    "data.validation.lines.file=held.lines",
    "data.test.lines.file=held.lines",
    "pseudo_label.unlabelled.lines.file=more.lines",
)
ANOTHER = ("data.csv.path=rows.csv",)
MISTAKES = {
    ("data.csv=", "data.lines="): "`lines` needs `file`",
    ("data.validation.blanks=x",): "write lines",
    ("data.validation.nothing=1",): "csv, custom, image_folder, inline, lines, npz",
    ("data.file=x",): "write it under the source, as in lines: {file: rows.lines}",
    ("data.tape=x",): "print the tape, and write lines: {file: rows.lines}",
    ("model.lines=x",): "`lines` belongs under `data`",
    ("pseudo_label.lines=x",): "write unlabelled: {lines: {file: more.lines}}",
    ("pseudo_label.rounds=1", "fit.validation_split=0.2"): "every row has a label",
}
PROGRAM = """
import json, sys
from pathlib import Path
import lines  # the one line
from dlrun.engines import KerasDoor
from dlrun.errors import ProblemsError
from dlrun.experiment import parse_spec, read_config
from dlrun.rows import read_new_rows, read_rows

def read(overrides):
    node = read_config(Path("a.yaml"), overrides)
    experiment, parts = read_rows(parse_spec(node), KerasDoor())
    new = read_new_rows(
        experiment.spec,
        parts.preprocessing,
        Path("new.lines"),
        KerasDoor(),
        labelled=False,
    )
    return {
        "rows": {name: part.rows for name, part in parts.split.parts.items()},
        "classes": parts.train.classes["output"],
        "new": new.features["input"].tolist(),
        "data": experiment.spec.values()["data"]["lines"],
    }

def problems(overrides):
    try:
        return read(overrides)
    except ProblemsError as error:
        return [[item.message, item.hint, item.label] for item in error.problems]

print(json.dumps([problems(overrides) for overrides in json.loads(sys.argv[1])]))
"""


@pytest.fixture(scope="module")
def directory(tmp_path_factory):
    """A config with a source that dlrun does not have, and its rows."""
    directory = tmp_path_factory.mktemp("lines")
    texts = {
        "lines.py": MODULE,
        "a.yaml": CONFIG,
        "rows.lines": "1 -1 no\n2 -2 yes\n" * 6,
        "held.lines": "1 2 yes\n3 4 no\n",
        "more.lines": "5 6 -\n7 8 -\n9 9 -\n",
        "new.lines": "10 20 -\n",
    }
    for name, text in texts.items():
        (directory / name).write_text(text)
    return directory


@pytest.fixture(scope="module")
def outcomes(directory):
    """What comes of the config with each of the changes, all in one fresh process."""
    cases = [PARTS, ANOTHER, *MISTAKES]
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, json.dumps(cases)],
        capture_output=True,
        check=True,
        cwd=directory,
        text=True,
    )
    return dict(zip(cases, json.loads(done.stdout), strict=True))


def test_a_new_source_is_read_for_every_part_and_for_new_rows(outcomes, directory):
    assert outcomes[PARTS] == {
        "rows": {"train": 12, "validation": 2, "test": 2, "unlabelled": 3},
        "classes": ["no", "yes"],
        "new": [[10, 20]],
        "data": {"file": str(directory / "rows.lines")},
    }


def test_another_source_takes_the_place_of_a_new_one(outcomes, directory):
    assert [message for message, *_ in outcomes[ANOTHER]] == [
        f"there is no file {directory / 'rows.csv'}"
    ]


@pytest.mark.parametrize("overrides", MISTAKES, ids=" ".join)
def test_the_words_of_mistakes_know_a_new_source(outcomes, overrides):
    words = [str(text) for problem in outcomes[overrides] for text in problem]

    assert any(MISTAKES[overrides] in text for text in words), words
