"""Mappings whose keys are names that a person chose, and paths through them."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dlrun.config import ANY, Grammar, KnownClass, Names, load_config, node_of
from dlrun.config.override import apply_overrides
from dlrun.config.path import parse_path
from dlrun.errors import ConfigError, format_path

GRAMMAR = Grammar(
    exclusive=frozenset({"csv", "npz", "inline"}),
    names=[
        Names(("vars",)),
        Names(("blocks",), of_objects=False),
        Names(("blocks", ANY, "with")),
        Names(("data", "columns")),
        Names(("data", "inputs"), of_objects=False),
        Names(("data", ANY, "features"), of_objects=False),
        Names(("data", ANY, "labels"), objects=frozenset({"multi_hot", "bins"})),
        Names(("compile", "loss"), objects=frozenset({"huber", "mse"})),
        Names(("fit", "class_weight"), of_objects=False),
        Names(("fit", "class_weight", ANY), of_objects=False),
    ],
    classes=lambda place: {
        name: KnownClass(name, frozenset({"missing"}))
        for name in ("one_hot", "ordinal")
        if place == "columns"
    },
)
PLACES = [
    ("vars",),
    ("blocks", "Tower", "with"),
    ("data", "columns"),
    ("data", "inputs"),
    ("data", "npz", "features"),
    ("data", "npz", "labels"),
    ("compile", "loss"),
    ("fit", "class_weight"),
]


def nested(path, value):
    for key in reversed(path):
        value = {key: value}
    return value


def at(config, path):
    for key in path:
        config = config[key]
    return config


def extended(tmp_path, base, over, **arguments):
    """The config of a file that extends another."""
    texts = {"base.yaml": base, "over.yaml": {"extends": "base.yaml", **over}}
    for name, config in texts.items():
        text = yaml.safe_dump(config, allow_unicode=True, sort_keys=False)
        (tmp_path / name).write_text(text, encoding="utf-8")
    return load_config(tmp_path / "over.yaml", grammar=GRAMMAR, **arguments)


@pytest.mark.parametrize("place", PLACES, ids=format_path)
@pytest.mark.parametrize("key", ["Yes", "csv", "Dense", "0", "a.b", "my_loss", "set"])
def test_names_are_merged_one_by_one_however_they_are_spelt(tmp_path, place, key):
    node = extended(tmp_path, nested(place, {"No": "a"}), nested(place, {key: "b"}))

    assert at(node.value, place) == {"No": "a", key: "b"}
    assert node.origin((*place, "No")) == f"{tmp_path / 'base.yaml'}:{len(place) + 1}"
    assert node.origin((*place, key)) == f"{tmp_path / 'over.yaml'}:{len(place) + 2}"


@pytest.mark.parametrize("place", PLACES, ids=format_path)
@pytest.mark.parametrize("key", ["Yes", "csv", "Dense", "0", "a.b", "my_loss", "set"])
def test_a_name_is_set_by_a_path_and_written_by_it(tmp_path, place, key):
    path = format_path((*place, key))

    by_file = extended(tmp_path, nested(place, {"No": "a"}), {"set": {path: "b"}})
    by_argument = apply_overrides(
        node_of(nested(place, {"No": "a"}), grammar=GRAMMAR), [f"{path}=b"]
    )
    without = apply_overrides(by_argument, deletions=[path])

    assert at(by_file.value, place) == {"No": "a", key: "b"}
    assert at(by_argument.value, place) == {"No": "a", key: "b"}
    assert at(without.value, place) == {"No": "a"}
    assert by_argument.locate((*place, key)).file == "-s"


@pytest.mark.parametrize(
    ("place", "base", "over"),
    [
        (("data", "columns"), {"a": {"ordinal": {"x": 1}}}, {"a": {"one_hot": None}}),
        (("data", "columns"), {"a": [{"scale": 1}]}, {"a": [{"clip": 2}]}),
        (("data", "npz", "labels"), {"a": "x", "b": "y"}, {"multi_hot": {"c": 1}}),
        (("data", "npz", "labels"), {"multi_hot": {"c": 1}}, {"Multi": "x"}),
        (("data", "npz", "labels"), {"multi_hot": {"c": 1}}, {"bins": {"c": 1}}),
        (("compile", "loss"), {"Huber": {"delta": 1}}, {"digit": "mse"}),
        (("compile", "loss"), {"digit": "mse"}, {"MSE": {}}),
        (("vars",), {"penalty": {"L1": 0.1}}, {"penalty": {"L2": 0.1}}),
    ],
)
def test_an_object_and_names_or_another_class_replace_one_another(
    tmp_path, place, base, over
):
    node = extended(tmp_path, nested(place, base), nested(place, over))

    assert at(node.value, place) == over


@pytest.mark.parametrize(
    ("place", "base", "argument", "value"),
    [
        (
            ("data", "columns"),
            {"a": "one_hot"},
            ".a.missing=ignore",
            {"a": {"one_hot": {"missing": "ignore"}}},
        ),
        (
            ("data", "columns"),
            {"a": {"ordinal": {"order": [1]}}},
            ".a.one_hot.missing=ignore",
            {"a": {"one_hot": {"missing": "ignore"}}},
        ),
        (
            ("data", "columns"),
            {"a": {"ordinal": {"order": [1]}}},
            ".a.missing=ignore",
            {"a": {"ordinal": {"order": [1], "missing": "ignore"}}},
        ),
        (
            ("data", "npz", "labels"),
            {"a": {"bins": {"c": "x"}}, "b": "y"},
            ".a.multi_hot.c=z",
            {"a": {"multi_hot": {"c": "z"}}, "b": "y"},
        ),
        (("data", "npz", "labels"), {"a": "x"}, ".bins.c=y", {"bins": {"c": "y"}}),
        (
            ("data", "npz", "labels"),
            {"multi_hot": {"c": "x"}},
            ".c=y",
            {"multi_hot": {"c": "y"}},
        ),
        (
            ("compile", "loss"),
            {"digit": {"Huber": {"delta": 1}}},
            ".digit.delta=2",
            {"digit": {"Huber": {"delta": 2}}},
        ),
        (("fit", "class_weight"), {"0": 1}, "[0]=2", {"0": 2}),
        (("fit", "class_weight"), None, "[0]=2", {"0": 2}),
        (("fit", "class_weight"), {"Digit": {"0": 1}}, ".Digit.1=2", None),
    ],
)
def test_what_a_name_stands_for_is_changed_below_it(place, base, argument, value):
    node = node_of(nested(place, base), grammar=GRAMMAR)

    changed = apply_overrides(node, [f"{format_path(place)}{argument}"]).value

    assert at(changed, place) == (value or {"Digit": {"0": 1, "1": 2}})


@pytest.mark.parametrize("key", ["2020", "0x1F", "+5"])
def test_a_name_that_yaml_takes_for_a_number_is_the_text_that_was_written(
    tmp_path, key
):
    file = tmp_path / "a.yaml"
    file.write_text(f"data:\n  columns: {{{key}: drop}}\n")

    node = load_config(file, [f"data.inputs={{{key}: [a]}}"], grammar=GRAMMAR)

    assert node.value == {"data": {"columns": {key: "drop"}, "inputs": {key: ["a"]}}}
    assert node.origin(("data", "columns", key)) == f"{file}:2"


@pytest.mark.parametrize("override", ["{0: 1, '0': 2}", "{a: {0: 1, '0': 2}}"])
def test_a_name_that_is_given_twice_is_refused(tmp_path, override):
    file = tmp_path / "a.yaml"
    file.write_text(f"fit: {{class_weight: {override}}}\n")

    with pytest.raises(ConfigError, match="`0` is given twice") as in_file:
        load_config(file, grammar=GRAMMAR)
    with pytest.raises(ConfigError, match="`0` is given twice") as in_argument:
        apply_overrides(node_of({}, grammar=GRAMMAR), [f"fit.class_weight={override}"])

    assert in_file.value.problems[0].location.file == str(file)
    assert in_argument.value.problems[0].location.file == "-s"


many = settings(
    deadline=None,
    max_examples=40,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
NUMBERS_OF_YAML_1_2 = re.compile(
    r"[-+]?[0-9.]+[eE][-+]?[0-9]+|0o[0-7]+|[-+]?0[0-9]+|[-+]?[0-9]*\.[0-9]*"
)
"""PyYAML, which knows YAML 1.1, writes such texts without quotes."""
names = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Cn", "Co"]),
    min_size=1,
    max_size=8,
).filter(lambda name: not NUMBERS_OF_YAML_1_2.fullmatch(name)) | st.sampled_from(
    ["a.b", "a[0]", 'a"b', "a='b'", "a+", " a", "2020", "+1", "\\"]
)
plain_values = st.integers() | st.booleans() | st.lists(st.integers(), max_size=2)
mappings = st.dictionaries(names, plain_values, min_size=1, max_size=4)


@many
@given(st.lists(names | st.integers(0, 99), min_size=1, max_size=6))
def test_a_path_that_was_written_is_read_as_the_same_path(path):
    path = ["a", *path]

    segments = parse_path(format_path(tuple(path)))

    assert [segment.key for segment in segments] == path


@many
@given(names, st.sampled_from(PLACES))
def test_any_name_may_stand_in_single_quotes_too(name, place):
    if "'" in name:
        name = name.replace("'", "")
    text = f"{format_path(place)}['{name}']"

    if name:
        assert parse_path(text)[-1].key == name


@many
@given(st.sampled_from(PLACES), mappings, mappings, mappings)
def test_names_merge_as_mappings_do(tmp_path, place, base, over, last):
    base, over, last = (
        {f"n{key}" if place[0] in {"compile", "data"} else key: value
         for key, value in one.items()}
        for one in (base, over, last)
    )  # fmt: skip

    once = extended(tmp_path, nested(place, base), nested(place, over)).value
    twice = extended(tmp_path, once, nested(place, last)).value

    assert at(once, place) == {**base, **over}
    assert at(twice, place) == {**base, **over, **last}
    assert extended(tmp_path, once, nested(place, over)).value == once


@many
@given(st.sampled_from(PLACES), mappings, names, plain_values)
def test_extends_set_and_an_argument_agree(tmp_path, place, base, name, value):
    name = f"n{name}" if place[0] in {"compile", "data"} else name
    base = {f"n{key}": item for key, item in base.items()}
    path = format_path((*place, name))

    merged = extended(tmp_path, nested(place, base), nested(place, {name: value}))
    patched = extended(tmp_path, nested(place, base), {"set": {path: value}})
    argument = [f"{path}={json.dumps(value)}"]
    set_by_argument = extended(tmp_path, nested(place, base), {}, overrides=argument)

    assert merged.value == patched.value == set_by_argument.value
    assert patched.origin((*place, name)).startswith(str(tmp_path / "over.yaml"))
    assert set_by_argument.origin((*place, name)) == "-s"


def test_a_value_may_hold_the_sign_that_ends_the_path():
    node = node_of({}, grammar=GRAMMAR)

    found = apply_overrides(node, ["vars.a=b=c", 'vars["d=e"]=f=g', "vars['h=']+=1"])

    assert found.value == {"vars": {"a": "b=c", "d=e": "f=g", "h=": [1]}}


def test_a_source_is_no_column(tmp_path):
    base = {"data": {"csv": {"path": "a.csv"}, "columns": {"npz": "drop"}}}

    node = extended(tmp_path, base, {"data": {"columns": {"csv": "drop"}}})

    assert node.value["data"]["csv"] == {"path": "a.csv"}
    assert node.value["data"]["columns"] == {"npz": "drop", "csv": "drop"}


def test_a_path_in_a_flow_mapping_stands_in_quotes(tmp_path):
    file = tmp_path / "a.yaml"
    file.write_text("set: {'data.columns[\"a.b\"]': drop}\n")

    assert load_config(file, grammar=GRAMMAR).value == {
        "data": {"columns": {"a.b": "drop"}}
    }
    Path(file).write_text('set: {data.columns["a.b"]: drop}\n')
    with pytest.raises(ConfigError, match="in quotes"):
        load_config(file, grammar=GRAMMAR)
