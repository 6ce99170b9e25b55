"""One model on all rows, after folds have told for how many epochs."""

from __future__ import annotations

import json
from contextlib import chdir

import pytest

from dlrun.cli.app import run
from dlrun.runs import RunFolder, find_fold_set
from dlrun.studies.refit import plan_refit

pytestmark = pytest.mark.heavy

STOPPING = "fit.callbacks=[{EarlyStopping: 1}]"
DECAYING = (
    "compile.optimizer={Adam: {learning_rate: {CosineDecay: "
    "{initial_learning_rate: 0.05, decay_steps: auto}}}}"
)
OWN = ["-s", STOPPING, "-s", DECAYING, "-s", "fit.monitor=val_accuracy"]


@pytest.fixture(scope="module")
def trained(tmp_path_factory, write_configs):
    """A directory with three folds that stop early, and the model after them."""
    directory = tmp_path_factory.mktemp("refit")
    write_configs(directory)
    with chdir(directory):
        assert run(["train", "people.yaml", "--folds", "3", "-q", *OWN]) == 0
        refit = ["--refit", "people.folds-001", "-q", *OWN]
        assert run(["train", "people.yaml", *refit]) == 0
    return directory


@pytest.fixture
def here(trained, monkeypatch):
    monkeypatch.chdir(trained)
    return trained


def test_all_rows_but_the_test_rows_train(here):
    folds = [RunFolder(here / f"runs/people-00{one}") for one in (1, 2, 3)]
    parts = RunFolder(here / "runs/people-004").split().parts

    assert set(parts) == {"train", "test"}
    assert len(parts["train"].ids) == 12
    assert {one.split().parts["test"].ids for one in folds} == {parts["test"].ids}


def test_it_trains_for_the_median_of_the_best_epochs(here):
    best = [
        RunFolder(here / f"runs/people-00{one}").metrics().best_epoch
        for one in (1, 2, 3)
    ]
    config = RunFolder(here / "runs/people-004").config()

    assert config["fit"]["epochs"] == sorted(best)[1]
    assert config["data"]["split"]["refit"] == "people.folds-001"
    assert config["fit"]["callbacks"] == []
    assert config["fit"]["monitor"] == "train_loss"


def test_rates_fall_as_they_did_in_the_folds(here):
    rates = [
        RunFolder(here / f"runs/people-{name}").config()["compile"]["optimizer"]
        for name in ("001", "004")
    ]
    steps = [
        one["Adam"]["learning_rate"]["CosineDecay"]["decay_steps"] for one in rates
    ]

    assert steps == [3 * 2, 3 * 3]


def test_it_is_a_run_like_others(dlrun, here):
    assert dlrun("verify", "people-004", "-q").code == 0
    assert dlrun("evaluate", "people-004", "--split", "test").code == 0
    outcome = dlrun("predict", "people-004", "--rows", "[[150, 67]]")
    assert outcome.table[0]["prediction"] in {"f", "m"}
    assert dlrun("train", "runs/people-004/config.yaml", "--dry-run").code == 0


def test_what_it_leaves_out_and_why_is_told(here):
    folder = find_fold_set("people-002", here / "runs")

    refit = plan_refit(here / "people.yaml", OWN[1::2], [], folder)

    first, *_, last = refit.notes()
    assert "the median of the best epochs of 3 folds" in first
    assert last == "no rows validate: without EarlyStopping"


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ("fit.batch_size=8", "fit.batch_size is 8, there 4"),
        ("model.layers[0].Dense.units=9", "units is 9, there 8"),
        ("data.split={folds: 4, test: 0.25}", "data.split.folds is 4, there 3"),
    ],
)
def test_another_config_is_refused_with_what_differs(dlrun, here, change, told):
    words = ["--refit", "people.folds-001", *OWN]

    outcome = dlrun("train", "people.yaml", *words, "-s", change)

    assert outcome.code != 0
    assert "people.yaml is not the config of people.folds-001" in outcome.err
    assert told in outcome.err
    cure = "dlrun train runs/people-001/config.yaml --refit people.folds-001"
    assert cure in " ".join(outcome.err.split())


def test_the_cure_works(dlrun, here):
    cure = ["train", "runs/people-001/config.yaml", "--refit", "people.folds-001"]

    assert dlrun(*cure, "--name", "cured", "-q", "--json").code == 0

    config = RunFolder(here / "runs/cured-001").config()
    assert config["data"]["split"].get("fold") is None


def test_a_seed_with_other_test_rows_is_refused(dlrun, here):
    words = ["--refit", "people.folds-001", "-s", "seed=8"]

    outcome = dlrun("train", "people.yaml", *OWN, *words)

    assert outcome.code != 0
    assert "seed 8 keeps other test rows than the folds, of seed 3" in outcome.err
    assert "add -s seed=3" in outcome.err


def test_one_model_is_trained_at_a_time(dlrun, here):
    for words in (["--folds", "3"], ["small.yaml"]):
        outcome = dlrun("train", "people.yaml", *words, "--refit", "people.folds-001")

        assert outcome.code != 0
        assert "--refit trains one model" in outcome.err


def test_folds_and_their_refit_are_no_one_group(dlrun, here):
    outcome = dlrun("compare", "runs", "--json", "--filter", "epochs > 0")

    values = json.loads(outcome.out)
    sizes = sorted(len(group["runs"]) for group in values["groups"])
    assert sizes[-1] == 3


def test_other_data_are_told(dlrun, here):
    text = (here / "people.csv").read_text()
    (here / "people.csv").write_text(text + "191,99,m\n")
    try:
        words = ["--refit", "people.folds-001", "-q", "--name", "other"]
        outcome = dlrun("train", "people.yaml", *OWN, *words)
    finally:
        (here / "people.csv").write_text(text)

    assert "the data have changed since people.folds-001" in outcome.err
