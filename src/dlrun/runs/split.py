"""What `split.json` holds: which rows are in which part."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from dlrun.runs.reading import JsonObject


@dataclass(frozen=True, slots=True)
class RecordedPart:
    """The rows of one part."""

    origin: str
    """What in the config gives them, such as `data.split`."""
    rows: int
    """How many they are."""
    sha256: str
    """Over features and labels, before they are scaled."""
    ids: tuple[int | str, ...]

    @classmethod
    def read(cls, values: JsonObject) -> RecordedPart:
        """Read one entry of `parts`."""
        ids = [
            row_id for row_id in values.items("ids") if isinstance(row_id, int | str)
        ]
        return cls(
            origin=values.text("from") or "",
            rows=values.whole("rows") or 0,
            sha256=values.text("sha256") or "",
            ids=tuple(ids),
        )

    def to_json(self) -> dict[str, object]:
        """The entry as JSON has it."""
        return {
            "from": self.origin,
            "rows": self.rows,
            "sha256": self.sha256,
            "ids": list(self.ids),
        }


@dataclass(frozen=True, slots=True)
class RecordedSplit:
    """The rows of every part."""

    seed: int | None
    data_sha256: str | None
    """Over all rows that were read, before they were divided and scaled."""
    sha256: str | None
    """Over the parts; unlabelled rows take part in it no more than their labels."""
    parts: Mapping[str, RecordedPart] = field(default_factory=dict)
    """`train`, `validation`, `test` and `unlabelled`, as far as they exist."""

    @classmethod
    def read(cls, values: JsonObject) -> RecordedSplit:
        """Read the file.

        Raises:
            RunError: A value has another type than its key.
        """
        parts = values.object("parts")
        return cls(
            seed=values.whole("seed"),
            data_sha256=values.text("data_sha256"),
            sha256=values.text("sha256"),
            parts={
                name: RecordedPart.read(parts.object(name)) for name in parts.values
            },
        )

    def to_json(self) -> dict[str, object]:
        """The file as JSON has it."""
        return {
            "seed": self.seed,
            "data_sha256": self.data_sha256,
            "sha256": self.sha256,
            "parts": {name: part.to_json() for name, part in self.parts.items()},
        }
