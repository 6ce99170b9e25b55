"""The base of every section of a config."""

from __future__ import annotations

from typing import Any, ClassVar

from pydantic import ModelWrapValidatorHandler, model_validator

from dlrun.components.component import Strict, validate_keys
from dlrun.config import Names
from dlrun.errors import ConfigPath


class Section(Strict):
    """A mapping of a config with fixed keys: frozen, strict, no unknown keys."""

    owner: ClassVar[str] = ""
    """What a message calls the section."""
    literal: ClassVar[tuple[ConfigPath, ...]] = ()
    """Where a text may start with `$`, by the path in the section."""
    names: ClassVar[tuple[Names, ...]] = ()
    """Where its keys are names that a person chose, by their path in the section."""

    @model_validator(mode="wrap")
    @classmethod
    def _validate(cls, value: Any, handler: ModelWrapValidatorHandler[Any]) -> Any:
        if value is None:
            value = {}
        if isinstance(value, dict):
            return validate_keys(cls, cls.owner, value, handler)
        return handler(value)
