"""What a page says of the searches that `search_rivals.py` has measured."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from math import exp, log
from typing import Any

from search_rival_rows import PARTS, SEEDS
from search_rival_tools import (
    BATCH,
    BUDGET,
    DROPOUT,
    EPOCHS,
    FACTOR,
    FIRST_RUNG,
    RATE,
    SETTINGS,
    STEP,
    TOOLS,
    UNITS,
)
from search_rivals import AGAIN, DATA, REPEATS, Cell, Record

from dlrun.estimates import difference, estimate

OURS, RIVALS = [*TOOLS][:2], [*TOOLS][2:]
Read = Callable[[Record, dict[str, float]], float]
COLUMNS: dict[str, tuple[Read, str]] = {
    "trials": (lambda record, _: record["trials"], "{:.0f}"),
    "epochs": (lambda record, _: record["epochs"], "{:.0f}"),
    "val. loss in the search": (lambda record, _: record["val_loss"], "{:.3f}"),
    "val. loss again": (lambda _, scores: scores["val_loss"], "{:.3f}"),
    "val. accuracy again": (lambda _, scores: scores["val_accuracy"], "{:.3f}"),
    "test accuracy": (lambda _, scores: scores["test_accuracy"], "{:.3f}"),
    "CPU s": (lambda record, _: record["cpu"], "{:.1f}"),
    "peak MB": (lambda record, _: record["peak"], "{:.0f}"),
}
COMPARED = ("val. loss again", "test accuracy")


def section(done: dict[Cell, Record]) -> list[str]:
    """The protocol, and a table for each set of rows."""
    lines = PROTOCOL.strip().split("\n")
    for data in DATA:
        lines += [
            "",
            f"**{data.replace('_', ' ')}**, mean ± half of the 95 % interval:",
        ]
        lines += ["", *_absolute(done, data), "", *_compared(done, data)]
    return lines


def _values(done: dict[Cell, Record], data: str, tool: str, name: str) -> Any:
    read, _ = COLUMNS[name]
    return {
        repeat: read(
            done[data, repeat, tool], done[data, repeat, AGAIN]["scores"][tool]
        )
        for repeat in REPEATS
        if (data, repeat, AGAIN) in done
    }


def _absolute(done: dict[Cell, Record], data: str) -> Iterator[str]:
    yield "| | " + " | ".join(COLUMNS) + " |"
    yield "|---" * (len(COLUMNS) + 1) + "|"
    for tool in TOOLS:
        cells = []
        for name, (_, form) in COLUMNS.items():
            found = estimate([*_values(done, data, tool, name).values()])
            text = form.format(found.mean)
            cells.append(
                f"{text} ± {form.format(found.half_width)}" if found.sd else text
            )
        yield f"| {tool} | {' | '.join(cells)} |"


def _compared(done: dict[Cell, Record], data: str) -> Iterator[str]:
    """What dlrun changes, paired by repeat, and what part of the CPU it takes."""
    yield "| | " + " | ".join(COMPARED) + " | CPU s, share |"
    yield "|---" * (len(COMPARED) + 2) + "|"
    for ours in OURS:
        for rival in RIVALS:
            cells = []
            for name in COMPARED:
                both = [_values(done, data, tool, name) for tool in (rival, ours)]
                found = difference(*both, highest_is_best=name != COMPARED[0])
                cells.append(f"{found.mean:+.3f} [{found.low:+.3f}, {found.high:+.3f}]")
            rates = [_values(done, data, tool, "CPU s") for tool in (ours, rival)]
            share = estimate([log(rates[0][one] / rates[1][one]) for one in rates[0]])
            shown = [exp(one) for one in (share.mean, share.low, share.high)]
            cells.append("{:.2f} [{:.2f}, {:.2f}]".format(*shown))
            yield f"| {ours}, against {rival} | {' | '.join(cells)} |"


PROTOCOL = f"""
Handwritten digits (1,797 rows, 10 classes) and breast cancer (569 rows, 2 classes) of
scikit-learn. Each of {len(REPEATS)} repeats divides them anew ({PARTS["train"]:.0%}
train, {PARTS["validation"]:.0%} validate, {PARTS["test"]:.0%} test, by class), scaled
by the train rows; all tools get the same arrays, and none the test rows. One or two
Dense layers of {UNITS[0]} to {UNITS[1]} units (log), relu or tanh, dropout of
{DROPOUT[0]} to {DROPOUT[1]} by {STEP}, Adam with a rate of {RATE[0]:g} to {RATE[1]:g}
(log), batches of {BATCH}; the score is the least `val_loss` of all epochs. The budget
of each tool is {BUDGET} epochs, those of two iterations of Hyperband with at most
{EPOCHS} epochs and a factor of {FACTOR}. Halving and ASHA begin at {FIRST_RUNG} epochs,
factor {FACTOR}; Ray is stopped when the budget is used up, of the others the number of
trials is chosen for it. All else is their default, but one thread for all and actors
that Ray reuses, without which each of its trials imports TensorFlow. Ray trains two
trials at a time. All tools search the same rows, mostly at the same time, so that
they meet the same noise. So few trials are searched mostly by chance: KerasTuner's
Bayesian search draws its first {3 * len(SETTINGS)} at random (of the same
seed as Hyperband), the estimator of dlrun its first 10.

*Again* is one rule for all: the settings of the best trial are trained by plain Keras
with {len(SEEDS)} other seeds, {EPOCHS} epochs, and judged at the epoch of the least
`val_loss`; so is the test. CPU seconds are user and system of all processes that a
command starts, daemons too, from its start to its end; the peak is that of the sum of
their proportional set sizes, twice a second (`benchmarks/process_tree.py`). Others used
the two cores, too. Ray's daemons go on while its trials wait, so that it pays for that.
"""
