from __future__ import annotations

import os
from pathlib import Path

import pytest

from dlrun.config import MAIN, ConfigText, Grammar, load_config
from dlrun.errors import ConfigError

SOURCES = Grammar(exclusive=frozenset({"csv", "inline", "npz"}))


@pytest.fixture
def write(tmp_path, monkeypatch):
    """Write a file into the current directory, and return its path."""
    monkeypatch.chdir(tmp_path)

    def write(name: str, text: str) -> Path:
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        Path(name).write_text(text, encoding="utf-8")
        return Path(name)

    return write


def test_mappings_merge_and_lists_and_scalars_replace(write):
    write("base.yaml", "fit: {epochs: 3, batch_size: 8}\ntags: [a, b]\nseed: 1\n")
    file = write("a.yaml", "extends: base.yaml\nfit: {epochs: 5}\ntags: [c]\nseed: 2\n")

    value = load_config(file).value

    assert value == {"fit": {"epochs": 5, "batch_size": 8}, "tags": ["c"], "seed": 2}


def test_extends_is_relative_to_the_file_that_writes_it(write):
    write("shared/root.yaml", "seed: 1\n")
    write("shared/base.yaml", "extends: root.yaml\nname: base\n")
    file = write("configs/a.yaml", "extends: ../shared/base.yaml\nname: a\n")

    node = load_config(file)

    assert node.value == {"seed": 1, "name": "a"}
    assert [name for name, _ in node.sources] == [
        "configs/a.yaml",
        "shared/base.yaml",
        "shared/root.yaml",
    ]
    assert node.text == "extends: ../shared/base.yaml\nname: a\n"
    assert node.origin(("seed",)) == "shared/root.yaml:1"


def test_a_text_knows_the_directory_of_the_file_that_wrote_it(write, tmp_path):
    write("shared/base.yaml", "data: {csv: iris.csv}\n")
    file = write("configs/a.yaml", "extends: ../shared/base.yaml\nname: a\n")

    value = load_config(file, ["data.csv.labels=y"], grammar=SOURCES).value

    assert isinstance(value["name"], ConfigText)
    assert value["name"].directory == tmp_path / "configs"
    assert value["data"]["csv"][MAIN].directory == tmp_path / "shared"
    assert value["data"]["csv"]["labels"].directory == tmp_path


@pytest.mark.parametrize(
    ("base", "over", "merged"),
    [
        ("{Adam: 1e-4}", "{SGD: 0.1}", {"SGD": 0.1}),
        ("{Adam: {beta_1: 0.8}}", "{SGD: {momentum: 0.9}}", {"SGD": {"momentum": 0.9}}),
        ("{Adam: {beta_1: 0.8}}", "sgd", "sgd"),
        ("adam", "{SGD: 0.1}", {"SGD": 0.1}),
        ("{adam: 0.1}", "{sgd: 0.1}", {"sgd": 0.1}),
        (
            "{Adam: {learning_rate: 0.1}}",
            "{Adam: {beta_1: 0.8}}",
            {"Adam": {"learning_rate": 0.1, "beta_1": 0.8}},
        ),
        (
            "{Adam: 1e-4}",
            "{Adam: {beta_1: 0.8}}",
            {"Adam": {MAIN: 1e-4, "beta_1": 0.8}},
        ),
        ("{Adam: {beta_1: 0.8}}", "{Adam: 1e-4}", {"Adam": 1e-4}),
        ("{Adam: {beta_1: 0.8}}", "", None),
    ],
)
def test_another_class_replaces_and_the_same_class_merges(write, base, over, merged):
    write("base.yaml", f"compile: {{loss: mse, optimizer: {base}}}\n")
    file = write("a.yaml", f"extends: base.yaml\ncompile: {{optimizer: {over}}}\n")

    value = load_config(file).value

    assert value == {"compile": {"loss": "mse", "optimizer": merged}}


def test_a_data_source_drops_the_inherited_one_and_nothing_else(write):
    write("base.yaml", "data: {inline: {labels: [0]}, split: {validation: 0.2}}\n")
    file = write("a.yaml", "extends: base.yaml\ndata: {csv: iris.csv}\n")

    value = load_config(file, grammar=SOURCES).value

    assert value == {"data": {"csv": "iris.csv", "split": {"validation": 0.2}}}


def test_two_sources_in_one_file_stay_for_the_error_they_deserve(write):
    file = write("a.yaml", "data: {csv: iris.csv, npz: iris.npz}\n")

    value = load_config(file, grammar=SOURCES).value

    assert value == {"data": {"csv": "iris.csv", "npz": "iris.npz"}}


def test_set_patches_after_the_merge_of_its_file(write):
    layers = "model: {layers: [Conv2D: {name: c1, padding: valid}]}\n"
    write("base.yaml", f"{layers}fit: {{epochs: 1}}\nset: {{fit.epochs: 2, seed: 7}}\n")
    file = write(
        "a.yaml",
        "extends: base.yaml\nseed: 8\nset:\n  model.layers.c1.padding: same\n"
        "  fit.callbacks+: EarlyStopping\n  fit.batch_size: null\n",
    )

    node = load_config(file)

    assert node.value == {
        "model": {"layers": [{"Conv2D": {"name": "c1", "padding": "same"}}]},
        "fit": {"epochs": 2, "callbacks": ["EarlyStopping"], "batch_size": None},
        "seed": 8,
    }
    padding = ("model", "layers", 0, "Conv2D", "padding")
    assert node.origin(padding) == "a.yaml:4"
    assert node.locate(padding).column == 28
    assert node.locate(padding, on_key=True).column == 19


def test_a_chain_of_extends_has_an_end(write):
    for number in range(25):
        write(f"{number}.yaml", f"extends: {number + 1}.yaml\n")

    with pytest.raises(ConfigError, match="more than 20 files"):
        load_config(Path("0.yaml"))


def test_a_file_may_extend_by_an_absolute_name(write, tmp_path):
    write("base.yaml", "seed: 1\n")
    file = write("a.yaml", f"extends: {tmp_path}/base.yaml\n")

    assert load_config(file.absolute()).origin(("seed",)) == "base.yaml:1"


def test_a_name_with_a_nul_character_cannot_be_extended(write):
    file = write("a.yaml", 'extends: "a\\0b"\n')

    with pytest.raises(ConfigError) as caught:
        load_config(file)

    assert caught.value.problems[0].location.line == 1


def test_anchors_and_merge_keys_work(write):
    file = write(
        "a.yaml",
        "a: &a {x: 1, y: 2}\nb: &b {y: 3, z: 4}\n"
        "c: {<<: [*a, *b], x: 9}\nd: *a\ne: {<<: *a}\n"
        '"<<": text\n',
    )

    value = load_config(file).value

    assert value["c"] == {"x": 9, "y": 2, "z": 4}
    assert value["d"] == value["e"] == {"x": 1, "y": 2}
    assert value["<<"] == "text"


def test_an_aliased_value_changes_alone(write):
    file = write("a.yaml", "a: &a {x: 1}\nb: *a\n")

    value = load_config(file, ["b.x=2"]).value

    assert value == {"a": {"x": 1}, "b": {"x": 2}}


def test_whole_numbers_are_keys(write):
    file = write("a.yaml", "fit: {class_weight: {0: 1.0, 1: 2.0}}\n")

    node = load_config(file, ["fit.class_weight[1]=3", "fit.class_weight.0=5"])

    assert node.value == {"fit": {"class_weight": {0: 5, 1: 3}}}
    assert node.locate(("fit", "class_weight", 0)).file == "-s"


def test_a_long_file_is_read_quickly(write):
    lines = "".join(f"  key_{i}: {i}.5\n" for i in range(5000))
    file = write("a.yaml", f"a:\n{lines}")

    node = load_config(file)

    assert len(node.value["a"]) == 5000
    assert node.locate(("a", "key_4999")).line == 5001


def test_a_config_below_a_name_that_is_no_utf8_is_refused(tmp_path):
    folder = tmp_path / os.fsdecode(b"caf\xe9")
    try:
        folder.mkdir()
    except OSError:
        pytest.skip("this file system knows only names in UTF-8")
    (folder / "a.yaml").write_text("name: a\n")

    with pytest.raises(ConfigError, match=r"caf\\xe9/a.yaml is not UTF-8"):
        load_config(folder / "a.yaml")
