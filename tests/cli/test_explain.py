from __future__ import annotations

import json

import pytest

from dlrun.cli.app import run


def test_a_class_is_explained_with_its_keys(capsys):
    code = run(["explain", "L2"])

    text = capsys.readouterr().out
    assert code == 0
    assert text.startswith("L2 (regularizer)\n")
    assert "l2 = lambda / (2 * m)" in text
    assert "  l2: number of at least 0, default 0.01\n" in text


def test_an_alias_and_a_key_are_explained(capsys):
    code = run(["explain", "adam", "fit.batch_size", "--json"])

    first, second = json.loads(capsys.readouterr().out)
    assert code == 0
    assert (first["name"], first["kind"]) == ("Adam", "optimizer")
    assert second["name"] == "batch_size of fit"
    assert second["keys"][0]["default"] == "32"


@pytest.mark.parametrize(("name", "meant"), [("Conv2", "Conv2D"), ("epoch", "epochs")])
def test_an_unknown_name_gets_the_nearest_one(capsys, name, meant):
    code = run(["explain", name])

    captured = capsys.readouterr()
    assert code == 3
    assert captured.out == ""
    assert f"did you mean {meant}?" in captured.err


def test_all_names_that_stand_for_nothing_are_told_at_once(capsys):
    code = run(["explain", "Dense", "TextVectorization", "Foo", "Conv2D"])

    told = capsys.readouterr()
    assert code == 3
    assert "Dense (layer)" in told.out
    assert "Conv2D (layer)" in told.out
    assert "TextVectorization of Keras is not offered, because" in told.err
    assert "there is nothing called Foo" in told.err


def test_names_of_the_code_of_a_config_are_explained_and_none_of_it_is_run(
    capsys, tmp_path
):
    (tmp_path / "own.py").write_text(
        "import keras\nraise SystemExit\nclass Scale(keras.layers.Layer):\n"
        "    'A trained factor.'\n    def __init__(self, start: float = 1.0): pass\n"
        "def pinball(y_true, y_pred, tau): pass\n"
    )
    config = tmp_path / "own.yaml"
    config.write_text("custom: own.py\n")

    code = run(["explain", "Scale", "pinball", "Dense", "-c", str(config)])
    unknown = run(["explain", "Scales", "-c", str(config)])

    told = capsys.readouterr()
    assert code == 0
    assert "Scale (layer of the config's own code, line 3)\n\nA trained" in told.out
    assert "  start: float, default 1.0" in told.out
    assert "pinball (data source, loss, metric of the config's own code" in told.out
    assert "Dense (layer)" in told.out
    assert unknown == 3
    assert "did you mean Scale?" in told.err


def test_a_name_of_code_without_its_config_is_told_how_to_be_found(capsys):
    assert run(["explain", "Zzzzzzzz"]) == 3
    assert "-c CONFIG" in capsys.readouterr().err
