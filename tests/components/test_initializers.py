from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from dlrun.components.initializers import Initializer
from dlrun.errors import Problem

ProblemsOf = Callable[[type[Initializer], Any], list[Problem]]


@pytest.mark.parametrize("text", ["he_normal", "HeNormal"])
def test_a_text_of_keras_names_an_initializer(text: str) -> None:
    value = text

    initializer = Initializer.model_validate(value)

    assert initializer == Initializer.types["HeNormal"]()


def test_a_misspelt_text_is_answered_with_a_text(problems_of: ProblemsOf) -> None:
    value = "glorot_unifrom"

    [problem] = problems_of(Initializer, value)

    assert problem.message == 'there is no initializer "glorot_unifrom"'
    assert problem.label == "did you mean glorot_uniform?"


def test_a_bare_number_is_shown_as_a_constant(problems_of: ProblemsOf) -> None:
    value = 0.1

    [problem] = problems_of(Initializer, value)

    assert problem.message == "expected an initializer, found 0.1"
    assert problem.hint == "write its class, as in Constant: 0.1"


def test_a_seed_is_refused_because_the_config_has_one(problems_of: ProblemsOf) -> None:
    value = {"HeNormal": {"seed": 1}}

    [problem] = problems_of(Initializer, value)

    assert problem.path == ("HeNormal", "seed")
    assert problem.on_key
    assert problem.hint == "remove it; the seed of the config drives all random numbers"


def test_the_ends_of_a_uniform_distribution_must_be_in_order(
    problems_of: ProblemsOf,
) -> None:
    value = {"RandomUniform": {"minval": 1}}

    [problem] = problems_of(Initializer, value)

    assert problem.path == ("RandomUniform", "maxval")
    assert problem.message == "`maxval` must be above minval, found 0.05 and 1.0"
    assert problem.hint == "use a number above 1.0"


@pytest.mark.parametrize(
    ("value", "path"),
    [
        ({"RandomNormal": {"stddev": -1}}, ("RandomNormal", "stddev")),
        ({"VarianceScaling": 0}, ("VarianceScaling", "scale")),
        ({"Constant": float("nan")}, ("Constant", "value")),
    ],
)
def test_a_number_out_of_range_is_refused(
    problems_of: ProblemsOf, value: Any, path: tuple[str, ...]
) -> None:
    written = value

    [problem] = problems_of(Initializer, written)

    assert (problem.path, problem.code) == (path, "out-of-range")
