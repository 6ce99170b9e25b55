"""The figures of comparisons over folds, as FOLDS.md."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

from dlrun.estimates import share_interval

FILE = Path(__file__).with_name("FOLDS.md")
RUNS = Path(__file__).parents[1] / "build/folds_runs.json"
INTRODUCTION = """\
# Comparisons over folds

    make bench-folds

Written by `benchmarks/folds.py`. A comparison draws rows of a real table anew and
trains two settings on them: logistic regressions, or ridge regressions where labels are
numbers. They are compared by accuracy or loss, as `dlrun compare` does it: the same
folds, pairs, variance and words.

## Where nothing differs

Each setting measures the features with an error of its own, so that over all draws none
can be better. Rows are 60, 120 or 240: drawn with replacement, whole groups (persons,
states, months; rows of a group share a part of the error), or a stretch of a series
(errors drift). Tables and settings were fixed before anything was measured;
**those held out played no part when the rule and its words were changed.** A figure is
how often *better* was said wrongly, a side, with its 95 % interval. *Plain t* is the
interval of independent runs, which is not used. Where two names are given, the second
config has other folds, so that no fold is a pair.
"""
MIXED = """\
### Folds beside one division

Seeds of one division know nothing of other rows, so of such a pair `compare` says no
word and gives no interval. What it would say wrongly otherwise, by the corrected
variance of the folds:
"""
SEEDS = """\
### Seeds without folds

Intervals of seeds are those of independent runs, and say what other seeds would do on
these rows. Taken for what would hold on other rows, they say too much:
"""
POWER = """\
## Where something differs

The second setting errs on 1, 2 or 5 in 100 rows more than the first, the same rows in
every run; beside that both measure the features with errors of their own (a half of a
standard deviation), and disagree on {disagree:.0%} of the rows. How often that is
found, as *better*, and with *probably better* in brackets; accuracies on {tables}
tables, {done} comparisons for each figure.
"""


def write(kept, kinds, power_kinds, sizes, points):
    """Write what is known so far."""
    mixed = [kind for kind in kinds if _is_mixed(kind)]
    seeds = [kind for kind in kinds if kind.before.folds is kind.after.folds is None]
    folds = [kind for kind in kinds if kind not in [*mixed, *seeds]]
    parts = [
        INTRODUCTION,
        _nulls(kept, folds, "", "plain "),
        MIXED,
        _nulls(kept, mixed, "corrected ", "plain "),
        SEEDS,
        _nulls(kept, seeds, "", None),
        _power(kept, power_kinds, sizes, points),
        _real_runs(),
    ]
    FILE.write_text("\n".join(part for part in parts if part))


def _is_mixed(kind):
    return (kind.before.folds is None) != (kind.after.folds is None)


def _counts(kept, name, part):
    found: Counter[str] = Counter()
    for key, counts in kept.items():
        if key.startswith(f"{name}|{part}|"):
            found.update(counts)
    return found


def _nulls(kept, kinds, said, beside):
    heads = [
        "compared",
        "development",
        "held out",
        "interval holds 0",
        "most of a table",
    ]
    heads += ["plain t", "holds 0"] if beside else []
    lines = [_line(heads), _line(["---"] * len(heads))]
    for kind in kinds:
        seen, held_out = (
            _counts(kept, kind.name, part) for part in ("development", "held out")
        )
        both = seen + held_out
        if not (seen["done"] and held_out["done"]):
            continue
        cells = [kind.name, _share(seen, said), _share(held_out, said)]
        cells += [_holds(both, said), _most(both, said)]
        cells += [_share(both, beside), _holds(both, beside)] if beside else []
        lines.append(_line(cells))
    return "\n".join([*lines, ""])


def _share(counts, name):
    share = counts[f"{name}said"] / counts["done"]
    low, high = (end / 2 for end in share_interval(share, counts["done"]))
    return f"{share / 2:.1%} ({low:.1%} to {high:.1%}) of {counts['done']:,}"


def _holds(counts, name):
    return f"{counts[f'{name}held'] / counts['done']:.1%}"


def _most(counts, name):
    tables = [key.removesuffix(": done") for key in counts if key.endswith(": done")]
    shares = {
        table: counts[f"{name}{table}: said"] / counts[f"{table}: done"] / 2
        for table in tables
    }
    table = max(tables, key=lambda one: shares[one])
    return f"{shares[table]:.1%} {table}"


def _power(kept, kinds, sizes, points):
    found = {
        (kind.name, size, less): _counts(kept, kind.name, f"power {size} {less}")
        for kind in kinds
        for size in sizes
        for less in points
    }
    known = [counts for counts in found.values() if counts["done"]]
    if not known:
        return ""
    done = min(counts["done"] for counts in known)
    disagree = sum(one["disagree"] / one["done"] for one in known) / len(known) / 1000
    lines = [POWER.format(disagree=disagree, tables=5, done=done)]
    heads = ["rows", "compared", "runs each"]
    heads += [f"{100 * less:g} point{'s' * (less > 0.01)}" for less in points]
    lines += [_line(heads), _line(["---"] * len(heads))]
    for size in sizes:
        for kind in kinds:
            cells = [f"{size:,}", kind.name, f"{_runs(kind.before)}"]
            each = [found[kind.name, size, less] for less in points]
            cells += [_found(counts) if counts["done"] else "-" for counts in each]
            lines.append(_line(cells))
    wrong = sum(counts["wrong"] for counts in known)
    total = sum(counts["done"] for counts in known)
    lines += [
        "",
        f"The worse one was called better in {wrong} of {total:,} comparisons.",
    ]
    return "\n".join([*lines, ""])


def _runs(side):
    return (side.folds or 1) * side.repeats * len(side.seeds)


def _found(counts):
    better, also = (counts[name] / counts["done"] for name in ("better", "probably"))
    return f"{better:.0%} ({better + also:.0%})"


def _real_runs():
    if not RUNS.exists():
        return ""
    runs = [*json.loads(RUNS.read_text()).values()]
    words = Counter(run["word"] for run in runs)
    said = words["better"] + words["worse"]
    probably = words["probably better"] + words["probably worse"]
    low, high = share_interval(said / len(runs), len(runs))
    holds = sum(run["holds"] for run in runs)
    return f"""\
## Real runs

`benchmarks/folds_runs.py`: {len(runs)} pairs of configs of equal worth, each 5 folds by
`dlrun` (a network with 8 hidden units, 6 epochs, 120 rows of breast cancer drawn anew,
two measurements). *Better* or *worse* was said of {said} pairs ({said / len(runs):.1%},
95 % interval {low:.1%} to {high:.1%}; 5 % are allowed, both sides together), a
*probably* of {probably}; the interval held 0 in {holds} of {len(runs)}.
"""


def _line(cells):
    return f"| {' | '.join(cells)} |"
