"""The injected faults as they are kept, so that rules can be asked without training."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

from cases import Cause, Part
from everyday_labels import Label
from everyday_records import Record, write_records, write_values
from everyday_train import rounded

from dlrun.runs import RunFolder

NAME = "injected"
_NOT_KEPT = {"weights_sha256", "seconds"}


def keep(part: Part, runs: Iterable[tuple[Cause, int, RunFolder]], root: Path) -> None:
    """Write what rules may see of each run, and what is right about it.

    Args:
        part: Whose runs they are.
        runs: Each with its cause and seed.
        root: What paths in their configs begin with; it is left out.
    """
    records = [_record(cause, seed, run) for cause, seed, run in runs]
    text = json.dumps(records).replace(f"{root.resolve()}/", "")
    write_records(NAME, json.loads(text))
    labels = labels_of(part)
    write_values(f"{NAME}-labels.json", {k: v.to_values() for k, v in labels.items()})


def labels_of(part: Part) -> dict[str, Label]:
    """What is right about each run, by its cause."""
    return {
        f"{cause.name}/{seed}": Label(
            "healthy" if cause.is_healthy else "faulty",
            tuple(sorted(cause.accepted)),
            cause.words,
        )
        for cause, seed in part.cases
    }


def _record(cause: Cause, seed: int, run: RunFolder) -> Record:
    state = run.status().state
    history = {k: v for k, v in run.history().items() if k not in _NOT_KEPT}
    return {
        "setting": cause.name,
        "seed": seed,
        "data": cause.base.data,
        "state": state,
        "history": rounded(history),
        "probe": rounded(run.probes()),
        "facts": rounded(run.summary().facts),
        "row_losses": rounded(run.metrics().row_losses)
        if state == "finished"
        else None,
        "config": run.config(),
    }
