"""The TensorFlow engine against Keras, and what it does with XLA and traces.

What holds of every engine stands in the contract.
"""

from __future__ import annotations

import logging
from time import perf_counter

import numpy as np
import pytest

pytestmark = pytest.mark.heavy


@pytest.fixture
def make_engine():
    """An engine over a small compiled model, and that model."""
    import keras

    from dlrun.engines.tensorflow.engine import TensorFlowEngine

    def make(*layers, batch_size=2, rate=0.1, seed=1, **modes):
        keras.utils.set_random_seed(seed)
        inputs = keras.Input((3,))
        outputs = inputs
        for layer in (*layers, keras.layers.Dense(1)):
            outputs = layer(outputs)
        model = keras.Model(inputs, outputs)
        model.compile(keras.optimizers.SGD(rate), "mse", metrics=["mae"])
        return TensorFlowEngine(model, batch_size=batch_size, **modes), model

    return make


ROWS = np.arange(15, dtype="float32").reshape(5, 3) / 15
LABELS = np.array([[0.0], [1.0], [0.5], [0.25], [0.75]], "float32")
ORDER = np.array([4, 2, 0, 1, 3], "int32")


def train(engine, order=ORDER, seeds=None, weights=None, chunks=((0, 3),)):
    rows = engine.place({"input": ROWS}, {"output": LABELS}, weights)
    if seeds is None:
        seeds = np.zeros((engine.num_seeds, 2), "uint32")
    engine.begin_epoch(rows, order, seeds)
    for start, stop in chunks:
        found = engine.run(start, stop)
    return dict(found)


def measure(engine, rows, labels):
    return engine.evaluate(engine.place({"input": rows}, {"output": labels}))


def test_steps_are_those_of_keras_in_the_given_order(make_engine):
    engine, model = make_engine()
    _, expected = make_engine()

    train(engine)

    for start in range(0, 5, 2):
        rows = ORDER[start : start + 2]
        expected.train_on_batch(ROWS[rows], LABELS[rows])
    for found, wanted in zip(model.get_weights(), expected.get_weights(), strict=True):
        np.testing.assert_allclose(found, wanted, rtol=1e-6)


@pytest.mark.parametrize("jit", [False, True])
def test_evaluation_is_that_of_keras_and_changes_nothing(make_engine, jit):
    import keras

    layers = keras.layers.Dense(4, kernel_regularizer="l2"), keras.layers.Dropout(0.5)
    engine, model = make_engine(*layers, jit_evaluation=jit)
    before = engine.weights()

    found = engine.evaluate(engine.place({"input": ROWS}, {"output": LABELS}))

    expected = model.evaluate(ROWS, LABELS, verbose=0, return_dict=True)
    assert found == pytest.approx(expected, rel=1e-6)
    for first, second in zip(before, engine.weights(), strict=True):
        np.testing.assert_array_equal(first, second)


@pytest.mark.parametrize("jit", [False, True])
def test_figures_of_many_batches_are_those_of_keras(make_engine, jit):
    engine, model = make_engine(jit_evaluation=jit)
    rows = np.random.default_rng(0).normal(size=(2500, 3)).astype("float32")
    labels = rows[:, :1]

    parts = [
        (measure(engine, rows[:size], labels[:size]), size)
        for size in (2500, 2048, 1, 256, 257)
    ]

    for found, size in parts:
        expected = model.evaluate(
            rows[:size], labels[:size], batch_size=256, verbose=0, return_dict=True
        )
        assert found == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize("jit", [False, True])
def test_one_trace_serves_any_number_of_rows(make_engine, jit):
    import keras

    traced = []

    class Watched(keras.layers.Layer):
        def call(self, inputs):
            traced.append(inputs.shape)
            return inputs

    engine, _ = make_engine(Watched(), jit_evaluation=jit)
    engine.evaluate(engine.place({"input": ROWS}, {"output": LABELS}))
    engine.predict({"input": ROWS})
    before = len(traced)

    for size in (1, 3, 5):
        measure(engine, ROWS[:size], LABELS[:size])
        engine.predict({"input": ROWS[:size]})

    assert len(traced) == before


@pytest.mark.parametrize("jit", [False, True])
def test_predictions_come_in_the_order_of_the_rows(make_engine, jit):
    engine, model = make_engine(jit_evaluation=jit)
    many = np.random.default_rng(0).normal(size=(3000, 3)).astype("float32")

    found = engine.predict({"input": many})["output"]

    expected = model.predict(many, verbose=0)
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-6)


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


def test_many_runs_in_one_process_are_no_reason_to_warn(make_engine, caplog):
    with caplog.at_level(logging.WARNING):
        for _ in range(8):
            engine, _ = make_engine()
            train(engine)
            engine.predict({"input": ROWS})

    assert caplog.records == []


def test_without_noise_xla_changes_the_rounding_and_nothing_else(make_engine):
    import keras

    engines = []
    for jit in (False, True):
        layers = keras.layers.Dense(8), keras.layers.BatchNormalization()
        engines.append(make_engine(*layers, rate=0.01, jit=jit)[0])

    graph, compiled = map(train, engines)

    assert graph == pytest.approx(compiled, rel=1e-4)
    for first, second in zip(*(engine.weights() for engine in engines), strict=True):
        np.testing.assert_allclose(first, second, rtol=1e-4, atol=1e-5)


def test_half_of_a_dropout_by_half_is_dropped_under_xla(make_engine):
    import keras

    def change(state):
        engine, model = make_engine(
            keras.layers.Dense(1000, use_bias=False),
            keras.layers.Dropout(0.5),
            jit=True,
            batch_size=5,
        )
        before = model.layers[-1].kernel.numpy()
        seeds = np.array([state], "uint32")
        train(
            engine, seeds=seeds, weights=np.eye(5)[0].astype("float32"), chunks=[(0, 1)]
        )
        return (model.layers[-1].kernel.numpy() != before).ravel()

    moved, other = change([1, 2]), change([3, 4])

    assert 450 < moved.sum() < 550
    assert 400 < (moved != other).sum() < 600


def test_xla_compiles_once_however_long_the_chunks_are(make_engine):
    engine, _ = make_engine(jit=True, batch_size=1)
    began = perf_counter()
    train(engine, chunks=[(0, 5)])
    first = perf_counter() - began

    began = perf_counter()
    for start in range(5):
        for stop in range(start + 1, 6):
            engine.run(start, stop)

    assert perf_counter() - began < first


def test_xla_takes_row_weights_and_batches_larger_than_the_data(make_engine):
    weights = np.array([1, 0, 2, 1, 0], "float32")
    for batch_size in (2, 5, 8):
        graph, compiled = (
            make_engine(batch_size=batch_size, jit=jit)[0] for jit in (False, True)
        )
        stop = -(-5 // batch_size)

        for engine in (graph, compiled):
            train(engine, weights=weights, chunks=[(0, stop)])

        for first, second in zip(graph.weights(), compiled.weights(), strict=True):
            np.testing.assert_allclose(first, second, rtol=1e-5)
