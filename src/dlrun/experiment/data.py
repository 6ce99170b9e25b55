"""`data:`: where the rows come from, and how they are split and prepared."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Annotated, Any, ClassVar, Self, TypeAlias

from pydantic import (
    ModelWrapValidatorHandler,
    ValidationError,
    model_validator,
)
from pydantic_core import InitErrorDetails
from typing_extensions import override

from dlrun.components.by_name import of_type, one_or_named
from dlrun.components.column_names import column_list
from dlrun.components.component import raise_errors, relocated, validate_keys
from dlrun.components.encoders import EncoderLists
from dlrun.components.fields import AsTuple
from dlrun.components.index import with_trait
from dlrun.components.layers import Layer
from dlrun.components.sources import Source
from dlrun.components.sources.wanted import Wanted, WantedLabels
from dlrun.components.splits import HoldoutSplit
from dlrun.components.transforms import Scaling
from dlrun.components.windows import WindowSpec
from dlrun.components.words import choices, invalid, nearest, shown
from dlrun.config import ANY, Names
from dlrun.data import LabelScaling
from dlrun.experiment.compile import Head
from dlrun.experiment.section import Section


def _classes(value: Any) -> tuple[str, ...]:
    if (
        isinstance(value, (list, tuple))
        and len(value) > 1
        and not any(isinstance(item, (list, dict)) for item in value)
    ):
        names = tuple(str(item) for item in value)
        if len(set(names)) == len(names):
            return names
        twice = next(name for name in names if names.count(name) > 1)
        raise invalid(
            "duplicate-class",
            f"the class {shown(twice)} is listed twice",
            hint="list each class once",
        )
    message = f"`classes` must list two or more classes, found {shown(value)}"
    raise invalid(
        "wrong-type",
        message,
        hint="write them in their order, as in [benign, malignant]",
    )


_IN_CONFIG = with_trait("data source", "holds_rows", bool)
InputScale: TypeAlias = Annotated[
    Scaling | Mapping[str, Scaling], one_or_named("an input", of_type(Scaling))
]
"""How features are scaled, or how those of each input are."""
InputColumns: TypeAlias = Annotated[
    Mapping[str, tuple[str, ...]], one_or_named("an input", column_list)
]
"""The columns of each input."""
ScaledLabels: TypeAlias = Annotated[
    LabelScaling | Mapping[str, LabelScaling],
    one_or_named("a label column", of_type(LabelScaling)),
]
"""How labels are scaled, or how those of each column or output are."""
Augment: TypeAlias = Annotated[
    tuple[Layer, ...] | Mapping[str, tuple[Layer, ...]],
    one_or_named("an input", of_type(Annotated[tuple[Layer, ...], AsTuple]), Layer),
]
"""Layers that change train rows, or those for each input."""
Classes: TypeAlias = Annotated[
    tuple[str, ...] | Mapping[str, tuple[str, ...]],
    one_or_named("an output", _classes),
]
"""The classes in the order of their numbers, or those of each output."""


class DataSpec(Section):
    """Where the rows come from, and how they are split and prepared."""

    owner: ClassVar[str] = "data"
    literal = (*((key,) for key in _IN_CONFIG), *((ANY, key) for key in _IN_CONFIG))
    names = (
        *(
            Names((*part, ANY, "features"), of_objects=False)
            for part in ((), ("validation",), ("test",))
        ),
        *(
            Names((*part, ANY, "labels"), frozenset({"bins", "multi_hot"}))
            for part in ((), ("validation",), ("test",))
        ),
        Names(("classes",), of_objects=False),
        Names(("scale",), of_objects=False),
        Names(("scale_labels",), of_objects=False),
        Names(("augment",), of_objects=False),
        Names(("columns",)),
        Names(("inputs",), of_objects=False),
    )
    cures: ClassVar[dict[str, str]] = {
        "augmentation": "write augment",
        "normalize": "write scale: standard",
    }

    source: Source
    """Exactly one data source; in a config its own key: `csv: {...}`."""
    split: HoldoutSplit | None = None
    """Shares of the rows for validation and test, drawn with the seed."""
    window: WindowSpec | None = None
    """Samples are windows of a series: the rows up to a time, and what follows them. By
    default each row is a sample."""
    validation: Source | None = None
    """A source of its own for the validation rows."""
    test: Source | None = None
    """A source of its own for the test rows."""
    columns: EncoderLists | None = None
    """What becomes of the columns of a table, by their names or by patterns with `*`:
    an encoder, or several in a row. A column that no entry holds for is a number."""
    inputs: InputColumns | None = None
    """Which columns of a table make which input of the model, by names or patterns; by
    default all make one: `{numbers: ["*_mm", mass], names: [island, sex]}`."""
    scale: InputScale | None = None
    """Scale features by the train rows: to mean 0 and deviation 1, or to 0..1. With
    several inputs it holds for all of them, or is a mapping: `{numbers: standard}`.
    Beside `columns` it holds for the numbers that no entry names."""
    scale_labels: ScaledLabels | None = None
    """Train on scaled labels: `standard` brings those of the train rows to mean 0 and
    deviation 1, `minmax` to 0..1, `log` takes log(1 + label). Losses are in scaled
    units; metrics, predictions and `model.keras` are in those of the file. A mapping
    names columns of labels, or outputs: `{price: log, rooms: standard}`."""
    one_hot: bool = False
    """Encode each label as a vector with a single 1."""
    classes: Classes | None = None
    """The classes in the order of their numbers; by default sorted. Of several outputs
    a mapping by their names."""
    augment: Augment = ()
    """Layers that change train rows at random in each epoch; never validation rows.
    With several inputs a mapping: `{photo: [{RandomFlip: horizontal}]}`."""

    @property
    def encodes_columns(self) -> bool:
        """Whether features are columns of a table that are encoded one by one."""
        is_series = self.window is not None and self.source.has_columns
        return self.columns is not None or self.inputs is not None or is_series

    def encodes(self, head: Head) -> bool:
        """Whether the labels of an output are encoded as a column per class."""
        if head.name is None:
            return self.one_hot
        return self.one_hot and head.loss.labels == "one_hot"

    def wanted(self, heads: Iterable[Head]) -> WantedLabels:
        """What the labels of each output are for; of one output it has no name."""
        by_output: dict[str | None, Wanted] = {}
        for head in heads:
            loss = head.loss
            by_output[head.name] = loss.task
            if loss.task == "classification" and self.encodes(head):
                by_output[head.name] = "one_hot"
            elif loss.labels == "binary":
                by_output[head.name] = "binary"
        alone = by_output.get(None)
        if alone is not None:
            return alone
        return {name: wanted for name, wanted in by_output.items() if name is not None}

    def scales(self, inputs: Iterable[str]) -> dict[str, Scaling]:
        """How the features of each input are scaled; those that are not stay out."""
        stated = self.scale
        if isinstance(stated, Mapping):
            return {name: stated[name] for name in inputs if name in stated}
        return {} if stated is None else dict.fromkeys(inputs, stated)

    def label_scales(
        self, output: str, columns: Sequence[str], *, several: bool
    ) -> tuple[LabelScaling | None, ...] | None:
        """How the labels of an output are scaled; `None`: they are not.

        Args:
            output: whose labels they are.
            columns: what they are called, where they have names.
            several: whether there are other outputs.

        Returns:
            An entry for each column, or one for all.
        """
        stated = self.scale_labels
        if not isinstance(stated, Mapping):
            return None if stated is None else (stated,)
        if not several and not stated.keys().isdisjoint(columns):
            return tuple(stated.get(name) for name in columns)
        own = stated.get(output) if several else next(iter(stated.values()))
        return None if own is None else (own,)

    def augmentation(self, inputs: Iterable[str]) -> dict[str, tuple[Layer, ...]]:
        """The layers for each input that has some; a list is that of the only input."""
        names, stated = list(inputs), self.augment
        if isinstance(stated, Mapping):
            return {name: stated[name] for name in names if stated.get(name)}
        return {names[0]: stated} if stated and len(names) == 1 else {}

    @property
    def augment_layers(self) -> tuple[Layer, ...]:
        """The layers that change train rows, of all inputs."""
        if isinstance(self.augment, Mapping):
            return tuple(layer for layers in self.augment.values() for layer in layers)
        return self.augment

    @classmethod
    @override
    def keys(cls) -> list[str]:
        return [
            *Source.types,
            *(
                key
                for key in super().keys()  # noqa: SIM118 - a list
                if key != "source"
            ),
        ]

    @classmethod
    @override
    def cure(cls, key: object) -> str | None:
        for source in Source.classes():
            if key in source.keys():  # noqa: SIM118 - a list
                return f"write it under the source, as in {source.written_example()}"
            if key in source.replaces:
                return f"{source.replacing}, and write {source.written_example()}"
        return super().cure(key)

    @override
    def written(self) -> dict[str, Any]:
        values = super().written()
        source = values.pop("source")
        return {source.key: source.written(), **values}

    @model_validator(mode="after")
    def _source_gives_what_divides(self) -> Self:
        columns = {} if self.split is None else dict(self.split.columns)
        window = self.window
        roles = {} if window is None else window.roles
        within = {f"window.{key}": name for key, name in roles.items()}
        for field in ("source", "validation", "test"):
            source, by_key = getattr(self, field), within
            if not isinstance(source, Source):
                continue
            if field == "source":
                by_key = columns | within
            source = source.divided_by(by_key) if by_key else source
            source = source if window is None else source.with_past(window.takes)
            object.__setattr__(self, field, source)
        return self

    @model_validator(mode="wrap")
    @classmethod
    @override
    def _validate(cls, value: Any, handler: ModelWrapValidatorHandler[Any]) -> Any:
        if not isinstance(value, dict):
            return handler(value if value is not None else {})
        if not any(key in Source.types for key in value):
            value = cls._without_arguments(value)
        errors = cls._source_errors(value)
        stated = {key: value[key] for key in value if key in Source.types}
        rest = {key: item for key, item in value.items() if key not in stated}

        def inner(known: dict[Any, Any]) -> Any:
            return handler(
                known
                | ({"source": dict([next(iter(stated.items()))])} if stated else {})
            )

        try:
            result = validate_keys(cls, cls.owner, rest, inner)  # type: ignore[arg-type]
        except ValidationError as error:
            details = [
                item
                for item in relocated(error)
                if stated or item["loc"] != ("source",)
            ]
            errors += [_without_source(item) for item in details]
        if errors:
            raise_errors(cls.owner, errors)
        return result

    @classmethod
    def _without_arguments(cls, value: dict[Any, Any]) -> dict[Any, Any]:
        """Keep the first of several arguments of a source that is not there."""
        stray = [key for key in value if _is_argument(key)]
        return {key: item for key, item in value.items() if key not in stray[1:]}

    @classmethod
    def _source_errors(cls, value: dict[Any, Any]) -> list[InitErrorDetails]:
        keys = [key for key in value if key in Source.types]
        if any(_means_source(key) for key in value):
            return []
        if not keys:
            sources = choices(Source.types)
            example = Source.preferred().written_example()
            hint = f"add {example}; the sources are {sources}"
            message = "`data` names no source of rows"
            missing = invalid("missing-key", message, hint=hint, on_key=True)
            return [InitErrorDetails(type=missing, loc=(), input=value)]
        return [
            InitErrorDetails(
                type=invalid(
                    "two-sources",
                    f"`{key}` is a second source beside `{keys[0]}`",
                    hint="keep one; for rows of their own write "
                    f"validation: {{{key}: ...}}",
                    on_key=True,
                ),
                loc=(key,),
                input=value[key],
            )
            for key in keys[1:]
        ]


def _is_argument(key: object) -> bool:
    """Whether a key is one of a source, which people write into `data` itself."""
    return any(key in source.keys() for source in Source.classes())  # noqa: SIM118 - a list


def _means_source(key: object) -> bool:
    """Whether an unknown key stands for a source: then only the key is wrong."""
    known = DataSpec.keys()
    if key in known:
        return False
    replaced = any(key in source.replaces for source in Source.classes())
    return replaced or _is_argument(key) or nearest(key, known) in Source.types


def _without_source(details: InitErrorDetails) -> InitErrorDetails:
    """The field `source` is no key of the config: its class stands in `data` itself."""
    location = details["loc"]
    if location and location[0] == "source":
        details["loc"] = location[1:]
    return details
