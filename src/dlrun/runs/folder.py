"""A run on disk: a method per file, and the only place that knows their names."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from dlrun.errors import RunError
from dlrun.runs.reading import read_bytes, read_object, read_text
from dlrun.runs.status import (
    State,
    Status,
    alone_in,
    hold_lock,
    new_status,
    read_status,
    require_known_format,
)
from dlrun.runs.storage import (
    finite,
    remove_leftovers,
    replacement,
    write_bytes,
    write_error,
    write_json,
    write_text,
)
from dlrun.runs.table import History, append_row, read_history, write_table
from dlrun.writing import shown

if TYPE_CHECKING:
    from dlrun.runs.checkpoint import Checkpoint, NewestCheckpoint
    from dlrun.runs.origin import Environment, Resumption, Summary
    from dlrun.runs.preprocessing import Preprocessing
    from dlrun.runs.result import Measures, Metrics, RecordedDiagnosis
    from dlrun.runs.split import RecordedSplit

_STATUS = "status.json"
_CONFIG = "config.json"
_LOCK = "run.lock"
_LATER = {"fit": {"threads": "auto"}}
"""Keys that older runs do not have, by section, and what was the rule for them."""
_ENVIRONMENT = "environment.json"
_METRICS = "metrics.json"
_SUMMARY = "summary.json"
_HISTORY = "history.csv"
_DIAGNOSTICS = "diagnostics"


@dataclass(frozen=True, slots=True)
class RunFolder:
    """One run. Every JSON reader raises RunError if its file is missing or damaged."""

    path: Path

    @property
    def name(self) -> str:
        """The run's name, such as `gender-001`."""
        return self.path.name

    @property
    def exists(self) -> bool:
        """Whether there is a run here, judged by what the folder holds."""
        try:
            return any((self.path / file).is_file() for file in (_STATUS, _CONFIG))
        except OSError:
            # A name that is too long, say, or a directory that may not be read.
            return False

    @property
    def model_file(self) -> Path:
        """The best weights, as plain Keras loads them."""
        return self.path / "model.keras"

    @property
    def predictions_file(self) -> Path:
        """The predictions for the validation rows."""
        return self.path / "predictions.csv"

    @property
    def log_file(self) -> Path:
        """What was printed, and tracebacks."""
        return self.path / "log.txt"

    def lock(self) -> AbstractContextManager[None]:
        """Own this run while the block lasts; if the process dies, the kernel frees it.

        Raises:
            NewerFormatError: Only a newer dlrun knows its format.
            InUseError: Another process owns it; the message has its id and host.
        """
        self.require_known_format()
        return hold_lock(self.path / _LOCK)

    def require_known_format(self) -> None:
        """Refuse a run of which this dlrun would take one thing for another.

        Raises:
            NewerFormatError: Only a newer dlrun knows its format.
        """
        require_known_format(self.path / _STATUS)

    def write_status(self, state: State, reason: str | None = None) -> None:
        """Say how the run stands; saying `running` again is its heartbeat."""
        file, status = self.path / _STATUS, new_status(state, reason)
        # A damaged status is no reason to lose the run that wants to replace it.
        with suppress(RunError):
            before = Status.read(read_object(file))
            status = replace(status, started=before.started, format=before.format)
        write_json(file, status.to_json())

    def status(self) -> Status:
        """How the run stands; a killed one, which cannot say so, is `interrupted`."""
        return read_status(self.path / _STATUS, self.path / _LOCK)

    def write_config(self, yaml_text: str, values: Mapping[str, object]) -> None:
        """Keep the resolved config: the text for people, the values for programs."""
        write_text(self.path / "config.yaml", yaml_text)
        write_json(self.path / _CONFIG, values)

    def config(self) -> dict[str, object]:
        """The resolved config, with keys that have come since the run was made."""
        values = dict(read_object(self.path / _CONFIG).values)
        for section, later in _LATER.items():
            written = values.get(section)
            if isinstance(written, dict):
                values[section] = written | {
                    key: rule for key, rule in later.items() if key not in written
                }
        return values

    def write_sources(
        self,
        sources: Iterable[tuple[str, str]],
        overrides: Sequence[str] = (),
        deletions: Sequence[str] = (),
    ) -> None:
        """Keep what the user wrote.

        Args:
            sources: Name and text of every file of the `extends` chain.
            overrides: The `-s` arguments.
            deletions: The `-u` arguments.
        """
        from dlrun.runs.source import write_sources

        arguments = {"overrides": [*overrides], "deletions": [*deletions]}
        write_sources(self.path / "source", sources, arguments)

    def extend_config(self, yaml_text: str, values: Mapping[str, object]) -> None:
        """Replace the config by one with more epochs; the old one goes to `source/`."""
        directory = self.path / "source"
        for file in (self.path / "config.yaml", self.path / _CONFIG):
            number = 1
            while (kept := directory / f"{file.stem}-{number}{file.suffix}").exists():
                number += 1
            write_bytes(kept, read_bytes(file))
        self.write_config(yaml_text, values)

    def write_environment(self, environment: Environment) -> None:
        """Keep versions, platform, devices, threads and command line."""
        write_json(self.path / _ENVIRONMENT, environment.to_json())

    def environment(self) -> Environment:
        """Versions, platform, devices, threads and command line."""
        from dlrun.runs.origin import Environment

        return Environment.read(read_object(self.path / _ENVIRONMENT))

    def add_resumption(self, resumption: Resumption) -> None:
        """Keep that a process goes on with the run, beside what is known already."""
        values: dict[str, object] = {}
        before: list[object] = []
        with suppress(RunError):
            known = read_object(self.path / _ENVIRONMENT)
            values, before = dict(known.values), known.items("resumed")
        resumed = [*before, resumption.to_json()]
        write_json(self.path / _ENVIRONMENT, {**values, "resumed": resumed})

    def resumptions(self) -> tuple[Resumption, ...]:
        """Every process that went on with the run, in their order."""
        from dlrun.runs.origin import Resumption

        entries = read_object(self.path / _ENVIRONMENT).objects("resumed")
        return tuple(map(Resumption.read, entries))

    def append_history(self, row: Mapping[str, object]) -> None:
        """Add the row of one epoch; a kill at any instant costs at most this row.

        Raises:
            RunError: The disk refuses.
            ValueError: The columns differ from those of the first row.
        """
        append_row(self.path / _HISTORY, row)

    def history(self) -> History:
        """The columns of the epochs so far; none before the first epoch has ended.

        Raises:
            RunError: A line is damaged; the message has its number.
        """
        file = self.path / _HISTORY
        return read_history(file) if os.path.lexists(file) else {}

    def append_probe(
        self, layers: Sequence[Mapping[str, object]], outputs: Mapping[str, object]
    ) -> None:
        """Add the rows of one probe; a kill at any instant costs at most this one.

        Raises:
            RunError: The disk refuses.
        """
        from dlrun.runs.diagnostics import append_probe

        append_probe(self.path / _DIAGNOSTICS, layers, outputs)

    def probes(self) -> list[dict[str, object]]:
        """The probes so far, oldest first, as `diagnose` takes them.

        Raises:
            RunError: A line is damaged; the message has its number.
        """
        from dlrun.runs.diagnostics import read_probes

        return read_probes(self.path / _DIAGNOSTICS)

    def write_diagnosis(self, diagnosis: RecordedDiagnosis) -> None:
        """Keep the verdict on the run and its evidence."""
        write_json(self.path / "diagnosis.json", diagnosis.to_json())

    def diagnosis(self) -> RecordedDiagnosis:
        """The verdict on the run and its evidence."""
        from dlrun.runs.result import RecordedDiagnosis

        return RecordedDiagnosis.read(read_object(self.path / "diagnosis.json"))

    def write_checkpoint(self, checkpoint: Checkpoint, best_epoch: int) -> None:
        """Commit a checkpoint and the history so far; keep the newest two and the best.

        Raises:
            RunError: The disk refuses; what was there before still is.
        """
        from dlrun.runs.checkpoint import history_digest, write_checkpoint

        digest = history_digest(self.path / _HISTORY, checkpoint.epoch)
        state = replace(checkpoint.state, history=digest)
        write_checkpoint(
            self._checkpoints, replace(checkpoint, state=state), best_epoch
        )

    def find_checkpoint(self) -> NewestCheckpoint:
        """The newest checkpoint that is whole, and why newer ones are left out."""
        from dlrun.runs.checkpoint import find_checkpoint

        return find_checkpoint(self._checkpoints, self.path / _HISTORY)

    def return_to(self, checkpoint: Checkpoint) -> None:
        """Cut the tables back to a checkpoint; remove what is damaged or half written.

        Raises:
            RunError: The disk refuses.
        """
        from dlrun.runs.checkpoint import history_until, remove_newer
        from dlrun.runs.diagnostics import cut_probes

        file = self.path / _HISTORY
        write_bytes(file, history_until(file, checkpoint))
        probed = checkpoint.state.probed_epoch
        cut_probes(self.path / _DIAGNOSTICS, -1 if probed is None else probed)
        remove_newer(self._checkpoints, checkpoint.epoch)
        remove_leftovers(self.path)

    @property
    def _checkpoints(self) -> Path:
        return self.path / "checkpoints"

    def start_over(self) -> None:
        """Remove what a run without a checkpoint has left, to begin in its folder anew.

        Status and lock stay, so that the folder is a run all the while.

        Raises:
            RunError: The disk refuses.
        """
        kept = {_STATUS, _LOCK}
        try:
            for path in list(self.path.iterdir()):
                if path.is_dir() and not path.is_symlink():
                    shutil.rmtree(path)
                elif path.name not in kept:
                    path.unlink(missing_ok=True)
        except OSError as error:
            raise write_error(self.path, error) from error

    def write_split(self, split: RecordedSplit) -> None:
        """Keep row ids and hash of each part, and the data's fingerprint."""
        write_json(self.path / "split.json", split.to_json())

    def split(self) -> RecordedSplit:
        """Row ids and hash of each part, and the data's fingerprint."""
        from dlrun.runs.split import RecordedSplit

        return RecordedSplit.read(read_object(self.path / "split.json"))

    def write_preprocessing(self, preprocessing: Preprocessing) -> None:
        """Keep what was fitted on the train rows."""
        write_json(self.path / "preprocessing.json", preprocessing.to_json())

    def preprocessing(self) -> Preprocessing:
        """What was fitted on the train rows."""
        from dlrun.runs.preprocessing import Preprocessing

        return Preprocessing.read(read_object(self.path / "preprocessing.json"))

    def write_metrics(self, metrics: Metrics) -> None:
        """Keep final and best values; what is NaN or infinite becomes null."""
        write_json(self.path / _METRICS, metrics.to_json())

    def metrics(self) -> Metrics:
        """Final and best values, and the number of looks at the test rows."""
        from dlrun.runs.result import Metrics

        return Metrics.read(read_object(self.path / _METRICS))

    def count_test_look(self, who: str, measured: Measures | None = None) -> int:
        """Count one more look at the test rows, of which only the first is unbiased.

        Args:
            who: The command that looked, such as `evaluate`.
            measured: What it saw, for `compare --test`; None: it measured nothing.

        Returns:
            The number of looks, this one included.
        """
        from dlrun.runs.result import Metrics

        with alone_in(self.path):
            values = read_object(self.path / _METRICS)
            metrics = Metrics.read(values)
            by = {**metrics.test_looks_by}
            by[who] = by.get(who, 0) + 1
            counted: dict[str, object] = {
                "test_looks": metrics.test_looks + 1,
                "test_looks_by": by,
            }
            seen = {} if measured is None else {"test": dict(measured)}
            write_json(
                self.path / _METRICS, finite({**values.values, **counted, **seen})
            )
            return metrics.test_looks + 1

    def write_summary(self, summary: Summary) -> None:
        """Keep layers, parameters and monitor; what is NaN or infinite becomes null."""
        write_json(self.path / _SUMMARY, summary.to_json())

    def summary(self) -> Summary:
        """Layers, parameters and what was monitored."""
        from dlrun.runs.origin import Summary

        return Summary.read(read_object(self.path / _SUMMARY))

    def write_predictions(
        self, columns: Sequence[str], rows: Iterable[Sequence[object]]
    ) -> None:
        """Keep predictions; text that a spreadsheet would run as code is disarmed."""
        write_table(self.predictions_file, columns, rows)

    def predictions(self) -> list[dict[str, str]]:
        """What `write_predictions` kept, a mapping by column per row.

        Raises:
            RunError: The run has none, or they cannot be read.
        """
        import csv

        lines = read_text(self.predictions_file).splitlines()
        return list(csv.DictReader(lines))

    def write_log(self, text: str) -> None:
        """Add to the log: what was printed, and tracebacks."""
        try:
            with self.log_file.open("a", encoding="utf-8") as stream:
                stream.write(shown(text))
        except OSError as error:
            raise write_error(self.log_file, error) from error

    def write_model(self, save: Callable[[Path], None]) -> None:
        """Keep a model in one step.

        Args:
            save: Writes the model to the path it is given, which ends in `.keras`.
        """
        with replacement(self.model_file) as temporary:
            save(temporary)
