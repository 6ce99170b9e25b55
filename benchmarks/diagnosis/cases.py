"""What a case is: a healthy config, a cause that spoils it, and a seed."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

HEALTHY = ("GOOD_FIT",)
TOO_LARGE_A_STEP = (
    "OSCILLATING_LOSS",
    "DYING_RELU",
    "DIVERGED",
    "EXPLODING_GRADIENT",
)
"""The faces of steps that are too large, for nets with relu: which one shows depends on
the draw. They are those of the labelled histories that the rules are specified by."""


@dataclass(frozen=True, slots=True)
class Base:
    """A config that trains well, before anything is done to it."""

    name: str
    net: str
    """`mlp`, `cnn` or `lstm` (any recurrent net)."""
    data: str
    """The data set, as the report names it."""
    config: Mapping[str, Any]
    """Without name and seed; paths are relative to the directory of the configs."""


@dataclass(frozen=True, slots=True)
class Cause:
    """One change to a base, and the verdicts that would be right about it."""

    name: str
    base: Base
    words: str
    """What is wrong, as a person would say it."""
    accepted: tuple[str, ...]
    """Decided from the cause, before any run was looked at by a rule."""
    patch: Mapping[str, Any] = field(default_factory=dict)
    """Values by path, as under `set` of a config."""

    @property
    def is_healthy(self) -> bool:
        """Whether nothing is wrong here."""
        return self.accepted == HEALTHY


@dataclass(frozen=True, slots=True)
class Part:
    """Causes and healthy configs that are used, or not used, to adjust rules."""

    name: str
    causes: tuple[Cause, ...]
    healthy: tuple[Cause, ...]
    seeds: tuple[int, ...]

    @property
    def cases(self) -> list[tuple[Cause, int]]:
        """Every run; seeds of one cause follow each other, as they share a model."""
        return [
            (cause, seed)
            for cause in (*self.causes, *self.healthy)
            for seed in self.seeds
        ]


def healthy(
    name: str, base: Base, words: str, patch: Mapping[str, Any] | None = None
) -> Cause:
    """A variant of a base that is as well as the base."""
    return Cause(name, base, words, HEALTHY, patch or {})


def write_configs(causes: Iterable[Cause], directory: Path) -> dict[str, Path]:
    """Write each cause as a config that extends its base; give the files by name."""
    directory.mkdir(parents=True, exist_ok=True)
    files = {}
    for cause in causes:
        base = directory / f"base_{cause.base.name}.yaml"
        base.write_text(json.dumps(cause.base.config, indent=1), encoding="utf-8")
        config = {"extends": base.name, "name": cause.name, "set": dict(cause.patch)}
        files[cause.name] = directory / f"{cause.name}.yaml"
        text = f"# {cause.words}\n{json.dumps(config, indent=1)}\n"
        files[cause.name].write_text(text, encoding="utf-8")
    return files
