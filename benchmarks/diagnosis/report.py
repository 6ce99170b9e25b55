"""Outcomes -> DIAGNOSIS.md."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from math import sqrt
from pathlib import Path

from cases import Cause, Part
from outcome import Outcome

FILE = Path(__file__).resolve().parent.parent / "DIAGNOSIS.md"
EVERYDAY = "# Everyday trainings"
"""What follows this line is written by `everyday.py`."""
_Z = 1.959964


def interval(hits: int, of: int) -> str:
    """A share with its 95 % interval.

    Source: Wilson, E. (1927). Probable inference, the law of succession.
    """
    if of == 0:
        return "none"
    share, z = hits / of, _Z**2 / of
    middle = (share + z / 2) / (1 + z)
    half = _Z / (1 + z) * sqrt(share * (1 - share) / of + z / (4 * of))
    low, high = max(0.0, middle - half), min(1.0, middle + half)
    return f"{hits} of {of} = {share:.1%} (95 % interval {low:.1%} to {high:.1%})"


def write_report(
    parts: Mapping[str, Part], found: Mapping[str, Sequence[Outcome]]
) -> str:
    """Write what was found, part by part, and give the text.

    A part that is not there keeps its section.
    """
    before, mark, after = FILE.read_text("utf-8").partition(f"\n{EVERYDAY}\n")
    sections = [_INTRODUCTION]
    for name, part in reversed(parts.items()):
        if found[name]:
            sections += _section(part, found[name], found[f"{name}-advised"])
        else:
            _, title, kept = before.partition(f"\n## {_title(part)}\n")
            sections += [f"{title}{kept.partition(_NEXT)[0]}".strip()] if title else []
    text = "\n\n".join(sections) + "\n"
    FILE.write_text(text + mark + after, encoding="utf-8")
    return text


_INTRODUCTION = """# Diagnosis of injected faults

Written by `python benchmarks/diagnosis/run.py`. A case is a healthy config, a cause
that spoils it, and a seed; it is trained in Keras by dlrun and diagnosed from its run
folder alone. Which verdicts are right about a cause was decided from the cause, and the
held-out causes were written before any rule was adjusted to a run. Rules were adjusted
on the development part alone, and on some fifty further variants of its data sets, of
which those that changed a rule were added to it (`underfit_penalty_digits`,
`explode_kernels_digits`), with four healthy ones. The figures that count are those of
the held-out part, which has other causes and other data sets; it was run with the rules
frozen, once with those of then, and once with those of now. Right means: the first
verdict is accepted. `acts.py` asks losses and scores, not rules, whether each cause
acts.

Adjusted, for reasons that hold for any training:

- The noise of a loss is measured by second differences: a bend is no noise.
- Rows that are shared because columns have few values are no leak.
- What the first epoch learned counts as improvement where slowness is judged.
- A loss that jumps about above that of a constant prediction is oscillation; vanished
  gradients and constant predictions follow from it.
- Whether a loss jumps about at the bottom only is asked of its last quarter.
- A penalty that was most of the loss comes before what follows from tiny weights.
- A classifier that begins far above a guess, with large gradients, is exploding.

The advice begins with scaling where the features are large. The rules before these
changes, on the same held-out runs: 128 of 141 faults, 3 of 78 healthy runs flagged.

Then rules were adjusted to everyday trainings, below, and frozen again: what follows
is of these. At its end this page has them beside those of before, on the same runs.
What they lose here is known, and nothing was adjusted to it: a healthy config that ends
while its loss still falls is called slow; a net that learned in spite of its large
gradients is no longer called exploding, nor one that jumps about at a low loss
oscillating. `diagnose --check` of the six that are called slow finds that four times
the epochs take 24 to 56 % of the validation loss away. They count as flagged all the
same in what follows: labels stood before. At the end of this page all 26 healthy
configs are labelled by references as well, and the figures by those labels stand beside
these: 0 of 51 healthy runs flagged, but eight runs that are called a good fit are not
healthy."""


_NEXT = "\n## "


def _title(part: Part) -> str:
    return part.name.replace("_", "-").capitalize()


def _section(
    part: Part, outcomes: Sequence[Outcome], after: Sequence[Outcome]
) -> list[str]:
    faulty = [outcome for outcome in outcomes if outcome.is_faulty]
    well = [outcome for outcome in outcomes if not outcome.is_faulty]
    right = sum(outcome.is_right for outcome in faulty)
    flagged = sum(not outcome.is_right for outcome in well)
    causes = {cause.name: cause for cause in (*part.causes, *part.healthy)}
    data = ", ".join(sorted({outcome.data for outcome in outcomes}))
    sizes = f"{len(part.causes)} causes and {len(part.healthy)} healthy configs"
    lines = [
        f"## {_title(part)}",
        f"{sizes} x {len(part.seeds)} seeds, on {data}.",
        "\n".join(
            (
                f"- Faults, first verdict accepted: {interval(right, len(faulty))}",
                f"- Healthy runs flagged: {interval(flagged, len(well))}",
            )
        ),
    ]
    misses = "### Misses\n\n" + _misses(outcomes)
    if part.name == _SHORT:
        return [*lines, misses]
    lines += [
        _by_net(faulty),
        "### Confusion\n\nRows: what is accepted. Columns: the first verdict given.",
        _confusion(outcomes),
        "### Causes\n\n"
        + _by_cause([c for c in causes.values() if not c.is_healthy], faulty),
        "### Healthy configs\n\n"
        + _by_cause([c for c in causes.values() if c.is_healthy], well),
        misses,
    ]
    return [*lines, *_advice(outcomes, after)]


_SHORT = "development"
"""The part whose figures say little, as rules were adjusted on it."""


def _by_net(faulty: Sequence[Outcome]) -> str:
    rows = []
    for net in sorted({outcome.net for outcome in faulty}):
        of = [outcome for outcome in faulty if outcome.net == net]
        rows.append((net, interval(sum(one.is_right for one in of), len(of))))
    return table(("net", "faults, first verdict accepted"), rows)


def _confusion(outcomes: Sequence[Outcome]) -> str:
    counts = Counter((_words(one.accepted), one.given) for one in outcomes)
    rows = sorted({accepted for accepted, _ in counts})
    columns = sorted({given for _, given in counts})
    return table(
        ("accepted", *columns),
        [(row, *(counts[row, column] or "" for column in columns)) for row in rows],
    )


def _by_cause(causes: Iterable[Cause], outcomes: Sequence[Outcome]) -> str:
    rows = []
    for cause in causes:
        of = [one for one in outcomes if one.cause == cause.name]
        given = Counter(one.given for one in of)
        named = ", ".join(f"{name} {number}" for name, number in given.most_common())
        right = f"{sum(one.is_right for one in of)} of {len(of)}"
        base = f"{cause.base.data}, {cause.base.net}"
        rows.append(
            (cause.name, base, cause.words, _words(cause.accepted), named, right)
        )
    header = ("cause", "data, net", "in words", "accepted", "given", "right")
    return table(header, rows)


def _misses(outcomes: Sequence[Outcome]) -> str:
    rows = [
        (one.cause, one.seed, _words(one.accepted), one.given, _numbers(one))
        for one in outcomes
        if not one.is_right
    ]
    if not rows:
        return "None."
    return table(
        ("cause", "seed", "accepted", "given", "what fired; the last epoch"), rows
    )


def _numbers(outcome: Outcome) -> str:
    fired = next(iter(outcome.values.get("findings") or ()), {}).get("numbers", {})
    named = {**fired, **outcome.curve}
    return ", ".join(
        f"{name} {value:.3g}"
        for name, value in named.items()
        if isinstance(value, int | float)
    )


def _advice(before: Sequence[Outcome], after: Sequence[Outcome]) -> list[str]:
    """How often the first advice, applied as it is, ends the verdict."""
    if not after:
        return []
    seeds = {one.seed for one in after}
    faulty = [one for one in before if one.is_faulty and one.seed in seeds]
    first = {(one.cause, one.seed): one for one in faulty}
    helped = [one for one in after if one.cleared and one.kept]
    fine = [one for one in helped if one.given in _FINE]
    right = [one for one in after if first[one.cause, one.seed].is_right]
    helped_right = [one for one in helped if one in right]
    rows = []
    for name in sorted({one.cause for one in after}):
        of = [one for one in after if one.cause == name]
        then = Counter(one.given for one in of)
        rows.append((
            name,
            ", ".join(sorted({first[one.cause, one.seed].given for one in of})),
            ", ".join(sorted({one.change for one in of})),
            ", ".join(f"{verdict} {number}" for verdict, number in then.most_common()),
            f"{sum(one.cleared for one in of)} of {len(of)}",
            f"{sum(one.kept for one in of)} of {len(of)}",
            f"{sum(one in helped for one in of)} of {len(of)}",
        ))  # fmt: skip
    cleared = sum(one.cleared for one in after)
    figures = (
        ("Cleared", (cleared, len(faulty))),
        ("Cleared, and the score kept", (len(helped), len(faulty))),
        ("the same, of runs with an advice", (len(helped), len(after))),
        ("the same, of runs whose verdict was right", (len(helped_right), len(right))),
        ("Cleared, score kept, no other fault found", (len(fine), len(faulty))),
    )
    header = ("cause", "verdict", "change", "verdict then", "cleared", "kept", "both")
    return [
        "### First advice, applied",
        _ADVICE,
        "\n".join(f"- {words}: {interval(*shares)}" for words, shares in figures),
        table(header, rows),
    ]


_FINE = {"GOOD_FIT", "TOO_SHORT", "NOT_JUDGED"}
_ADVICE = """As `dlrun advise RUN --run` does it: each faulty run is trained again with
the first advice, with the same seed. *Cleared*: the verdict that it is against is found
no more. *Kept*: the validation score is no worse, within two standard errors of the
difference of two accuracies, or 5 % of a loss; after a leak, or where one class was all
that was predicted, the score before was not worth keeping, but it counts. Shares are of
all faulty runs, also of those without a verdict or an advice."""


def _words(accepted: Sequence[str]) -> str:
    return " or ".join(accepted)


def table(header: Sequence[object], rows: Iterable[Sequence[object]]) -> str:
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join("| " + " | ".join(map(str, line)) + " |" for line in lines)
