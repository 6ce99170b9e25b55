from __future__ import annotations

import re
from pathlib import Path

import pytest

from dlrun.describe.summary import render_summary
from dlrun.experiment import parse_spec, read_config

ROOT = Path(__file__).parents[2] / "configs"
CONFIGS = sorted(ROOT.rglob("*.yaml"))

WARNINGS = {"gender": {"sigmoid-classes"}}
"""The warnings that a config is there to show."""


def name_of(config: Path) -> str:
    return config.relative_to(ROOT).with_suffix("").as_posix()


def test_there_are_configs():
    names = {name_of(config) for config in CONFIGS}

    assert {
        "gender",
        "gender_population",
        "cnn-valid",
        "notes/sequential",
        "overfitting/digits_base",
        "semi/digits",
    } <= names


@pytest.mark.parametrize("config", CONFIGS, ids=name_of)
def test_every_config_is_valid_and_warns_of_nothing_unexpected(config):
    experiment = parse_spec(read_config(config))

    found = {problem.code for problem in experiment.warnings}
    assert found == WARNINGS.get(name_of(config), set())


@pytest.mark.parametrize("config", CONFIGS, ids=name_of)
def test_every_config_has_a_name_of_its_own_and_says_what_it_shows(config):
    text = config.read_text(encoding="utf-8")

    name = parse_spec(read_config(config)).spec.name

    assert name in {config.stem, name_of(config).replace("/", "_")}
    assert text.startswith("# ")


def test_no_two_configs_have_one_name():
    names = [parse_spec(read_config(config)).spec.name for config in CONFIGS]

    assert len(set(names)) == len(names)


WITHOUT_CODE = [config for config in CONFIGS if "\ncustom:" not in config.read_text()]
"""Of the others, only the code knows what its layers have."""


@pytest.mark.parametrize("config", WITHOUT_CODE, ids=name_of)
def test_the_arithmetic_of_every_layer_adds_up_to_the_total(config):
    experiment = parse_spec(read_config(config))

    text = render_summary([("model", experiment)], explain=True)

    explained = text.partition("how the parameters of model come about")[2]
    results = []
    for line in explained.splitlines():
        found = re.search(r"([a-z0-9].*?) = ([0-9,]+)(?: \(.*\))? +([0-9,]+)$", line)
        if found is not None:
            sums, result, column = found.groups()
            assert result == column
            assert _evaluate(sums) == _number(result)
            results.append(_number(result))
    total = sum(layer.parameters for layer in experiment.layers)
    assert sum(results) == total
    assert f"{total:,}" in explained.splitlines()[-1]


def _evaluate(sums: str) -> int:
    """`dense  kernel 3 x 5 + bias 5` -> 20."""
    words_removed = re.sub(r"[a-z_]{2,}", "", sums.rpartition("  ")[2])
    formula = words_removed.replace("x", "*").replace(",", "")
    assert set(formula) <= set("0123456789+*() ")
    return int(eval(formula))


def _number(text: str) -> int:
    return int(text.replace(",", ""))


def test_valid_and_same_padding_stand_side_by_side(capsys):
    from dlrun.cli.app import run

    code = run(["summary", str(ROOT / "cnn-valid.yaml"), str(ROOT / "cnn-same.yaml")])

    shown = capsys.readouterr().out
    assert code == 0
    for figure in ("473,890", "559,906", "8x8x128", "20x20x128", "18.2% more"):
        assert figure in shown


@pytest.mark.parametrize(
    ("name", "parameters"),
    [
        ("gender", 658),
        ("gender_population", 82),
        ("notes/sequential", 32),
        ("notes/activation", 32),
        ("cnn-valid", 473_890),
        ("cnn-same", 559_906),
        ("cnn-pool", 68_770),
    ],
)
def test_the_models_of_the_notes_have_their_numbers_of_parameters(
    parse, name, parameters
):
    experiment = parse(name)

    assert sum(layer.parameters for layer in experiment.layers) == parameters


@pytest.mark.parametrize(
    ("name", "shape"), [("cnn-valid", (8, 8, 128)), ("cnn-same", (20, 20, 128))]
)
def test_padding_decides_the_size_of_the_final_maps(parse, name, shape):
    experiment = parse(name)

    maps = next(layer for layer in experiment.layers if layer.name == "c3")
    assert maps.output_shape == shape


def test_max_pooling_halves_height_and_width_and_has_no_parameters(parse):
    layers = {layer.layer.key: layer for layer in parse("cnn-pool").layers}

    pooled = layers["MaxPooling2D"]

    assert pooled.input_shapes[0] == (20, 20, 32)
    assert pooled.output_shape == (10, 10, 32)
    assert pooled.parameters == 0


@pytest.mark.parametrize(
    ("name", "layer", "units"), [("notes/bias", ".neuron", 1), ("gender", "[1]", 32)]
)
def test_without_a_bias_a_layer_has_fewer_parameters_by_its_units(
    parse, name, layer, units
):
    with_bias = parse(name)

    without = parse(name, f"model.layers{layer}.use_bias=false")

    counts = [
        sum(one.parameters for one in spec.layers) for spec in (with_bias, without)
    ]
    assert counts[0] - counts[1] == units


def test_two_sigmoid_units_warn_that_they_are_no_probabilities(parse):
    (warning,) = parse("gender").warnings

    assert warning.code == "sigmoid-classes"
    assert "not probabilities" in warning.message
