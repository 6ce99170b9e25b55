from __future__ import annotations

import json
import runpy
import subprocess
import sys
from pathlib import Path

import pytest

from dlrun.errors import ConfigError, RunError, SpecError

EXAMPLE = Path(__file__).parents[1] / "examples" / "notebook.py"
HEAVY_LIBRARIES = {"keras", "numpy", "pandas", "ray", "scipy", "sklearn", "tensorflow"}
CONFIG = {
    "name": "tiny",
    "data": {
        "csv": {"path": "rows.csv", "labels": "kind"},
        "split": {"validation": 0.25, "test": 0.25},
        "scale": "standard",
    },
    "model": {
        "layers": [
            {"Dense": {"units": 4, "activation": "relu"}},
            {"Dense": {"units": 2, "activation": "softmax"}},
        ]
    },
    "compile": {
        "loss": "sparse_categorical_crossentropy",
        "optimizer": {"Adam": 0.05},
    },
    "fit": {"epochs": 2, "batch_size": 4},
}
heavy = [
    pytest.mark.heavy,
]


def marked(function):
    for mark in heavy:
        function = mark(function)
    return function


@pytest.fixture
def here(tmp_path, monkeypatch):
    """A directory with rows whose classes lie far apart."""
    lines = [f"{number % 7},{number % 5},low" for number in range(20)]
    lines += [f"{20 + number % 7},{30 + number % 5},high" for number in range(20)]
    (tmp_path / "rows.csv").write_text("\n".join(["size,weight,kind", *lines]))
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def run(here):
    import dlrun

    return dlrun.train(CONFIG, verbose=False)


@pytest.mark.parametrize(
    "statement",
    [
        "import dlrun",
        "import dlrun; dlrun.train, dlrun.compare, dlrun.find_runs, dlrun.open_run",
        "import dlrun; dlrun.find_runs('.')",
    ],
)
def test_the_import_is_light(tmp_path, statement):
    done = subprocess.run(
        [sys.executable, "-c", f"import sys; {statement}; print(*sys.modules)"],
        capture_output=True,
        text=True,
        check=True,
        cwd=tmp_path,
        timeout=60,
    )

    assert not HEAVY_LIBRARIES & set(done.stdout.split())


def test_the_package_lists_what_it_offers():
    import dlrun

    assert dir(dlrun) == dlrun.__all__
    with pytest.raises(AttributeError, match="no attribute 'teach'"):
        _ = dlrun.teach


@marked
def test_a_mapping_is_trained_into_a_run(run, here):
    assert run.name == "tiny-001"
    assert run.path == Path("runs/tiny-001")
    assert (run.status, repr(run)) == ("finished", "<Run tiny-001: finished>")
    assert run.config["fit"]["epochs"] == 2
    assert run.metrics["epochs"] == 2
    assert run.history["epoch"].tolist() == [1, 2]
    assert run.history["val_loss"].min() == run.metrics["best"]["val_loss"]


@marked
def test_values_are_set_and_unset(here, capsys):
    import dlrun

    run = dlrun.train(
        CONFIG,
        set={"fit.epochs": 1, "compile.optimizer": {"SGD": 0.5}, "tags": ["a", "b"]},
        unset=["data.scale"],
        runs="elsewhere",
    )

    shown = capsys.readouterr()
    assert run.path == Path("elsewhere/tiny-001")
    assert run.history["learning_rate"].tolist() == [0.5]
    assert run.config["tags"] == ["a", "b"]
    assert "scale" not in run.config["data"]
    assert shown.out.splitlines()[0] == "tiny-001: 1 epoch of 5 steps"
    assert shown.err == ""


@marked
def test_a_file_is_trained_as_on_the_command_line(here):
    import yaml

    import dlrun

    (here / "configs").mkdir()
    (here / "configs" / "tiny.yaml").write_text(yaml.safe_dump(CONFIG))
    (here / "rows.csv").rename(here / "configs" / "rows.csv")

    run = dlrun.train("configs/tiny.yaml", verbose=False)

    assert (run.path / "source" / "tiny.yaml").exists()


def test_a_mistake_is_raised_with_its_cure(here):
    import dlrun

    with pytest.raises(SpecError, match="units"):
        dlrun.train(CONFIG, set={"model.layers[0].units": 0})
    with pytest.raises(ConfigError, match=r"nothing\.yaml"):
        dlrun.train("nothing.yaml")
    assert not (here / "runs").exists()


@marked
def test_a_doubt_is_a_warning(here):
    import dlrun

    with pytest.warns(
        UserWarning, match="sigmoid units are not probabilities"
    ) as caught:
        dlrun.train(
            CONFIG, set={"model.layers[1].activation": "sigmoid"}, verbose=False
        )

    assert caught[0].filename == __file__


@marked
def test_rows_of_any_form_are_predicted_alike(run):
    import numpy as np
    import pandas as pd

    lists = run.predict([[0, 0], [25, 33]])
    array = run.predict(np.array([[0, 0], [25, 33]]))
    frame = run.predict(
        pd.DataFrame({"weight": [0, 33], "id": [7, 8], "size": [0, 25]})
    )
    mappings = run.predict([{"size": 0, "weight": 0}, {"size": 25, "weight": 33}])

    assert lists["prediction"].tolist() == ["low", "high"]
    assert list(lists) == ["prediction", "probability_high", "probability_low"]
    assert lists.equals(array)
    assert lists.equals(frame)
    assert lists.equals(mappings)


@marked
def test_a_table_without_known_names_is_taken_by_position(here):
    import pandas as pd

    import dlrun

    inline = {"features": [[0, 1], [1, 0]], "labels": [0, 1]}
    run = dlrun.train(
        CONFIG | {"data": {"inline": inline}}, set={"fit.epochs": 0}, verbose=False
    )

    frame = run.predict(pd.DataFrame({"a": [0.0], "b": [1.0]}))

    assert frame.equals(run.predict([[0.0, 1.0]]))


@marked
def test_the_model_is_that_of_the_best_epoch(run):
    import numpy as np

    model = run.model()

    assert model is run.model()
    assert model.count_params() == 22
    figures = run.evaluate()
    assert figures["loss"] == pytest.approx(run.metrics["best"]["val_loss"], rel=1e-5)
    assert np.isfinite(model.get_weights()[0]).all()


@marked
def test_looks_at_the_test_rows_are_counted(run):
    run.evaluate("train")
    assert "test_looks" not in run.metrics

    run.evaluate("test")

    assert run.metrics["test_looks_by"] == {"notebook": 1}


@marked
@pytest.mark.parametrize("rows", ["new.csv", [[1, 2]]])
def test_rows_are_no_part_to_evaluate(run, rows):
    with pytest.raises(RunError, match="takes a part of the run: train") as caught:
        run.evaluate(rows)

    assert "dlrun evaluate runs/tiny-001 --data FILE" in str(caught.value)


def test_one_run_is_compared_as_it_is(run):
    import dlrun

    assert dlrun.compare(run).to_frame()["run"].tolist() == [run.name]


def test_runs_are_found_and_compared(run, here):
    import dlrun

    other = dlrun.train(CONFIG, set={"compile.optimizer.Adam": 0.01}, verbose=False)

    assert [known.name for known in dlrun.find_runs()] == ["tiny-001", "tiny-002"]
    assert dlrun.open_run("tiny").name == "tiny-002"
    assert dlrun.open_run(run.path).name == "tiny-001"
    comparison = dlrun.compare([run, "runs/tiny-002"], sort="run")
    frame = comparison.to_frame()
    assert frame["run"].tolist() == [run.name, other.name]
    assert frame["best"].tolist() == [
        known.metrics["best"]["val_loss"] for known in (run, other)
    ]
    assert "tiny-001" in str(comparison)


def test_a_run_that_is_not_there_is_named(here):
    import dlrun

    with pytest.raises(RunError, match="no run 'tiny' in runs"):
        dlrun.open_run("tiny")


@marked
def test_the_example_runs(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)

    runpy.run_path(str(EXAMPLE), run_name="__main__")

    shown = capsys.readouterr().out
    assert "<Run training-001: finished> in runs/training-001" in shown
    assert "No difference is shown between training-002 and" in shown
    assert [path.name for path in tmp_path.iterdir()] == ["runs"]


@marked
def test_folds_are_trained_asked_and_compared(here):
    import dlrun

    folds = dlrun.train(CONFIG, folds=3, verbose=False)

    rows = [[1, 2], [22, 33]]
    each = [run.predict(rows)["probability_high"] for run in folds.runs]
    mean = folds.predict(rows)
    assert repr(folds) == "<Folds tiny.folds-001: 3 runs>"
    assert list(mean["probability_high"]) == pytest.approx(list(sum(each) / 3), 1e-4)
    assert list(folds.metrics["fold"]) == [1, 2, 3]
    assert folds.mean.loc["val_loss", "mean"] == pytest.approx(
        folds.metrics["val_loss"].mean()
    )
    assert len(folds.predictions) == 30
    (group,) = dlrun.compare([folds]).groups
    assert group.score.size_text == "3 folds"
    assert dlrun.open_folds("tiny-002").path == folds.path


@marked
def test_a_frame_is_predicted_by_all_folds_with_its_index(here):
    import pandas as pd

    import dlrun

    frame = pd.DataFrame({"weight": [2, 33], "size": [1, 22]}, index=["a", "b"])

    table = dlrun.train(CONFIG, folds=2, verbose=False).predict(frame, keep="size")

    assert list(table.index) == ["a", "b"]
    assert list(table["size"]) == [1, 22]


def test_a_config_with_folds_says_how_they_are_trained(here):
    import dlrun

    split = {"folds": 3}
    with pytest.raises(SpecError, match=r"train\(\.\.\., folds=3\) in a notebook"):
        dlrun.train({**CONFIG, "data": {**CONFIG["data"], "split": split}})


def test_a_search_in_a_notebook_has_its_trials_in_a_table(make_search, tmp_path):
    import dlrun

    space = {"fit.batch_size": [4, 8], "compile.optimizer": ["adam", "sgd"]}
    trials = [
        ({"fit.batch_size": 0, "compile.optimizer": 1}, 0.5),
        ({"fit.batch_size": 1, "compile.optimizer": 0}, 0.75),
        ({"fit.batch_size": 0, "compile.optimizer": 0}, "not a number"),
    ]
    make_search(space, trials, runs=True)

    found = dlrun.open_search("people", tmp_path / "runs")
    frame = found.trials

    assert repr(found) == "<Search people: 3 trials>"
    assert [*frame.columns] == [
        "state", "val_accuracy", *space, "epoch", "seconds", "same_as", "run",
    ]  # fmt: skip
    assert [*frame["fit.batch_size"]] == [4, 8, 4]
    assert [*frame["val_accuracy"].round(2)][:2] == [0.5, 0.75]
    assert frame["val_accuracy"].isna().tolist() == [False, False, True]
    assert found.best.name == "people-0002"
    assert found.settings == {"fit.batch_size": 8, "compile.optimizer": "adam"}
    assert found.importances.empty
    assert dlrun.open_search(found.path).path == found.path
    with pytest.raises(RunError, match="there is people"):
        dlrun.open_search("peopel", tmp_path / "runs")


@marked
def test_a_search_in_a_notebook_trains_and_goes_on(here, capsys):
    import dlrun

    file = here / "tiny.yaml"
    section = {"trials": 2, "space": {"fit.batch_size": [2, 4]}, "method": "grid"}
    file.write_text(json.dumps(CONFIG | {"search": section}))

    found = dlrun.search(file, set={"fit.epochs": 1}, runs="searches")
    told = capsys.readouterr().out
    again = dlrun.search(file, set={"fit.epochs": 1}, runs="searches")

    assert [*found.trials["state"]] == ["finished", "finished"]
    assert "trial 2 of 2: val_loss" in told
    assert capsys.readouterr().out == ""
    assert again.best.metrics["best_epoch"] == 1
