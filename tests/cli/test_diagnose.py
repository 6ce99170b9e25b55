from __future__ import annotations

import json
from pathlib import Path

import pytest

from dlrun.runs import Summary, create_run

GOLDEN = Path(__file__).parents[1] / "golden" / "diagnose"
TRAIN = [2.0, 1.2, 0.8, 0.5, 0.35, 0.25, 0.2, 0.15, 0.12, 0.1, 0.08, 0.06]
VALIDATION = [2.1, 1.4, 1.1, 0.9, 0.8, 0.79, 0.82, 0.86, 0.9, 0.95, 1.0, 1.1]
OVERFITTED = {"loss": TRAIN, "val_loss": VALIDATION}


@pytest.fixture
def history(here) -> Path:
    """As pandas writes `history.history`, with a column of its own in front."""
    lines = [",loss,val_loss"]
    rows = zip(TRAIN, VALIDATION, strict=True)
    lines += [f"{place},{train},{val}" for place, (train, val) in enumerate(rows)]
    (here / "history.csv").write_text("\n".join(lines) + "\n")
    return here / "history.csv"


def test_a_history_of_any_keras_program_is_diagnosed(dlrun, history, golden):
    outcome = dlrun("diagnose", "history.csv")

    assert outcome.code == 0
    golden(GOLDEN / "overfitting.txt", outcome.out.rstrip())


@pytest.mark.parametrize(
    "value",
    [
        OVERFITTED,
        {"history": OVERFITTED},
        [
            {"loss": train, "val_loss": val}
            for train, val in zip(TRAIN, VALIDATION, strict=True)
        ],
        {name: dict(enumerate(column)) for name, column in OVERFITTED.items()},
    ],
    ids=["columns", "with-facts", "epochs", "pandas"],
)
def test_json_may_have_several_forms(dlrun, history, here, value):
    (here / "history.json").write_text(json.dumps(value))

    from_json = json.loads(dlrun("diagnose", "history.json", "--json").out)
    from_csv = json.loads(dlrun("diagnose", "history.csv", "--json").out)

    assert from_json | {"name": ""} == from_csv | {"name": ""}


def test_a_file_may_hold_facts_and_probes(dlrun, here):
    facts = {"n_classes": 10, "n_train": 1000, "n_val": 15}
    probe = [{"epoch": -1, "grad_norm": [900.0, 1.0], "weight_norm": [3.0, 4.0]}]
    stuck = {"loss": [2.0] * 12, "val_loss": [2.1] * 12}
    value = {"history": stuck, "probe": probe, **facts}
    (here / "history.json").write_text(json.dumps(value))

    found = json.loads(dlrun("diagnose", "history.json", "--json").out)

    assert found["verdict"] == "EXPLODING_GRADIENT"


def test_a_separator_other_than_the_comma_is_seen(dlrun, history):
    history.write_text(history.read_text().replace(",", ";"))

    found = json.loads(dlrun("diagnose", "history.csv", "--json").out)

    assert found["verdict"] == "OVERFITTING"


def test_runs_are_diagnosed_with_the_facts_they_keep(dlrun, here):
    for name in ("calm", "leaky"):
        folder = create_run(here / "runs", name)
        shared = 100 if name == "leaky" else 0
        facts = {"num_classes": 10, "n_val": 400, "shared_rows": shared}
        folder.write_summary(Summary(parameters=1, facts=facts))
        for epoch in range(1, 21):
            row = {"epoch": epoch, "train_loss": 2 / epoch, "val_loss": 2.1 / epoch}
            folder.append_history(row | {"weights_sha256": "a"})

    found = json.loads(dlrun("diagnose", "runs", "--json").out)

    assert {one["name"]: one["tag"] for one in found} == {
        "runs/calm-001": "ok",
        "runs/leaky-001": "leak?",
    }


def test_a_run_without_a_summary_is_diagnosed_by_its_curves(dlrun, here):
    folder = create_run(here / "runs", "lost")
    for epoch, (train, val) in enumerate(zip(TRAIN, VALIDATION, strict=True), 1):
        folder.append_history({"epoch": epoch, "train_loss": train, "val_loss": val})

    outcome = dlrun("diagnose", "lost")

    assert outcome.code == 0
    assert outcome.out.startswith("lost: OVERFITTING since epoch ")


def test_one_bad_history_does_not_hide_the_others(dlrun, history):
    outcome = dlrun("diagnose", "histroy.csv", "history.csv")

    assert outcome.code == 3
    assert outcome.out.startswith("history.csv: OVERFITTING")
    assert "did you mean histroy.csv" not in outcome.err
    assert "did you mean history.csv?" in outcome.err


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("empty.csv", ""),
        ("words.csv", "epoch\tname\none\tx\n"),
        ("no-loss.csv", "epoch,Loss,val_loss\n1,0.5,0.6\n2,0.4,0.5\n"),
        ("text.csv", "epoch,loss\n1,0.5\n2,low\n"),
        ("comma.csv", "epoch;loss\n1;0,5\n2;0,4\n"),
        ("cells.csv", "epoch,loss\n1,0.5\n2\n"),
        ("broken.json", '{"loss": [0.5,\n 0.4'),
        ("number.json", "3"),
        ("short.json", '{"loss": [3, 2, 1], "val_loss": [3, 2]}'),
        ("probe.json", '{"history": {"loss": [1]}, "probe": {"epoch": 0}}'),
    ],
)
def test_the_words_for_what_is_no_history(dlrun, here, golden, name, text):
    (here / name).write_text(text)

    outcome = dlrun("diagnose", name)

    assert outcome.code == 3
    assert outcome.out == ""
    golden(GOLDEN / f"{name}.txt", outcome.err.rstrip())


def test_nothing_but_text_in_utf_8_is_read(dlrun, here):
    (here / "bytes.csv").write_bytes(b"loss\n\xff\xfe\n")

    outcome = dlrun("diagnose", "bytes.csv")

    assert outcome.code == 3
    assert "save it as UTF-8" in outcome.err


def test_a_run_that_diverged_in_its_first_epoch_has_only_its_status(dlrun, here):
    folder = create_run(here / "runs", "hot")
    folder.write_status("diverged", "the loss is nan in epoch 1, steps 1 to 16")

    found = json.loads(dlrun("diagnose", "hot", "--json").out)

    assert found["verdict"] == "DIVERGED"
    assert found["findings"][0]["epoch"] == 1
