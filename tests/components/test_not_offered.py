from __future__ import annotations

import pytest
from pydantic import ValidationError

from dlrun.components.layers import Layer
from dlrun.components.not_offered import NOT_OFFERED, similar
from dlrun.components.words import problem_of


def refused(name):
    with pytest.raises(ValidationError) as caught:
        Layer.model_validate({name: {}})
    return problem_of(caught.value.errors(include_url=False)[0])


@pytest.mark.parametrize("name", sorted(NOT_OFFERED["layer"]))
def test_a_layer_that_is_not_offered_is_told_with_its_reason_and_ordered_nowhere(name):
    problem = refused(name)

    assert problem.message.startswith(
        f"the layer {name} of Keras is not offered, because "
    )
    assert "write " not in problem.hint
    assert problem.hint.endswith("dlrun explain layers tells all")
    assert not problem.label
    for named in similar(name, Layer.types):
        assert named in Layer.types
        assert named in problem.hint


@pytest.mark.parametrize(
    ("name", "others"),
    [
        ("AlphaDropout", ["Dropout", "SpatialDropout2D"]),
        ("Conv1DTranspose", ["Conv2DTranspose"]),
        ("Conv3D", ["Conv2D"]),
        ("EinsumDense", ["Dense"]),
        ("TextVectorization", []),
    ],
)
def test_similar_are_those_that_end_in_the_same_word(name, others):
    assert similar(name, list(Layer.types)) == others


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("Dens", "write Dense"),
        ("Conv2DD", "write Conv2D"),
        ("Vectorization", "the nearest is Activation; "),
    ],
)
def test_only_a_slip_of_the_keyboard_is_ordered_to_be_another_class(name, hint):
    assert refused(name).hint.startswith(hint)
