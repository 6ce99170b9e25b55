from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlrun.components.component import Component
from dlrun.components.registry import class_synonyms
from dlrun.components.vocabulary import EXAMPLES, HOMES, SYNONYMS
from dlrun.components.words import (
    choices,
    flow,
    nearest,
    shown,
    unknown_choice,
    unknown_key,
)
from dlrun.config.document import read_document
from dlrun.config.source import SourceText
from dlrun.config.tree import plain
from dlrun.experiment import ExperimentSpec
from dlrun.experiment.compile import CompileSpec
from dlrun.experiment.data import DataSpec
from dlrun.experiment.experiment import LimitsSpec
from dlrun.experiment.fit import FitSpec
from dlrun.experiment.model import ModelSpec
from dlrun.experiment.probe import ProbeSpec
from dlrun.experiment.pseudo_label import PseudoLabelSpec, StopSpec

SECTIONS = {
    "": ExperimentSpec,
    "compile": CompileSpec,
    "data": DataSpec,
    "fit": FitSpec,
    "limits": LimitsSpec,
    "model": ModelSpec,
    "probe": ProbeSpec,
    "pseudo_label": PseudoLabelSpec,
    "stop": StopSpec,
}


def read(text: str, tmp_path) -> object:
    tree, problems = read_document(SourceText("a.yaml", text, tmp_path))
    assert problems == []
    return plain(tree) if tree is not None else None


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "null"),
        (True, "true"),
        (0.001, "0.001"),
        (float("nan"), ".nan"),
        (float("-inf"), "-.inf"),
        ("many", '"many"'),
        ([1, None], "[1, null]"),
        ({"a": [True, "no, never"]}, '{a: [true, "no, never"]}'),
        ("a" * 60, '"' + "a" * 35 + '..."'),
    ],
)
def test_a_value_is_shown_as_yaml(value, text):
    assert shown(value) == text


@given(
    st.recursive(
        st.none()
        | st.booleans()
        | st.integers(-(10**9), 10**9)
        | st.text("ab c:#-,.'\"{[1"),
        lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from("abc"), inner),
        max_leaves=8,
    )
)
def test_a_value_in_a_cure_reads_back_as_itself(tmp_path_factory, value):
    text = flow({"key": value})

    assert read(text, tmp_path_factory.getbasetemp()) == {"key": value}


@pytest.mark.parametrize(
    ("word", "known", "meant"),
    [
        ("lr", ["learning_rate", "rho"], "learning_rate"),
        ("LR", ["learning_rate", "rho"], "learning_rate"),
        ("neurons", ["units", "use_bias"], "units"),
        ("Conv2d", ["Conv1D", "Conv2D"], "Conv2D"),
        ("MaxPool2D", ["MaxPooling1D", "MaxPooling2D"], "MaxPooling2D"),
        ("acc", ["accuracy", "AUC"], "accuracy"),
        ("max-pooling-2d", ["MaxPooling1D", "MaxPooling2D"], "MaxPooling2D"),
        ("lr", ["units"], None),
        (3, ["units"], None),
        ("", ["units"], None),
    ],
)
def test_the_nearest_word_is_the_one_meant(word, known, meant):
    assert nearest(word, known) == meant


def test_a_list_of_choices_ends_somewhere():
    assert choices(["b", "A", "c"], most=2) == "A, b and 1 more"


def test_few_choices_are_listed_and_many_are_not():
    few = unknown_choice("padding", "smae", ["same", "valid"])
    many = unknown_choice("activation", "rleu", ["relu", *"abcdefghij"])

    assert few.context["hint"] == "use one of: same, valid"
    assert many.context["hint"] == "write relu"


def test_a_key_that_is_there_already_is_not_written_twice():
    error = unknown_key("label", "csv", ["labels", "path"], beside={"labels": "y"})

    assert error.context["hint"] == "change labels instead, and remove this"


@pytest.mark.parametrize("key", HOMES)
def test_the_home_of_a_key_has_it(key):
    keys = SECTIONS[HOMES[key]].keys()

    assert key in keys


@pytest.mark.parametrize("section", SECTIONS.values())
def test_a_cure_is_for_a_key_that_there_is_not(section):
    assert set(section.cures) & set(section.keys()) == set()


def test_every_synonym_is_spelt_as_it_is_looked_up():
    words = [*SYNONYMS, *class_synonyms()]

    assert len(set(words)) == len(words)
    assert [word for word in words if word != word.lower().replace("_", "")] == []


def kinds_of(parent):
    below = parent.__subclasses__()
    return [*below, *(kind for child in below for kind in kinds_of(child))]


@pytest.mark.parametrize("kind", kinds_of(Component), ids=lambda kind: kind.kind)
def test_one_class_of_a_kind_stands_for_it_in_examples_by_a_name_of_its_own(kind):
    names = {key: cls.example_name for key, cls in kind.types.items()}
    stated = {key: name for key, name in names.items() if name}

    assert len(stated) <= 1
    assert all(kind.types.names[name] == key for key, name in stated.items())


@pytest.mark.parametrize("key", EXAMPLES)
def test_an_example_is_yaml(key, tmp_path):
    value = read(f"{key}: {EXAMPLES[key]}", tmp_path)

    assert isinstance(value, dict)
    assert value[key] is not None
