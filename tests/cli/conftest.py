from __future__ import annotations

import csv
import io
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from dlrun.cli.app import run

PEOPLE = """\
height,weight,sex
160,55,f
162,60,f
158,52,f
170,65,f
165,58,f
155,50,f
163,62,f
168,66,f
180,80,m
175,78,m
185,90,m
178,82,m
172,75,m
190,95,m
176,85,m
183,88,m
"""
PEOPLE_CONFIG = """\
name: people
seed: 3
data:
  csv: {path: people.csv, labels: sex}
  split: {validation: 0.25, test: 0.25}
  scale: standard
model:
  layers:
    - Dense: {units: 8, activation: relu}
    - Dense: {units: 2, activation: softmax}
compile:
  optimizer: {Adam: 0.05}
  loss: sparse_categorical_crossentropy
fit: {epochs: 3, batch_size: 4}
"""
SMALL_CONFIG = """\
name: small
data:
  inline: {features: [[0, 1], [1, 0]], labels: [0, 1]}
model:
  layers:
    - Dense: {units: 4, activation: relu}
    - Dense: {units: 2, activation: softmax}
compile: {loss: sparse_categorical_crossentropy}
fit: {epochs: 1}
"""


@dataclass(frozen=True)
class Outcome:
    """What a command left behind."""

    code: int
    out: str
    err: str

    @property
    def table(self) -> list[dict[str, str]]:
        """The answer, read as CSV."""
        return list(csv.DictReader(io.StringIO(self.out)))


Dlrun = Callable[..., Outcome]


@pytest.fixture
def dlrun(capsys: pytest.CaptureFixture[str]) -> Dlrun:
    """Run a command in this process."""

    def call(*arguments: str) -> Outcome:
        capsys.readouterr()
        code = run(list(arguments))
        captured = capsys.readouterr()
        return Outcome(code, captured.out, captured.err)

    return call


@pytest.fixture(scope="session")
def write_configs() -> Callable[[Path], None]:
    """Write two configs and a table into a directory."""

    def write(directory: Path) -> None:
        (directory / "people.csv").write_text(PEOPLE)
        (directory / "people.yaml").write_text(PEOPLE_CONFIG)
        (directory / "small.yaml").write_text(SMALL_CONFIG)

    return write


@pytest.fixture
def here(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    write_configs: Callable[[Path], None],
) -> Path:
    """An own directory with two configs and a table, as the current directory."""
    write_configs(tmp_path)
    monkeypatch.chdir(tmp_path)
    return tmp_path
