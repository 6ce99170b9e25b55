"""What a run starts from: `config.json`, `summary.json` and `environment.json`."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import islice
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Literal, TypeAlias

from dlrun.errors import RunError
from dlrun.runs.reading import PARTIAL, JsonObject, present, require_no_link
from dlrun.runs.storage import finite

if TYPE_CHECKING:
    from dlrun.config import ConfigText
    from dlrun.runs.hashes import Hashes

MonitorMode: TypeAlias = Literal["min", "max"]
"""Which values of the monitor are better."""
_MODES: Mapping[str, MonitorMode] = {"min": "min", "max": "max"}
VARIABLES = "source/variables.json"
CODE = "source/custom"
"""Where the code of a config is."""
_COPIES_AT_MOST = 1000
_LATER = {"fit": {"threads": "auto"}}
"""Keys that older runs do not have, by section, and what was the rule for them."""
_SWITCH = {"on": True, "off": False}


@dataclass(frozen=True, slots=True)
class RecordedVariables:
    """What `vars` was when the config of a run was made."""

    values: Mapping[str, object]
    """Every variable, by its name."""
    computed: tuple[str, ...]
    """Those that follow from others."""
    sections: Mapping[str, str]
    """A hash of each section as it was written, with names in place of values: where it
    is equal, two configs differ by their variables alone."""

    @classmethod
    def read(cls, hashes: Hashes) -> RecordedVariables | None:
        """Read those of a run; None: its config had none.

        Raises:
            RunError: They are damaged.
        """
        if not (hashes.directory / VARIABLES).exists():
            return None
        values = hashes.read_json(VARIABLES)
        return cls(
            values=values.mapping("values"),
            computed=values.texts("computed"),
            sections=values.names("sections"),
        )

    def to_json(self) -> dict[str, object]:
        """The record as JSON has it."""
        return {
            "values": finite(self.values),
            "computed": list(self.computed),
            "sections": dict(self.sections),
        }


@dataclass(frozen=True, slots=True)
class LayerSummary:
    """One layer of the model; None: not known."""

    name: str | None
    kind: str | None
    """The name of its class, such as `Dense`."""
    output_shape: tuple[int, ...]
    """Without the axis of the batch."""
    parameters: int | None

    @classmethod
    def read(cls, values: JsonObject) -> LayerSummary:
        """Read one entry of `layers`."""
        return cls(
            name=values.text("name"),
            kind=values.text("kind"),
            output_shape=values.wholes("output_shape"),
            parameters=values.whole("parameters"),
        )

    def to_json(self) -> dict[str, object]:
        """The entry as JSON has it."""
        return {
            "name": self.name,
            "kind": self.kind,
            "output_shape": list(self.output_shape),
            "parameters": self.parameters,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """The model, what is monitored, and the rows; None: an older run does not say."""

    parameters: int | None = None
    trainable_parameters: int | None = None
    layers: tuple[LayerSummary, ...] = ()
    monitor: str | None = None
    """The column of the history that chooses the best epoch."""
    monitor_mode: MonitorMode | None = None
    jit: bool = False
    """Whether XLA compiles the train steps."""
    jit_evaluation: bool = False
    """Whether it compiles evaluation and prediction as well."""
    jit_reason: str | None = None
    split_hash: str | None = None
    """SHA-256 of the rows of all parts."""
    validation_hash: str | None = None
    """SHA-256 of the validation rows; None: there are none."""
    data_fingerprint: str | None = None
    """SHA-256 of all rows that were read, and of the images that they name."""
    cells_fingerprint: str | None = None
    """The same without images, where rows name some."""
    images: Mapping[str, str] = field(default_factory=dict)
    """SHA-256 of all images that a column names, for each such column."""
    facts: Mapping[str, object] = field(default_factory=dict)
    """What a diagnosis has to know beside the curves."""
    num_train: int | None = None
    """Rows, and so on below."""
    num_validation: int | None = None
    num_test: int | None = None
    num_unlabelled: int | None = None
    """None: the run has no pseudo-labels."""

    @classmethod
    def read(cls, values: JsonObject) -> Summary:
        """Read the file.

        Raises:
            RunError: A value has another type than its key.
        """
        return cls(
            parameters=values.whole("parameters"),
            trainable_parameters=values.whole("trainable_parameters"),
            layers=tuple(map(LayerSummary.read, values.objects("layers"))),
            monitor=values.text("monitor"),
            monitor_mode=values.choice("monitor_mode", _MODES),
            jit=bool(values.choice("jit", _SWITCH)),
            jit_evaluation=bool(values.choice("jit_evaluation", _SWITCH)),
            jit_reason=values.text("jit_reason"),
            split_hash=values.text("split_hash"),
            validation_hash=values.text("validation_hash"),
            data_fingerprint=values.text("data_fingerprint"),
            cells_fingerprint=values.text("cells_fingerprint"),
            images=values.names("images"),
            facts=values.mapping("facts"),
            num_train=values.whole("num_train"),
            num_validation=values.whole("num_validation"),
            num_test=values.whole("num_test"),
            num_unlabelled=values.whole("num_unlabelled"),
        )

    @property
    def rows_fingerprint(self) -> str | None:
        """SHA-256 of all rows, whichever columns of images are read beside them."""
        return self.cells_fingerprint or self.data_fingerprint

    def other_images(self, now: Mapping[str, str], cells: str) -> str:
        """The columns whose images are others now, below equal cells; empty: none.

        Args:
            now: What the same data give today.
            cells: The hash of their rows without images: where cells are others, images
                may be others only because other files are named.
        """
        if cells != self.rows_fingerprint:
            return ""
        changed = [name for name, one in self.images.items() if now.get(name) != one]
        return f"; other images in the column {', '.join(changed)}" if changed else ""

    def require_layers(self, name: str) -> None:
        """Refuse parameters that are not those of the layers together.

        Args:
            name: Of the run, for the message.

        Raises:
            RunError: They are not.
        """
        counts = [layer.parameters for layer in self.layers]
        together = sum(count or 0 for count in counts)
        if None in {self.parameters, *counts} or not counts:
            return
        if together != self.parameters:
            message = f"summary.json of {name} is damaged: {self.parameters:,} "
            message += f"parameters, but those of its layers are {together:,}"
            raise RunError(message, hint=PARTIAL)

    def to_json(self) -> dict[str, object]:
        """The file as JSON has it."""
        values: dict[str, object] = {
            "parameters": self.parameters,
            "trainable_parameters": self.trainable_parameters,
            "layers": [layer.to_json() for layer in self.layers],
            "monitor": self.monitor,
            "monitor_mode": self.monitor_mode,
            "jit": "on" if self.jit else "off",
            "jit_evaluation": "on" if self.jit_evaluation else "off",
            "jit_reason": self.jit_reason,
            "split_hash": self.split_hash,
            "validation_hash": self.validation_hash,
            "data_fingerprint": self.data_fingerprint,
            "facts": dict(self.facts),
            "num_train": self.num_train,
            "num_validation": self.num_validation,
            "num_test": self.num_test,
        }
        if self.images:
            values["cells_fingerprint"] = self.cells_fingerprint
            values["images"] = dict(self.images)
        if self.num_unlabelled is not None:
            values["num_unlabelled"] = self.num_unlabelled
        return finite(values)


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
    switches: Mapping[str, str] | None = None
    """Environment variables that choose how the numeric libraries compute."""
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
            switches=values.names("switches") if values.has("switches") else None,
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
            **({} if self.switches is None else {"switches": dict(self.switches)}),
            "git": commit and {"commit": commit.sha, "dirty": commit.dirty},
            "command": self.command,
        }

    def decisive(self) -> dict[str, object]:
        """What decides on the bits of a result, as far as it is known, by names."""
        computer = {
            "machine": self.machine,
            "processor": self.processor,
            "devices": list(self.devices) or None,
            "threads": self.threads,
        }
        return {**self.versions, **present(computer)}


@dataclass(frozen=True, slots=True)
class Resumption:
    """A process that went on with a run; an entry under `resumed`."""

    after_epoch: int
    differences: tuple[str, ...]
    """What decides on the bits and was not as before, in words."""
    environment: Environment
    data_root: str | None = None
    """The folder below which it has read the data; None: where they were before."""

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
            data_root=values.text("data_root"),
        )

    def to_json(self) -> dict[str, object]:
        """The entry as JSON has it."""
        return {
            "after_epoch": self.after_epoch,
            "exact": self.exact,
            "differences": list(self.differences),
            **present({"data_root": self.data_root}),
            **self.environment.to_json(),
        }


def add_resumption(hashes: Hashes, name: str, resumption: Resumption) -> None:
    """Keep that a process goes on with a run, beside what is known already.

    Args:
        hashes: Of the run.
        name: Of the file with its environment.
        resumption: What is to be kept.

    Raises:
        RunError: The disk refuses.
    """
    values: dict[str, object] = {}
    before: list[object] = []
    with suppress(RunError):
        known = hashes.read_json(name)
        values, before = dict(known.values), known.items("resumed")
    hashes.write_json(name, {**values, "resumed": [*before, resumption.to_json()]})


def _copy(read: JsonObject, hashes: Hashes) -> ConfigText:
    """Where the code of a run is: its own copy, wherever the run has been moved.

    Raises:
        RunError: The config names any other file, or a link stands there.
    """
    from dlrun.config import ConfigText

    path = read.object("custom").text("path") or ""
    if str(PurePosixPath(path).parent) != CODE:
        raise read.damage("custom", f"a file in {CODE}")
    copies = hashes.directory / CODE
    for place in (copies.parent, copies, *islice(copies.rglob("*"), _COPIES_AT_MOST)):
        require_no_link(place)
    return ConfigText(path, hashes.directory)


def read_config(hashes: Hashes, name: str) -> dict[str, object]:
    """Read a config, with the keys that have come since the run was made.

    Raises:
        RunError: The file is missing, damaged, or no config.
    """
    read = hashes.read_json(name)
    if read.text("name") is None:
        raise read.damage("name", "a text")
    values = dict(read.values)
    code = values.get("custom")
    if code is not None:
        values["custom"] = {**read.object("custom").values, "path": _copy(read, hashes)}
    for section, later in _LATER.items():
        written = values.get(section)
        if isinstance(written, dict):
            values[section] = written | {
                key: rule for key, rule in later.items() if key not in written
            }
    return values
