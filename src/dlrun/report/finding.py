"""What the check of a run has found, in words and as a table."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from dlrun.writing import Column, fit, layout, number, one_line, wrap

if TYPE_CHECKING:
    from dlrun.runs import RecordedFinding, RecordedReference, RowGain

_INDENT = "  "


def render_finding(finding: RecordedFinding, width: int | None = None) -> str:
    """Write what follows from the references of a check, and what each gained.

    Args:
        finding: What was found.
        width: Terminal columns that it must fit; None: all, however wide.
    """
    inner = None if width is None else width - len(_INDENT)
    lines = [finding_head(finding), finding.sentence]
    broken = [line for text in lines if text for line in wrap(text, inner)]
    table = [*_table(finding, inner)] if finding.references else []
    rest = [
        line
        for name, reason in finding.left_out.items()
        for line in wrap(f"left out: {name}: {reason}", inner)
    ]
    return "\n".join(
        _INDENT + line if line else line for line in [*broken, *table, *rest]
    )


def finding_head(finding: RecordedFinding) -> str:
    """`checked: OVERFITTING is confirmed`."""
    suspicion, verdict = finding.suspicion, finding.verdict
    if finding.standing == "confirmed":
        return f"checked: {suspicion} is confirmed"
    if finding.standing == "open" or verdict is None:
        return f"checked: whether it is {suspicion} cannot be told"
    if suspicion == verdict:
        return f"checked: {suspicion}, as far as can be told"
    if finding.standing == "not shown":
        return f"checked: {suspicion} is not confirmed; {verdict} as far as can be told"
    return f"checked: not {suspicion} but {verdict}"


def _table(finding: RecordedFinding, width: int | None) -> Iterator[str]:
    """A line for the run itself, and one per reference."""
    items = finding.references
    columns = [
        (0, Column("reference", ("(this run)", *(item.name for item in items)))),
        (
            1,
            Column(
                finding.figure,
                (number(finding.value), *(number(item.value) for item in items)),
                is_number=True,
            ),
        ),
        (0, Column("gain", ("", *(gain_text(item.gain) for item in items)))),
        (0, Column("", ("", *map(_what, items)))),
        (2, Column("run", ("", *(one_line(item.run or "-") for item in items)))),
    ]
    yield from layout(fit(columns, width)[0])
    if finding.rise is not None:
        yield f"after the last epoch: {gain_text(finding.rise)} more"


def gain_text(gain: RowGain | None) -> str:
    """`+0.26 [+0.21, +0.31]`."""
    if gain is None:
        return "-"
    mean = number(gain.mean, signed=True)
    if gain.low is None or gain.high is None:
        return mean
    low, high = (number(end, signed=True) for end in (gain.low, gain.high))
    return f"{mean} [{low}, {high}]"


def _what(item: RecordedReference) -> str:
    if item.helps:
        return "helps"
    return "" if item.gain is not None else item.state
