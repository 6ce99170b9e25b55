"""What a config says of how rows are divided into train, validation and test rows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import Field, ModelWrapValidatorHandler, model_validator

from dlrun.components.column_names import ColumnName
from dlrun.components.component import Strict, validate_keys
from dlrun.components.fields import Fraction
from dlrun.components.words import invalid, shown

_ALMOST = 1e-9
_ORDERS = ("by", "time", "column")
"""The keys that name a column which says how rows are divided."""


class HoldoutSplit(Strict):
    """Shares of the rows that are held out, drawn at random with the seed.

    Where labels are classes, each part has its share of every class, to within one row.
    Of a table a column may say which rows stay together, when they are, or which part
    they are in; it is no feature then, unless `columns` names it.
    """

    validation: Fraction = 0.0
    """The share of all rows that validates."""
    test: Fraction = 0.0
    """The share of all rows that is kept for a test."""
    train: Annotated[float, Field(gt=0, le=1, allow_inf_nan=False)] | None = None
    """The share of all rows that trains, to study less data; by default the rest. It
    changes no validation or test rows, and smaller parts lie within larger ones."""

    by: ColumnName | None = None
    """The column whose rows of one value stay together, in one part: a patient, a day.
    Shares of rows and of classes are kept as nearly as whole groups allow."""
    time: ColumnName | None = None
    """The column that says when rows are, by numbers or dates: the latest are for the
    test, those before them validate, for any seed. Rows of one time stay together."""
    gap: Annotated[int, Field(ge=0)] | None = None
    """Rows that are left out between two parts in time, right before the later one; by
    default none."""
    format: str | None = None
    """How the dates of `time` are written that are not ISO 8601, as in `"%d.%m.%Y"`."""
    column: ColumnName | None = None
    """The column that says of each row: train, validation or test."""

    folds: Annotated[int, Field(ge=1)] | None = None
    """Cross-validation: every row validates once, in one of so many runs. With `by`
    folds are of whole groups; with `time` each validates on what follows its train
    rows."""
    repeats: Annotated[int, Field(ge=1)] | None = None
    """How often the rows are divided into folds, each time anew; by default once."""
    fold: Annotated[int, Field(ge=1)] | None = None
    """The fold that validates, from 1; those of the second repeat follow those of the
    first. By default `train` makes a run for each."""
    refit: str | None = None
    """The folds, such as `penguins.folds-001`, after which all rows but those for the
    test train, and none validates. `train --refit` writes it, with the epochs that they
    found."""

    @property
    def columns(self) -> Mapping[str, str]:
        """The columns that say how rows are divided, by the key that names each."""
        stated = {key: getattr(self, key) for key in _ORDERS}
        return {key: name for key, name in stated.items() if name is not None}

    @property
    def holds_out(self) -> bool:
        """Whether rows are kept for validation."""
        in_folds = self.folds and self.refit is None
        return bool(self.validation or self.column or in_folds)

    @property
    def lacks_fold(self) -> bool:
        """Whether there are folds, and it is not said which one validates."""
        return bool(self.folds) and self.fold is None and self.refit is None

    @property
    def all_folds(self) -> int:
        """How many runs all folds are, repeats included; 0: there are no folds."""
        return (self.folds or 0) * (self.repeats or 1)

    @property
    def train_share(self) -> float:
        """The share of all rows that trains; with folds in time the largest."""
        rest = 1 - self.validation - self.test
        folds = self.folds if self.refit is None else None
        within = 1 - 1 / (folds + (self.time is not None)) if folds else 1
        return self.train or rest * within

    @model_validator(mode="wrap")
    @classmethod
    def _validate(cls, value: object, handler: ModelWrapValidatorHandler[Any]) -> Any:
        if isinstance(value, cls):
            return value
        if not isinstance(value, dict):
            message = f"`split` must name the parts, found {shown(value)}"
            raise invalid("wrong-type", message, hint="write {validation: 0.2}")
        result: HoldoutSplit = validate_keys(cls, "split", value, handler)
        held = result.validation + result.test
        total = held + (result.train or 0)
        if total > 1 + _ALMOST or held >= 1 - _ALMOST:
            message = f"the parts of the split add up to {total:.4g} of the rows"
            hint = "the shares of validation, test and train may add up to 1 at most"
            raise invalid("split-too-large", message, hint=hint)
        result._require_one_order()
        return result

    def _require_one_order(self) -> None:
        """Refuse keys of which one leaves nothing to the other.

        Raises:
            PydanticCustomError: with the cure.
        """
        first, *others = [*self.columns, ""]
        if any(others):
            message = f"`{first}` and `{others[0]}` both say how rows are divided"
            raise invalid("two-splits", message, hint="keep one of them")
        shares = [key for key in ("validation", "test", "train") if getattr(self, key)]
        if self.column is not None and shares:
            message = (
                f"`{shares[0]}` is a share, but `column` says the part of each row"
            )
            raise invalid("two-splits", message, hint=f"remove {shares[0]}, or column")
        for key in ("gap", "format"):
            if getattr(self, key) and self.time is None:
                message = f"`{key}` is for rows that are divided in time"
                raise invalid(
                    "unused-key", message, hint=f"add time: when, or remove {key}"
                )
        if self.columns and not (self.holds_out or self.test or self.folds):
            message = f"`{first}` divides nothing: no part has a share"
            raise invalid("missing-key", message, hint="add validation: 0.2")
