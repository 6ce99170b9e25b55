"""The curves of each of several outputs, as if it were trained alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress

from dlrun.diagnosis.diagnose import diagnose
from dlrun.diagnosis.diagnosis import Diagnosis
from dlrun.errors import HistoryError

_PARTS = ("", "train_", "val_")
_SHARED = ("epoch", "learning_rate", "lr")


def diagnose_outputs(
    history: Mapping[str, object],
    probe: Sequence[Mapping[str, object]],
    facts: Mapping[str, object],
) -> dict[str, Diagnosis]:
    """What the curves of each output show; empty for a model of one.

    Of what was looked at inside the model the predictions alone are an output's own: a
    layer may lead to several.

    Args:
        history: as `diagnose` takes it, with columns such as `val_digit_loss`.
        probe: as `diagnose` takes it; `pred_names` tells whose the counts are.
        facts: as `diagnose` takes them; `outputs` holds what is known of each.
    """
    stated = facts.get("outputs")
    named = stated if isinstance(stated, Mapping) else {}
    others = {key: value for key, value in facts.items() if key != "outputs"}
    found = {}
    for name, own in named.items():
        columns = _columns_of(str(name), history)
        with suppress(HistoryError):  # an output whose loss nobody has measured
            known = {**others, **(own if isinstance(own, Mapping) else {})}
            seen = [_counts_of(str(name), one) for one in probe]
            found[str(name)] = diagnose(columns, seen, known)
    return found


def _counts_of(output: str, probe: Mapping[str, object]) -> dict[str, object]:
    """How many rows were given each class of an output."""
    names, counts = probe.get("pred_names"), probe.get("pred_counts")
    if not isinstance(names, list) or not isinstance(counts, list):
        return {"epoch": probe.get("epoch")}
    own = [
        count
        for name, count in zip(names, counts, strict=False)
        if str(name).startswith(f"{output}_")
    ]
    return {"epoch": probe.get("epoch"), "pred_counts": own or None}


def _columns_of(output: str, history: Mapping[str, object]) -> dict[str, object]:
    """The columns of an output under the names that a model of one has."""
    columns = {name: history[name] for name in _SHARED if name in history}
    for part in _PARTS:
        before = f"{part}{output}_"
        for name, values in history.items():
            if name.startswith(before):
                columns[part + name.removeprefix(before)] = values
    return columns
