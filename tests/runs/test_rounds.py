from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dlrun.errors import RunError
from dlrun.runs import (
    KnownTruth,
    Metrics,
    RoundFigures,
    SelectionFigures,
    Summary,
    ValidationFigures,
    create_run,
    find_rounds,
    round_of,
    training_folder,
)

FIGURES = RoundFigures(
    number=0,
    selection=SelectionFigures(selected=3, truth=KnownTruth(None, ((2, 1), (0, 0)))),
    labels_changed=float("nan"),
    val_loss=0.5,
    validation=ValidationFigures(
        accuracy=0.75,
        confidence=0.9,
        temperature=1.0,
        calibration_error=0.1,
        calibration_error_scaled=0.1,
    ),
    best_epoch=1,
    epochs=2,
    seconds=0.25,
    verdict="ok",
)


@pytest.fixture
def run(tmp_path):
    made = create_run(tmp_path, "rounds")
    made.write_config("name: rounds\n", {"name": "rounds"})
    made.write_summary(Summary(jit=True))
    return made


def test_a_run_without_rounds_trains_in_its_own_folder(run):
    assert find_rounds(run) == []
    assert training_folder(run) == run


def test_rounds_are_found_in_order_and_the_newest_is_trained_in(run):
    for number in (0, 2, 1):
        round_of(run, number).start_over()
    (run.path / "rounds" / "notes").mkdir()

    found = find_rounds(run)

    assert [one.number for one in found] == [0, 1, 2]
    assert training_folder(run) == found[-1]
    assert found[-1].name == run.name


def test_a_round_has_the_config_the_summary_and_the_status_of_its_run(run):
    one = round_of(run, 1)
    one.start_over()

    one.write_status("diverged", "nan")

    assert one.config() == {"name": "rounds"}
    assert one.summary() == Summary(jit=True)
    assert one.status() == run.status()
    assert run.status().state == "diverged"
    assert [path.name for path in one.path.iterdir()] == ["SHA256SUMS"]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    st.lists(
        st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=9),
        min_size=2,
        max_size=5,
        unique=True,
    ),
    st.lists(st.floats(0, 1), min_size=1, max_size=9),
)
def test_what_a_model_says_reads_back_as_it_was_written(run, names, confidences):
    one = round_of(run, 0)
    one.start_over()
    labels = [at % len(names) for at in range(len(confidences))]

    rows = zip(
        (f"=row {at}" for at in range(len(labels))),
        (names[label] for label in labels),
        confidences,
        strict=True,
    )
    one.write_pool(rows)

    assert one.pool(names) == (labels, confidences)


def test_classes_that_a_round_does_not_know_are_refused(run):
    one = round_of(run, 0)
    one.start_over()
    one.write_pool([(0, "red", 0.5)])

    with pytest.raises(RunError, match="is damaged"):
        one.pool(["blue", "green"])


def test_a_round_is_whole_once_its_figures_are_there(run):
    one = round_of(run, 0)
    one.start_over()
    assert not one.is_whole

    one.write_figures(FIGURES)

    assert one.is_whole
    assert one.figures() == replace(FIGURES, labels_changed=None)


def test_starting_over_leaves_nothing_of_what_was_there(run):
    one = round_of(run, 1)
    one.start_over()
    one.append_history({"epoch": 1, "loss": 1.0})

    one.start_over()

    assert [path.name for path in one.path.iterdir()] == ["SHA256SUMS"]


def test_a_published_round_describes_the_run_but_keeps_what_is_its_own(run):
    one = round_of(run, 1)
    one.start_over()
    one.append_history({"epoch": 1, "loss": 1.0})
    one.write_predictions(["id", "label"], [(0, "red")])
    one.write_selected(["id"], [(3,)])
    one.write_pool([(0, "red", 0.5)])
    one.write_metrics(Metrics(best_epoch=1))
    (one.path / "diagnostics").mkdir()
    (one.path / "diagnostics" / "layers.csv").write_text("epoch\n1\n")
    one.write_figures(FIGURES)
    before = {path.name for path in run.path.iterdir()}

    one.publish()

    after = {path.name for path in run.path.iterdir()}
    assert after - before == {"history.csv", "predictions.csv", "diagnostics"}
    assert run.history() == one.history()
    assert (run.path / "diagnostics" / "layers.csv").read_text() == "epoch\n1\n"
