from __future__ import annotations

from pathlib import Path

import pytest

from dlrun.changes.changes import CHANGES, find_change
from dlrun.experiment import parse_spec, read_config

ROOT = Path(__file__).parents[2] / "configs"
CONFIGS = sorted(ROOT.rglob("*.yaml"))
FACTS = {"n_train": 100, "train_class_counts": [90, 10]}
WRITTEN_BY_HAND = {"gender", "cnn-pool", "recurrent", "digits_dropout", "breast_cancer"}

TABLE = """\
name: t
data:
  inline: {features: [[0, 1], [1, 0], [1, 1], [0, 0]], labels: [0, 1, 0, 1]}
  split: {validation: 0.25, test: 0.25}
model:
  layers:
    - Dense: {units: 8, activation: relu, name: a}
    - Dense: {units: 9, activation: tanh, kernel_initializer: Ones}
    - BatchNormalization
    - Dropout: 0.2
    - Dense: {units: 2, activation: softmax, bias_initializer: Ones}
compile:
  optimizer: {SGD: {learning_rate: 0.5, momentum: 0.9}}
  loss: sparse_categorical_crossentropy
fit: {epochs: 7, batch_size: 2}
"""
STOPPED = TABLE.replace("batch_size: 2", "callbacks: [{EarlyStopping: {patience: 3}}]")
SEQUENCE = """\
name: s
data:
  inline:
    features: [[[0], [1], [2]], [[1], [0], [2]], [[2], [1], [0]], [[0], [0], [1]]]
    labels: [0, 1, 0, 1]
  one_hot: true
model:
  layers:
    - Bidirectional: {SimpleRNN: {units: 4, return_sequences: true, dropout: 0.8}}
    - TimeDistributed: {Dense: {units: 4, activation: sigmoid}}
    - SimpleRNN: {units: 3, name: last}
    - Dense: {units: 2, activation: softmax}
compile:
  optimizer: {Adam: {CosineDecay: {initial_learning_rate: 0.1, decay_steps: 10}}}
  loss: categorical_crossentropy
fit: {epochs: 4, batch_size: 2, validation_split: 0.25}
"""
GRAPH = """\
name: g
data:
  inline: {features: [[0, 1], [1, 0]], labels: [0.5, 1.5]}
model:
  layers:
    - Dense: {units: 8, activation: relu, name: a}
    - Dense: {units: 8, activation: relu, name: b}
    - Add: [a, b]
    - Dense: {units: 4, name: c}
    - ReLU
    - Dropout: {rate: 0.4, name: d, enabled: false}
    - Dense: 1
compile: {loss: mse}
"""


def name_of(config):
    return config.relative_to(ROOT).with_suffix("").as_posix()


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    """The config of a run: the resolved text, and its values."""
    root = tmp_path_factory.mktemp("resolved")

    def write(config):
        spec = parse_spec(read_config(config)).spec
        file = root / f"{spec.name}.yaml"
        file.write_text(spec.to_yaml(), encoding="utf-8")
        return file, spec.values()

    return write


@pytest.fixture
def changed(written, tmp_path):
    """What a change makes of a config: `changed(TABLE, "l2_up")`; None: nothing."""

    def apply(text, name, facts=None):
        source = tmp_path / "source.yaml"
        source.write_text(text)
        file, values = written(source)
        made = find_change(name, values, facts)
        if made is None:
            return None
        return parse_spec(read_config(file, list(made.patch))).spec.values()

    return apply


@pytest.mark.parametrize("config", CONFIGS, ids=name_of)
def test_every_change_makes_another_valid_config_with_the_same_output(written, config):
    file, values = written(config)
    before = parse_spec(read_config(file))
    labels = before.facts.labels_of(None)
    has_tags = "multi_hot" in str(values["data"].get("csv", {}).get("labels"))
    is_one = not labels.shape and not has_tags
    two_classes = len(labels.classes or "12") == 2 and is_one
    names = [name for name in CHANGES if two_classes or name != "class_weight"]

    made = [find_change(name, values, FACTS) for name in names]

    assert any(made)
    for one in filter(None, made):
        after = parse_spec(read_config(file, list(one.patch)))
        assert one.sentence
        assert after.spec.values() != before.spec.values(), one
        # Of a model with code of its own nobody knows shapes: there is no last one.
        shapes = [[one.output_shape for one in x.layers[-1:]] for x in (before, after)]
        assert shapes[0] == shapes[1]
        assert after.spec.model.layers[-1].key == before.spec.model.layers[-1].key
        # Mostly they fit the config as a person wrote it, too.
        if config.stem in WRITTEN_BY_HAND:
            source = parse_spec(read_config(config, list(one.patch)))
            assert source.spec == after.spec


def kinds(values):
    return [next(iter(layer)) for layer in values["model"]["layers"]]


def arguments(values, index):
    (found,) = values["model"]["layers"][index].values()
    return found


def test_dropout_goes_behind_the_block_of_a_layer_and_rises_where_it_is(changed):
    values = changed(TABLE, "dropout_up")

    assert kinds(values)[:2] == ["Dense", "Dropout"]
    assert arguments(values, 1)["rate"] == 0.3
    assert arguments(values, 4)["rate"] == 0.4
    assert kinds(values).count("Dropout") == 2


def test_a_dropout_that_is_switched_off_is_switched_on(changed):
    values = changed(GRAPH, "dropout_up")

    assert arguments(values, 5) | {} == {"rate": 0.4, "name": "d", "enabled": True}


def test_nothing_is_put_between_a_layer_and_the_one_that_names_it(changed):
    values = changed(GRAPH, "dropout_up")

    assert kinds(values) == kinds(changed(GRAPH, "l2_up"))


def test_dropout_falls_also_inside_a_wrapper(changed):
    values = changed(SEQUENCE, "dropout_down")

    assert arguments(values, 0)["layer"]["SimpleRNN"]["dropout"] == 0.2
    assert arguments(changed(TABLE, "dropout_down"), 3)["enabled"] is False


def test_widths_change_in_hidden_layers_alone(changed):
    halved = changed(SEQUENCE, "less_complexity")
    doubled = changed(GRAPH, "more_complexity")

    assert arguments(halved, 0)["layer"]["SimpleRNN"]["units"] == 2
    assert arguments(halved, 1)["layer"]["Dense"]["units"] == 2
    assert arguments(halved, 2)["units"] == 1
    assert arguments(halved, 3)["units"] == 2
    assert [arguments(doubled, place)["units"] for place in (0, 1, 3, 6)] == [
        *(16, 16, 16, 1)
    ]


def test_a_deeper_net_repeats_its_last_hidden_layer(changed):
    values = changed(TABLE, "deeper")

    assert [arguments(values, place).get("units") for place in (0, 1, 2)] == [8, 9, 9]


def test_a_linear_model_gets_its_first_hidden_layer(changed):
    linear = GRAPH.partition("    - Dense: {units: 8")[0] + "    - Dense: 1\n"

    values = changed(f"{linear}compile: {{loss: mse}}\n", "more_complexity")

    assert [arguments(values, place)["units"] for place in (0, 1)] == [32, 1]


@pytest.mark.parametrize("kind", ["LSTM", "GRU"])
def test_gates_take_the_place_of_a_simple_recurrence(changed, kind):
    values = changed(SEQUENCE, kind.lower())

    inner = arguments(values, 0)["layer"][kind]
    assert (inner["units"], inner["return_sequences"], inner["dropout"]) == (
        4,
        True,
        0.8,
    )
    assert kinds(values)[2] == kind
    assert arguments(values, 2)["name"] == "last"


def test_saturating_activations_become_relu_with_fitting_weights(changed):
    values = changed(SEQUENCE, "relu")

    inner = arguments(values, 1)["layer"]["Dense"]
    assert (inner["activation"], inner["kernel_initializer"]) == ("relu", "HeNormal")
    assert arguments(values, 0)["layer"]["SimpleRNN"]["activation"] == "tanh"


def test_odd_starts_are_repaired_and_common_ones_left_alone(changed):
    values = changed(TABLE, "scaled_init")

    assert arguments(values, 1)["kernel_initializer"] == "GlorotUniform"
    assert arguments(changed(TABLE, "zero_bias"), 4)["bias_initializer"] == "Zeros"
    assert changed(GRAPH, "scaled_init") is None
    assert changed(GRAPH, "zero_bias") is None


def test_leaky_relu_also_replaces_a_layer_of_its_own(changed):
    values = changed(GRAPH, "leaky_relu")

    assert arguments(values, 0)["activation"] == "leaky_relu"
    assert kinds(values)[4] == "LeakyReLU"


@pytest.mark.parametrize(
    ("name", "rate"),
    [
        ("learning_rate_down", 0.01),  # Not 0.05: the usual one of SGD is lower.
        ("learning_rate_third", 0.167),
        ("learning_rate_triple", 1.5),
        ("learning_rate_up", 5.0),
    ],
)
def test_the_learning_rate_changes_by_a_factor(changed, name, rate):
    values = changed(TABLE, name)

    assert values["compile"]["optimizer"]["SGD"]["learning_rate"] == rate


def test_the_rates_and_the_length_of_a_schedule_change(changed):
    slower = changed(SEQUENCE, "learning_rate_down")
    longer = changed(SEQUENCE, "train_longer")

    rate = slower["compile"]["optimizer"]["Adam"]["learning_rate"]["CosineDecay"]
    assert rate["initial_learning_rate"] == 0.001
    assert longer["fit"]["epochs"] == 20
    rate = longer["compile"]["optimizer"]["Adam"]["learning_rate"]["CosineDecay"]
    assert rate["decay_steps"] == 50


def test_class_weights_balance_the_counts_that_the_facts_give(changed):
    values = changed(TABLE, "class_weight", {"train_class_counts": [90, 10]})
    by_name = changed(TABLE, "class_weight", {"train_class_counts": {"0": 90, "1": 10}})

    assert values["fit"]["class_weight"] == {"0": 0.5556, "1": 5.0}
    assert by_name == values
    assert changed(TABLE, "class_weight", {"train_class_counts": [50, 50]}) is None


def test_more_rows_are_trained_for_as_many_steps(changed):
    idle = TABLE.replace("test: 0.25", "train: 0.25").replace("epochs: 7", "epochs: 30")

    values = changed(idle, "more_data")

    assert values["data"]["split"]["train"] == 0.75
    assert values["fit"]["epochs"] == 10
    assert changed(TABLE, "more_data") is None


@pytest.mark.parametrize(
    ("text", "name"),
    [
        (TABLE, "augmentation"),
        (TABLE, "label_smoothing"),  # Sparse labels have none.
        (TABLE, "seeded_split"),
        (TABLE, "lstm"),
        (SEQUENCE, "adam"),
        (GRAPH, "early_stop"),  # No validation rows.
        (STOPPED, "early_stop"),  # The best weights are saved in any case.
        (GRAPH, "class_weight"),
    ],
)
def test_a_change_that_does_not_apply_is_none(changed, text, name):
    facts = {"train_class_counts": [90, 10]}

    values = changed(text, name, facts)

    assert values is None


def test_the_rest_of_training_changes(changed):
    stopped = changed(TABLE, "early_stop")["fit"]["callbacks"][0]["EarlyStopping"]
    plain = changed(TABLE, "less_momentum")["compile"]["optimizer"]["SGD"]

    assert (stopped["patience"], stopped["restore_best_weights"]) == (5, True)
    assert plain["momentum"] == 0.5
    assert changed(TABLE, "clip")["compile"]["optimizer"]["SGD"]["clipnorm"] == 1.0
    assert changed(TABLE, "larger_batch", {"n_train": 5})["fit"]["batch_size"] == 5
    assert changed(TABLE, "scale_inputs")["data"]["scale"] == "standard"
    assert changed(TABLE, "larger_validation")["data"]["split"]["validation"] == 0.5
    assert "Adam" in changed(TABLE, "adam")["compile"]["optimizer"]
    smoothed = changed(SEQUENCE, "label_smoothing")["compile"]["loss"]
    assert smoothed["CategoricalCrossentropy"]["label_smoothing"] == 0.1
    split = changed(SEQUENCE, "seeded_split")
    assert split["data"]["split"]["validation"] == 0.25
    own = SEQUENCE.replace(", validation_split: 0.25", "").replace(
        "  one_hot: true",
        "  validation: {inline: {features: [[[0], [1], [2]]], labels: [1]}}\n"
        "  one_hot: true",
    )
    assert "validation" not in changed(own, "seeded_split")["data"]
    assert "validation_split" not in split["fit"]


def test_images_move_by_at_least_a_pixel(written):
    _, values = written(ROOT / "study" / "digits.yaml")

    made = find_change("augmentation", values)

    (patch,) = made.patch
    assert patch == (
        "data.augment+={RandomTranslation: {height_factor: 0.125, "
        "width_factor: 0.125, fill_mode: nearest}}"
    )


COLUMNS = """\
name: t
data:
  csv: {path: t.csv, labels: y}
  columns:
    "mass.g": {impute: median}
    day: {date: [year, month]}
    size: [{clip: {x_min: 0}}, {scale: minmax}]
    sex: one_hot
model: {layers: [{Dense: {units: 2, activation: softmax}}]}
compile: {loss: sparse_categorical_crossentropy}
"""


def test_columns_that_end_in_plain_numbers_are_scaled(changed, tmp_path):
    rows = "mass.g,day,size,sex,y\n1,2024-01-02,3,m,0\n2,2024-01-03,4,f,1\n"
    (tmp_path / "t.csv").write_text(rows)

    data = changed(COLUMNS, "scale_inputs")["data"]

    lasts = {name: next(iter(chain[-1])) for name, chain in data["columns"].items()}
    assert data["scale"] == "standard"
    assert lasts == {
        "mass.g": "scale",
        "day": "scale",
        "size": "scale",
        "sex": "one_hot",
    }


IMAGES = """\
name: i
data:
  csv: {path: i.csv, labels: y}
  columns: {photo: {image: {image_size: 4}}, mass: scale}
  inputs: {pixels: [photo], numbers: [mass]}
model:
  layers:
    - Flatten: {name: seen, from: pixels}
    - Concatenate: [numbers, seen]
    - Dense: {units: 2, activation: softmax}
compile: {loss: sparse_categorical_crossentropy}
"""


def test_images_of_a_column_are_scaled_by_a_layer(changed, tmp_path):
    (tmp_path / "i.csv").write_text("photo,mass,y\na.png,1,0\nb.png,2,1\n")

    layers = changed(IMAGES, "scale_inputs")["model"]["layers"]

    first, second, third, _ = (next(iter(layer.items())) for layer in layers)
    assert first[0] == "Rescaling"
    assert (first[1]["scale"], first[1]["from"]) == (0.00392, ["pixels"])
    assert second[1]["from"] == ["pixels_scaled"]
    assert third[1]["from"] == ["numbers", "seen"]


def test_images_of_one_input_of_several_move(changed, tmp_path):
    (tmp_path / "i.csv").write_text("photo,mass,y\na.png,1,0\nb.png,2,1\n")
    large = IMAGES.replace("image_size: 4", "image_size: 8")
    shift = "{RandomTranslation: {height_factor: 0.1, width_factor: 0.1}}"
    stated = f"  augment: {{pixels: [{shift}]}}\n  inputs:"
    moved = large.replace("  inputs:", stated)

    augment = changed(large, "augmentation")["data"]["augment"]

    assert list(augment) == ["pixels"]
    assert [list(layer) for layer in augment["pixels"]] == [["RandomTranslation"]]
    assert changed(moved, "augmentation") is None
