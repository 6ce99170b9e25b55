"""What is said where an argument names a column with dots as if they were steps."""

from __future__ import annotations

import pytest

from dlrun.config import located
from dlrun.errors import SpecError
from dlrun.experiment import parse_spec, read_config

CONFIG = """\
name: dotted
data:
  csv: {path: d.csv, labels: y}
  split: {validation: 0.5}
  columns: {"*": scale}
model: {layers: [{Dense: {units: classes, activation: softmax}}]}
compile: {loss: sparse_categorical_crossentropy}
"""


@pytest.fixture
def config(tmp_path):
    (tmp_path / "d.csv").write_text("a.b,c,y\n" + "1,2,no\n2,1,yes\n" * 4)
    (tmp_path / "c.yaml").write_text(CONFIG)
    return tmp_path / "c.yaml"


def wrong(config, argument: str) -> str:
    node = read_config(config, [argument])
    with pytest.raises(SpecError) as error, located(node):
        parse_spec(node)
    return error.value.problems[0].hint


def test_the_cure_names_the_column_and_can_be_pasted(config):
    hint = wrong(config, "data.columns.a.b=drop")

    meant, _, path = hint.partition(";")[0].rpartition(" ")
    assert meant == "for the name a.b write"
    (encoders,) = parse_spec(read_config(config, [f"{path}=drop"])).spec.data.columns[
        "a.b"
    ]
    assert encoders.key == "drop"


@pytest.mark.parametrize(
    "argument", ["data.columns.c.scal=minmax", "data.columns.c={b: 1}"]
)
def test_of_what_is_typed_wrong_nothing_is_said_of_dots(config, argument):
    assert "for the name" not in wrong(config, argument)
