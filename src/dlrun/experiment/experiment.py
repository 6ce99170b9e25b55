"""The whole config, validated: `ExperimentSpec`."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Any, ClassVar, Self

import yaml
from pydantic import (
    BeforeValidator,
    Field,
    ModelWrapValidatorHandler,
    model_validator,
)

from dlrun.components.component import Strict, validate_keys
from dlrun.components.fields import AsTuple, PositiveInt
from dlrun.components.sources.files import LocalPath
from dlrun.components.words import invalid
from dlrun.config import ANY, CUSTOM, Names
from dlrun.data.moved import current_root
from dlrun.experiment.compile import CompileSpec
from dlrun.experiment.data import DataSpec
from dlrun.experiment.fit import FitSpec
from dlrun.experiment.model import ModelSpec
from dlrun.experiment.probe import ProbeSpec
from dlrun.experiment.pseudo_label import PseudoLabelSpec
from dlrun.experiment.search import SearchSpec
from dlrun.experiment.section import Section
from dlrun.writing import printable

Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$")]


Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class LimitsSpec(Section):
    """What an experiment must not exceed."""

    owner: ClassVar[str] = "limits"

    max_params: PositiveInt = 500_000_000
    """Parameters of the model; 500 million take 2 GB, and Adam as much again twice."""


def _stated(value: object) -> object:
    """An empty section says neither that it is wanted nor that it is not."""
    return _not_empty("pseudo_label", "pseudo_label: {} for its defaults", value)


def _searching(value: object) -> object:
    """The same of `search`, which has no defaults for all it needs."""
    example = "search: {trials: 20, space: {fit.batch_size: [16, 32]}}"
    return _not_empty("search", example, value)


def _not_empty(key: str, example: str, value: object) -> object:
    if value is None:
        hint = f"write {example}, or remove the key"
        raise invalid("wrong-type", f"`{key}` is empty", hint=hint, on_key=True)
    return value


class CustomSpec(Strict):
    """The file of code that a config uses, and what it must hold."""

    path: LocalPath
    """The file of Python; what it imports from beside it belongs to it."""
    sha256: Sha256 | None = None
    """Of the code; nothing: any. A run has that of its own copy."""

    @model_validator(mode="wrap")
    @classmethod
    def _validate(cls, value: object, handler: ModelWrapValidatorHandler[Self]) -> Self:
        if isinstance(value, str):
            value = {"path": value}
        if isinstance(value, dict):
            return validate_keys(cls, *CUSTOM, value, handler)
        return handler(value)


class ExperimentSpec(Section):
    """One experiment, complete: every default is written out."""

    owner: ClassVar[str] = "the config"
    names = (
        Names(("vars",), of_anything=True),
        Names(("blocks",), of_objects=False),
        Names(("blocks", ANY, "with"), of_anything=True),
    )
    literal = (("description",),)
    cures: ClassVar[dict[str, str]] = dict.fromkeys(
        ("learning_rate", "lr"),
        "write optimizer: {Adam: {learning_rate: 0.001}} under `compile`",
    )

    name: Name
    """The name of the experiment; its runs are `<name>-001`, `<name>-002`..."""
    description: str = ""
    """A sentence for people."""
    tags: Annotated[tuple[str, ...], AsTuple] = ()
    """Words to find the experiment by."""
    seed: Annotated[int, Field(ge=0, le=2**32 - 1)] = 0
    """Drives the split, the initial weights, the order of the rows and all noise."""
    data: DataSpec
    model: ModelSpec
    compile: CompileSpec
    fit: FitSpec = Field(default={}, validate_default=True)
    probe: ProbeSpec = Field(default={}, validate_default=True)
    pseudo_label: Annotated[PseudoLabelSpec | None, BeforeValidator(_stated)] = None
    """Labels for rows that have none, in rounds of training; by default there are none.
    `{}` has every default."""
    limits: LimitsSpec = Field(default={}, validate_default=True)
    custom: CustomSpec | None = None
    """A file of Python, whose classes and functions are named like Keras' own. It is
    run with `--allow-code` only."""
    search: Annotated[SearchSpec | None, BeforeValidator(_searching)] = None
    """A search for the settings that reach the best score, by `dlrun search`."""

    @property
    def has_validation(self) -> bool:
        """Whether some rows are kept for validation."""
        return has_validation(self.data, self.fit)

    def recorded(self) -> ExperimentSpec:
        """The config as a run keeps it, beside its own copy of the code."""
        if self.custom is None:
            return self
        from dlrun.runs import CODE

        path = Path(CODE) / self.custom.path.name
        custom = self.custom.model_copy(update={"path": path})
        return self.model_copy(update={"custom": custom})

    def values(self) -> dict[str, Any]:
        """The complete config as plain values, without what is nothing by default.

        Its paths are those of the run, wherever its data are read now.
        """
        values: dict[str, Any] = self.model_dump(mode="json")
        root = current_root()
        return values if root is None else root.recorded(values)

    def to_yaml(self) -> str:
        """The complete config as a text that reads back as the same experiment."""
        text = yaml.dump(
            self.values(),
            Dumper=_Dumper,
            sort_keys=False,
            allow_unicode=True,
            width=100,
        )
        return printable(text)  # Marks that nobody sees, all of them within quotes.


def has_validation(data: DataSpec, fit: FitSpec) -> bool:
    """Whether a config keeps rows for validation."""
    split = data.split is not None and data.split.holds_out
    return split or data.validation is not None or fit.validation_split is not None


class _Dumper(yaml.SafeDumper):
    """Writes what is short in one line, and numbers so that YAML 1.2 reads them."""


def _list(dumper: yaml.SafeDumper, values: list[Any]) -> yaml.Node:
    inner = [item for value in values if isinstance(value, list) for item in value]
    flat = not any(isinstance(item, (list, dict)) for item in inner or values)
    return dumper.represent_sequence("tag:yaml.org,2002:seq", values, flow_style=flat)


def _mapping(dumper: yaml.SafeDumper, values: dict[str, Any]) -> yaml.Node:
    flat = not any(isinstance(value, (list, dict)) for value in values.values())
    short = sum(len(str(item)) + 2 for pair in values.items() for item in pair) < _LINE
    return dumper.represent_mapping(
        "tag:yaml.org,2002:map", values, flow_style=flat and short
    )


def _float(dumper: yaml.SafeDumper, value: float) -> yaml.Node:
    text = repr(value)
    if "." not in text and "e" in text:
        text = text.replace("e", ".0e")  # else YAML 1.1 tools read a text
    return dumper.represent_scalar("tag:yaml.org,2002:float", text)


def _text(dumper: yaml.SafeDumper, value: str) -> yaml.Node:
    is_quoted = _NUMBER.fullmatch(value) or printable(value) != value
    style = '"' if is_quoted else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", value, style=style)


_LINE = 90
_NUMBER = re.compile(r"[-+.0-9][-+.0-9a-zA-Z_]*")
"""Texts that some YAML reader may take for a number."""

_Dumper.add_representer(dict, _mapping)
_Dumper.add_representer(list, _list)
_Dumper.add_representer(float, _float)
_Dumper.add_representer(str, _text)
