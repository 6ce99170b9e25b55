"""Keras experiments from YAML: one file in, a trained and reproducible run out."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dlrun.api import (
        Folds,
        Run,
        Search,
        compare,
        find_runs,
        open_folds,
        open_run,
        open_search,
        search,
        train,
    )

__version__ = "0.1.0"
__all__ = [
    "Folds",
    "Run",
    "Search",
    "__version__",
    "compare",
    "find_runs",
    "open_folds",
    "open_run",
    "open_search",
    "search",
    "train",
]


def __getattr__(name: str) -> object:
    """Load the notebook API on first use, so that `import dlrun` stays light."""
    if name in __all__:
        from dlrun import api

        return getattr(api, name)
    message = f"module {__name__!r} has no attribute {name!r}"
    raise AttributeError(message)


def __dir__() -> list[str]:
    return __all__
