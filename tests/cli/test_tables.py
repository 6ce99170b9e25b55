"""A table with gaps and categories, from the config to predictions for a new file."""

from __future__ import annotations

import io
import json
import sys
from contextlib import chdir
from pathlib import Path

import numpy as np
import pytest

from dlrun.cli.app import run
from dlrun.runs import RunFolder

pytestmark = pytest.mark.heavy

CONFIGS = Path(__file__).parents[2] / "configs"
NEW = """\
body_mass_g,sex,island,bill_length_mm,flipper_length_mm,bill_depth_mm,remark
3750,male,Torgersen,39.1,181,18.7,first
5000,NA,Biscoe,47,,14,no flipper
"""


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """A directory with a run of the penguins, stopped after two epochs and resumed."""
    directory = tmp_path_factory.mktemp("penguins")
    (directory / "new.csv").write_text(NEW)
    config = str(CONFIGS / "tables/penguins.yaml")
    with chdir(directory):
        assert run(["train", config, "-q", "-s", "fit.epochs=8"]) == 0
        assert run(["train", config, "-q", "-s", "fit.epochs=10"]) == 0
        assert run(["resume", "penguins-001", "--epochs", "10"]) == 0
    return directory


@pytest.fixture(autouse=True)
def in_its_directory(trained, monkeypatch):
    monkeypatch.chdir(trained)


def told(capsys, *arguments):
    code = run(list(arguments))
    return code, *capsys.readouterr()


def test_a_table_as_it_is_teaches_the_species(trained):
    metrics = RunFolder(trained / "runs/penguins-002").metrics()

    assert metrics.best["val_accuracy"] > 0.95


def test_a_resumed_run_has_the_bits_of_one_that_was_not_stopped(trained):
    histories = [
        RunFolder(trained / f"runs/penguins-00{number}").history() for number in (1, 2)
    ]

    assert histories[0]["weights_sha256"] == histories[1]["weights_sha256"]


def test_a_run_is_trained_again_to_the_bit(capsys):
    code, out, _ = told(capsys, "verify", "penguins-002")

    assert code == 0
    assert "identical" in out


def test_a_new_file_with_gaps_is_predicted(capsys):
    code, out, err = told(capsys, "predict", "penguins", "--data", "new.csv")

    assert (code, err) == (0, "")
    assert out.splitlines() == ["id,prediction", "0,Adelie", "1,Gentoo"]


def test_what_a_new_file_has_that_no_train_row_has_is_told(capsys, trained):
    (trained / "strange.csv").write_text(NEW.replace("Biscoe", "Bouvet"))

    code, out, err = told(capsys, "predict", "penguins", "--data", "strange.csv")

    assert (code, out) == (3, "")
    assert 'column "island" has the category "Bouvet", which no train row has' in err
    assert "strange.csv:3" in err


def test_rows_of_the_run_are_predicted_by_their_file_as_by_the_run(capsys):
    csv = str(CONFIGS.parent / "datasets/penguins.csv")
    _, by_file, _ = told(capsys, "predict", "penguins", "--data", csv, "--json")
    _, by_run, _ = told(capsys, "predict", "penguins", "--json")

    answers = {row["id"]: row for row in map(json.loads, by_file.splitlines())}
    rows = [json.loads(line) for line in by_run.splitlines()]

    assert len(rows) == 69
    assert all(answers[row["id"]]["prediction"] == row["prediction"] for row in rows)


def test_a_file_with_labels_is_evaluated(capsys):
    csv = str(CONFIGS.parent / "datasets/penguins.csv")

    code, out, _ = told(capsys, "evaluate", "penguins", "--data", csv)

    assert code == 0
    assert out.startswith("penguins-002 on 344 rows")


def test_the_summary_of_a_run_has_its_columns(capsys):
    code, out, _ = told(capsys, "summary", "penguins")

    assert code == 0
    assert "one_hot missing=category" in out


def test_encoders_are_settings_of_a_comparison(capsys):
    config = str(CONFIGS / "tables/penguins.yaml")
    sets = ["-s", "data.columns.island=drop", "-s", "fit.epochs=10"]
    assert run(["train", config, "-q", "--name", "without", *sets]) == 0
    capsys.readouterr()

    _, out, _ = told(capsys, "compare", "runs/penguins-002", "runs/without-001")

    assert "island" in out
    assert "one_hot" in out


def test_a_notebook_passes_a_frame_and_gets_one():
    import pandas as pd

    from dlrun.api import open_run

    frame = pd.read_csv("new.csv")

    predicted = open_run("penguins").predict(frame)

    assert predicted["prediction"].tolist() == ["Adelie", "Gentoo"]
    assert np.isclose(predicted.filter(like="probability").sum(axis=1), 1).all()


KEPT = NEW.replace("remark", "id").replace("first", "p7").replace("no flipper", "p8")


def test_columns_are_kept_beside_predictions(capsys, tmp_path):
    new = tmp_path / "new.csv"
    new.write_text(NEW)
    arguments = ("--data", str(new), "--keep", "remark", "--keep", "bill_*")

    code, out, err = told(capsys, "predict", "penguins", *arguments)
    _, json_out, _ = told(capsys, "predict", "penguins", *arguments, "--json")

    assert (code, err) == (0, "")
    assert out.splitlines() == [
        "id,remark,bill_length_mm,bill_depth_mm,prediction",
        "0,first,39.1,18.7,Adelie",
        "1,no flipper,47,14,Gentoo",
    ]
    assert json.loads(json_out.splitlines()[0]) == {
        "id": 0,
        "remark": "first",
        "bill_length_mm": "39.1",
        "bill_depth_mm": "18.7",
        "prediction": "Adelie",
    }


def test_a_kept_id_stands_in_the_place_of_row_numbers(capsys, tmp_path):
    (tmp_path / "new.csv").write_text(KEPT)
    out = tmp_path / "out.npz"
    arguments = ("--data", str(tmp_path / "new.csv"), "--keep", "id,sex")

    _, shown, _ = told(capsys, "predict", "penguins", *arguments)
    code, _, _ = told(capsys, "predict", "penguins", *arguments, "--out", str(out))

    assert shown.splitlines() == [
        "id,sex,prediction",
        "p7,male,Adelie",
        "p8,NA,Gentoo",
    ]
    assert code == 0
    with np.load(out) as arrays:
        assert arrays["id"].tolist() == ["p7", "p8"]
        assert arrays["sex"].tolist() == ["male", "NA"]


def test_rows_of_the_run_keep_columns_too(capsys):
    code, out, _ = told(capsys, "predict", "penguins", "--keep", "year,island")
    _, labels, _ = told(capsys, "predict", "penguins", "--keep", "species")

    assert code == 0
    head, first, *_ = out.splitlines()
    assert head == "id,year,island,label,prediction"
    assert first.split(",")[1] in {"2007", "2008", "2009"}
    assert labels.splitlines()[0] == "id,species,label,prediction"


def test_a_kept_column_is_not_taken_for_a_prediction(capsys, tmp_path):
    (tmp_path / "new.csv").write_text(NEW.replace("remark", "prediction"))
    arguments = ("--data", str(tmp_path / "new.csv"), "--keep", "prediction")

    code, out, err = told(capsys, "predict", "penguins", *arguments)

    assert (code, out) == (3, "")
    assert "the column prediction cannot be kept" in err


def test_a_column_that_is_not_there_cannot_be_kept(capsys):
    code, _, err = told(
        capsys, "predict", "penguins", "--data", "new.csv", "--keep", "Remark"
    )

    assert code == 3
    assert 'new.csv has no column "Remark", which was to be kept' in err
    assert "did you mean remark?" in err


def test_rows_come_as_json_from_a_pipe(capsys, monkeypatch):
    numbers = ("bill_length_mm", "bill_depth_mm", "flipper_length_mm", "body_mass_g")
    row = json.dumps(
        {**dict.fromkeys(numbers, 40), "island": "Biscoe", "sex": None, "remark": 6}
    )
    stream = io.TextIOWrapper(io.BytesIO(f"{row}\n".encode()))
    monkeypatch.setattr(sys, "stdin", stream)

    code, out, _ = told(
        capsys, "predict", "penguins", "--data", "-", "--keep", "remark", "--json"
    )

    assert code == 0
    assert json.loads(out)["remark"] == 6


def test_json_lines_are_evaluated(capsys, tmp_path):
    rows = [
        {"species": "Adelie", "island": "Torgersen", "sex": "male"},
        {"species": "Gentoo", "island": "Biscoe", "sex": None},
    ]
    numbers = ("bill_length_mm", "bill_depth_mm", "flipper_length_mm", "body_mass_g")
    measured = ((39.1, 18.7, 181, 3750), (47, 14, None, 5000))
    for row, values in zip(rows, measured, strict=True):
        row |= dict(zip(numbers, values, strict=True))
    file = tmp_path / "new.jsonl"
    file.write_text("\n".join(map(json.dumps, rows)))

    code, out, _ = told(capsys, "evaluate", "penguins", "--data", str(file), "--json")

    assert code == 0
    assert (json.loads(out)["rows"], json.loads(out)["metrics"]["accuracy"]) == (2, 1)


def test_a_frame_keeps_its_index_and_columns_with_their_types():
    import pandas as pd

    import dlrun

    frame = pd.read_csv("new.csv", index_col="remark").convert_dtypes()
    frame["seen"] = pd.Timestamp("2024-03-01")
    run_ = dlrun.open_run("penguins")

    predicted = run_.predict(frame, keep=["body_mass_g", "se*"])

    assert predicted.index.equals(frame.index)
    assert [*predicted][:4] == ["body_mass_g", "sex", "seen", "prediction"]
    assert predicted["prediction"].tolist() == ["Adelie", "Gentoo"]
    assert predicted.dtypes["seen"] == frame.dtypes["seen"]
    assert predicted.dtypes["body_mass_g"] == "Int64"
    assert run_.predict("new.csv", keep="remark")["remark"].tolist() == [
        "first",
        "no flipper",
    ]
    assert len(run_.predict(pd.concat([frame, frame]), keep="sex")) == 4


def test_a_frame_may_have_any_types_of_pandas():
    import pandas as pd

    import dlrun

    frame = pd.read_csv("new.csv").drop(columns="remark")
    run_ = dlrun.open_run("penguins")
    expected = run_.predict(frame)
    others = {
        "categories": frame.astype({"island": "category", "sex": "category"}),
        "nullable": frame.convert_dtypes(),
        "objects": frame.astype(object).where(frame.notna(), None),
        "no time": frame.astype({"flipper_length_mm": object}).fillna(
            {"flipper_length_mm": pd.NaT}
        ),
    }

    for name, other in others.items():
        assert run_.predict(other).equals(expected), name
    row = run_.predict(frame.iloc[1])
    assert (row.index.tolist(), row["prediction"].tolist()) == ([1], ["Gentoo"])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda frame: frame["island"], "a Series is given"),
        (lambda frame: frame.rename(columns=str.title), "did you mean Island?"),
        (lambda frame: frame.iloc[:0], "there are no rows"),
        (
            lambda frame: frame.assign(other=1).rename(columns={"other": "island"}),
            'two columns "island"',
        ),
        (lambda frame: {**frame, "sex": ["male"]}, "must hold as many rows each"),
    ],
)
def test_a_frame_that_does_not_fit_is_told_as_a_table_is(change, message):
    import pandas as pd

    import dlrun
    from dlrun.errors import DataError

    frame = pd.read_csv("new.csv")

    with pytest.raises(DataError) as caught:
        dlrun.open_run("penguins").predict(change(frame))

    assert message in str(caught.value)


def test_preprocessing_is_vouched_for(capsys, trained):
    file = trained / "runs/penguins-001/preprocessing.json"
    text = file.read_text()
    file.write_text(text.replace('"median"', '"mean"'))

    code, _, err = told(capsys, "predict", "penguins-001", "--data", "new.csv")

    file.write_text(text)
    assert code == 3
    assert "preprocessing.json" in err
