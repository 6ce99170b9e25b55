from __future__ import annotations

import random

import pytest

from dlrun.changes.changes import CHANGES
from dlrun.diagnosis import all_verdicts, find_verdict
from dlrun.studies.finding import Rise, Suspected, Trial, conclude
from dlrun.studies.references import REFERENCES

CONSTANT = 1.0


def lost(mean, rows=400, seed=0, spread=0.2):
    """A loss per row: the same rows are hard for whoever is asked."""
    draw = random.Random(seed)
    hard = [draw.gauss(0, spread) for _ in range(rows)]
    own = random.Random(f"{mean}")
    return [mean + row + own.gauss(0, 0.02) for row in hard]


def trial(name, rows, state="finished"):
    return Trial(name=name, sentence=name, run=f"x-{name}", state=state, rows=rows)


def check(suspicion, trials, rows=None, **more):
    run = Suspected(
        suspicion=suspicion,
        figure="val_loss",
        rows=lost(0.6) if rows is None else rows,
        constant=CONSTANT,
        **more,
    )
    return conclude(run, [trial(name, values) for name, values in trials.items()])


@pytest.mark.parametrize(
    ("suspicion", "gaining", "verdict"),
    [
        ("UNDERFITTING", "longer", "SLOW_CONVERGENCE"),
        ("UNDERFITTING", "learning_rate_triple", "SLOW_CONVERGENCE"),
        ("UNDERFITTING", "scale_targets", "SLOW_CONVERGENCE"),
        ("DIVERGED", "scale_targets", "DIVERGED"),
        ("UNDERFITTING", "wider", "UNDERFITTING"),
        ("UNDERFITTING", "unregularised", "UNDERFITTING"),
        ("UNDERFITTING", "learning_rate_third", "OSCILLATING_LOSS"),
        ("SLOW_CONVERGENCE", "longer", "SLOW_CONVERGENCE"),
        ("SLOW_CONVERGENCE", "wider", "UNDERFITTING"),
        ("GOOD_FIT", "longer", "SLOW_CONVERGENCE"),
        ("GOOD_FIT", "wider", "UNDERFITTING"),
        ("OVERFITTING", "l2_up", "OVERFITTING"),
        ("GENERALIZATION_GAP", "l2_up", "GENERALIZATION_GAP"),
        ("EXPLODING_GRADIENT", "scale_inputs", "EXPLODING_GRADIENT"),
        ("EXPLODING_GRADIENT", "longer", "SLOW_CONVERGENCE"),
        ("OSCILLATING_LOSS", "larger_batch", "OSCILLATING_LOSS"),
    ],
)
def test_the_reference_that_helps_says_what_is_at_fault(suspicion, gaining, verdict):
    others = {name: lost(0.6) for name in find_verdict(suspicion).references}

    found = check(suspicion, {**others, gaining: lost(0.3)})

    assert (found.verdict, found.cause) == (verdict, gaining)
    assert found.standing == ("confirmed" if verdict == suspicion else "changed")
    assert "falls by 50 %" in found.sentence
    assert [item.name for item in found.helping] == [gaining]


@pytest.mark.parametrize("suspicion", ["UNDERFITTING", "OVERFITTING", "TOO_SHORT"])
def test_where_nothing_helps_and_nothing_is_hidden_the_data_are_the_limit(suspicion):
    found = check(suspicion, {name: lost(0.6) for name in ("longer", "wider")})

    assert (found.verdict, found.standing) == ("GOOD_FIT", "refuted")
    assert "the data are the limit" in found.sentence
    assert found.helping == ()


def test_where_a_reference_failed_the_data_are_not_called_the_limit():
    run = Suspected(
        suspicion="UNDERFITTING", figure="val_loss", rows=lost(0.6), constant=CONSTANT
    )
    trials = [trial("longer", lost(0.6)), trial("wider", None, "failed")]

    found = conclude(run, trials)

    assert (found.verdict, found.standing) == ("GOOD_FIT", "not shown")
    assert found.sentence == (
        "The reference, longer, does not help, but wider could not be measured."
    )


def test_a_reference_that_breaks_down_does_not_help():
    run = Suspected(
        suspicion="UNDERFITTING", figure="val_loss", rows=lost(0.6), constant=CONSTANT
    )
    trials = [trial("longer", lost(0.6)), trial("wider", None, "diverged")]

    assert conclude(run, trials).standing == "refuted"


def test_a_good_fit_that_nothing_improves_is_confirmed():
    found = check("GOOD_FIT", {name: lost(0.6) for name in ("longer", "wider")})

    assert (found.verdict, found.standing) == ("GOOD_FIT", "confirmed")


def test_few_rows_leave_room_for_a_gain_and_that_is_said():
    rows = [0.2, 1.0, 0.4, 0.9, 0.3]
    other = [0.4, 0.6, 0.5, 0.5, 0.5]

    found = check("UNDERFITTING", {"longer": other}, rows)

    assert (found.verdict, found.standing) == ("GOOD_FIT", "not shown")
    assert "5 validation rows leave room for a gain of up to" in found.sentence
    assert "data are the limit" not in found.sentence


def test_a_gain_that_is_sure_but_small_does_not_matter():
    rows = lost(0.6, rows=4000)

    found = check("UNDERFITTING", {"longer": [row - 0.05 for row in rows]}, rows)

    (reference,) = found.references
    assert reference.gain.low > 0
    assert not reference.helps
    assert found.matters == pytest.approx(0.06, rel=0.02)


def test_a_large_gain_within_the_choice_of_rows_is_not_shown():
    rows = [1.0] * 10
    lucky = [1.0] * 9 + [-2.0]

    found = check("UNDERFITTING", {"longer": lucky}, rows)

    (reference,) = found.references
    assert reference.gain.mean > found.matters
    assert not reference.helps


def test_of_a_low_loss_a_gain_that_a_constant_would_not_notice_does_not_matter():
    found = check("UNDERFITTING", {"longer": [0.005] * 50}, [0.02] * 50)

    assert found.matters == pytest.approx(0.02)
    assert found.verdict == "GOOD_FIT"


def test_more_epochs_are_to_blame_before_a_wider_net_that_gains_as_much():
    found = check(
        "UNDERFITTING", {"longer": lost(0.3), "wider": [v - 0.01 for v in lost(0.3)]}
    )

    assert (found.verdict, found.cause) == ("SLOW_CONVERGENCE", "longer")


def test_a_wider_net_is_to_blame_where_it_gains_far_more():
    found = check("UNDERFITTING", {"longer": lost(0.5), "wider": lost(0.2)})

    assert (found.verdict, found.cause) == ("UNDERFITTING", "wider")
    assert [item.name for item in found.helping] == ["wider", "longer"]


def test_of_two_causes_of_one_verdict_the_one_that_gains_far_more_is_named():
    found = check("UNDERFITTING", {"unregularised": lost(0.5), "wider": lost(0.2)})

    assert (found.verdict, found.cause) == ("UNDERFITTING", "wider")


def test_overfitting_is_confirmed_by_the_rise_itself():
    rows = lost(0.6)
    rise = Rise(saved=rows, at_end=[row + 0.1 for row in rows], constant=CONSTANT)

    found = check("OVERFITTING", {"l2_up": lost(0.6)}, rows, rise=rise)

    assert (found.verdict, found.standing) == ("OVERFITTING", "confirmed")
    assert found.cause is None
    assert "is 17 % above that of the saved weights" in found.sentence


def test_a_rise_within_the_choice_of_rows_confirms_nothing():
    rows = [0.6] * 40
    rise = Rise(saved=rows, at_end=[0.6] * 39 + [3.0], constant=CONSTANT)

    found = check("OVERFITTING", {"l2_up": rows}, rows, rise=rise)

    assert found.rise.mean > 0.05 * 0.6
    assert (found.verdict, found.standing) == ("GOOD_FIT", "refuted")


def test_a_run_that_broke_down_is_held_against_a_constant_prediction():
    run = Suspected(
        suspicion="DIVERGED", figure="val_loss", rows=None, constant=CONSTANT
    )
    trials = [
        trial("scale_inputs", None, "diverged"),
        trial("learning_rate_down", lost(0.4)),
    ]

    found = conclude(run, trials)

    assert (found.verdict, found.standing) == ("DIVERGED", "confirmed")
    assert found.cause == "learning_rate_down"
    assert found.references[0].gain is None
    assert found.value is None


def test_where_every_reference_breaks_down_nothing_can_be_told():
    run = Suspected(suspicion="UNDERFITTING", figure="val_loss", rows=lost(0.6))

    found = conclude(run, [trial("longer", None, "diverged")])

    assert (found.verdict, found.standing) == (None, "open")


@pytest.mark.parametrize("odd", [float("nan"), float("inf")])
def test_a_loss_that_is_no_number_is_compared_with_nothing(odd):
    found = check("UNDERFITTING", {"longer": lost(0.6), "wider": [odd, *lost(0.1)[1:]]})

    assert found.references[1].gain is None
    assert found.references[1].value is None
    assert (found.verdict, found.standing) == ("GOOD_FIT", "refuted")

    base = check("UNDERFITTING", {"longer": lost(0.6)}, [odd, *lost(0.6)[1:]])

    assert base.value is None
    assert base.references[0].gain.mean == pytest.approx(0.4, abs=0.05)


@pytest.mark.parametrize("easier", [True, False])
def test_easier_validation_rows_show_beside_the_train_rows(easier):
    train = lost(0.9 if easier else 0.5, seed=1)

    found = check("VALIDATION_BETTER", {"longer": lost(0.6)}, train=train)

    expected = "VALIDATION_BETTER" if easier else "GOOD_FIT"
    assert found.verdict == expected


@pytest.mark.parametrize(
    ("train", "verdict", "standing"),
    [
        (lost(0.58, seed=1), "GOOD_FIT", "refuted"),
        (lost(0.1, seed=1), "VALIDATION_BETTER", "confirmed"),
        (lost(0.5, rows=6, seed=1, spread=0.6), None, "open"),
    ],
    ids=["nothing learned by heart", "much", "too few rows to tell"],
)
def test_shared_rows_flatter_only_what_has_learned_by_heart(train, verdict, standing):
    known = [number % 4 == 0 for number in range(400)]

    found = check("VALIDATION_BETTER", {"longer": lost(0.6)}, train=train, known=known)

    assert (found.verdict, found.standing) == (verdict, standing)
    if verdict != "GOOD_FIT":
        assert "100 of 400 validation rows are train rows as well" in found.sentence


def test_rows_that_coincide_because_they_are_easy_are_no_leak():
    known = [number % 2 == 0 for number in range(400)]
    rows = [0.05 if easy else loss for easy, loss in zip(known, lost(0.6), strict=True)]
    train = [
        0.05 if easy else loss
        for easy, loss in zip(known, lost(0.6, seed=1), strict=True)
    ]

    found = check(
        "VALIDATION_BETTER",
        {"longer": rows},
        rows,
        train=train,
        known=known,
        repeated=known,
    )

    assert (found.verdict, found.standing) == ("GOOD_FIT", "refuted")


def test_no_gain_tells_whether_persons_are_known():
    why = "Only rows of others can tell."

    found = check("VALIDATION_BETTER", {"longer": lost(0.3)}, untold=why)

    assert (found.verdict, found.standing, found.sentence) == (None, "open", why)
    assert found.references[0].helps


@pytest.mark.parametrize("suspected", all_verdicts(), ids=lambda verdict: verdict.name)
def test_every_reference_of_a_verdict_is_a_change_that_shows_a_fault(suspected):
    assert suspected.references
    for name in suspected.references:
        shown = find_verdict(REFERENCES[name].verdict(suspected.name))
        assert name in CHANGES
        assert shown is not None
        assert shown.standing == "fault"


def test_every_reference_is_asked_for_by_a_verdict():
    asked = {name for verdict in all_verdicts() for name in verdict.references}

    assert asked == REFERENCES.keys()
