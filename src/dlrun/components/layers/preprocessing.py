"""The layers that prepare images: rescaling, and random changes in training only."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import PlainValidator
from typing_extensions import override

from dlrun.components.fields import Number, PositiveInt
from dlrun.components.layers.axes import pad_and_crop
from dlrun.components.layers.layer import (
    Layer,
    Shape,
    ShapeError,
    require_axes,
    shape_text,
)
from dlrun.components.words import invalid, shown

if TYPE_CHECKING:
    import keras

FillMode = Literal["reflect", "wrap", "constant", "nearest"]
Interpolation = Literal["nearest", "bilinear"]
_AXES = "height, width, channels"


def _numbers(value: Any, length: int) -> bool:
    return (
        isinstance(value, (list, tuple))
        and len(value) == length
        and all(type(number) in {int, float} for number in value)
    )


def _factor(value: Any) -> float | tuple[float, float]:
    if _numbers([value], 1) and 0 <= value <= 1:
        return float(value)
    if _numbers(value, 2) and -1 < value[0] <= value[1] <= 1:
        return float(value[0]), float(value[1])
    message = f"expected 0 to 1, or a range within -1 to 1, found {shown(value)}"
    raise invalid("out-of-range", message, hint="write 0.1 or [-0.1, 0.1]")


RandomFactor = Annotated[float | tuple[float, float], PlainValidator(_factor)]
"""`0.1` for anything from -0.1 to 0.1, or the range itself: `[-0.1, 0.2]`."""


def _contrast(value: object) -> float | tuple[float, float]:
    factor = _factor(value)
    if isinstance(factor, tuple) and factor[0] < 0:
        message = f"expected how far below and above 1, found {shown(value)}"
        raise invalid("out-of-range", message, hint=f"write {max(map(abs, factor))}")
    return factor


def _value_range(value: Any) -> tuple[float, float]:
    if _numbers(value, 2) and value[0] < value[1]:
        return value[0], value[1]
    message = f"expected the smallest and the largest value, found {shown(value)}"
    hint = "write [0, 255], or [0, 1] for scaled images"
    raise invalid("out-of-range", message, hint=hint)


class Rescaling(Layer):
    """Every value times `scale` plus `offset`: `(batch, ...)` in and out."""

    main_argument = "scale"
    scales = True

    scale: Number
    """The factor, as in `$(1 / 255)` for bytes."""
    offset: Number = 0.0
    """What is added after that."""


class RandomImage(Layer, abstract=True):
    """What the random layers share: `(batch, height, width, channels)` in and out.

    They act in training only; afterwards the image stays as it is.
    """

    augments = True

    @override
    def output_shape(self, input_shape: Shape) -> Shape:
        require_axes(self, input_shape, 3, _AXES)
        return input_shape

    @override
    def draws_noise(self) -> bool:
        return True


class RandomFlip(RandomImage):
    """Mirrors half of the images in training: `(batch, height, width, channels)`."""

    keeps_numbers = True
    displaces = True
    main_argument = "mode"

    mode: Literal["horizontal", "vertical", "horizontal_and_vertical"] = (
        "horizontal_and_vertical"
    )
    """Left and right, top and bottom, or both, each for half of the images."""


class _Moved(RandomImage, abstract=True):
    """What the layers share that move pixels, and must fill what becomes empty."""

    xla = "impossible"
    displaces = True

    fill_mode: FillMode = "reflect"
    """What fills the edges: their mirror image (`reflect`), the other side (`wrap`),
    `fill_value` (`constant`), or the `nearest` pixel."""
    interpolation: Interpolation = "bilinear"
    """A pixel between others is their mean (`bilinear`) or the `nearest`."""
    fill_value: Number = 0.0
    """The value that fills the edges under `fill_mode: constant`."""


class RandomRotation(_Moved):
    """Turns each image in training: `(batch, height, width, channels)`."""

    main_argument = "factor"

    factor: RandomFactor
    """The largest angle as a share of a full turn: 0.1 is 36 degrees either way."""


class RandomZoom(_Moved):
    """Enlarges or shrinks images in training: `(batch, height, width, channels)`."""

    main_argument = "height_factor"

    height_factor: RandomFactor
    """The largest change of the height: 0.2 is from 20 % closer to 20 % farther."""
    width_factor: RandomFactor | None = None
    """The largest change of the width; `None`: that of the height."""


class RandomTranslation(_Moved):
    """Shifts each image in training: `(batch, height, width, channels)`."""

    moves = True

    height_factor: RandomFactor
    """The largest shift up or down, as a share of the height."""
    width_factor: RandomFactor
    """The largest shift to the left or right, as a share of the width."""


class RandomContrast(RandomImage):
    """Changes the contrast in training: `(batch, height, width, channels)`."""

    main_argument = "factor"

    factor: Annotated[float | tuple[float, float], PlainValidator(_contrast)]
    """How far it may be from 1: 0.2 for 0.8 to 1.2, `[0.1, 0.3]` for 0.9 to 1.3."""
    value_range: Annotated[tuple[float, float], PlainValidator(_value_range)] = (0, 255)
    """The smallest and the largest value of the images; the result is cut to it."""

    @override
    def keras_arguments(self) -> dict[str, Any]:
        # Of one number f Keras makes (0, f): it would only ever raise the contrast,
        # against its own documentation, where f means as far below 1 as above.
        factor = (
            self.factor
            if isinstance(self.factor, tuple)
            else (self.factor, self.factor)
        )
        return super().keras_arguments() | {"factor": factor}


class RandomCrop(RandomImage):
    """Cuts a random part out of all images of a batch; for `augment`, behind padding.

    Among the layers of a model it is refused: nothing would be cut in prediction.
    """

    keeps_numbers = True
    moves = True
    displaces = True
    crops = True

    height: PositiveInt
    """Rows that are kept, fewer than the image has."""
    width: PositiveInt
    """Columns that are kept, fewer than the image has."""

    @override
    def output_shape(self, input_shape: Shape) -> Shape:
        height, width, channels = super().output_shape(input_shape)
        for field, size, side in (
            ("height", self.height, height),
            ("width", self.width, width),
        ):
            if size >= side:
                crop = f"the {self.height}x{self.width} crop of {{layer}}"
                raise ShapeError(
                    "crop-too-large",
                    f"{crop} is not smaller than its {height}x{width} input",
                    field=field,
                    label=f"the input here is {shape_text(input_shape)}",
                    hint=pad_and_crop(input_shape),
                )
        return self.height, self.width, channels

    @override
    def build(self) -> keras.Layer:
        """The layer, and one that cuts the middle where Keras' own cuts nothing."""
        import keras

        crops = [keras.layers.RandomCrop(self.height, self.width)]
        crops.append(keras.layers.CenterCrop(self.height, self.width))
        return keras.Sequential(crops, name=self.name)
