"""A diagnosis as people read it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from dlrun.diagnosis.diagnosis import Diagnosis
from dlrun.diagnosis.verdicts import tag_of
from dlrun.writing import printable

if TYPE_CHECKING:
    from dlrun.runs import Finding, RecordedFinding


def finding_tag(finding: RecordedFinding) -> str:
    """The verdict of a check in a word, as tables show it; `?`: it could not be told.

    Where nothing helps, but a gain may be hidden, `?` follows the word.
    """
    if finding.verdict is None:
        return "?"
    return tag_of(finding.verdict) + "?" * (finding.standing == "not shown")


def render_diagnosis(diagnosis: Diagnosis, name: str = "") -> str:
    """Write the verdict, what it means, its evidence, and what else was found."""
    return "\n".join(_lines(diagnosis, name))


def _lines(diagnosis: Diagnosis, name: str) -> Iterator[str]:
    title = f"{printable(name)}: " if name else ""
    since = f" since epoch {diagnosis.onset}" if diagnosis.onset is not None else ""
    sure = f"confidence {diagnosis.confidence:.2f}"
    yield f"{title}{diagnosis.verdict}{since} ({sure})"
    yield f"  {diagnosis.meaning}"
    for finding in diagnosis.findings[:1]:
        # A sentence that is what the verdict means is not said twice.
        lines = [
            line for line in _finding(finding) if line.strip() != diagnosis.meaning
        ]
        yield from lines
    yield from _best(diagnosis)
    for finding in diagnosis.findings[1:]:
        yield f"  also {finding.verdict} (confidence {finding.confidence:.2f})"
        yield from _finding(finding)
    if diagnosis.modifiers and diagnosis.verdict not in diagnosis.modifiers:
        yield f"  {', '.join(diagnosis.modifiers)}: there are few validation rows."
    for sentence in diagnosis.remark_sentences():
        yield f"  {sentence}"
    for output, own in diagnosis.outputs.items():
        yield f"  {printable(output)}: {_in_a_line(own)}"


def _in_a_line(diagnosis: Diagnosis) -> str:
    """What the curves of one of several outputs show."""
    since = f" since epoch {diagnosis.onset}" if diagnosis.onset is not None else ""
    first = diagnosis.findings[0].sentence if diagnosis.findings else diagnosis.meaning
    return f"{diagnosis.verdict}{since}: {first}"


def _finding(finding: Finding) -> Iterator[str]:
    yield f"  {finding.sentence}"
    if finding.numbers:
        numbers = (f"{name} {value:.4g}" for name, value in finding.numbers.items())
        yield f"    {', '.join(numbers)}"


def _best(diagnosis: Diagnosis) -> Iterator[str]:
    if diagnosis.best_epoch is None:
        return
    by = f" by {printable(diagnosis.monitor)}" if diagnosis.monitor else ""
    parts = [f"best epoch {diagnosis.best_epoch} of {diagnosis.epochs}{by}"]
    if diagnosis.wasted_epochs is not None:
        parts.append(f"{diagnosis.wasted_epochs} epochs after it")
    if diagnosis.severity is not None:
        parts.append(f"validation loss {diagnosis.severity:.0f} % above its best")
    yield f"  {', '.join(parts)}"
