"""A layer above once more, with the same weights: `use: {of: tower, from: right}`."""

from __future__ import annotations

from typing import Annotated, NoReturn

from pydantic import PlainValidator
from typing_extensions import override

from dlrun.components.layers.layer import Layer
from dlrun.components.words import invalid, shown


def _target(value: object) -> str:
    if isinstance(value, str) and value:
        return str(value)
    message = f"`of` must name a layer above, found {shown(value)}"
    raise invalid("wrong-type", message, hint="write use: {of: NAME, from: NAME}")


class Use(Layer, abstract=True):
    """What the layer `of` does, with its weights: a second call of one Keras layer.

    No class of Keras, so no class of the kind: `infer_shapes` puts the layer that does
    the work in its place.
    """

    key = "use"
    main_argument = "of"

    of: Annotated[str, PlainValidator(_target)]
    """The layer above whose weights it shares; in a config also a use of a block."""

    @override
    def build(self) -> NoReturn:
        message = "whoever builds a model calls the layer that is shared"
        raise NotImplementedError(message)
