"""What components of all kinds share that are defined by the code of a config."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from types import ModuleType
from typing import ClassVar, TypeVar

from pydantic import BaseModel

from dlrun.components.fields import OwnActivation
from dlrun.components.keras_component import KerasComponent
from dlrun.config import CUSTOM
from dlrun.custom import CustomFile, Definition, code_of, find_object
from dlrun.errors import CodeError, Problem

_Kind = TypeVar("_Kind")
_CONFIG = "get_config"
PREFIX = "argument_"
"""Before the names of arguments, as fields: a component has attributes of its own."""


class OwnCode:
    """A component that stands for a class or a function of the code of a config."""

    file: ClassVar[CustomFile]
    definition: ClassVar[Definition]
    shared: ClassVar[frozenset[str]] = frozenset({"name"})
    """Keys of the kind that are parameters as well, where the code has them."""
    num_data: ClassVar[int] = 0
    """How many of the first parameters are data, and no arguments."""

    @classmethod
    def own_fields(cls, definition: Definition) -> dict[str, object]:  # noqa: ARG003
        """Fields of the kind that follow from the class of Keras that it is made of."""
        return {}

    def given(self) -> dict[str, object]:
        """The arguments for the class or the function, as far as they are known."""
        assert isinstance(self, BaseModel)  # noqa: S101 - every component is one
        unknown = {
            one.name
            for one in self.definition.parameters
            if not (one.is_required or one.has_value)
        }
        found = {}
        for name, field in type(self).model_fields.items():
            key, value = field.alias or name, getattr(self, name)
            if name.startswith(PREFIX) and not (value is None and key in unknown):
                found[key] = _plain(value)
        return found

    def takes(self, name: str) -> bool:
        """Whether an argument of some name can be given."""
        stated = {one.name for one in self.definition.parameters}
        return name in stated or self.definition.takes_others

    def found(self) -> Callable[..., object]:
        """The class or the function.

        Raises:
            CodeNotAllowedError: nobody has allowed to import it.
            CodeError: it cannot be imported.
        """
        return find_object(self.file, self.definition)

    def keras(self) -> ModuleType:
        """Keras, as the first import of code brings it in.

        Raises:
            CodeNotAllowedError: nobody has allowed to import it.
            CodeError: it cannot be imported.
        """
        self.found()
        return import_module("keras")

    def made(self, kind: type[_Kind], **others: object) -> _Kind:
        """An object of the class.

        Args:
            kind: The class of Keras that it has to be of.
            **others: Further arguments.

        Raises:
            CodeNotAllowedError: nobody has allowed to import it.
            CodeError: with the line where the code fails.
        """
        cls = self.found()
        with code_of(self.file, self.definition):
            one = cls(**{**self.given(), **others})
        if not isinstance(one, kind):
            message = f"`{self.definition.name}` is no {kind.__name__} of Keras"
            raise self.refused(message, f"derive it from keras.{kind.__name__}")
        if hasattr(one, _CONFIG):
            self._require_config(one)
        return one

    def _require_config(self, one: object) -> None:
        """Ask now what the model is saved with: not after the last epoch."""
        try:
            with code_of(self.file, self.definition):
                getattr(one, _CONFIG)()
        except CodeError as error:
            if not isinstance(error.__cause__, NotImplementedError):
                raise
            name = self.definition.name
            message = f"`{name}` cannot be saved: it has no `get_config`"
            hint = "write get_config, which adds the arguments to super().get_config()"
            raise self.refused(message, hint) from error

    def refused(self, message: str, hint: str | None = None) -> CodeError:
        """An error about the class or the function as a whole, with its place."""
        place = self.file.place_of(self.definition)
        return CodeError(
            Problem(CUSTOM, message, hint=hint, code="custom-code", location=place)
        )


def _plain(value: object) -> object:
    """A value of a config as code expects it; what it names is built."""
    if isinstance(value, KerasComponent | OwnActivation):
        return value.build()
    if isinstance(value, str):
        return str(value)
    if isinstance(value, list | tuple):
        return type(value)(map(_plain, value))
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    return value
