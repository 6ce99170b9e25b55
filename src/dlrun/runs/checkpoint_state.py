"""What `state.json` of a checkpoint holds: all that a run consists of, but arrays."""

from __future__ import annotations

import builtins
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from dlrun.runs.reading import JsonObject
from dlrun.runs.removal import HISTORY

CallbackState: TypeAlias = Mapping[str, object]
"""What a callback counts, by its attributes; a float that is not finite is a text."""


@dataclass(frozen=True, slots=True)
class FileDigest:
    """The size and the hash of a file, or of its beginning."""

    bytes: int
    sha256: str

    @classmethod
    def read(cls, values: JsonObject) -> FileDigest:
        """Read it; an empty hash, which nothing has, stands for one that is missing."""
        return cls(values.whole("bytes") or 0, values.text("sha256") or "")

    @classmethod
    def of(cls, data: builtins.bytes) -> FileDigest:
        """That of what a file holds."""
        return cls(len(data), hashlib.sha256(data).hexdigest())

    def begins(self, data: builtins.bytes) -> bool:
        """Whether a file begins with what it once held."""
        return FileDigest.of(data[: self.bytes]) == self

    def to_json(self) -> dict[str, object]:
        """The digest as JSON has it."""
        return {"bytes": self.bytes, "sha256": self.sha256}


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckpointState:
    """What stands beside the arrays of a checkpoint."""

    seed: int = 0
    config_sha256: str = ""
    """Of the config, without what changes no weight of any epoch."""
    versions: Mapping[str, str] = field(default_factory=dict)
    best_epoch: int = 0
    stopped: bool = False
    """Whether training has ended before the last epoch."""
    stop_reason: str = ""
    """Why `fit.stop_on` has ended it; empty: it has not."""
    callbacks: tuple[CallbackState, ...] = ()
    """In the order of the config."""
    probed_epoch: int | None = None
    """The epoch of the last probe; None: there is none."""
    history: FileDigest = FileDigest(0, "")
    """Of the history so far, its header included."""
    probes: Mapping[str, FileDigest] = field(default_factory=dict)
    """Of each table of the probe, up to the last one."""

    @property
    def tables(self) -> dict[str, FileDigest]:
        """How each table began whose digest is known; a run of 0.1.0 may know none."""
        known = {HISTORY: self.history, **self.probes}
        return {name: digest for name, digest in known.items() if digest.sha256}

    @classmethod
    def read(cls, values: JsonObject) -> CheckpointState:
        """Read the file.

        Raises:
            RunError: A value has another type than its key.
        """
        probes = values.object("probes")
        return cls(
            seed=values.whole("seed") or 0,
            config_sha256=values.text("config_sha256") or "",
            versions=values.names("versions"),
            best_epoch=values.whole("best_epoch") or 0,
            stopped=bool(values.flag("stopped")),
            stop_reason=values.text("stop_reason") or "",
            callbacks=tuple(state.values for state in values.objects("callbacks")),
            probed_epoch=values.whole("probed_epoch"),
            history=FileDigest.read(values.object("history")),
            probes={
                name: FileDigest.read(probes.object(name)) for name in probes.values
            },
        )

    def to_json(self) -> dict[str, object]:
        """The file as JSON has it."""
        return {
            "seed": self.seed,
            "config_sha256": self.config_sha256,
            "versions": dict(self.versions),
            "best_epoch": self.best_epoch,
            "stopped": self.stopped,
            "stop_reason": self.stop_reason,
            "callbacks": [dict(state) for state in self.callbacks],
            "probed_epoch": self.probed_epoch,
            "history": self.history.to_json(),
            "probes": {name: probe.to_json() for name, probe in self.probes.items()},
        }
