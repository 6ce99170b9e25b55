from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlrun.config import Grammar, Names, load_config, node_of
from dlrun.config import expand as expand_with
from dlrun.config.level import LayerKinds
from dlrun.config.override import apply_overrides
from dlrun.errors import ConfigError, render_problems

KINDS = LayerKinds({}, {}, str.lower, lambda name: False)


def expand(node):
    return expand_with(node, lambda: KINDS)


GOLDEN = Path(__file__).parents[1] / "golden/config/variables"
GRAMMAR = Grammar(
    names=[Names(("vars",))], literal=[("description",), ("data", "inline")]
)
TEXT = """\
description: $width
vars: {width: 64, half: $(width // 2), act: relu, sizes: [3, 5], big: "$(max(half, 9))"}
data: {inline: {features: [[$1]]}}
model:
  layers:
    - Dense: {units: $half, activation: $act}
    - Dense: {units: $(width / 4), name: $$act}
    - Conv2D: {filters: $big, kernel_size: $sizes}
"""


@pytest.fixture
def read(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    def read(text=TEXT, *overrides, extends=None):
        Path("a.yaml").write_text(text)
        if extends is not None:
            Path("base.yaml").write_text(extends)
        return expand(load_config(Path("a.yaml"), overrides, grammar=GRAMMAR))

    return read


def test_values_stand_in_place_of_their_names(read):
    value = read().value

    assert value == {
        "description": "$width",
        "data": {"inline": {"features": [["$1"]]}},
        "model": {
            "layers": [
                {"Dense": {"units": 32, "activation": "relu"}},
                {"Dense": {"units": 16.0, "name": "$act"}},
                {"Conv2D": {"filters": 32, "kernel_size": [3, 5]}},
            ]
        },
    }


def test_an_argument_changes_a_variable_and_what_follows_from_it(read):
    layers = read(TEXT, "vars.width=16", "vars.act=tanh").value["model"]["layers"]

    assert layers[0] == {"Dense": {"units": 8, "activation": "tanh"}}
    assert layers[2] == {"Conv2D": {"filters": 9, "kernel_size": [3, 5]}}


def test_a_value_has_the_place_where_it_was_given_and_says_where_it_is_used(read):
    node = read(TEXT, "vars.act=tanh")
    dense = ("model", "layers", 0, "Dense")
    size = ("model", "layers", 2, "Conv2D", "kernel_size", 1)

    assert node.locate((*dense, "activation")).file == "-s"
    assert node.origin((*dense, "activation")) == "-s (used as `$act` at a.yaml:6:41)"
    assert node.origin(("model", "layers", 1, "Dense", "units")) == (
        "a.yaml:7 (`width` is 64 at a.yaml:2:15)"
    )
    assert node.origin(size) == "a.yaml:2 (used as `$sizes` at a.yaml:8:44)"
    assert node.locate(size).column == 62


def test_what_the_variables_were_is_kept(read):
    one, two = read(), read(TEXT, "vars.width=2")
    other = read(TEXT.replace("$half", "$width"))

    assert one.variables.values == {
        "width": 64, "half": 32, "act": "relu", "sizes": [3, 5], "big": 32
    }  # fmt: skip
    assert one.variables.computed == ("half", "big")
    assert one.variables.sections == two.variables.sections
    differing = {
        key
        for key, value in other.variables.sections.items()
        if one.variables.sections[key] != value
    }
    assert differing == {"model"}


def test_sections_are_equal_whatever_the_order_of_their_keys_and_their_types(read):
    one, two = "{units: $width, 2: 1}", "{2: 1, units: $width}"
    start = "vars: {width: 3}\nmodel: {layers: [{Dense: "

    sections = [read(f"{start}{keys}}}]}}").variables.sections for keys in (one, two)]

    assert sections[0] == sections[1]
    assert (
        sections[0] != read(f"{start}{{units: $width, 2: 2}}}}]}}").variables.sections
    )


def test_a_config_without_a_dollar_is_left_as_it_is(read):
    node = load_config(Path(__file__).parents[2] / "configs/gender.yaml")

    assert expand(node) is node


def test_variables_of_an_extended_file_may_be_left_unused(read):
    node = read("extends: base.yaml\nname: $a\n", extends="vars: {a: x, b: y}\n")

    assert node.value == {"name": "x"}


def test_a_config_in_python_has_variables_too():
    values = {"vars": {"rate": 0.5}, "model": {"layers": [{"Dropout": "$rate"}]}}

    node = expand(apply_overrides(node_of(values, grammar=GRAMMAR), ["vars.rate=0.1"]))

    assert node.value == {"model": {"layers": [{"Dropout": 0.1}]}}


MISTAKES = {
    "circle": "vars: {a: $b, b: $(c + 1), c: $a}\nname: [$a, $b]\n",
    "comma": "fit: {epochs: $(max(a, 3)), seed: [$(min(1, 2))]}\nvars: {a: 1}\n",
    "dollar": "name: $5\ntags: [$, $ab.c, '$(1) units', '${a}', '${a * 2}']\n",
    "no-mapping": "vars: [1, 2]\nname: a\n",
    "no-name": "vars: {a-b: 1, 2: 3}\nname: $a\n",
    "no-number": "vars: {a: relu, b: yes, c: true}\nname: [$(a + 1), $(c * 2)]\n",
    "syntax": 'vars: {a: 1}\nname: [$(a +), $(a ** 2), $(a b), $(a, "$(a / 0)"]\n',
    "too-large": "vars:\n"
    "  a0: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]\n"
    + "".join(f"  a{i + 1}: [{', '.join([f'$a{i}'] * 10)}]\n" for i in range(6))
    + "name: $a6\n",
    "too-deep": "vars:\n  a0: 1\n"
    + "".join(f"  a{i + 1}: $a{i}\n" for i in range(60))
    + "name: $a60\n",
    "unknown": "vars: {width: 1}\nname: [$widht, $(widht + depth)]\n",
    "unused": "vars: {width: 1, widht: 2}\nname: $width\n",
}


@pytest.mark.parametrize("case", MISTAKES)
def test_a_mistake_is_shown_with_its_place_and_cure(case, golden, read):
    with pytest.raises(ConfigError) as caught:
        read(MISTAKES[case])

    golden(GOLDEN / f"{case}.txt", str(caught.value))


def test_every_form_of_a_problem_names_both_places(read):
    with pytest.raises(ConfigError) as caught:
        read("vars: {a: $(b + 1), b: x}\nname: $a\n")

    for style in ("full", "concise", "github"):
        assert "no number to compute with" in render_problems(
            caught.value.problems, style
        )


names = st.from_regex(r"[A-Za-z_][A-Za-z0-9_]{0,5}", fullmatch=True)
scalars = st.integers() | st.booleans() | st.none() | st.text(max_size=5)
values = st.recursive(scalars, lambda inner: st.lists(inner, max_size=3), max_leaves=5)


@given(st.dictionaries(names, values, min_size=1, max_size=4), st.data())
def test_a_name_stands_for_its_value_whatever_it_is(variables, data):
    def written(value):
        """A value that means itself: `$5` is written `$$5`."""
        if isinstance(value, list):
            return [written(item) for item in value]
        return f"${value}" if isinstance(value, str) and value[:1] == "$" else value

    config = {"vars": {name: written(value) for name, value in variables.items()}}
    config["tags"] = [f"${name}" for name in variables]

    found = expand(node_of(config, grammar=GRAMMAR)).value

    assert found == {"tags": list(variables.values())}
