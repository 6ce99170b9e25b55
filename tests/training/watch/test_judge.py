"""What is said of a run while it trains, and what ends it."""

from __future__ import annotations

import signal
from pathlib import Path

import numpy as np
import pytest

from dlrun.config import node_of
from dlrun.data import INPUT, OUTPUT
from dlrun.diagnosis import diagnose_run, stopping_names
from dlrun.errors import SpecError
from dlrun.experiment import parse_spec

ROOT = Path(__file__).resolve().parents[3]
ROWS = np.random.default_rng(0)
CONFIG = {
    "name": "overfit",
    "seed": 1,
    "data": {
        "inline": {
            "features": ROWS.normal(size=(160, 12)).round(3).tolist(),
            "labels": ROWS.integers(0, 2, 160).tolist(),
        },
        "split": {"validation": 0.5},
    },
    "model": {
        "layers": [
            {"Dense": {"units": 64, "activation": "relu"}},
            {"Dense": {"units": 2, "activation": "softmax"}},
        ]
    },
    "compile": {"loss": "sparse_categorical_crossentropy", "optimizer": {"Adam": 0.02}},
    "fit": {"epochs": 40, "batch_size": 10},
}
STOP = "fit.stop_on=[overfitting]"


def test_a_run_stops_on_faults_that_more_epochs_do_not_cure():
    assert stopping_names() == (
        "constant_prediction",
        "diverged",
        "dying_relu",
        "exploding_gradient",
        "oscillating_loss",
        "overfitting",
        "validation_better",
        "vanishing_gradient",
    )


def test_a_fault_that_is_misspelt_is_explained():
    config = CONFIG | {"fit": {"stop_on": ["overfiting"]}}

    with pytest.raises(SpecError, match="write overfitting") as caught:
        parse_spec(node_of(config))

    assert "`stop_on` cannot be" in str(caught.value)


def test_a_fault_may_be_written_with_hyphens():
    config = CONFIG | {"fit": {"stop_on": ["Dying-ReLU"]}}

    experiment = parse_spec(node_of(config))

    assert experiment.spec.fit.stop_on == ("dying_relu",)


@pytest.mark.heavy
def test_long_histories_are_judged_as_often_as_short_ones():
    from dlrun.training.watch.judge import is_judged

    judged = [epoch for epoch in range(1, 10_001) if is_judged(epoch)]

    assert judged[:16] == [*range(1, 17)]
    assert len(judged) < 16 + 8 * 10
    assert 64 in judged
    assert 66 not in judged


@pytest.mark.heavy
def test_a_run_that_overfits_is_stopped_and_says_why(train):
    folder = train(CONFIG, STOP)

    epochs = folder.history()["epoch"]
    assert 5 < len(epochs) < 40
    assert folder.status().state == "finished"
    assert "overfitting since epoch" in folder.status().reason
    assert folder.metrics().stopped.endswith("as fit.stop_on says")
    assert folder.metrics().best_epoch < len(epochs)
    assert folder.diagnosis() == diagnose_run(folder).to_record()
    assert folder.diagnosis().verdict == "OVERFITTING"
    assert folder.probes()[-1]["epoch"] == len(epochs)


@pytest.mark.heavy
def test_a_run_that_is_stopped_and_resumed_ends_at_the_same_epoch(train):
    from dlrun.interruption import Interrupted
    from dlrun.progress import Progress
    from dlrun.runs import find_runs
    from dlrun.training import resume

    class Stopping(Progress):
        def __init__(self, epoch):
            self.last = epoch

        def step(self, epoch, step, running):
            if epoch == self.last + 1:
                raise Interrupted(signal.SIGINT)

    whole = train(CONFIG, STOP, "fit.checkpoint_seconds=0")
    last = len(whole.history()["epoch"])
    for epoch in (3, last - 2, last - 1):
        with pytest.raises(Interrupted):
            train(
                CONFIG,
                STOP,
                "fit.checkpoint_seconds=0",
                progress=Stopping(epoch),
            )
        folder = find_runs(whole.path.parent)[-1]
        resume(folder, Progress(), lambda _: None)

        assert folder.history()["weights_sha256"] == whole.history()["weights_sha256"]
        assert folder.diagnosis() == whole.diagnosis()
        assert folder.probes() == whole.probes()


@pytest.mark.heavy
def test_a_run_that_was_stopped_has_no_more_epochs(train):
    from dlrun.errors import RunError
    from dlrun.progress import Progress
    from dlrun.training import resume

    folder = train(CONFIG, STOP)

    with pytest.raises(RunError, match=r"fit\.stop_on ended") as caught:
        resume(folder, Progress(), lambda _: None, 50)

    assert "without stop_on" in str(caught.value)


@pytest.mark.heavy
def test_the_line_of_an_epoch_says_what_goes_wrong_where_it_is_new(train):
    from io import StringIO

    from dlrun.progress.display import Lines

    shown = StringIO()
    train(CONFIG, progress=Lines(shown, verbose=False))

    lines = shown.getvalue().splitlines()[1:]
    said = [line.partition("overfitting since ")[2] for line in lines]
    assert said[1] == ""
    assert any(said)
    assert len(set(said)) == len([one for one in said if one]) + 1


@pytest.mark.heavy
def test_the_facts_of_a_run_are_written_before_it_trains(train):
    config = CONFIG | {"data": CONFIG["data"] | {"split": None}}
    config["data"] = {
        "inline": CONFIG["data"]["inline"],
        "validation": {
            "inline": {
                key: value[:3] for key, value in CONFIG["data"]["inline"].items()
            }
        },
    }

    facts = train(config, "fit.epochs=1").summary().facts

    assert facts["shared_rows"] == 3
    assert facts["n_train"] == 160
    assert sum(facts["train_class_counts"].values()) == 160
    assert facts["loss"] == "SparseCategoricalCrossentropy"
    assert facts["learning_rate"] == 0.02
    assert facts["layers"][0]["activation"] == "relu"
    assert facts["noise"] is False
    assert facts["restored_best"] is True


@pytest.mark.heavy
def test_the_spread_of_numbers_to_predict_is_a_fact(train):
    numbers = [0.0, 2.0, 4.0, 10.0]
    inline = {"features": [[1.0], [2.0], [3.0], [4.0]], "labels": numbers}
    config = CONFIG | {
        "data": {"inline": inline},
        "model": {"layers": [{"Dense": 1}, {"Dropout": 0.1}]},
        "compile": {"loss": "mse"},
    }

    facts = train(config, "fit.epochs=1").summary().facts

    assert facts["label_variance"] == 14.0
    assert facts["label_mean_abs_deviation"] == 3.0
    assert facts["noise"] is True
    assert facts["feature_size"] == 2.73861


@pytest.mark.heavy
def test_rows_of_few_values_are_shared_by_chance_and_measures_are_not():
    from dlrun.data import Dataset
    from dlrun.training.watch.facts import shared_by_chance, shared_rows

    draw = np.random.default_rng(5)
    ages = draw.integers(20, 30, (300, 1)).astype("float32")
    measures = draw.normal(size=(300, 2)).astype("float32")
    found = []
    for features in (ages, measures):
        labels = (features[:, 0] > features[:, 0].mean()).astype("int32")
        rows = Dataset(
            {INPUT: features}, {OUTPUT: labels}, classes={OUTPUT: ("young", "old")}
        )
        parts = rows.take(range(200)), rows.take(range(150, 300))
        found.append((shared_rows(*parts), shared_by_chance(*parts)))

    assert found == [(200, 200), (50, 0)]


@pytest.mark.heavy
def test_categories_that_became_several_numbers_are_a_column_each():
    from dlrun.data import Dataset
    from dlrun.training.watch.facts import shared_by_chance, shared_rows

    draw = np.random.default_rng(5)
    colour, size = draw.integers(0, 5, 400), draw.integers(0, 4, 400)
    features = np.hstack([np.eye(5)[colour], np.eye(4)[size]]).astype("float32")
    rows = Dataset({INPUT: features}, {OUTPUT: (colour > 2).astype("int32")})
    parts = rows.take(range(300)), rows.take(range(300, 400))

    found = shared_by_chance(*parts), shared_by_chance(*parts, [5, 4])

    assert found == (0, shared_rows(*parts))


@pytest.fixture
def judged(tmp_path):
    """What is said of a history after each epoch, and once it has ended."""

    def judge(history, probes, facts, at_end=None):
        from dlrun.runs import Metrics, RunFolder
        from dlrun.training.result import Result
        from dlrun.training.watch.judge import Judge
        from dlrun.training.watch.watch import Watch

        class Probed(RunFolder):
            def probes(self):
                return probes

        judging, result, said = (
            Judge(Watch(), Probed(tmp_path), facts, []),
            Result(),
            [],
        )
        for number, values in enumerate(zip(*history.values(), strict=True), 1):
            row = {"epoch": number, **dict(zip(history, values, strict=True))}
            result.history.append(row)
            said.append(judging.judge(result))
        return [*said, judging.conclude(result, at_end or Metrics())]

    return judge


FALLING = {"train_loss": [0.7 - epoch / 20 for epoch in range(9)]}
FALLING["train_accuracy"] = [0.9] * 9
CLASSES = {"task": "classification", "num_classes": 2, "train_class_counts": [4, 4]}


def of_one_class(*epochs):
    return [{"epoch": epoch, "pred_counts": [8, 0]} for epoch in epochs]


@pytest.mark.heavy
def test_a_fault_is_said_from_the_fifth_epoch_on_if_three_judgements_agree(judged):
    from_the_first = judged(FALLING, of_one_class(*range(10)), CLASSES)
    from_the_sixth = judged(FALLING, of_one_class(6, 7, 8, 9), CLASSES)

    assert from_the_first[:5] == [*[""] * 4, "constant prediction since epoch 3"]
    assert from_the_sixth[:8] == [*[""] * 7, "constant prediction since epoch 6"]


@pytest.mark.heavy
def test_the_epoch_a_fault_was_first_seen_in_stays(judged):
    said = judged(FALLING, of_one_class(*range(10)), CLASSES)

    assert set(said[4:]) == {"constant prediction since epoch 3"}


@pytest.mark.heavy
def test_what_has_passed_is_said_no_more(judged):
    probes = [*of_one_class(*range(7)), {"epoch": 7, "pred_counts": [4, 4]}]

    said = judged(FALLING, probes, CLASSES)

    assert said[5:7] == ["constant prediction since epoch 3", ""]


@pytest.mark.heavy
def test_a_probe_of_long_ago_is_not_held_against_a_run(judged):
    said = judged(FALLING, of_one_class(0, 1, 2, 3, 4), CLASSES)

    assert said[4:7] == ["constant prediction since epoch 3"] * 3
    assert said[7:9] == [""] * 2


@pytest.mark.heavy
def test_a_rise_that_the_rows_do_not_show_is_taken_back_at_the_end(judged):
    from dlrun.runs import Metrics

    rising = [0.6, 0.5, 0.4, 0.45, 0.5, 0.55, 0.6, 0.65, 0.7]
    history = FALLING | {"val_loss": rising, "val_accuracy": [0.8] * 9}
    facts = CLASSES | {"n_val": 400, "val_class_counts": [200, 200]}
    clear, unclear = (
        Metrics(
            row_losses={"loss": 0.4, "error": 0.02, "rise": 0.3, "rise_error": error}
        )
        for error in (0.01, 0.3)
    )

    assert judged(history, [], facts, clear)[-1].startswith("overfitting since epoch")
    assert judged(history, [], facts, unclear)[-2:] == ["overfitting since epoch 5", ""]


@pytest.mark.heavy
def test_what_is_said_of_recorded_runs_stands_at_their_end(judged, diagnosis_benchmark):
    """Of those that rules are adjusted to. Only rows, at the end, tell some rises."""
    from dlrun.diagnosis import diagnose
    from dlrun.runs import Metrics

    records = diagnosis_benchmark("everyday_records")
    said, taken_back = 0, []
    for record in records.load_records("development"):
        facts = records.facts_of(record)
        found = diagnose(record["history"], record["probe"], facts).findings
        names = {finding.verdict.lower().replace("_", " ") for finding in found}
        history = {k: v for k, v in record["history"].items() if k != "epoch"}
        metrics = Metrics(row_losses=facts["row_losses"])
        *live, last = judged(history, record["probe"], record["facts"], metrics)
        faults = {words.partition(" since")[0] for words in live if words}
        said += len(faults)
        taken_back += faults - names
        assert last.partition(" since")[0] in {"", *names}, records.key(record)
    assert said > 50
    assert sum(fault != "overfitting" for fault in taken_back) <= 0.2 * said


@pytest.mark.heavy
def test_few_people_and_large_features_explode_in_no_line(train):
    from io import StringIO

    from dlrun.experiment import read_config
    from dlrun.progress.display import Lines

    shown = StringIO()
    gender = read_config(ROOT / "configs" / "gender.yaml").value

    folder = train(gender, progress=Lines(shown, verbose=False))

    assert folder.diagnosis().verdict == "SLOW_CONVERGENCE"
    assert "exploding" not in shown.getvalue()


@pytest.mark.heavy
def test_accuracies_that_part_while_the_loss_falls_are_no_overfitting(train):
    from dlrun.experiment import read_config

    base = read_config(ROOT / "configs" / "overfitting" / "digits_base.yaml")
    rows = ROOT / "datasets" / "digits.npz"

    folder = train(base.value, f"data.npz.path={rows}")

    found = diagnose_run(folder)
    named = {finding.verdict for finding in found.findings}
    losses = folder.history()["val_loss"]
    assert losses[-1] == min(losses)
    assert "GENERALIZATION_GAP" in named
    assert "OVERFITTING" not in named
    assert found.best_epoch == folder.metrics().best_epoch
    assert found.monitor == "val_loss"
