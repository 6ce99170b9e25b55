from __future__ import annotations

import csv
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml

from dlrun.config import node_of
from dlrun.engines import KerasDoor
from dlrun.errors import Problem
from dlrun.experiment import parse_spec
from dlrun.rows.lint import RULES, inspect_rows

CODES = {rule.code for rule in RULES}


@dataclass
class Table:
    """A table of noise beside a label, which a test spoils; and its config."""

    directory: Path
    rows: int = 400
    classes: int = 2
    seed: int = 0
    config: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.random = np.random.default_rng([self.seed, self.rows])
        self.columns: dict[str, Sequence[object]] = {}
        for name in ("a", "b", "c"):
            self.columns[name] = self.random.normal(5, 2, self.rows).round(3).tolist()
        if self.classes:
            drawn = self.random.integers(0, self.classes, self.rows)
            self.columns["label"] = [f"class{number}" for number in drawn]
        else:
            self.columns["label"] = self.random.normal(0, 1, self.rows).tolist()
        self.config = {
            "name": "odd",
            "data": {
                "csv": {"path": "rows.csv", "labels": "label"},
                "split": {"validation": 0.25},
            },
            "model": {"layers": [self._last()]},
            "compile": {"loss": self._loss()},
        } | self.config

    def _last(self) -> dict[str, Any]:
        if self.classes:
            return {"Dense": {"units": "classes", "activation": "softmax"}}
        return {"Dense": {"units": 1}}

    def _loss(self) -> str:
        return "sparse_categorical_crossentropy" if self.classes else "mse"

    @property
    def labels(self) -> np.ndarray:
        """Class numbers, or numbers."""
        if self.classes:
            return np.array([int(str(name)[5:]) for name in self.columns["label"]])
        return np.array(self.columns["label"])

    def encode(self, **entries: object) -> None:
        """Say what becomes of columns."""
        self.config["data"].setdefault("columns", {}).update(entries)

    def write(self, name: str = "rows.csv", rows: slice = slice(None)) -> Path:
        file = self.directory / name
        with file.open("w", newline="") as stream:
            writer = csv.writer(stream)
            writer.writerow(self.columns)
            writer.writerows(list(zip(*self.columns.values(), strict=True))[rows])
        return file

    def write_config(self) -> Path:
        """Write both, for a command."""
        self.write()
        file = self.directory / "odd.yaml"
        file.write_text(yaml.safe_dump(self.config, sort_keys=False))
        return file

    def warnings(self) -> list[Problem]:
        """All warnings about the rows."""
        self.write()
        experiment = parse_spec(node_of(self.config, self.directory))
        return inspect_rows(experiment, KerasDoor())[2]

    def found(self) -> list[Problem]:
        """What rules of the linter have found."""
        return [problem for problem in self.warnings() if problem.code in CODES]

    def codes(self) -> list[str]:
        return [problem.code for problem in self.found()]

    def paste(self, hint: str) -> None:
        """Do what a cure says is to be written."""
        section, values = written_in(hint)
        place = self.config
        for key in section:
            place = place.setdefault(key, {})
        _merge(place, values)
        for removed in re.findall(r"and remove (fit)\.(\w+)", hint):
            del self.config[removed[0]][removed[1]]


def written_in(hint: str) -> tuple[list[str], Mapping[str, Any]]:
    """The section that a cure names, and what it says to write there."""
    match = re.search(r"write under ([\w.]+):( [^\n]*|(?:\n  .*)+)", hint)
    assert match, hint
    line = re.sub(r", (in place of|and remove) .*", "", match[2])
    values = yaml.safe_load(line)
    assert isinstance(values, dict), hint
    return match[1].split("."), values


def _merge(place: dict[str, Any], values: Mapping[str, Any]) -> None:
    for key, value in values.items():
        if isinstance(value, dict) and isinstance(place.get(key), dict):
            _merge(place[key], value)
        else:
            place[key] = value


@pytest.fixture
def table(tmp_path):
    """Make a table: `table(rows=100, classes=3)`."""

    def make(**settings: Any) -> Table:
        return Table(tmp_path, **settings)

    return make
