"""A run on disk: a method per file, and the only place that knows their names."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from dlrun.errors import RunError
from dlrun.runs.hash_list import STATUS
from dlrun.runs.hashes import Hashes
from dlrun.runs.removal import FINDING, HISTORY, METRICS, PREDICTION_ARRAYS
from dlrun.runs.status import (
    State,
    Status,
    alone_in,
    hold_lock,
    new_status,
    read_status,
    require_known_format,
)
from dlrun.runs.storage import append_text
from dlrun.runs.table import History, append_row, fill_table, parse_history, rows_of
from dlrun.writing import shown

if TYPE_CHECKING:
    from dlrun.runs.checkpoint import Checkpoint, NewestCheckpoint
    from dlrun.runs.finding import RecordedFinding
    from dlrun.runs.origin import Environment, RecordedVariables, Resumption, Summary
    from dlrun.runs.preprocessing import Preprocessing
    from dlrun.runs.result import Measures, Metrics, RecordedDiagnosis
    from dlrun.runs.split import RecordedSplit

_CONFIG = "config.json"
_YAML = "config.yaml"
_LOCK = "run.lock"
_ENVIRONMENT = "environment.json"
_SUMMARY = "summary.json"
_SPLIT = "split.json"
_PREPROCESSING = "preprocessing.json"
_DIAGNOSIS = "diagnosis.json"
_MODEL = "model.keras"
_PREDICTIONS = "predictions.csv"
_READ_BY_COMPARE = frozenset(
    {_CONFIG, _ENVIRONMENT, METRICS, _SUMMARY, _DIAGNOSIS, FINDING, HISTORY}
)


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
            return any((self.path / file).is_file() for file in (STATUS, _CONFIG))
        except OSError as error:  # A name that is too long, say.
            # What may not be read is told of by whoever reads it.
            return isinstance(error, PermissionError) and self.name[-3:].isdecimal()

    @property
    def model_file(self) -> Path:
        """The best weights, as plain Keras loads them."""
        return self.path / _MODEL

    @property
    def predictions_file(self) -> Path:
        """The predictions for the validation rows."""
        return self.path / _PREDICTIONS

    @property
    def log_file(self) -> Path:
        """What was printed, and tracebacks."""
        return self.path / "log.txt"

    def damages(self) -> list[str]:
        """A sentence for each file, up to 1 MB, that the run has not written so."""
        return self.hashes.damages(at_most=1_000_000, but=_READ_BY_COMPARE)

    @property
    def hashes(self) -> Hashes:
        """What vouches for the files."""
        return Hashes(self.path)

    def require_model(self) -> None:
        """Refuse a model that is not the one that the run has written."""
        self.hashes.require_file(_MODEL)

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
        require_known_format(self.path / STATUS)

    def write_status(self, state: State, reason: str | None = None) -> None:
        """Say how the run stands; saying `running` again is its heartbeat.

        Whatever else it says, the run has ended: then every file is vouched for.
        """
        from dlrun.runs.removal import TABLES

        status = replace(new_status(state, reason), vouched=self.hashes.are_kept)
        # A damaged status is no reason to lose the run that wants to replace it.
        with suppress(RunError):
            before = Status.read(self.hashes.read_json(STATUS))
            status = replace(
                status,
                started=before.started,
                format=before.format,
                vouched=before.vouched or status.vouched,
            )
        if state != "running":
            self.hashes.seal(TABLES)
        self.hashes.write_json(STATUS, status.to_json())

    def status(self) -> Status:
        """How the run stands; a killed one, which cannot say so, is `interrupted`."""
        return read_status(self.hashes, self.path / _LOCK)

    def write_config(self, yaml_text: str, values: Mapping[str, object]) -> None:
        """Keep the resolved config: the text for people, the values for programs."""
        self.hashes.write_text(_YAML, yaml_text)
        self.hashes.write_json(_CONFIG, values)

    def config(self) -> dict[str, object]:
        """The resolved config, with keys that have come since the run was made."""
        from dlrun.runs.origin import read_config

        return read_config(self.hashes, _CONFIG)

    def write_sources(
        self,
        sources: Iterable[tuple[str, str]],
        overrides: Sequence[str] = (),
        deletions: Sequence[str] = (),
        variables: RecordedVariables | None = None,
    ) -> None:
        """Keep what the user wrote.

        Args:
            sources: Name and text of every file of the `extends` chain.
            overrides: The `-s` arguments.
            deletions: The `-u` arguments.
            variables: The values of `vars`, which stand in the config.
        """
        from dlrun.runs.source import write_sources

        arguments = {"overrides": [*overrides], "deletions": [*deletions]}
        write_sources(self.hashes, sources, arguments, variables)

    def extend_config(self, yaml_text: str, values: Mapping[str, object]) -> None:
        """Replace the config by one with more epochs; the old one goes to `source/`."""
        from dlrun.runs.source import keep_config

        for name in (_YAML, _CONFIG):
            keep_config(self.hashes, name)
        self.write_config(yaml_text, values)

    def write_environment(self, environment: Environment) -> None:
        """Keep versions, platform, devices, threads and command line."""
        self.hashes.write_json(_ENVIRONMENT, environment.to_json())

    def environment(self) -> Environment:
        """Versions, platform, devices, threads and command line."""
        from dlrun.runs.origin import Environment

        return Environment.read(self.hashes.read_json(_ENVIRONMENT))

    def add_resumption(self, resumption: Resumption) -> None:
        """Keep that a process goes on with the run, beside what is known already."""
        from dlrun.runs.origin import add_resumption

        add_resumption(self.hashes, _ENVIRONMENT, resumption)

    def resumptions(self) -> tuple[Resumption, ...]:
        """Every process that went on with the run, in their order."""
        from dlrun.runs.origin import Resumption

        entries = self.hashes.read_json(_ENVIRONMENT).objects("resumed")
        return tuple(map(Resumption.read, entries))

    def append_history(self, row: Mapping[str, object]) -> None:
        """Add the row of one epoch; a kill at any instant costs at most this row.

        Raises:
            RunError: The disk refuses.
            ValueError: The columns differ from those of the first row.
        """
        append_row(self.path / HISTORY, row)

    def history(self) -> History:
        """The columns of the epochs so far; none before the first epoch has ended.

        Raises:
            DamagedError: The rows are not those that the run has written, or are gone.
            RunError: A line is damaged; the message has its number.
        """
        file = self.path / HISTORY
        self._require_table(HISTORY)
        if not (os.path.lexists(file) or self.hashes.lists(HISTORY)):
            return {}
        return parse_history(file, self.hashes.read_text(HISTORY))

    def _require_table(self, name: str) -> None:
        """Hold a table that grows against what the newest checkpoint knows of it."""
        if not self.hashes.is_sealed and self._checkpoints.exists():
            from dlrun.runs.growth import require_table

            require_table(self.hashes, self._checkpoints, name, self.status)

    def append_probe(
        self, layers: Sequence[Mapping[str, object]], outputs: Mapping[str, object]
    ) -> None:
        """Add the rows of one probe; a kill at any instant costs at most this one.

        Raises:
            RunError: The disk refuses.
        """
        from dlrun.runs.diagnostics import append_probe

        append_probe(self.path, layers, outputs)

    def probes(self) -> list[dict[str, object]]:
        """The probes so far, oldest first, as `diagnose` takes them.

        Raises:
            DamagedError: The rows are not those that the run has written, or are gone.
            RunError: A line is damaged; the message has its number.
        """
        from dlrun.runs.diagnostics import PROBES, read_probes

        for name in PROBES:
            self._require_table(name)
        return read_probes(self.hashes)

    def write_diagnosis(self, diagnosis: RecordedDiagnosis) -> None:
        """Keep the verdict on the run and its evidence."""
        self.hashes.write_json(_DIAGNOSIS, diagnosis.to_json())

    def diagnosis(self) -> RecordedDiagnosis:
        """The verdict on the run and its evidence."""
        from dlrun.runs.result import RecordedDiagnosis

        return RecordedDiagnosis.read(self.hashes.read_json(_DIAGNOSIS))

    def write_finding(self, finding: RecordedFinding) -> None:
        """Keep what the check of the run has found; going on with it removes that."""
        with alone_in(self.path):
            self.hashes.write_json(FINDING, finding.to_json())

    def finding(self) -> RecordedFinding | None:
        """What the check of the run has found; None: it was not checked."""
        if not (os.path.lexists(self.path / FINDING) or self.hashes.lists(FINDING)):
            return None
        from dlrun.runs.finding import RecordedFinding

        return RecordedFinding.read(self.hashes.read_json(FINDING))

    def write_checkpoint(self, checkpoint: Checkpoint, best_epoch: int) -> None:
        """Commit a checkpoint and the tables so far; keep the newest two and the best.

        Raises:
            RunError: The disk refuses; what was there before still is.
        """
        from dlrun.runs.checkpoint import with_tables, write_checkpoint

        whole = with_tables(self.path, checkpoint)
        write_checkpoint(self._checkpoints, whole, best_epoch)

    def find_checkpoint(self) -> NewestCheckpoint:
        """The newest checkpoint that is whole, and why newer ones are left out."""
        from dlrun.runs.checkpoint import find_checkpoint

        return find_checkpoint(self._checkpoints, self.path / HISTORY)

    def return_to(self, checkpoint: Checkpoint) -> list[str]:
        """Cut the tables back to a checkpoint; remove what is damaged or half written.

        Returns:
            A sentence for each table that is begun anew, because it was damaged.

        Raises:
            RunError: The disk refuses.
        """
        from dlrun.runs.checkpoint_return import return_to

        return return_to(self.hashes, self._checkpoints, checkpoint)

    @property
    def _checkpoints(self) -> Path:
        return self.path / "checkpoints"

    def write_split(self, split: RecordedSplit) -> None:
        """Keep row ids and hash of each part, and the data's fingerprint."""
        self.hashes.write_json(_SPLIT, split.to_json())

    def split(self) -> RecordedSplit:
        """Row ids and hash of each part, and the data's fingerprint."""
        from dlrun.runs.split import RecordedSplit

        return RecordedSplit.read(self.hashes.read_json(_SPLIT))

    def write_preprocessing(self, preprocessing: Preprocessing) -> None:
        """Keep what was fitted on the train rows."""
        self.hashes.write_json(_PREPROCESSING, preprocessing.to_json())

    def preprocessing(self) -> Preprocessing:
        """What was fitted on the train rows."""
        from dlrun.runs.preprocessing import Preprocessing

        return Preprocessing.read(self.hashes.read_json(_PREPROCESSING))

    def write_metrics(self, metrics: Metrics) -> None:
        """Keep final and best values; what is NaN or infinite becomes null."""
        self.hashes.write_json(METRICS, metrics.to_json())

    def metrics(self) -> Metrics:
        """Final and best values, and the number of looks at the test rows."""
        from dlrun.runs.result import Metrics

        return Metrics.read(self.hashes.read_json(METRICS))

    def count_test_look(self, who: str, measured: Measures | None = None) -> int:
        """Count one more look at the test rows, of which only the first is unbiased.

        Args:
            who: The command that looked, such as `evaluate`.
            measured: What it saw, for `compare --test`; None: it measured nothing.

        Returns: The number of looks, this one included.
        """
        from dlrun.runs.looks import count_look

        with alone_in(self.path):
            return count_look(self.hashes, who, measured)

    def write_summary(self, summary: Summary) -> None:
        """Keep layers, parameters and monitor; what is NaN or infinite becomes null."""
        self.hashes.write_json(_SUMMARY, summary.to_json())

    def summary(self) -> Summary:
        """Layers, parameters and what was monitored."""
        from dlrun.runs.origin import Summary

        return Summary.read(self.hashes.read_json(_SUMMARY))

    def write_predictions(
        self, columns: Sequence[str], rows: Iterable[Sequence[object]]
    ) -> None:
        """Keep predictions; text that a spreadsheet would run as code is disarmed."""
        with self.hashes.replacement(_PREDICTIONS) as temporary:
            fill_table(temporary, columns, rows)

    def predictions(self) -> list[dict[str, str]]:
        """What `write_predictions` kept, a mapping by column per row.

        Raises:
            RunError: The run has none, or they cannot be read.
        """
        return rows_of(self.hashes.read_text(_PREDICTIONS))

    def write_log(self, text: str) -> None:
        """Add to the log: what was printed, and tracebacks."""
        append_text(self.log_file, shown(text))

    def write_model(self, save: Callable[[Path], None]) -> None:
        """Keep a model, which `save` writes to the `.keras` path it is given."""
        with self.hashes.replacement(_MODEL) as temporary:
            save(temporary)

    def write_prediction_arrays(self, save: Callable[[Path], None]) -> None:
        """Keep predictions that fit into no table; `save` writes them as `.npz`."""
        with self.hashes.replacement(PREDICTION_ARRAYS) as temporary:
            save(temporary)
