"""`custom:`: the file of code that a config names, read before all that may use it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from pydantic import ValidationError

from dlrun.components.scope import CodeScope
from dlrun.config import CUSTOM
from dlrun.errors import CodeError, Problem
from dlrun.experiment.experiment import CustomSpec
from dlrun.writing import choices

(_KEY,) = CUSTOM
_NAMED_AT_MOST = 5


def with_custom(values: object) -> tuple[object, CodeScope]:
    """The values of a config with the hash of its code, and what that defines.

    Raises:
        CodeError: the file cannot be read, is no Python, or is not the one that the
            config means.
    """
    stated = values.get(_KEY) if isinstance(values, Mapping) else None
    if stated is None or not isinstance(values, Mapping):
        return values, CodeScope()
    from dlrun.components.custom import scope_of
    from dlrun.custom import read_custom

    try:
        spec = CustomSpec.model_validate(stated)
    except ValidationError:
        return values, CodeScope()  # It is told with the rest.
    file = read_custom(spec.path)
    if spec.sha256 not in {None, file.sha256}:
        _, *beside = file.texts
        message = f"{spec.path} is other code: its sha256 is {file.sha256}"
        hint = "put the file back, or remove sha256 to use it as it is"
        if beside:  # Which of them has changed, one hash does not tell.
            message = f"{spec.path} with {choices(beside, most=_NAMED_AT_MOST)} is "
            message += f"other code: the sha256 of them all is {file.sha256}"
            hint = "put the files back, or remove sha256 to use them as they are"
        raise CodeError(
            Problem((_KEY, "sha256"), message, hint=hint, code="other-code")
        )
    given = {"path": str(spec.path), "sha256": file.sha256}
    return {**values, _KEY: given}, scope_of(file)


def prepare(values: object) -> None:
    """Fix the threads of a config with code, which will soon compute something."""
    if isinstance(values, Mapping) and _KEY in values:
        from dlrun.custom import prepare_code

        prepare_code(_threads(values.get("fit")))


def _threads(fit: object) -> int | Literal["auto"]:
    """The threads that a config states, as far as they are a number."""
    stated = fit.get("threads") if isinstance(fit, Mapping) else None
    is_number = isinstance(stated, int) and not isinstance(stated, bool) and stated > 0
    return stated if isinstance(stated, int) and is_number else "auto"
