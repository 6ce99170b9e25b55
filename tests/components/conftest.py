from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from pydantic import ValidationError

from dlrun.components.component import Component
from dlrun.components.words import problem_of
from dlrun.errors import Problem

ProblemsOf = Callable[[type[Component], Any], list[Problem]]


@pytest.fixture
def problems_of() -> ProblemsOf:
    """Give a kind a value as a config would, and return what is wrong with it."""

    def validate(kind: type[Component], value: Any) -> list[Problem]:
        try:
            kind.model_validate(value)
        except ValidationError as error:
            details = error.errors(include_url=False)
            return [problem_of(detail) for detail in details]
        return []

    return validate
