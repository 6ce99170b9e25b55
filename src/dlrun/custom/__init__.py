"""The Python of a config: read from its text, imported only where that is allowed."""

from __future__ import annotations

from dlrun.custom.blame import blamed, code_of, exit_is_failure, told_with_its_line
from dlrun.custom.definition import Definition, Parameter, Role
from dlrun.custom.file import CustomFile, read_custom
from dlrun.custom.loading import (
    CodeNotAllowedError,
    allow_code,
    allowing_code,
    find_object,
    is_code_allowed,
    prepare_code,
    require_allowed,
)

__all__ = [
    "CodeNotAllowedError",
    "CustomFile",
    "Definition",
    "Parameter",
    "Role",
    "allow_code",
    "allowing_code",
    "blamed",
    "code_of",
    "exit_is_failure",
    "find_object",
    "is_code_allowed",
    "prepare_code",
    "read_custom",
    "require_allowed",
    "told_with_its_line",
]
