"""What the check of a run has found: `finding.json`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal, TypeAlias

from dlrun.runs.reading import JsonObject
from dlrun.runs.storage import finite

Standing: TypeAlias = Literal["confirmed", "changed", "refuted", "not shown", "open"]
"""What became of a suspicion: `confirmed`, the same verdict holds; `changed`, another
fault is to blame; `refuted`, nothing helps, and there is no room for a gain that
matters; `not shown`, nothing helps, and there is room; `open`, it cannot be told."""
_STANDINGS: Final[Mapping[str, Standing]] = {
    "confirmed": "confirmed",
    "changed": "changed",
    "refuted": "refuted",
    "not shown": "not shown",
    "open": "open",
}


@dataclass(frozen=True, slots=True)
class RowGain:
    """How much less is lost per validation row than before, with its interval."""

    mean: float
    low: float | None = None
    """Of the 95 % interval, adjusted for the other gains beside it; None: one row."""
    high: float | None = None

    @classmethod
    def read(cls, values: JsonObject) -> RowGain | None:
        """Read it; None: it was not measured."""
        mean = values.number("mean")
        if mean is None:
            return None
        return cls(mean, values.number("low"), values.number("high"))

    def to_json(self) -> dict[str, object]:
        """As JSON has it."""
        return {"mean": self.mean, "low": self.low, "high": self.high}


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedReference:
    """A training with one change, and what it gained."""

    name: str
    """That of the change, such as `longer`."""
    sentence: str
    """What it changes in this config."""
    run: str | None
    """Its run, beside the one that is checked; None: it did not come to one."""
    state: str
    """How the run has ended."""
    value: float | None = None
    """The figure, a mean over the validation rows; None: it has no model."""
    gain: RowGain | None = None
    helps: bool = False
    """The interval leaves out 0, and the gain is large enough to matter."""

    @classmethod
    def read(cls, values: JsonObject) -> RecordedReference:
        """Read one entry of `references`."""
        return cls(
            name=values.text("name") or "",
            sentence=values.text("sentence") or "",
            run=values.text("run"),
            state=values.text("state") or "",
            value=values.number("value"),
            gain=RowGain.read(values.object("gain")),
            helps=values.flag("helps") or False,
        )

    def to_json(self) -> dict[str, object]:
        """The entry as JSON has it."""
        return {
            "name": self.name,
            "sentence": self.sentence,
            "run": self.run,
            "state": self.state,
            "value": self.value,
            "gain": None if self.gain is None else self.gain.to_json(),
            "helps": self.helps,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedFinding:
    """What references say of a suspicion; a diagnosis from curves is one."""

    suspicion: str
    """The verdict of the diagnosis."""
    verdict: str | None
    """The one that follows; None: it cannot be told."""
    standing: Standing
    cause: str | None = None
    """The reference that decides; None: none does."""
    sentence: str = ""
    figure: str = "val_loss"
    """What is measured by row: `val_loss` without penalties; `weighted_val_loss`, where
    classes have weights; or `val_error`, the share of rows that are given a wrong
    class."""
    rows: int = 0
    """How many validation rows there are."""
    value: float | None = None
    """The figure of the run with the weights it has saved; None: it has no model."""
    matters: float = 0.0
    """A gain below it does not matter."""
    rise: RowGain | None = None
    """How much more is lost after the last epoch than with the saved weights."""
    references: tuple[RecordedReference, ...] = ()
    left_out: Mapping[str, str] = field(default_factory=dict)
    """The references that do not fit the config, each with the reason."""

    @property
    def helping(self) -> tuple[RecordedReference, ...]:
        """The references that help, the largest gain first."""
        helping = [reference for reference in self.references if reference.helps]
        gains = {item.name: item.gain.mean for item in helping if item.gain}
        return tuple(sorted(helping, key=lambda item: -gains.get(item.name, 0.0)))

    @classmethod
    def read(cls, values: JsonObject) -> RecordedFinding:
        """Read the file.

        Raises:
            RunError: It names no suspicion, or a value has another type than its key.
        """
        suspicion = values.text("suspicion")
        standing = values.choice("standing", _STANDINGS)
        if suspicion is None or standing is None:
            key = "suspicion" if suspicion is None else "standing"
            raise values.damage(key, "a text")
        return cls(
            suspicion=suspicion,
            verdict=values.text("verdict"),
            standing=standing,
            cause=values.text("cause"),
            sentence=values.text("sentence") or "",
            figure=values.text("figure") or "val_loss",
            rows=values.whole("rows") or 0,
            value=values.number("value"),
            matters=values.number("matters") or 0.0,
            rise=RowGain.read(values.object("rise")),
            references=tuple(map(RecordedReference.read, values.objects("references"))),
            left_out=values.names("left_out"),
        )

    def to_json(self) -> dict[str, object]:
        """The file as JSON has it; NaN is null."""
        return finite(
            {
                "suspicion": self.suspicion,
                "verdict": self.verdict,
                "standing": self.standing,
                "cause": self.cause,
                "sentence": self.sentence,
                "figure": self.figure,
                "rows": self.rows,
                "value": self.value,
                "matters": self.matters,
                "rise": None if self.rise is None else self.rise.to_json(),
                "references": [item.to_json() for item in self.references],
                "left_out": dict(self.left_out),
            }
        )
