from __future__ import annotations

import pytest

from dlrun.runs import PreparedOutput, Preprocessing


def prepared(classes=("cat", "dog"), names=("a", "b")):
    output = PreparedOutput(task="classification", classes=classes)
    return Preprocessing(
        row_shapes={"input": (2,)},
        feature_names=names,
        scalers={},
        outputs={"output": output},
    )


@pytest.mark.parametrize(
    ("now", "words"),
    [
        (prepared(), ""),
        (
            prepared(classes=("cow", "dog")),
            "; its classes were cat, dog, and are cow, dog",
        ),
        (prepared(names=("b", "a")), "; its columns were a, b, and are b, a"),
        (prepared(names=None), "; its columns were a, b, and are "),
    ],
)
def test_what_is_called_otherwise_is_told(now, words):
    assert prepared().renamed(now) == words


def test_of_what_an_older_run_does_not_say_nothing_is_told():
    assert prepared(classes=None, names=None).renamed(prepared()) == ""
