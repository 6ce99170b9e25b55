"""What training takes for granted of an engine, whatever computes in it."""

from __future__ import annotations

from math import isfinite

import numpy as np
import pytest

from dlrun.data import INPUT, OUTPUT
from dlrun.errors import DataError

ROWS = np.arange(15, dtype="float32").reshape(5, 3) / 15
LABELS = np.array([0, 1, 1, 0, 1], "int32")
ORDER = np.array([4, 2, 0, 1, 3], "int32")
EPOCH = ((0, 3),)
DROPOUT = {"Dropout": 0.5}
NOISY = {
    "dropout": (DROPOUT,),
    "every kind of state": (
        {"Dense": 8},
        "BatchNormalization",
        DROPOUT,
        {"GaussianNoise": 0.1},
    ),
}


def place(engine, rows=ROWS, labels=LABELS, weights=None):
    return engine.place({INPUT: rows}, {OUTPUT: labels}, weights)


def train(engine, order=ORDER, state=(1, 2), chunks=EPOCH, **placed):
    """An epoch; what its last chunk tells."""
    rows = place(engine, **placed)
    seeds = np.array([state] * engine.num_seeds, "uint32").reshape(-1, 2)
    engine.begin_epoch(rows, np.asarray(order, "int32"), seeds)
    figures = {}
    for start, stop in chunks:
        figures = engine.run(start, stop)
    return dict(figures)


def bits(engine):
    """Everything that an engine hands out to be kept."""
    arrays = [*engine.weights(), *engine.optimizer_state()]
    return [array.tobytes() for array in arrays]


def starting_over(engine):
    """Puts an engine back to what it is now: tracing a new one takes longer."""
    place(engine)
    weights, state = engine.weights(), engine.optimizer_state()

    def restore():
        engine.set_weights(weights)
        engine.set_optimizer_state(state)

    return restore


def loss_of(outputs, labels=LABELS):
    return float(-np.log(outputs[np.arange(len(labels)), labels]).mean())


# Steps.


@pytest.mark.parametrize("jit", [False, True])
@pytest.mark.parametrize("layers", NOISY.values(), ids=NOISY)
def test_no_bit_depends_on_where_chunks_end(make, layers, jit):
    engine, _ = make(*layers, jit=jit)
    restore = starting_over(engine)
    told = []
    for chunks in (
        [(0, 3)],
        [(0, 1), (1, 3)],
        [(0, 2), (2, 3)],
        [(0, 1), (1, 2), (2, 3)],
    ):
        restore()
        told.append((train(engine, chunks=chunks), bits(engine)))

    assert all(figures == told[0] for figures in told)


def test_the_same_epoch_gives_the_same_bits(make):
    engines = [make(DROPOUT)[0] for _ in range(2)]

    for engine in engines:
        train(engine)

    assert bits(engines[0]) == bits(engines[1])


@pytest.mark.parametrize("jit", [False, True])
def test_rows_are_taken_in_the_given_order(make, jit):
    engine, other = (make(jit=jit)[0] for _ in range(2))

    train(engine)
    train(other, order=range(5), rows=ROWS[ORDER], labels=LABELS[ORDER])

    assert bits(engine) == bits(other)


def test_an_order_may_repeat_rows_and_leave_some_out(make):
    engine, other = (make()[0] for _ in range(2))
    order = [0, 0, 3, 0, 3, 1, 1]

    train(engine, order=order, chunks=[(0, 4)])
    train(other, range(7), rows=ROWS[order], labels=LABELS[order], chunks=[(0, 4)])

    assert bits(engine) == bits(other)


@pytest.mark.parametrize("jit", [False, True])
def test_the_last_rows_teach_though_they_fill_no_batch(make, jit):
    engine, _ = make(jit=jit)
    train(engine, chunks=[(0, 2)])
    before = engine.weights()

    engine.run(2, 3)

    assert not np.array_equal(before[0], engine.weights()[0])


def test_a_batch_may_be_larger_than_the_data(make):
    engine, _ = make(batch_size=8)

    figures = train(engine, chunks=[(0, 1)])

    assert isfinite(figures["loss"])


def test_rows_know_their_number(make):
    engine, _ = make()

    assert len(place(engine)) == 5


def test_rows_of_weight_zero_teach_nothing(make):
    engine, _ = make()
    before = engine.weights()

    train(engine, weights=np.zeros(5, "float32"))

    for first, second in zip(before, engine.weights(), strict=True):
        np.testing.assert_array_equal(first, second)


def test_a_row_teaches_as_much_as_its_weight(make):
    halved, slower = make(rate=0.2)[0], make(rate=0.1)[0]

    train(halved, weights=np.full(5, 0.5, "float32"))
    train(slower)

    for first, second in zip(halved.weights(), slower.weights(), strict=True):
        np.testing.assert_allclose(first, second, rtol=1e-4, atol=1e-6)


def test_a_step_lowers_the_loss(make):
    engine, _ = make(batch_size=5)
    before = engine.evaluate(place(engine))["loss"]

    train(engine, chunks=[(0, 1)])

    assert engine.evaluate(place(engine))["loss"] < before


# Noise.


@pytest.mark.parametrize("jit", [False, True])
def test_noise_follows_from_the_seeds_of_the_epoch(make, jit):
    engine, _ = make(DROPOUT, jit=jit)
    restore = starting_over(engine)

    def weights(state):
        restore()
        train(engine, state=state)
        return engine.weights()[0].tolist()

    assert weights([1, 2]) == weights([1, 2])
    assert len({str(weights(state)) for state in ([1, 2], [3, 4], [5, 6])}) > 1


def test_noise_does_not_depend_on_what_came_before_the_epoch(make):
    engine, _ = make(DROPOUT)
    place(engine)
    kept, state = engine.weights(), engine.optimizer_state()
    train(engine)
    first = bits(engine)

    engine.set_weights(kept)
    engine.set_optimizer_state(state)
    train(engine)

    assert bits(engine) == first


def test_each_source_of_noise_takes_a_seed(make):
    assert [make(*[DROPOUT] * count)[0].num_seeds for count in range(3)] == [0, 1, 2]


# Figures.


def test_running_figures_cover_the_epoch_so_far(make):
    whole = train(make()[0])
    parts = train(make()[0], chunks=((0, 1), (1, 2), (2, 3)))

    assert list(whole) == ["loss", "accuracy"]
    assert all(type(value) is float for value in whole.values())
    assert whole == parts


def test_a_new_epoch_forgets_the_figures_of_the_last(make):
    engine, _ = make()
    kept = engine.weights()
    figures = train(engine, chunks=[(0, 1)])

    engine.set_weights(kept)

    assert train(engine, chunks=[(0, 1)]) == figures


@pytest.mark.parametrize("jit", [False, True])
def test_a_loss_that_is_no_number_is_told(make, jit):
    engine, _ = make(jit=jit)
    rows = ROWS.copy()
    rows[2] = np.nan

    running = train(engine, rows=rows, chunks=[(0, 1)])

    assert not isfinite(running["loss"])
    assert not isfinite(engine.evaluate(place(engine))["loss"])


# Inference mode.


@pytest.mark.parametrize("jit", [False, True])
def test_evaluation_is_in_inference_mode(make, jit):
    engine, _ = make(DROPOUT, jit_evaluation=jit)
    train(engine)

    figures = engine.evaluate(place(engine))

    outputs = engine.predict({INPUT: ROWS})[OUTPUT]
    hits = outputs.argmax(axis=1) == LABELS
    assert figures == pytest.approx(
        {"loss": loss_of(outputs), "accuracy": hits.mean()}, rel=1e-5
    )


@pytest.mark.parametrize("layers", NOISY.values(), ids=NOISY)
def test_evaluation_and_prediction_change_nothing(make, layers):
    engine, other = (make(*layers)[0] for _ in range(2))
    for trained in (engine, other):
        train(trained)
    before = bits(engine)

    engine.evaluate(place(engine))
    engine.predict({INPUT: ROWS})

    assert bits(engine) == before
    assert train(engine, state=(3, 4)) == train(other, state=(3, 4))
    assert bits(engine) == bits(other)


def test_evaluation_of_rows_is_the_same_after_other_rows(make):
    engine, _ = make()
    rows, few = (place(engine, ROWS[:size], LABELS[:size]) for size in (5, 3))
    first = engine.evaluate(rows)

    engine.evaluate(few)

    assert engine.evaluate(rows) == first


@pytest.mark.parametrize("jit", [False, True])
def test_predictions_come_in_the_order_of_the_rows(make, jit):
    engine, _ = make(jit_evaluation=jit)
    rows = np.random.default_rng(0).normal(size=(3000, 3)).astype("float32")

    outputs = engine.predict({INPUT: rows})[OUTPUT]

    assert outputs.shape == (3000, 2)
    for start in (0, 1023, 2999):
        alone = engine.predict({INPUT: rows[start : start + 1]})[OUTPUT]
        np.testing.assert_allclose(outputs[start], alone[0], rtol=1e-5, atol=1e-6)


# State.


def test_state_goes_out_and_in_bit_for_bit(make):
    engine, _ = make(DROPOUT)
    train(engine)
    kept, state = engine.weights(), engine.optimizer_state()
    figures = train(engine, state=(3, 4))
    after = bits(engine)

    other, _ = make(DROPOUT, seed=2)
    place(other)
    other.set_weights(kept)
    other.set_optimizer_state(state)

    assert train(other, state=(3, 4)) == figures
    assert bits(other) == after


def test_what_was_handed_out_stays_as_it_was(make):
    engine, _ = make()
    place(engine)
    arrays = [*engine.weights(), *engine.optimizer_state()]
    before = [array.tobytes() for array in arrays]

    train(engine)

    assert bits(engine) != before
    assert [array.tobytes() for array in arrays] == before


def test_weights_hold_no_random_state(make):
    engine, _ = make(DROPOUT)

    assert [array.shape for array in engine.weights()] == [(3, 2), (2,)]


def test_weights_of_another_model_are_refused(make):
    engine, _ = make()

    with pytest.raises(ValueError, match="argument"):
        engine.set_weights(engine.weights()[:-1])


def test_an_engine_that_adopts_a_model_is_like_one_made_for_it(make):
    engine, _ = make(DROPOUT)
    fresh, _ = make(DROPOUT, seed=2, rate=0.01)
    train(engine)

    engine.adopt(make(DROPOUT, seed=2, rate=0.01)[1])

    assert train(engine) == train(fresh)
    assert bits(engine) == bits(fresh)


# The model, which callbacks read and set between epochs, and which is saved.


def test_the_model_has_the_weights_of_the_engine(make):
    engine, model = make()
    kept = engine.weights()
    train(engine)
    trained = zip(engine.weights(), model.get_weights(), strict=True)
    assert all(np.array_equal(own, weight) for own, weight in trained)

    engine.set_weights(kept)

    restored = zip(kept, model.get_weights(), strict=True)
    assert all(np.array_equal(own, weight) for own, weight in restored)


def test_weights_that_a_callback_sets_are_those_of_the_engine(make):
    engine, model = make()
    other, _ = make(seed=2)
    train(engine)

    model.set_weights(other.weights())

    assert engine.evaluate(place(engine)) == other.evaluate(place(other))
    assert engine.weights()[0].tobytes() == other.weights()[0].tobytes()


@pytest.mark.parametrize("jit", [False, True])
def test_a_learning_rate_that_a_callback_sets_holds_from_the_next_step(make, jit):
    engine, model = make(jit=jit)
    slow, _ = make(rate=0.001, jit=jit)
    place(engine)

    model.optimizer.learning_rate = 0.001

    assert train(engine) == train(slow)
    assert bits(engine) == bits(slow)


# The probe.


def test_a_probe_finds_the_gradient_of_the_loss(make):
    engine, _ = make(DROPOUT)
    rows, kept = place(engine), engine.weights()
    probe = engine.probe(rows)

    (layer,) = engine.probed_layers
    (gradient,) = probe.gradients
    losses = []
    for sign in (1, -1):
        moved = engine.weights()
        moved[layer.place] += np.float32(sign * 0.01) * gradient
        engine.set_weights(moved)
        losses.append(engine.probe(rows).loss)
        engine.set_weights(kept)

    assert gradient.shape == kept[layer.place].shape
    slope = (losses[0] - losses[1]) / 0.02
    assert slope == pytest.approx(float((gradient**2).sum()), rel=1e-2)


def test_a_probe_is_in_inference_mode(make):
    engine, _ = make(DROPOUT)

    probe = engine.probe(place(engine))

    outputs = engine.predict({INPUT: ROWS})[OUTPUT]
    np.testing.assert_allclose(probe.outputs[OUTPUT], outputs, rtol=1e-5)
    assert probe.loss == pytest.approx(loss_of(outputs), rel=1e-5)
    assert probe.regularisation_loss == 0


def test_a_probe_shows_activations_row_by_row(make):
    engine, _ = make({"Dense": {"units": 4, "activation": "relu"}})

    probe = engine.probe(place(engine))

    hidden, last = engine.probed_layers
    (activations,) = probe.activations
    kernel, bias = engine.weights()[:2]
    assert (hidden.is_shown, last.is_shown) == (True, False)
    np.testing.assert_allclose(
        activations, np.maximum(ROWS @ kernel + bias, 0), rtol=1e-5, atol=1e-6
    )


@pytest.mark.parametrize("layers", NOISY.values(), ids=NOISY)
def test_a_probe_changes_no_bit(make, layers):
    engine, other = (make(*layers)[0] for _ in range(2))
    for trained in (engine, other):
        train(trained)

    engine.probe(place(engine))

    assert bits(engine) == bits(other)
    assert train(engine, state=(3, 4)) == train(other, state=(3, 4))
    assert bits(engine) == bits(other)


# Names.


def test_features_and_labels_have_names(make):
    engine, _ = make()

    assert list(engine.predict({INPUT: ROWS})) == [OUTPUT]
    assert list(engine.probe(place(engine)).outputs) == [OUTPUT]


@pytest.mark.parametrize("names", [(), ("left", "right")])
def test_arrays_that_cannot_be_told_apart_are_refused(make, names):
    engine, _ = make()
    rows, labels = dict.fromkeys(names, ROWS), dict.fromkeys(names, LABELS)

    for ask in (
        lambda: engine.place(rows, {OUTPUT: LABELS}),
        lambda: engine.place({INPUT: ROWS}, labels),
        lambda: engine.predict(rows),
    ):
        with pytest.raises(DataError):
            ask()
