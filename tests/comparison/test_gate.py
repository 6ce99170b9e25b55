from __future__ import annotations

import json
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlrun.comparison import Question, compare, judge_groups
from dlrun.comparison.condition import SIGNS
from dlrun.diagnosis import all_verdicts
from dlrun.errors import QueryError, RunError
from dlrun.runs import State

NAN = float("nan")


def judged(folders, condition):
    """The names of the groups that meet it, and those of which nobody can tell."""
    answers = judge_groups(compare(folders), condition)
    meeting = [group.name for group in answers.meeting]
    return meeting, [unjudged.name for unjudged in answers.unknown]


@pytest.fixture
def broken(make_run):
    """A run whose every loss left the numbers, and one that went well."""
    return [
        make_run("nan", (NAN, NAN), state="diverged", config={"name": "nan"}),
        make_run("well", config={"name": "well", "fit/batch_size": 6}),
    ]


def test_groups_are_judged_by_their_means(study):
    assert judged(study, "val_loss > 0.6") == (["slower"], [])
    assert judged(study, "gap > 1") == ([], [])
    assert len(judged(study, "val_accuracy < 0.9 and n == 5")[0]) == 4


@pytest.mark.parametrize(
    "condition",
    [
        "val_loss > 0.5",
        "val_loss <= 0.5",
        "not val_loss > 0.5",
        "val_loss != 0.5",
        "best < 9",
        "best_epoch > 100",
        "gap > 9",
        "best_low > 9",
        "wasted_epochs > 1",
        "val_loss > 9 and not gap > 9",
    ],
)
def test_a_run_without_the_value_passes_no_gate(broken, condition):
    _, unknown = judged(broken, condition)

    assert "nan" in unknown


def test_who_cannot_be_judged_is_named_with_the_reason(broken):
    (unjudged,) = judge_groups(compare(broken), "val_loss > 9").unknown

    assert unjudged.reason == "nan is diverged and has no val_loss"


def test_one_seed_without_the_value_is_not_hidden_by_the_mean_of_the_others(make_run):
    runs = [make_run(f"a-{seed:03d}", config={"seed": seed}) for seed in (1, 2)]
    runs.append(make_run("a-003", (NAN,), config={"seed": 3}, state="diverged"))

    assert judged(runs, "val_loss > 0.9") == ([], ["gender"])


def test_a_run_that_cannot_be_read_passes_no_gate(study):
    (study[0].path / "config.json").write_text("{")

    assert judged(study, "val_loss > 9")[1] == ["base-001"]


def test_a_run_without_validation_has_no_gap_to_pass_by(make_run):
    runs = [make_run("a", validation=False, summary={"monitor": "train_loss"})]

    assert judged(runs, "gap > 0.1")[1] == ["a"]


@pytest.mark.parametrize(
    "spelling", ["overfit", "OVERFITTING", "Overfitting", "'overfit@3 1/1'"]
)
def test_a_verdict_is_written_as_files_or_as_tables_spell_it(make_run, spelling):
    run = make_run("a", (0.9, *(0.5 + epoch / 20 for epoch in range(8))))
    (run.path / "diagnosis.json").unlink(missing_ok=True)
    verdict = compare([run]).groups[0].verdict

    meeting, unknown = judged([run], f"verdict == {spelling}")

    assert unknown == []
    assert bool(meeting) == (verdict == "OVERFITTING")


def test_every_verdict_and_every_state_is_a_word_of_its_column(make_run):
    run = make_run("a")

    for verdict in all_verdicts():
        for word in (verdict.name, verdict.name.lower(), verdict.tag):
            judge_groups(compare([run]), f"verdict == '{word}'")
    for state in get_args(State):
        judge_groups(compare([run]), f"status == {state}")


def test_a_run_too_short_for_a_verdict_is_not_said_to_be_without_fault(make_run):
    run = make_run("a", (0.9, 0.8))

    assert judged([run], "verdict == OVERFITTING") == ([], ["a"])
    assert judged([run], "verdict == too-short") == (["a"], [])


def test_runs_of_a_group_that_stand_differently_have_no_common_status(make_run):
    runs = [
        make_run("a-001", config={"seed": 1}),
        make_run("a-002", config={"seed": 2}, state="failed"),
    ]

    assert judged(runs, "status == failed")[1] == ["gender"]
    assert judged(runs, "status != finished")[1] == ["gender"]


def test_what_a_baseline_has_not_is_no_lack(study):
    assert judged(study, "difference > 9") == ([], [])


@pytest.mark.parametrize(
    ("condition", "hint"),
    [
        ("verdict == divergd", "did you mean diverged?"),
        ("status == finish", "did you mean finished?"),
        ("val_loss > abc", "did you mean a number?"),
        ("val_loss == abc", "did you mean a number?"),
        ("val_accuracy > 90", "did you mean 0.9?"),
        ("epochs_done < 0", "write a number that it can reach"),
        ("val_loss == true", "write it like"),
        ("verdict > 1", "verdict == WORD"),
        ("verdict > overfit", "did you mean verdict == overfit?"),
        ("optimzer == Adam", "did you mean optimizer?"),
        ("optimizer == Adma", "did you mean Adam?"),
    ],
)
def test_what_can_never_hold_is_refused_by_gate_and_filter(make_run, condition, hint):
    sgd = {"compile/optimizer": {"SGD": {"learning_rate": 0.1}}}
    runs = [make_run("a"), make_run("b", config=sgd)]

    for ask in (
        lambda: judge_groups(compare(runs), condition),
        lambda: compare(runs, Question(where=condition)),
    ):
        with pytest.raises(QueryError) as caught:
            ask()
        assert hint in str(caught.value.hint)
        assert caught.value.exit_code == 2


def test_a_value_that_no_run_has_may_be_asked_for_all_the_same(make_run):
    sgd = {"compile/optimizer": {"SGD": {"learning_rate": 0.1}}}
    runs = [make_run("a"), make_run("b", config=sgd)]

    assert judged(runs, "optimizer == Adamax") == ([], [])


def test_a_filter_leaves_out_what_it_cannot_judge_and_says_so(broken):
    comparison = compare(broken, Question(where="val_loss < 9"))

    assert [row.run for row in comparison.rows] == ["well"]
    (unjudged,) = comparison.unjudged
    assert unjudged.run == "nan"
    assert "nan is diverged and has no val_loss" in unjudged.reason
    assert unjudged in comparison.skipped


def test_a_filter_that_can_judge_no_run_is_a_failed_check(broken):
    with pytest.raises(RunError, match="cannot be judged of nan") as caught:
        compare(broken[:1], Question(where="val_loss < 9"))

    assert caught.value.exit_code == 4


NAMES = [
    "best", "best_epoch", "best_low", "difference", "epochs_done", "gap", "gap_at_end",
    "name", "onset", "parameters", "reason", "run", "s/epoch", "status", "test",
    "train_at_best", "units", "val_accuracy", "val_loss", "verdict", "wasted", "word",
]  # fmt: skip
comparisons = st.tuples(
    st.sampled_from(NAMES),
    st.sampled_from(sorted(SIGNS)),
    st.sampled_from(["0.5", "3", "finished", "overfit", "null", "true", "nan", "x y"]),
).map(
    lambda parts: (
        f"{parts[0]} {parts[1]} '{parts[2]}'" if " " in parts[2] else " ".join(parts)
    )
)
conditions = st.recursive(
    comparisons,
    lambda parts: st.one_of(
        parts.map("not ({})".format),
        st.tuples(parts, parts).map(lambda two: f"({two[0]}) and ({two[1]})"),
        st.tuples(parts, parts).map(lambda two: f"({two[0]}) or ({two[1]})"),
    ),
    max_leaves=4,
)


@pytest.fixture(scope="module")
def mixed(tmp_path_factory):
    """Comparisons of every kind of run: with gaps, diverged, without an epoch."""
    root = tmp_path_factory.mktemp("runs")
    config = {"name": "a", "seed": 1, "fit": {"epochs": 5, "monitor": "val_loss"}}
    histories = {"well": ["0.5", "0.4", "0.45"], "nan": ["nan"], "none": []}
    for name, losses in histories.items():
        path = root / name
        path.mkdir()
        (path / "config.json").write_text(
            json.dumps(config | {"name": name, "units": len(name)})
        )
        status = {
            "state": "finished",
            "pid": 1,
            "host": "h",
            "started": "",
            "heartbeat": "",
        }
        (path / "status.json").write_text(
            json.dumps(status | {"reason": None, "finished": None})
        )
        rows = [f"{epoch},{loss},{loss}" for epoch, loss in enumerate(losses, 1)]
        (path / "history.csv").write_text(
            "\n".join(["epoch,train_loss,val_loss", *rows, ""])
        )
    from dlrun.runs import find_runs

    return compare(find_runs(root))


@given(conditions)
def test_a_condition_and_its_opposite_never_both_let_a_run_pass(mixed, condition):
    try:
        answers = judge_groups(mixed, condition)
        opposite = judge_groups(mixed, f"not ({condition})")
    except QueryError:  # It can never hold, or names what there is not.
        return

    for group in mixed.groups:
        named = [unjudged.name for unjudged in answers.unknown]
        is_unknown = group.name in named
        assert is_unknown == (group.name in {gap.name for gap in opposite.unknown})
        assert is_unknown or (group in answers.meeting) != (group in opposite.meeting)
