"""The loop against `Model.fit`, and against itself, over every config.

Every file under `configs/` trains here for two epochs into a real run folder. The hash
of all weights after each epoch must be that of plain `Model.fit`, given the same rows
in the same order, the same states of the layers that draw noise, the same row weights.
XLA rounds otherwise than `fit` does by default, so it is off here.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from dlrun.custom import allowing_code
from dlrun.data import INPUT, alone
from dlrun.engines import prepare_for_code
from dlrun.experiment import parse_spec, read_config
from dlrun.runs import RunFolder

ROOT = Path(__file__).parents[2] / "configs"
CONFIGS = sorted(ROOT.rglob("*.yaml"))
EPOCHS = "fit.epochs=2"
FEW_ROWS = "data.split.train=0.05"

pytestmark = [
    pytest.mark.heavy,
    # Keras 3.15 on NumPy 2.4, when it saves a model
]


@pytest.fixture(autouse=True)
def _code_is_allowed():
    """One of the configs has code of its own."""
    with allowing_code(prepare_for_code):
        yield


def name_of(config: Path) -> str:
    return config.relative_to(ROOT).with_suffix("").as_posix()


def prepare(config, *overrides):
    """The config, its experiment and its rows: few, where the config draws them.

    Of folds it is the first; of rounds of pseudo-labels the baseline, which has no such
    section.
    """
    from dlrun.engines import KerasDoor
    from dlrun.rows import read_rows

    given = [EPOCHS, "fit.jit=off", *overrides]
    experiment = parse_spec(read_config(config, given))
    split = experiment.spec.data.split
    csv = experiment.spec.data.source.key == "csv"
    if split is not None and split.folds is not None:
        given.append("data.split.fold=1")
    elif csv and split is not None:
        given.append(FEW_ROWS)
    rounds = ["pseudo_label"] if experiment.spec.pseudo_label else []
    node = read_config(config, given, rounds)
    return node, *read_rows(parse_spec(node), KerasDoor())


def hashes_of_dlrun(node, experiment, parts, root) -> list[str]:
    from dlrun.progress import Progress
    from dlrun.training import start_run, train

    folder = start_run(node, experiment, root)
    train(experiment, parts, folder, Progress())
    return folder.history()["weights_sha256"]


def hashes_of_fit(experiment, parts) -> list[str]:
    from dlrun.engines import build_augmentation, build_model
    from dlrun.training.fit import _row_weights
    from dlrun.training.loop import epoch_order, epoch_seeds, weights_hash
    from dlrun.training.row_losses import targets

    spec = experiment.spec
    model = build_model(experiment)
    model.jit_compile = False
    augmentation = build_augmentation(experiment)
    augment_train_step(model, augmentation)
    augmenting = [layer for layers in augmentation.values() for layer in layers]
    variables = [one for layer in (model, *augmenting) for one in layer.variables]
    seeds = [one for one in variables if one.name == "seed_generator_state"]
    weights = [one for one in model.variables if one.name != "seed_generator_state"]
    labels = targets(spec, parts.train)
    row_weights = _row_weights(spec.fit, parts.train, parts.train)
    hashes = []
    for epoch in (1, 2):
        order = epoch_order(
            spec.seed, epoch, len(parts.train), shuffle=spec.fit.shuffle
        )
        for variable, state in zip(
            seeds, epoch_seeds(spec.seed, epoch, len(seeds)), strict=True
        ):
            variable.assign(state.astype(variable.dtype))
        model.fit(
            alone({name: all_[order] for name, all_ in parts.train.features.items()}),
            alone({name: all_[order] for name, all_ in labels.items()}),
            sample_weight=_ordered(row_weights, order),
            batch_size=spec.fit.batch_size,
            epochs=1,
            shuffle=False,
            verbose=0,
        )
        hashes.append(weights_hash([one.numpy() for one in weights]))
    return hashes


def _ordered(weights, order):
    """The weights of rows in an order; of several outputs those of each."""
    if isinstance(weights, dict):
        return {name: all_[order] for name, all_ in weights.items()}
    return None if weights is None else weights[order]


def augment_train_step(model, augmentation) -> None:
    """Let `fit` change its batches as dlrun does, before the step."""
    if not augmentation:
        return
    step = model.train_step

    def augmented(data):
        features, *others = data
        named = features if isinstance(features, dict) else {INPUT: features}
        for name, layers in augmentation.items():
            for layer in layers:
                named = {**named, name: layer(named[name], training=True)}
        return step((alone(named), *others))

    model.train_step = augmented


def test_there_are_configs_to_train():
    assert len(CONFIGS) > 40


@pytest.fixture
def no_rearranged_sums():
    """TensorFlow leaves sums of a graph as they are written.

    Where two towers of one unit are added it rearranges those of several steps in one
    graph otherwise than those of one step, which changes the last digit.
    """
    import tensorflow as tf

    options = tf.config.optimizer
    options.set_experimental_options({"arithmetic_optimization": False})
    yield
    options.set_experimental_options({"arithmetic_optimization": True})


@pytest.mark.parametrize("config", CONFIGS, ids=name_of)
def test_every_config_trains_to_the_bits_of_model_fit(config, tmp_path, request):
    if config.stem == "seattle_ahead":
        request.getfixturevalue("no_rearranged_sums")
    node, experiment, parts = prepare(config)

    ours = hashes_of_dlrun(node, experiment, parts, tmp_path)

    assert len(set(ours)) == 2
    assert ours == hashes_of_fit(experiment, parts)


def test_class_weights_count_as_in_model_fit(tmp_path):
    weights = "fit.class_weight={male: 1.0, female: 3.0}"
    plain = prepare(ROOT / "notes" / "batchnorm.yaml")
    node, experiment, parts = prepare(ROOT / "notes" / "batchnorm.yaml", weights)

    ours = hashes_of_dlrun(node, experiment, parts, tmp_path)

    assert ours == hashes_of_fit(experiment, parts)
    assert ours != hashes_of_dlrun(*plain, tmp_path)


def test_weights_of_rows_count_as_those_of_their_classes(tmp_path):
    rows = (ROOT.parent / "datasets/penguins.csv").read_text().splitlines()
    counts = {"Adelie": "1", "Chinstrap": "2.5", "Gentoo": "0"}
    weighted = [f"{row},{counts.get(row.split(',')[0], 'count')}" for row in rows]
    (tmp_path / "weighted.csv").write_text("\n".join(weighted))
    source = f"{{path: {tmp_path}/weighted.csv, labels: species, weights: count}}"
    config = ROOT / "tables/penguins.yaml"
    by_class = "fit.class_weight={Adelie: 1.0, Chinstrap: 2.5, Gentoo: 0.0}"

    by_rows = hashes_of_dlrun(*prepare(config, f"data.csv={source}"), tmp_path)

    assert by_rows == hashes_of_dlrun(*prepare(config, by_class), tmp_path)
    assert by_rows != hashes_of_dlrun(*prepare(config), tmp_path)


def test_class_weights_of_an_output_count_as_in_model_fit(tmp_path):
    weights = "fit.class_weight={parity: {0: 1.0, 1: 3.0}}"
    node, experiment, parts = prepare(ROOT / "models" / "two_towers.yaml", weights)

    ours = hashes_of_dlrun(node, experiment, parts, tmp_path)

    assert ours == hashes_of_fit(experiment, parts)


@pytest.mark.parametrize(
    "name", ["notes/training", "notes/recurrent", "overfitting/digits_dropout"]
)
def test_a_second_run_in_one_process_has_the_same_weights(name, tmp_path):
    config = ROOT / f"{name}.yaml"

    first, second = (hashes_of_dlrun(*prepare(config), tmp_path) for _ in range(2))

    assert first == second


def test_another_seed_trains_other_weights(tmp_path):
    config = ROOT / "overfitting" / "digits_dropout.yaml"

    one, other = (
        hashes_of_dlrun(*prepare(config, seed), tmp_path)
        for seed in ("seed=1", "seed=2")
    )

    assert set(one).isdisjoint(other)


def test_a_fresh_process_trains_the_same_weights(tmp_path):
    # Images are decoded before the threads can be fixed, so they come first.
    names = ["cnn-pool", "overfitting/digits_dropout", "overfitting/digits_crop"]
    configs = [ROOT / f"{name}.yaml" for name in names]
    command = [sys.executable, "-m", "dlrun", "train", *map(str, configs)]

    subprocess.run(
        [
            *command,
            "-s",
            EPOCHS,
            "-s",
            "fit.jit=off",
            "--runs",
            str(tmp_path / "fresh"),
        ],
        check=True,
        capture_output=True,
    )

    for config in configs:
        here = hashes_of_dlrun(*prepare(config), tmp_path / "here")
        fresh = RunFolder(tmp_path / "fresh" / f"{config.stem}-001").history()
        assert fresh["weights_sha256"] == here
