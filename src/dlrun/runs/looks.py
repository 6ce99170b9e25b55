"""Looks at the test rows of a run, of which only the first is unbiased."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dlrun.errors import RunError
from dlrun.runs.removal import METRICS
from dlrun.runs.result import Metrics
from dlrun.runs.storage import finite

if TYPE_CHECKING:
    from dlrun.runs.hashes import Hashes
    from dlrun.runs.result import Measures


def count_look(hashes: Hashes, who: str, measured: Measures | None) -> int:
    """Count one more look in the metrics of a run, in which nobody else counts.

    Args:
        hashes: Of the run.
        who: The command that looked, such as `evaluate`.
        measured: What it saw; None: it measured nothing.

    Returns:
        The number of looks, this one included.

    Raises:
        RunError: The run has no metrics, or they cannot be read or written.
    """
    values = hashes.read_json(METRICS)
    metrics = Metrics.read(values)
    by = {**metrics.test_looks_by}
    by[who] = by.get(who, 0) + 1
    counted: dict[str, object] = {
        "test_looks": metrics.test_looks + 1,
        "test_looks_by": by,
    }
    seen = {} if measured is None else {"test": dict(measured)}
    try:
        hashes.write_json(METRICS, finite({**values.values, **counted, **seen}))
    except RunError as error:
        hint = "looks at test rows are counted there: copy the run to a folder that "
        hint += "may be written, and look there"
        raise RunError(error.message, hint=hint) from error
    return metrics.test_looks + 1
