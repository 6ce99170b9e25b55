"""Blocks of layers with parameters: what they expand to, and what goes wrong."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dlrun.config import located
from dlrun.errors import DlrunError
from dlrun.experiment import config_of, parse_spec, read_config

GOLDEN = Path(__file__).parents[1] / "golden/blocks"
HEAD = """\
name: a
data: {inline: {features: [[0, 1], [1, 0]], labels: [0, 1]}}
compile: {loss: sparse_categorical_crossentropy}
"""
UNIT = """\
blocks:
  unit:
    with: {width: 4, rate: 0.5, skip: false}
    layers:
      - Dense: {units: $width, activation: relu}
      - Dropout: $rate
      - Dense: {units: $width, name: main}
      - Dense: {from: input, units: $width, name: side, enabled: $skip}
      - Add: [main, side]
"""
RESIDUAL = """\
name: resnet20
data: {npz: {path: images.npz}}
blocks:
  residual:
    with: {filters: 16, strides: 1, project: false}
    layers:
      - Conv2D: {filters: $filters, kernel_size: 3, strides: $strides, padding: same, use_bias: false}
      - BatchNormalization
      - ReLU
      - Conv2D: {filters: $filters, kernel_size: 3, padding: same, use_bias: false}
      - BatchNormalization: {name: main}
      - Conv2D: {from: input, filters: $filters, kernel_size: 1, strides: $strides, use_bias: false, enabled: $project}
      - BatchNormalization: {name: side, enabled: $project}
      - Add: [main, side]
      - ReLU
model:
  input_shape: [32, 32, 3]
  layers:
    - Conv2D: {filters: 16, kernel_size: 3, padding: same, use_bias: false}
    - BatchNormalization
    - ReLU
    - residual: {repeat: 3}
    - residual: {filters: 32, strides: 2, project: true}
    - residual: {filters: 32, repeat: 2}
    - residual: {filters: 64, strides: 2, project: true}
    - residual: {filters: 64, repeat: 2}
    - GlobalAveragePooling2D
    - Dense: {units: 10, activation: softmax}
compile: {loss: sparse_categorical_crossentropy}
"""  # noqa: E501


@pytest.fixture
def read(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    def read(text, *overrides, deletions=(), base=None):
        Path("a.yaml").write_text(text)
        if base is not None:
            Path("base.yaml").write_text(base)
        return read_config(Path("a.yaml"), overrides, deletions)

    return read


def layers_of(node):
    return node.value["model"]["layers"]


def model(*layers):
    lines = "".join(f"    - {layer}\n" for layer in layers)
    return f"{HEAD}{UNIT}model:\n  layers:\n{lines}"


def names(node):
    with located(node):
        return [placed.name for placed in parse_spec(node).layers]


def test_a_block_is_expanded_to_layers_with_names_of_their_own(read):
    node = read(model("unit: {width: 2, skip: true}", "Dense: {units: 2}"))

    assert layers_of(node) == [
        {"Dense": {"name": "unit.dense", "units": 2, "activation": "relu"}},
        {"Dropout": {"name": "unit.dropout", "rate": 0.5}},
        {"Dense": {"name": "unit.main", "units": 2}},
        {
            "Dense": {
                "name": "unit.side", "units": 2, "enabled": True, "from": ["input"]
            }
        },
        {"Add": {"name": "unit.add", "from": ["unit.main", "unit.side"]}},
        {"Dense": {"units": 2}},
    ]  # fmt: skip
    assert "blocks" not in node.value


def test_uses_are_numbered_like_layers_and_repetitions_from_one(read):
    node = read(model(
        "Dense: {units: 4}",
        "unit",
        "unit: {repeat: 2}",
        "unit: {name: last}",
        "unit: {repeat: 1}",
        "Dense: {units: 2, from: unit_1}",
    ))  # fmt: skip

    found = names(node)
    uses = list(dict.fromkeys(name.rpartition(".")[0] for name in found))
    assert uses == ["", "unit", "unit_1.1", "unit_1.2", "last", "unit_2.1"]
    assert found[0] == "dense"
    assert found[-1] == "dense_1"
    assert layers_of(node)[-1]["Dense"]["from"] == ["unit_1.2.add"]
    assert layers_of(node)[4]["Dense"]["from"] == ["dense"]
    assert layers_of(node)[9]["Dense"]["from"] == ["unit.add"]
    assert layers_of(node)[14]["Dense"]["from"] == ["unit_1.1.add"]


def test_a_switched_off_use_passes_its_input_on(read):
    node = read(
        model("Dense: {units: 4}", "unit: {width: 9, enabled: false}", "Dense: 2")
    )

    with located(node):
        shapes = {one.name: one for one in parse_spec(node).layers}
    assert shapes["unit.add"].output_shape == (4,)
    assert sum(one.parameters for one in shapes.values()) == 12 + 10


def test_blocks_stand_in_blocks_and_pass_parameters_on(read):
    blocks = """\
  stage:
    with: {width: 4, depth: 2}
    layers:
      - unit: {width: $width, repeat: $depth, rate: 0, skip: true}
      - unit: {name: out, width: $(width // 2), skip: true}
      - Dense: {units: $width, from: out}
"""
    node = read(
        f"{HEAD}{UNIT}{blocks}model:\n  layers:\n    - stage: {{width: 2}}\n"
        "    - stage: {depth: 1, width: $w}\n    - Dense: {units: 2}\nvars: {w: 6}\n"
    )

    assert [name for name in names(node) if name.endswith(("side", ".dense"))] == [
        "stage.unit.1.dense", "stage.unit.1.side", "stage.unit.2.dense",
        "stage.unit.2.side", "stage.out.dense", "stage.out.side", "stage.dense",
        "stage_1.unit.1.dense", "stage_1.unit.1.side", "stage_1.out.dense",
        "stage_1.out.side", "stage_1.dense",
    ]  # fmt: skip
    last = layers_of(node)[-2]["Dense"]
    assert last == {"name": "stage_1.dense", "units": 6, "from": ["stage_1.out.add"]}


def test_a_parameter_may_name_a_layer_where_the_block_is_used(read):
    text = """\
blocks:
  up:
    with: {skip: }
    layers:
      - Dense: {units: 3, name: wide}
      - Concatenate: [wide, $skip]
  twice:
    with: {first: , second: }
    layers:
      - up: {skip: $first}
      - up: {skip: $second}
model:
  layers:
    - Dense: {units: 5, name: wide}
    - Dense: {units: 4, name: deep}
    - twice: {first: deep, second: wide}
    - Dense: {units: 2}
"""
    node = read(HEAD + text)

    assert layers_of(node)[3]["Concatenate"]["from"] == ["twice.up.wide", "deep"]
    assert layers_of(node)[5]["Concatenate"]["from"] == ["twice.up_1.wide", "wide"]
    with located(node):
        assert parse_spec(node).layers[5].output_shape == (8,)


def test_a_default_may_follow_from_parameters_and_variables(read):
    text = """\
vars: {base: 8}
blocks:
  narrow:
    with: {width: $base, inner: $(width // 4)}
    layers:
      - Dense: {units: $inner}
      - Dense: {units: $width}
model: {layers: [narrow, narrow: {width: 16}, narrow: {inner: 5}, Dense: {units: 2}]}
"""
    found = [layer["Dense"]["units"] for layer in layers_of(read(HEAD + text))]

    assert found == [2, 8, 4, 16, 5, 8, 2]


def test_a_default_may_be_the_variable_of_its_own_name(read):
    text = """\
vars: {width: 8}
blocks:
  narrow:
    with: {width: $width, inner: $(width // 4)}
    layers: [Dense: {units: $inner}, Dense: {units: $width}]
model: {layers: [narrow, narrow: {width: 16}, Dense: {units: 2}]}
"""
    node = read(HEAD + text)

    assert [layer["Dense"]["units"] for layer in layers_of(node)] == [2, 8, 4, 16, 2]
    assert "a.yaml:4" in node.origin(("model", "layers", 1, "Dense", "units"))


def test_a_short_form_and_a_layer_in_a_layer_keep_what_they_say(read):
    text = """\
blocks:
  reader:
    layers:
      - Reshape: [2, 1]
      - Bidirectional: {LSTM: 3}
      - Flatten
model: {layers: [reader, Dense: {units: 2}]}
"""
    assert layers_of(read(HEAD + text))[:3] == [
        {"Reshape": {"name": "reader.reshape", "target_shape": [2, 1]}},
        {"Bidirectional": {"name": "reader.bidirectional", "layer": {"LSTM": 3}}},
        {"Flatten": {"name": "reader.flatten"}},
    ]


def test_a_resnet_has_the_parameters_that_are_published():
    config = yaml.safe_load(RESIDUAL)
    images = [[[[0, 0, 0]] * 32] * 32] * 10
    config["data"] = {"inline": {"features": images, "labels": list(range(10))}}

    experiment = parse_spec(config_of(config))

    assert experiment.parameters == 274_042
    assert experiment.trainable_parameters == 272_474


def test_what_is_expanded_reads_back_as_itself(read, tmp_path):
    node = read(model("unit: {repeat: 2, width: 2}", "Dense: {units: 2}"))
    with located(node):
        spec = parse_spec(node).spec
    file = tmp_path / "again.yaml"
    file.write_text(spec.to_yaml())

    again = read_config(file)

    assert parse_spec(again).spec == spec


def test_a_path_leads_into_a_block_after_it_is_expanded(read):
    text = model("unit: {name: u, width: 2}", "unit: {repeat: 2}", "Dense: {units: 2}")
    patched = text + 'set:\n  model.layers["unit.2.main"].activation: tanh\n'

    node = read(
        patched,
        "model.layers.u.width=3",
        'model.layers["u.dropout"].rate=0.1',
        'model.layers["unit.1.main"]+={Dropout: 0.9}',
        deletions=['model.layers["u.side"].enabled'],
    )

    by_name = {
        arguments.get("name"): arguments
        for layer in layers_of(node)
        for arguments in layer.values()
        if isinstance(arguments, dict)
    }
    assert by_name["u.dense"]["units"] == 3
    assert by_name["u.dropout"]["rate"] == 0.1
    assert by_name["unit.2.main"]["activation"] == "tanh"
    assert "enabled" not in by_name["u.side"]
    place = next(
        index
        for index, layer in enumerate(layers_of(node))
        if layer == {"Dropout": 0.9}
    )
    assert layers_of(node)[place - 1]["Dense"]["name"] == "unit.1.main"
    assert node.origin(("model", "layers", 1, "Dropout", "rate")) == "-s"


def test_a_change_of_a_base_waits_for_the_blocks_unless_its_layers_are_replaced(read):
    base = model("unit: {width: 2}", "Dense: {units: 2}")
    base += "set: {'model.layers[\"unit.main\"].units': 7}\n"

    kept = read("extends: base.yaml\nseed: 3\n", base=base)
    replaced = read("extends: base.yaml\nmodel: {layers: [Flatten]}\n", base=base)

    assert layers_of(kept)[2]["Dense"]["units"] == 7
    assert layers_of(replaced) == ["Flatten"]


def test_every_value_says_where_it_was_written_and_where_it_is_used(read):
    text = model("unit: {width: 3}", "Dense: {units: 2}")
    node = read(text)
    dense = ("model", "layers", 0, "Dense")

    assert node.origin((*dense, "units")) == (
        "a.yaml:15 (used as `$width` at a.yaml:8:24; "
        "in the block `unit` used at a.yaml:15:7)"
    )
    assert node.origin((*dense, "activation")) == (
        "a.yaml:8 (in the block `unit` used at a.yaml:15:7)"
    )
    place = node.locate((*dense, "use_bias"))
    assert (place.line, place.notes) == (
        8, ("in the block `unit` used at a.yaml:15:7",)
    )  # fmt: skip


MISTAKES = {
    "block-name": "blocks:\n  Dense: {layers: [Flatten]}\n  use: {layers: [Flatten]}\n"
    "  a-b: {layers: [Flatten]}\n  max_pooling2d: {layers: [Flatten]}\n"
    "model: {layers: []}\n",
    "circle": "blocks:\n  a: {layers: [b]}\n  b:\n    layers:\n"
    "      - Flatten\n      - a\n"
    "model: {layers: [a]}\n",
    "definition": "blocks:\n  a: [Flatten]\n  b: {layer: [Flatten]}\n  c: {layers: }\n"
    "  d: {layers: [Flatten], with: [x]}\nmodel: {layers: [a, b, c, d]}\n",
    "enabled": UNIT + "model: {layers: [unit: {enabled: 1}, unit: {repeat: 0}]}\n",
    "from-several": UNIT
    + "model: {layers: [Flatten: {name: a}, unit: {from: [a, input]}]}\n",
    "from-unknown": "blocks:\n  a:\n    layers:\n      - Dense: {units: 2, name: one}\n"
    "      - Dense: {units: 2, from: two}\n"
    "model: {layers: [Dense: {units: 2, name: two}, a]}\n",
    "main-argument": UNIT + "model: {layers: [unit: 3]}\n",
    "missing-parameter": "blocks:\n"
    "  a: {with: {units: , rate: }, layers: [Dropout: $rate]}\n"
    "model: {layers: [a: {units: 2}]}\n",
    "name-taken": UNIT + "model: {layers: [unit: {name: a}, unit: {name: a}]}\n",
    "no-list": "blocks: [Flatten]\nmodel: {layers: [Flatten]}\n",
    "parameter-name": "blocks:\n  a: {with: {name: 1, x-y: 2}, layers: [Flatten]}\n"
    "model: {layers: [a]}\n",
    "path": UNIT + "model: {layers: [unit]}\n"
    "set: {'model.layers[\"unit.man\"].units': 3}\n",
    "shape": "blocks:\n  a: {layers: [Conv2D: {filters: 2, kernel_size: 3}]}\n"
    "model: {layers: [a: {repeat: 2}]}\n",
    "too-many": "blocks:\n  a: {layers: [Dense: {units: 1}]}\n"
    "  b: {layers: [a: {repeat: 1000}]}\nmodel: {layers: [b: {repeat: 1000}]}\n",
    "typo": UNIT + "model: {layers: [unit, unti: {width: 2}]}\n",
    "unknown-name": "blocks:\n  a:\n    with: {width: 1}\n    layers:\n"
    "      - Dense: {units: $widht}\n"
    "model: {layers: [a: {repeat: 3}, a]}\n",
    "unknown-parameter": UNIT + "model: {layers: [unit: {widht: 3, x: 1}]}\n",
    "unused": UNIT + "  spare: {layers: [Flatten]}\nmodel: {layers: [unit]}\n",
    "wrong-argument": UNIT + "model: {layers: [unit: {width: 2, rate: 3}]}\n",
    "wrong-type": UNIT
    + "model: {layers: [unit: {width: relu}, unit: {width: relu, repeat: 2}]}\n",
}


@pytest.mark.parametrize("case", MISTAKES)
def test_a_mistake_is_shown_with_the_use_and_the_definition(case, golden, read):
    with pytest.raises(DlrunError) as caught:  # noqa: PT012 - either may find it
        node = read(HEAD + MISTAKES[case])
        with located(node):
            parse_spec(node)

    golden(GOLDEN / f"{case}.txt", str(caught.value))


def test_a_block_of_an_extended_file_may_be_left_unused(read):
    node = read("extends: base.yaml\nmodel: {layers: [Flatten]}\n", base=HEAD + UNIT)

    assert layers_of(node) == ["Flatten"]


many = settings(
    deadline=None,
    max_examples=60,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
simple = st.sampled_from(
    ["Flatten", {"Dropout": 0.5}, {"Dense": {"units": 3}}, "ReLU", {"Dense": 4}]
)


@many
@given(
    st.lists(simple, min_size=1, max_size=3),
    st.integers(1, 3),
    st.lists(simple, max_size=2),
)
def test_a_block_is_what_its_layers_would_be_side_by_side(layers, repeat, before):
    base = yaml.safe_load(HEAD)
    written = {**base, "blocks": {"part": {"layers": layers}}}
    written["model"] = {"layers": [*before, {"part": {"repeat": repeat}}]}
    by_hand = {**base, "model": {"layers": [*before, *layers * repeat]}}

    found = layers_of(config_of(written))

    def plain(layer):
        """A layer without its name, with its short form written out."""
        if isinstance(layer, str):
            return layer, {}
        ((key, arguments),) = layer.items()
        main = {"Dropout": "rate", "Dense": "units"}.get(key)
        arguments = arguments if isinstance(arguments, dict) else {main: arguments}
        return key, {name: one for name, one in arguments.items() if name != "name"}

    expected = [plain(layer) for layer in by_hand["model"]["layers"]]
    assert [plain(layer) for layer in found] == expected
    given = [next(iter(layer.values()))["name"] for layer in found[len(before) :]]
    assert len(set(given)) == len(given)


HEADS = """\
name: heads
data: {inline: {features: [[0, 1], [1, 0]], labels: {class: [0, 1], side: [1, 0]}}}
blocks:
  head:
    with: {units: 2}
    layers:
      - Dense: {units: 3, name: wide}
      - Dense: {units: $units, activation: softmax}
model:
  layers:
    - Dense: {units: 4, name: both}
    - head: {name: class}
    - head: {from: both, name: side}
  outputs: [class, side]
compile: {loss: {class: SPARSE, side: SPARSE}}
""".replace("SPARSE", "sparse_categorical_crossentropy")


def test_an_output_is_what_a_use_gives_and_is_called_like_the_use(read):
    node = read(HEADS, 'model.layers["side.dense"].activation=sigmoid')

    assert names(node) == ["both", "class.wide", "class", "side.wide", "side"]
    assert layers_of(node)[4]["Dense"]["activation"] == "sigmoid"
    assert node.origin(("model", "layers", 4, "Dense", "units")).startswith("a.yaml:5 ")


@pytest.mark.parametrize(
    ("layers", "outputs", "found"),
    [
        ("head: {repeat: 2}", "[head]", "head.1.wide head.1.dense head.2.wide head"),
        ("head: {repeat: 2}", "head.2", "head.1.wide head.1.dense head.2.wide head.2"),
        (
            "head; use: {of: head, from: both, name: again}; Add: [again, head.dense]",
            "[again, add]",
            "head.wide head.dense again.wide again add",
        ),
        ("head; Add: [head, head.dense]", "[head, add]", "head.wide head add"),
        ("head: {name: a}", "[a.dense]", "a.wide a.dense"),
    ],
)
def test_whatever_a_use_is_its_layer_bears_the_name_of_the_output(
    read, layers, outputs, found
):
    text = HEADS[: HEADS.index("    - head")] + "".join(
        f"    - {layer}\n" for layer in layers.split("; ")
    )
    node = read(f"{text}  outputs: {outputs}\n")
    made = [next(iter(layer.items())) for layer in layers_of(node)]

    told = [arguments.get("name", kind.lower()) for kind, arguments in made]
    taken = {name for _, arguments in made for name in arguments.get("from", ())}
    assert told == ["both", *found.split()]
    assert taken <= set(told)


def test_of_several_inputs_the_use_of_a_block_says_which(read):
    text = """\
name: a
data:
  inline: {features: {a: [[0, 1], [1, 0]], b: [[1], [2]]}, labels: [0, 1]}
compile: {loss: sparse_categorical_crossentropy}
blocks: {part: {layers: [Dense: {units: 3, name: x}, Add: [x, x]]}}
model:
  layers:
    - part: {FROM}
    - Dense: {units: 2, from: [b]}
    - Concatenate: [part, dense]
    - Dense: {units: 2, activation: softmax}
"""
    node = read(text.replace("FROM", "from: a"))
    with located(node):
        layers = parse_spec(node).layers
    missing = read(text.replace("FROM", ""))

    assert layers[0].sources == ("a",)
    with pytest.raises(DlrunError, match="from: a where the block is used"):
        parse_spec(missing)
