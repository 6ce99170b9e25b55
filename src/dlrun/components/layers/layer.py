"""The kind `Layer`: Keras' arguments, and the shapes and weights that follow."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import prod
from typing import Annotated, Any, ClassVar, Literal, NoReturn, TypeAlias

from pydantic import Field, PlainValidator, ValidationError
from typing_extensions import override

from dlrun.components.component import raise_errors, relocated
from dlrun.components.layers.traits import LayerTraits
from dlrun.components.part import WeightPart, axes_text
from dlrun.components.words import invalid, shown
from dlrun.errors import ConfigPath

Shape: TypeAlias = tuple[int, ...]
"""The shape of one sample, without the batch axis: `(height, width, channels)`."""


NOT_OFFERED = {
    "activity_regularizer": "penalise the weights instead: kernel_regularizer",
    "autocast": "remove it; dlrun computes in float32",
    "backward_layer": "remove it; the second direction is a copy of `layer`",
    "data_format": "remove it; dlrun reads images with their channels last",
    "dtype": "remove it; dlrun computes in float32",
    "lora_alpha": "remove it; low-rank training needs weights from elsewhere",
    "lora_rank": "remove it; low-rank training needs weights from elsewhere",
    "noise_shape": "remove it, or use SpatialDropout2D to drop whole channels",
    "output_padding": "remove it; use ZeroPadding2D below to enlarge the output",
    "quantization_config": "remove it; dlrun trains in float32",
    "renorm": "remove it; use a larger batch_size, or LayerNormalization",
    "renorm_clipping": "remove it; there is no batch renormalization",
    "renorm_momentum": "remove it; there is no batch renormalization",
    "return_state": "remove it; the last state is the output without return_sequences",
    "seed": "remove it; the seed of the config drives all random numbers",
    "stateful": "remove it; batches are shuffled, none continues the one before",
    "synchronized": "remove it; there is one device",
    "trainable": "remove it; every layer starts untrained, so all are trained",
    "use_cudnn": "remove it; Keras chooses the fastest way",
    "weights": "remove it; weights start from initializers",
}
"""Arguments of Keras' layers that dlrun does not take, each with its reason."""

_MODEL_INPUT = "remove it here and write `input_shape` under `model`, beside `layers`"


SHARING = "use"
"""The key of a layer that shares the weights of another."""


Xla: TypeAlias = Literal["faster", "fast", "slow", "impossible"]
"""What XLA makes of train steps on a CPU: docs/decisions/0008-when-xla.md."""


@dataclass(frozen=True, slots=True)
class Weight:
    """One array of weights."""

    shape: tuple[int, ...]
    trainable: bool = True

    @property
    def size(self) -> int:
        """How many numbers it holds."""
        return prod(self.shape)


@dataclass(frozen=True, slots=True)
class RareKernel:
    """What of a layer the backend cannot compute on every device."""

    path: ConfigPath
    """The way from the layer's arguments to the one that asks for it."""
    what: str
    """As in `strides that differ`."""
    hint: str
    """What every device computes."""


class ShapeError(Exception):
    """A layer that does not fit its input. Who knows its path makes a `Problem` of it.

    A layer does not know its number: in the message, `{layer}` stands for its place and
    class, as in "layer 4 (`Conv2D`)".
    """

    def __init__(
        self,
        code: str,
        message: str,
        *,
        field: str | None = None,
        label: str = "",
        hint: str = "",
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.field = field
        """The argument at fault; `None`: the layer as a whole."""
        self.label = label
        self.hint = hint
        self.path: ConfigPath = () if field is None else (field,)
        """The way from the layer's arguments to the one at fault, through wrappers."""

    def inside(self, wrapped: Layer) -> ShapeError:
        """The same error as seen from the layer whose argument `layer` is `wrapped`."""
        place = f"the `{wrapped.key}` inside {{layer}}"
        message = self.message.replace("{layer}", place)
        marks = {"label": self.label, "hint": self.hint}
        error = ShapeError(self.code, message, field="layer", **marks)
        error.path = ("layer", wrapped.key, *self.path)
        return error


class UnknownShapeError(Exception):
    """A layer of which only code tells what comes out, and nobody has allowed that."""


def shape_text(shape: Shape) -> str:
    """`(20, 20, 3)` -> `20x20x3`."""
    return "x".join(str(size) for size in shape) if shape else "a single number"


def times(sizes: Sequence[int]) -> str:
    """`(3, 3, 16)` -> `3 x 3 x 16`, for the arithmetic."""
    return " x ".join(str(size) for size in sizes)


def _layer_name(value: object) -> str:
    if (
        isinstance(value, str)
        and value
        and "/" not in value
        and value.isprintable()
        and value == value.strip()
    ):
        return str(value)
    hint = "use letters, digits, dots, dashes and underscores"
    raise invalid("invalid-name", f"a layer cannot be named {shown(value)}", hint=hint)


def _sources(value: object) -> tuple[str, ...]:
    names = value if isinstance(value, (list, tuple)) else [value]
    if names and all(isinstance(name, str) and name for name in names):
        return tuple(str(name) for name in names)
    message = f"`from` must name layers above, found {shown(value)}"
    raise invalid(
        "wrong-type",
        message,
        hint="write a name, or a list of names; the input is called input",
    )


class Layer(LayerTraits, kind="layer"):
    """A layer: `(batch, *input_shape)` to `(batch, *output_shape(input_shape))`."""

    keras_module = "layers"
    OWN_KEYS = frozenset({"enabled", "from_"})
    traits = tuple(LayerTraits.__annotations__)
    xla: ClassVar[Xla] = "fast"
    """What XLA makes of the layer in training."""
    cures = NOT_OFFERED | dict.fromkeys(
        ("batch_input_shape", "input_dim", "input_shape"), _MODEL_INPUT
    )

    name: Annotated[str, PlainValidator(_layer_name)] | None = None
    """The name in the model; by default Keras' own, such as `dense_1`."""
    enabled: bool = True
    """Whether the layer is there; if not, its input is passed through."""
    from_: Annotated[tuple[str, ...], PlainValidator(_sources)] | None = Field(
        default=None, alias="from"
    )
    """The layers it takes, `input` for the model's; by default the one above."""

    @classmethod
    @override
    def choose(cls, value: object) -> Any:
        """Find the class that `value` names, or the layer that it shares."""
        if value == SHARING or (isinstance(value, dict) and list(value) == [SHARING]):
            # No class of Keras: it names a layer, and so is chosen by its key alone.
            try:
                stated = value[SHARING] if isinstance(value, dict) else None
                return Use.model_validate(Use.arguments(stated))
            except ValidationError as error:
                raise_errors(SHARING, relocated(error, prefix=(SHARING,)))
        return super().choose(value)

    @override
    def written(self) -> dict[str, Any]:
        """The values as a config writes them, what matters most first."""
        values = super().written()
        first = [key for key in ("name", self.main_argument) if key in values]
        values = {key: values[key] for key in first} | values
        own = {key: values.pop(key) for key in ("from", "enabled") if key in values}
        return values | own

    def under_xla(self) -> Xla:
        """What XLA makes of it in training, and of the layer that it wraps."""
        return self.xla

    def rare_kernel(self) -> RareKernel | None:
        """What it asks for that not every device computes; `None`: nothing."""
        return None

    def output_activation(self) -> str | None:
        """The activation function behind its output; `None`: not known."""
        return self.function_name or getattr(self, "activation", None)

    def draws_noise(self) -> bool:
        """Whether it draws random numbers in training, with its arguments."""
        return any(getattr(self, argument) for argument in self.noise_arguments)

    def output_shape(self, input_shape: Shape) -> Shape:
        """The shape of one output.

        Raises:
            ShapeError: when the layer does not fit its input.
        """
        return input_shape

    def joined_shape(self, input_shapes: Sequence[Shape]) -> Shape:
        """The shape of one output for all inputs: several for a layer that `merges`.

        Raises:
            ShapeError: when the inputs do not fit the layer, or each other.
        """
        return self.output_shape(input_shapes[0])

    def weights(self, input_shape: Shape) -> Mapping[str, Weight]:  # noqa: ARG002
        """The arrays of weights by Keras' names, in Keras' order."""
        return {}

    def require_fitting_parts(self, input_shape: Shape) -> None:
        """Ask what is attached to each weight whether it fits its shape.

        Raises:
            ShapeError: when a part does not.
        """
        weights = self.weights(input_shape)
        parts = [pair for pair in vars(self).items() if isinstance(pair[1], WeightPart)]
        for field, part in parts:
            name = field.rpartition("_")[0]
            names = (name, f"{name}_kernel", "kernel")
            weight = next((weights[name] for name in names if name in weights), None)
            misfit = part.misfit(weight.shape) if weight is not None else None
            if weight is None or misfit is None:
                continue
            found = axes_text(len(weight.shape))
            size = shape_text(weight.shape)
            message = f"`{part.key}` needs {misfit.needs}, but `{field}` of {{layer}} "
            error = ShapeError(
                "wrong-part",
                f"{message}is for a weight of {found} ({size})",
                field=field,
                hint=misfit.hint,
            )
            if misfit.field is not None:
                error.path = (field, part.key, misfit.field)
            raise error

    def count(self, input_shape: Shape) -> int:
        """How many parameters there are, trainable or not."""
        return sum(weight.size for weight in self.weights(input_shape).values())

    def arithmetic(self, input_shape: Shape) -> Iterator[str]:
        """How the number of parameters comes about.

        The lines add up to all parameters: `kernel 16 x 32 + bias 32 = 544`.
        """
        weights = self.weights(input_shape)
        if weights:
            terms = [
                f"{name} {times(weight.shape)}" for name, weight in weights.items()
            ]
            yield f"{' + '.join(terms)} = {self.count(input_shape):,}"


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


def require_axes(layer: Layer, input_shape: Shape, axes: int, words: str) -> None:
    """Refuse an input that has not exactly `axes` axes (without the batch).

    Args:
        layer: for the cure.
        input_shape: of one sample.
        axes: how many it must have.
        words: what they are, as in `height, width, channels`.

    Raises:
        ShapeError: when it has more or fewer.
    """
    if len(input_shape) == axes:
        return
    rank = len(input_shape)
    message = f"{{layer}} needs an input of {axes} axes ({words}), but gets {rank}"
    hint = f"put {layer.key} before any Flatten, or a Reshape to {axes} axes above it"
    if rank == axes - 1:
        reshape = f"`Reshape: {[*input_shape, 1]}`"
        hint = f"put {layer.key} before any Flatten, or {reshape} above it"
    elif rank == axes + 1:
        each = f"each of the {input_shape[0]} steps"
        hint = f"write TimeDistributed: {{{layer.key}: ...}} to apply it to {each}"
    label = f"the input here is {shape_text(input_shape)}"
    raise ShapeError("wrong-axes", message, label=label, hint=hint)


def require_axis(layer: Layer, input_shape: Shape) -> None:
    """Refuse an input without any axis: samples that are single numbers.

    Raises:
        ShapeError: when it has none.
    """
    if not input_shape:
        message = "{layer} needs an input of at least 1 axis, but gets a single number"
        hint = f"put `Reshape: [1]` above {layer.key}"
        raise ShapeError("wrong-axes", message, hint=hint)
