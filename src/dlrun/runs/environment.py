"""What `environment.json` holds: what a run depends on beside its config."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from dlrun.runs.json_object import JsonObject


@dataclass(frozen=True, slots=True)
class Commit:
    """The state of the working directory that trained."""

    sha: str
    dirty: bool | None
    """Whether files differ from the commit; None: git did not say."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Environment:
    """Versions, devices, threads and source code; None: an older run does not say."""

    versions: Mapping[str, str] = field(default_factory=dict)
    """Of Python and of the libraries that decide on a result."""
    platform: str | None = None
    machine: str | None = None
    processor: str | None = None
    devices: tuple[str, ...] = ()
    """Such as `/physical_device:CPU:0`."""
    threads: int | None = None
    """How many one operation may use."""
    commit: Commit | None = None
    """None: the working directory is in no git repository."""
    command: str | None = None
    """The command line."""

    @classmethod
    def read(cls, values: JsonObject) -> Environment:
        """Read the file, or what it says of a process that went on with the run.

        Raises:
            RunError: A value has another type than its key.
        """
        git = values.object("git")
        sha = git.text("commit")
        return cls(
            versions=values.names("versions"),
            platform=values.text("platform"),
            machine=values.text("machine"),
            processor=values.text("processor"),
            devices=values.texts("devices"),
            threads=values.whole("threads"),
            commit=None if sha is None else Commit(sha, git.flag("dirty")),
            command=values.text("command"),
        )

    def to_json(self) -> dict[str, object]:
        """The file as JSON has it."""
        commit = self.commit
        return {
            "versions": dict(self.versions),
            "platform": self.platform,
            "machine": self.machine,
            "processor": self.processor,
            "devices": list(self.devices),
            "threads": self.threads,
            "git": commit and {"commit": commit.sha, "dirty": commit.dirty},
            "command": self.command,
        }

    def decisive(self) -> dict[str, object]:
        """What decides on the bits of a result, as far as it is known, by names."""
        known = {
            "machine": self.machine,
            "processor": self.processor,
            "devices": list(self.devices) or None,
            "threads": self.threads,
        }
        place = {name: value for name, value in known.items() if value is not None}
        return {**self.versions, **place}


@dataclass(frozen=True, slots=True)
class Resumption:
    """A process that went on with a run; an entry under `resumed`."""

    after_epoch: int
    differences: tuple[str, ...]
    """What decides on the bits and was not as before, in words."""
    environment: Environment

    @property
    def exact(self) -> bool:
        """Whether the bits are those of a run that was never stopped."""
        return not self.differences

    @classmethod
    def read(cls, values: JsonObject) -> Resumption:
        """Read one entry.

        Raises:
            RunError: A value has another type than its key.
        """
        return cls(
            after_epoch=values.whole("after_epoch") or 0,
            differences=values.texts("differences"),
            environment=Environment.read(values),
        )

    def to_json(self) -> dict[str, object]:
        """The entry as JSON has it."""
        return {
            "after_epoch": self.after_epoch,
            "exact": self.exact,
            "differences": list(self.differences),
            **self.environment.to_json(),
        }
