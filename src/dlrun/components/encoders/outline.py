"""What a column is between two encoders, told without reading it as numbers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

OutlineForm: TypeAlias = Literal[
    "numbers", "texts", "images", "parts", "several", "nothing", "array", "tokens"
]
"""`numbers`, `texts` and `images`: one per row; `parts`: several numbers that may be
scaled; `several`: numbers that are done; `nothing`: the column is left out. `array` and
`tokens`: a row of a shape of its own, which is an input of its own; an `array` is
magnitudes, as the values of an image, `tokens` are whole numbers of words, from 0,
which a layer looks up and nothing may scale or fill."""
OWN_INPUT: frozenset[str] = frozenset({"array", "tokens"})
"""The forms of a column that stands beside no other in an input."""


@dataclass(frozen=True, slots=True)
class Outline:
    """What is known of a column before the next encoder.

    The names are made here alone: `island=Biscoe` for a category, `sex:missing` for
    what else is told of a column. Numbers of an `array` and `tokens` have none: an
    encoder that gives them states `shape`, and leaves `names` empty.
    """

    column: str
    form: OutlineForm
    names: tuple[str, ...] | None
    """What the numbers are called that the column is now; `None`: categories tell."""
    categories: tuple[str, ...] | None = None
    """The texts of all rows, sorted, and "" for gaps; `None`: nobody has read them."""
    beside: tuple[str, ...] = ()
    """The names of columns that encoders have put beside it."""
    shape: tuple[int, ...] | None = None
    """That of a row of an `array` or of `tokens`: `(height, width, channels)`, or
    `(tokens,)`; `None`: categories tell, or it is another form."""
    num_tokens: int | None = None
    """How many different `tokens` there may be, from 0; `None`: any number."""

    @property
    def has_own_input(self) -> bool:
        """Whether it makes an input that holds no other column."""
        return self.form in OWN_INPUT

    @property
    def all_names(self) -> tuple[str, ...] | None:
        """What the numbers are called that go into the model."""
        return None if self.names is None else (*self.names, *self.beside)

    @property
    def row_shape(self) -> tuple[int, ...] | None:
        """The shape of what goes into the model of a row; `None`: categories tell."""
        if self.has_own_input:
            return self.shape
        return None if self.all_names is None else (len(self.all_names),)
