"""What people who saw dlrun for the first time stumbled over."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from dlrun.cli.app import run

ROOT = Path(__file__).parents[2]


def test_explain_alone_lists_what_can_be_asked(capsys):
    code = run(["explain"])

    names = [line.split()[0] for line in capsys.readouterr().out.splitlines()]
    assert code == 0
    assert {"fit", "extends", "layers", "losses", "optimizers"} <= set(names)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("layers", "Conv2D: "),
        ("layer", "Conv2D: "),
        ("Dense.units", "units of Dense (key)"),
        ("csv.path", "path of csv (key)"),
        ("extends", "extends: base.yaml"),
        ("set", "model.layers.c1.padding: same"),
    ],
)
def test_every_kind_of_name_is_explained(capsys, name, words):
    code = run(["explain", name])

    assert code == 0
    assert words in capsys.readouterr().out


def test_a_text_in_place_of_a_config_is_not_printed_whole(tmp_path, capsys):
    table = tmp_path / "people.csv"
    table.write_text("height,weight\n" + "170,60\n" * 300)

    code = run(["validate", str(table)])

    assert code == 3
    assert len(capsys.readouterr().err) < 1000


def test_validate_says_that_rows_were_not_read(tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    run(["init", "table"])
    capsys.readouterr()

    code = run(["validate", "table.yaml"])

    captured = capsys.readouterr()
    assert (code, captured.out) == (0, "table.yaml: valid\n")
    assert "--data reads them" in captured.err


def test_of_several_configs_the_rows_are_checked_before_the_first_starts(
    tmp_path, capsys, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    run(["init", "table"])
    three = Path("table.yaml").read_text().replace("units: 2,", "units: 3,")
    Path("three.yaml").write_text(three)
    capsys.readouterr()

    code = run(["train", "table.yaml", "three.yaml", "-q"])

    assert code == 3
    assert "3 outputs" in capsys.readouterr().err
    assert not Path("runs").exists()


def test_merging_layers_take_their_inputs_as_main_argument(tmp_path, capsys):
    config = tmp_path / "a.yaml"
    config.write_text(
        "name: a\n"
        "data: {inline: {features: [[0, 1], [1, 0]], labels: [0, 1]}}\n"
        "model:\n"
        "  layers:\n"
        "    - Dense: {units: 4, name: a}\n"
        "    - Dense: {units: 4, name: b}\n"
        "    - Add: [a, b]\n"
        "    - Dense: {units: 2, activation: softmax}\n"
        "compile: {loss: sparse_categorical_crossentropy}\n"
    )

    code = run(["summary", str(config), "--json"])

    add = json.loads(capsys.readouterr().out)["layers"][2]
    assert code == 0
    assert add["from"] == ["a", "b"]


@pytest.mark.heavy
def test_single_images_and_folders_of_new_ones_are_predicted(
    tmp_path, capsys, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    images = ROOT / "datasets" / "digits_images"
    Path("a.yaml").write_text(
        "name: a\n"
        f"data: {{image_folder: {{directory: {images}, image_size: 8}}}}\n"
        "model: {layers: [Flatten, {Dense: {units: 10, activation: softmax}}]}\n"
        "compile: {loss: sparse_categorical_crossentropy}\n"
        "fit: {epochs: 1}\n"
    )
    run(["train", "a.yaml", "-q"])
    files = sorted(images.glob("3/*.png"))
    capsys.readouterr()

    one = run(["predict", "a", "--data", str(files[0])])
    alone = capsys.readouterr().out.splitlines()
    several = run(["predict", "a", "--data", str(images / "3"), "--json"])
    listed = capsys.readouterr().out.splitlines()

    assert (one, several) == (0, 0)
    assert len(alone) == 2
    assert len(listed) == len(files)
    assert all("label" not in json.loads(line) for line in listed)


@pytest.mark.heavy
def test_numbers_far_from_one_are_named_before_they_cost_a_night(
    tmp_path, capsys, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    Path("a.yaml").write_text(
        "name: a\n"
        "data:\n"
        "  inline:\n"
        "    features: [[1], [2], [3], [4]]\n"
        "    labels: [100000.0, 200000.0, 300000.0, 400000.0]\n"
        "model: {layers: [{Dense: 1}]}\n"
        "compile: {loss: mse}\n"
        "fit: {epochs: 1}\n"
    )

    code = run(["train", "a.yaml", "-q"])

    assert code == 0
    warned = capsys.readouterr().err
    assert "warning[large-labels]" in warned
    line, caret = warned.splitlines()[2:4]
    assert line[caret.index("^") : caret.rindex("^") + 1] == (
        "[100000.0, 200000.0, 300000.0, 400000.0]"
    )
