"""What is wrong with labels of a table is told with cures that work when pasted."""

from __future__ import annotations

from pathlib import Path

import pytest

from dlrun.config import located
from dlrun.engines import KerasDoor
from dlrun.errors import ProblemsError
from dlrun.experiment import parse_spec, read_config
from dlrun.rows import read_rows

GOLDEN = Path(__file__).parents[1] / "golden/labels"
TABLE = """\
title,length,year,tags,rating,good
A,100,1990,drama;war,3.5,1
B,90,1991,comedy,4,1
C,95,1999,comedy;romance,2,0
D,120,2001,drama,5,1
E,130,2005,war;drama,,1
F,88,2010,comedy,3,0
G,101,2011,romance,2.5,0
H,99,2012,drama;romance,3,0
"""
CONFIG = """\
name: films
data:
  csv:
    path: films.csv
    labels: {multi_hot: tags}
    ids: title
    features: [length, year]
  split: {validation: 0.25}
  scale: standard
model: {layers: [{Dense: {units: classes, activation: sigmoid}}]}
compile: {loss: binary_crossentropy}
"""
OUTPUTS = """\
name: outputs
data:
  csv:
    path: films.csv
    labels: {genre: {multi_hot: tags}, good: good}
    features: [length, year]
  split: {validation: 0.25}
  scale: standard
model:
  layers:
    - Dense: {units: classes, activation: sigmoid, name: genre, from: input}
    - Dense: {units: 1, activation: sigmoid, name: good, from: input}
  outputs: [genre, good]
compile: {loss: {genre: binary_crossentropy, good: binary_crossentropy}}
"""


@pytest.fixture(autouse=True)
def directory(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "films.csv").write_text(TABLE)
    (tmp_path / "few.csv").write_text(TABLE.replace(",romance,", ",,"))
    (tmp_path / "new.csv").write_text(TABLE.replace("comedy,4", "comedy;horror,4"))
    (tmp_path / "c.yaml").write_text(CONFIG)
    (tmp_path / "o.yaml").write_text(OUTPUTS)
    return tmp_path


def read(file, overrides):
    node = read_config(Path(file), list(overrides))
    with located(node):
        return read_rows(parse_spec(node), KerasDoor())


LABELS = "data.csv.labels"
LAST = "model.layers[0]"
NEW = "data.validation={csv: {path: new.csv, labels: {multi_hot: tags}, features: "
NEW += "[length, year]}}"
MORE = "[comedy, drama, war, romance]"
ALL = "[comedy, drama, romance, war, horror]"
CASES = {
    "gap": (
        "c.yaml",
        ["data.csv.path=few.csv"],
        [f"{LABELS}={{multi_hot: {{column: tags, missing: ignore}}}}"],
    ),
    "gap-of-a-number": (
        "c.yaml",
        [f"{LABELS}=rating", f"{LAST}=Dense: 1", "compile.loss=mse"],
        ["data.csv.missing_labels=drop"],
    ),
    "unknown-tag": (
        "c.yaml",
        [NEW, "data.split=null"],
        [f"{LABELS}={{multi_hot: {{column: tags, vocabulary: {ALL}}}}}"],
    ),
    "tag-not-listed": (
        "c.yaml",
        [f"{LABELS}={{multi_hot: {{column: tags, vocabulary: [comedy, drama, war]}}}}"],
        [f"{LABELS}={{multi_hot: {{column: tags, vocabulary: {MORE}}}}}"],
    ),
    "tags-under-another-loss": (
        "c.yaml",
        ["compile.loss=sparse_categorical_crossentropy"],
        ["compile.loss=binary_crossentropy"],
    ),
    "bins-under-mse": (
        "c.yaml",
        [
            f"{LABELS}={{bins: {{column: year, boundaries: [2000]}}}}",
            "compile.loss=mse",
            "data.csv.features=[length]",
            f"{LAST}=Dense: 1",
        ],
        [
            "compile.loss=sparse_categorical_crossentropy",
            f"{LAST}=Dense: {{units: classes, activation: softmax}}",
        ],
    ),
    "classes-beside-tags": (
        "c.yaml",
        ["data.classes=[a, b]"],
        ["data.classes=null"],
    ),
    "units": ("c.yaml", [f"{LAST}.units=3"], [f"{LAST}.units=4"]),
    "weights-of-tags": (
        "c.yaml",
        ["fit={class_weight: balanced}"],
        ["fit.class_weight=null"],
    ),
    "ids-as-label": ("c.yaml", ["data.csv.ids=tags"], ["data.csv.ids=null"]),
    "label-as-feature": (
        "c.yaml",
        ["data.csv.features=[length, tags]"],
        ["data.csv.features=[length]"],
    ),
    "no-such-encoder": (
        "c.yaml",
        [f"{LABELS}={{multi_hat: {{column: tags}}}}"],
        [f"{LABELS}={{multi_hot: {{column: tags}}}}"],
    ),
    "tags-without-vocabulary": (
        "c.yaml",
        [f"{LABELS}={{multi_hot: {{column: tags, vocabulary: []}}}}"],
        [f"{LABELS}={{multi_hot: tags}}"],
    ),
    "no-such-output": (
        "o.yaml",
        [f"{LABELS}={{genres: {{multi_hot: tags}}, good: good}}"],
        [f"{LABELS}={{genre: {{multi_hot: tags}}, good: good}}"],
    ),
    "an-output-without-labels": (
        "o.yaml",
        [f"{LABELS}={{genre: {{multi_hot: tags}}}}"],
        [f"{LABELS}.good=good"],
    ),
    "a-column-that-is-not-there": (
        "o.yaml",
        [f"{LABELS}.genre={{multi_hot: {{column: tagz}}}}"],
        [f"{LABELS}.genre={{multi_hot: {{column: tags}}}}"],
    ),
    "weights-of-one-output": (
        "o.yaml",
        ["fit={class_weight: {genre: balanced, good: balanced}}"],
        ["fit.class_weight={good: balanced}"],
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_a_mistake_is_told_and_its_cure_works(case, golden):
    file, overrides, cure = CASES[case]
    with pytest.raises(ProblemsError) as caught:
        read(file, overrides)

    golden(GOLDEN / f"{case}.txt", f"-s {overrides}\n\n{caught.value}")
    _, parts = read(file, [*overrides, *cure])
    assert len(parts.train) > 2


def test_the_number_of_labels_is_known_without_training():
    node = read_config(Path("c.yaml"), [])

    experiment = parse_spec(node)

    assert experiment.output_shapes == {"dense": (4,)}
    assert experiment.facts.label_columns["output"] == (
        *("comedy", "drama", "romance", "war"),
    )


def test_several_columns_give_as_many_units_as_there_are():
    node = read_config(Path("c.yaml"), [f"{LABELS}=[good, rating]"])

    assert parse_spec(node).output_shapes == {"dense": (2,)}


def test_labels_that_hold_for_no_train_row_are_named():
    vocabulary = "[comedy, drama, romance, war, western]"
    cells = f"{{multi_hot: {{column: tags, vocabulary: {vocabulary}}}}}"

    _, parts = read("c.yaml", [f"{LABELS}={cells}"])

    (told,) = [one for one in parts.warnings if one.code == "label-without-rows"]
    assert told.message == "no train row has the label western"


def test_weights_of_classes_are_those_of_the_output_that_names_them():
    experiment, parts = read("o.yaml", ["fit={class_weight: {good: balanced}}"])

    counts = parts.train.class_counts("good")
    weights = experiment.spec.fit.weights_of(counts, "good")
    rows = len(parts.train)
    assert weights == [rows / (2 * count) for count in counts.values()]
    assert experiment.spec.fit.weights_of({}, "genre") is None
