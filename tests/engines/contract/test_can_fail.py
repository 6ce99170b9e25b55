"""The contract finds the faults that a new backend is likely to have."""

from __future__ import annotations

from copy import copy
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import numpy as np
import pytest


@pytest.fixture
def contract():
    """The module of the contract, whose tests are called one by one."""
    spec = spec_from_file_location(
        "contract", Path(__file__).with_name("test_contract.py")
    )
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def forgets_noise_between_chunks(engine, run, start, stop):
    states = engine._epoch.states.copy()
    figures = run(engine, start, stop)
    engine._epoch.states[:] = states
    return figures


def hides_what_is_no_number(engine, run, start, stop):
    return {
        name: np.nan_to_num(value) for name, value in run(engine, start, stop).items()
    }


def ignores_the_order(engine, run, start, stop):
    engine._epoch.order = np.sort(engine._epoch.order)
    return run(engine, start, stop)


def drops_the_last_rows(engine, run, start, stop):
    stop = min(stop, len(engine._epoch.order) // engine._batch_size)
    return run(engine, start, stop)


def drops_in_evaluation(engine, evaluate, rows):
    figures = evaluate(engine, rows)
    return figures | {"loss": figures["loss"] * (1 + 0.1 * engine.num_seeds)}


def counts_evaluation_as_a_step(engine, evaluate, rows):
    engine._steps += 1
    return evaluate(engine, rows)


def answers_backwards(engine, predict, features):
    return {name: array[::-1] for name, array in predict(engine, features).items()}


def forgets_velocity(engine, optimizer_state):
    steps, rate, *velocity = optimizer_state(engine)
    return [steps, rate, *(np.zeros_like(array) for array in velocity)]


def hands_out_its_own(engine, weights):
    own = vars(engine).setdefault("_own", weights(engine))
    for array, value in zip(own, weights(engine), strict=True):
        array[:] = value
    return own


def keeps_weights_to_itself(engine, set_weights, weights):
    own = engine._model
    engine._model = copy(own)
    set_weights(engine, weights)


def keeps_velocity(engine, adopt, model):
    kept = getattr(engine, "_velocity", None)
    adopt(engine, model)
    engine._velocity = kept or engine._velocity


def trains_while_it_looks(engine, probe, rows):
    seen = probe(engine, rows)
    kernel, bias = engine.weights()
    engine.set_weights([kernel - seen.gradients[0], bias])
    return seen


def takes_any_arrays(engine, place, features, labels, weights=None):
    first = {name: features[name] for name in list(features)[:1]}
    return place(engine, first or {"": None}, labels, weights)


ARGUMENTS = {
    "no_bit_depends_on_where_chunks_end": {"jit": False, "layers": ({"Dropout": 0.5},)},
    "a_loss_that_is_no_number_is_told": {"jit": False},
    "rows_are_taken_in_the_given_order": {"jit": False},
    "the_last_rows_teach_though_they_fill_no_batch": {"jit": False},
    "evaluation_is_in_inference_mode": {"jit": False},
    "evaluation_and_prediction_change_nothing": {"layers": ()},
    "predictions_come_in_the_order_of_the_rows": {"jit": False},
    "a_probe_changes_no_bit": {"layers": ()},
    "arrays_that_cannot_be_told_apart_are_refused": {"names": ("left", "right")},
}


@pytest.mark.parametrize(
    ("fault", "method", "claim"),
    [
        (forgets_noise_between_chunks, "run", "no_bit_depends_on_where_chunks_end"),
        (hides_what_is_no_number, "run", "a_loss_that_is_no_number_is_told"),
        (ignores_the_order, "run", "rows_are_taken_in_the_given_order"),
        (drops_the_last_rows, "run", "the_last_rows_teach_though_they_fill_no_batch"),
        (drops_in_evaluation, "evaluate", "evaluation_is_in_inference_mode"),
        (
            counts_evaluation_as_a_step,
            "evaluate",
            "evaluation_and_prediction_change_nothing",
        ),
        (answers_backwards, "predict", "predictions_come_in_the_order_of_the_rows"),
        (forgets_velocity, "optimizer_state", "state_goes_out_and_in_bit_for_bit"),
        (hands_out_its_own, "weights", "what_was_handed_out_stays_as_it_was"),
        (
            keeps_velocity,
            "adopt",
            "an_engine_that_adopts_a_model_is_like_one_made_for_it",
        ),
        (trains_while_it_looks, "probe", "a_probe_changes_no_bit"),
        (takes_any_arrays, "place", "arrays_that_cannot_be_told_apart_are_refused"),
    ],
)
def test_a_fault_breaks_the_contract(
    contract, linear_engine, make_with, fault, method, claim
):
    whole = getattr(linear_engine, method)
    broken = type(
        "Broken",
        (linear_engine,),
        {method: lambda engine, *arguments: fault(engine, whole, *arguments)},
    )
    test = getattr(contract, f"test_{claim}")
    arguments = ARGUMENTS.get(claim, {})

    test(make_with(linear_engine), **arguments)
    with pytest.raises((AssertionError, pytest.fail.Exception)):
        test(make_with(broken), **arguments)
