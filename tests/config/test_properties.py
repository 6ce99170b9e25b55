"""What holds for any config, tried on many."""

from __future__ import annotations

import math
import re
import string

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dlrun.config import load_config, node_of
from dlrun.config.document import read_document
from dlrun.config.override import apply_overrides
from dlrun.config.source import SourceText
from dlrun.config.tree import plain
from dlrun.errors import ConfigError

many = settings(
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
NUMBERS_OF_YAML_1_2 = re.compile(
    r"[-+]?[0-9.]+[eE][-+]?[0-9]+|0o[0-7]+|[-+]?0[0-9]+|[-+]?[0-9]*\.[0-9]*"
)
"""PyYAML, which knows YAML 1.1, writes such texts without quotes."""
keys = st.text(string.ascii_lowercase + "_", min_size=1, max_size=8).filter(
    lambda key: (
        key not in {"set", "extends", "null", "true", "false"}
        and not key.endswith(("optimizer", "loss", "layer"))
    )
)
texts = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Cn", "Co"])
).filter(lambda text: not NUMBERS_OF_YAML_1_2.fullmatch(text))
scalars = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | texts
values = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(keys, inner, max_size=4)
    ),
    max_leaves=12,
)
configs = st.dictionaries(keys, values, min_size=1, max_size=5)


@many
@given(configs)
def test_a_dumped_config_reads_back_as_itself(tmp_path, config):
    file = tmp_path / "a.yaml"
    file.write_text(yaml.safe_dump(config, allow_unicode=True), encoding="utf-8")

    assert load_config(file).value == config


@many
@given(configs, st.lists(keys, min_size=1, max_size=4, unique=True), values)
def test_an_override_reads_back_as_itself(config, path, value):
    for key in path[:-1]:
        config.pop(key, None)
    text = yaml.safe_dump(value, allow_unicode=True, default_flow_style=True, width=1e6)
    text = text.removesuffix("...\n").removesuffix("\n")
    argument = f"{path[-1]}={text}"

    found = apply_overrides(node_of(config), [argument]).value

    assert found == config | {path[-1]: value}


@many
@given(st.lists(keys, min_size=1, max_size=6), st.integers())
def test_a_new_value_is_found_at_its_path(path, value):
    found = apply_overrides(node_of({}), [f"{'.'.join(path)}={value}"]).value

    for key in path:
        found = found[key]
    assert found == value


@many
@given(configs, st.booleans())
def test_the_marked_text_reads_as_the_value(tmp_path, config, is_flow):
    text = yaml.safe_dump(config, allow_unicode=True, default_flow_style=is_flow)
    source = SourceText("a.yaml", text, tmp_path)
    tree, problems = read_document(source)
    assert not problems
    trees = [tree]

    while trees:
        tree = trees.pop()
        mark = tree.mark
        line = text[: mark.start].rpartition("\n")[2]
        indent = " " * len(line)
        marked = SourceText("b.yaml", indent + text[mark.start : mark.end], tmp_path)
        again, problems = read_document(marked)
        assert not problems
        assert plain(again) == plain(tree)
        if isinstance(tree.content, dict):
            trees += [entry.value for entry in tree.content.values()]
            assert all(
                yaml.safe_load(text[entry.key.start : entry.key.end]) == key
                for key, entry in tree.content.items()
            )
        elif isinstance(tree.content, list):
            trees += tree.content


def problems_of(action):
    """The problems that an action raises; any other exception is a bug."""
    try:
        action()
    except ConfigError as error:
        return [*error.problems] if str(error) else [None]
    return []


@many
@given(st.binary(max_size=200))
def test_any_bytes_are_a_config_or_a_config_error(tmp_path, data):
    file = tmp_path / "a.yaml"
    file.write_bytes(data)

    problems = problems_of(lambda: load_config(file))

    assert all(problem is not None for problem in problems)


PIECES = [
    *"abc:-,[]{}&*!|>'\"%@`#?~0123. \n\t\\=<+é\x85\u2028\ufeff",
    *(": ", "- ", "\n  ", "<<: ", "&a ", "*a", "!!str ", "---\n", "...\n", "\r\n"),
    *("extends: ", "set: ", "010", "1e999", "a: ", "? ", "%YAML 1.3\n"),
]
yaml_like = st.lists(st.sampled_from(PIECES)).map("".join)


@settings(many, max_examples=1000)
@given(yaml_like)
def test_any_text_is_a_config_or_a_config_error_with_a_place_in_it(tmp_path, text):
    file = tmp_path / "a.yaml"
    file.write_bytes(text.encode())

    problems = problems_of(lambda: load_config(file))

    assert all(
        problem.location or problem.code == "empty-config" for problem in problems
    )


@settings(many, max_examples=1000)
@given(yaml_like, yaml_like)
def test_any_argument_is_an_override_or_a_config_error(override, deletion):
    node = node_of({"a": {"b": 1}, "c": [{"A": {"name": "a"}}, "b", {"A": 3}]})

    problems = [
        *problems_of(lambda: apply_overrides(node, [override])),
        *problems_of(lambda: apply_overrides(node, [f"a={override}"])),
        *problems_of(lambda: apply_overrides(node, [], [deletion])),
    ]

    assert all(problem.location for problem in problems)


@pytest.mark.parametrize("text", [".inf", "-.inf", ".nan"])
def test_numbers_without_end_survive(tmp_path, text):
    file = tmp_path / "a.yaml"
    file.write_text(f"a: {text}\n")

    number = load_config(file).value["a"]

    assert not math.isfinite(number)
