from __future__ import annotations

import logging

import numpy as np
import pytest

pytestmark = pytest.mark.heavy


@pytest.fixture
def make_engine():
    """An engine over a small compiled model, and that model."""
    import keras

    from dlrun.training.engines import TensorFlowEngine

    def make(*layers, batch_size=2, rate=0.1, seed=1):
        keras.utils.set_random_seed(seed)
        inputs = keras.Input((3,))
        outputs = inputs
        for layer in (*layers, keras.layers.Dense(1)):
            outputs = layer(outputs)
        model = keras.Model(inputs, outputs)
        model.compile(keras.optimizers.SGD(rate), "mse", metrics=["mae"])
        return TensorFlowEngine(model, batch_size=batch_size), model

    return make


ROWS = np.arange(15, dtype="float32").reshape(5, 3) / 15
LABELS = np.array([[0.0], [1.0], [0.5], [0.25], [0.75]], "float32")
ORDER = np.array([4, 2, 0, 1, 3], "int32")


def train(engine, order=ORDER, seeds=None, weights=None, chunks=((0, 3),)):
    rows = engine.place(ROWS, LABELS, weights)
    if seeds is None:
        seeds = np.zeros((engine.num_seeds, 2), "uint32")
    engine.begin_epoch(rows, order, seeds)
    for start, stop in chunks:
        found = engine.run(start, stop)
    return dict(found)


def test_steps_are_those_of_keras_in_the_given_order(make_engine):
    engine, model = make_engine()
    _, expected = make_engine()

    train(engine)

    for start in range(0, 5, 2):
        rows = ORDER[start : start + 2]
        expected.train_on_batch(ROWS[rows], LABELS[rows])
    for found, wanted in zip(model.get_weights(), expected.get_weights(), strict=True):
        np.testing.assert_allclose(found, wanted, rtol=1e-6)


def test_running_figures_cover_the_epoch_so_far(make_engine):
    whole = train(make_engine()[0])
    parts = train(make_engine()[0], chunks=((0, 1), (1, 2), (2, 3)))

    assert list(whole) == ["loss", "mae"]
    assert whole == parts


def test_a_new_epoch_forgets_the_figures_of_the_last(make_engine):
    engine, _ = make_engine(rate=0.0)

    assert train(engine) == train(engine)


def test_evaluation_is_that_of_keras_and_changes_nothing(make_engine):
    import keras

    engine, model = make_engine(keras.layers.Dropout(0.5))
    before = engine.weights()

    found = engine.evaluate(engine.place(ROWS, LABELS))

    expected = model.evaluate(ROWS, LABELS, verbose=0, return_dict=True)
    assert found == pytest.approx(expected, rel=1e-6)
    for first, second in zip(before, engine.weights(), strict=True):
        np.testing.assert_array_equal(first, second)


def test_predictions_come_in_the_order_of_the_rows(make_engine):
    engine, model = make_engine()
    many = np.random.default_rng(0).normal(size=(3000, 3)).astype("float32")

    found = engine.predict(many)

    np.testing.assert_allclose(found, model.predict(many, verbose=0), rtol=1e-5)


def test_weights_go_out_and_in_without_random_states(make_engine):
    import keras

    engine, model = make_engine(keras.layers.Dropout(0.5))
    kept = engine.weights()
    train(engine)
    trained = engine.weights()

    engine.set_weights(kept)

    assert engine.num_seeds == 1
    assert [array.shape for array in kept] == [(3, 1), (1,)]
    assert not np.array_equal(trained[0], kept[0])
    np.testing.assert_array_equal(model.layers[-1].kernel, kept[0])


def test_noise_follows_from_the_seeds_of_the_epoch(make_engine):
    import keras

    def weights(state):
        engine, _ = make_engine(keras.layers.Dropout(0.5))
        train(engine, seeds=np.array([state], "uint32"))
        return engine.weights()[0].tolist()

    assert weights([1, 2]) == weights([1, 2]) != weights([3, 4])


def test_rows_of_weight_zero_teach_nothing(make_engine):
    engine, _ = make_engine()
    before = engine.weights()

    train(engine, weights=np.zeros(5, "float32"))

    for first, second in zip(before, engine.weights(), strict=True):
        np.testing.assert_array_equal(first, second)


def test_many_runs_in_one_process_are_no_reason_to_warn(make_engine, caplog):
    with caplog.at_level(logging.WARNING):
        for _ in range(8):
            engine, _ = make_engine()
            train(engine)
            engine.predict(ROWS)

    assert caplog.records == []
