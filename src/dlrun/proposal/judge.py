"""What a column is: the one place that chooses between numbers, dates and words."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from dlrun.data.role_names import names_groups
from dlrun.proposal.dates import are_days, mixed_dates, plan_date
from dlrun.proposal.images import SEEN, shape_of
from dlrun.proposal.numeric import plan_number
from dlrun.proposal.plan import ColumnPlan, dropped, of_gaps, percent
from dlrun.proposal.sample import GAP_MARKS, SampledColumn, numbers_of
from dlrun.proposal.thousands import doubtful_number
from dlrun.proposal.united import number_with_unit
from dlrun.proposal.wording import plan_words

if TYPE_CHECKING:
    from collections.abc import Sequence

_NEARLY_ALL = 0.95
_NAMES_ROWS = re.compile(
    r"(?i:(?:.*[ _.-])?(?:id|key|uuid|guid|index|idx|rownames?|row|nr|no|number))"
    r"|(?i:unnamed: ?0)|.*[a-z](?:Id|ID)|ID.*"
)
_STRANGE, _NUMBERS = 2, 20
"""So few texts among so many numbers mean a gap."""
_GROUPS = 20
_CODE = re.compile(r".*(?:code|zip|postal|plz|_cd)", re.IGNORECASE)
_IMAGE = re.compile(r".+\.(?:png|jpe?g)", re.IGNORECASE)
_CODES = 50


def judge(column: SampledColumn, folder: Path) -> ColumnPlan:
    """What is to become of a feature.

    Args:
        column: as some rows show it.
        folder: of the table, where paths of images begin.
    """
    without = _without_use(column) or _doubtful(column)
    if without is not None:
        return without
    if column.values is not None or column.is_boolean:
        return _of_numbers(column)
    if all(map(_IMAGE.fullmatch, column.texts)):
        return _of_images(column, folder)
    return plan_date(column) or _named(column) or plan_words(column)


def _without_use(column: SampledColumn) -> ColumnPlan | None:
    """A column of gaps, or of one value; `None`: its cells differ."""
    if not column.texts:
        return dropped(column.name, "all cells are gaps")
    if column.share_of_gaps > _NEARLY_ALL:
        share = percent(column.share_of_gaps)
        return dropped(column.name, f"nearly all cells are gaps ({share})")
    return _one_value(column) if len(column.texts) == 1 else None


def _doubtful(column: SampledColumn) -> ColumnPlan | None:
    """What is a number, or a date, to people alone."""
    doubt = doubtful_number(column) or number_with_unit(column) or mixed_dates(column)
    return None if doubt is None else dropped(column.name, doubt)


def _one_value(column: SampledColumn) -> ColumnPlan:
    """A constant; where there are gaps, these may tell something."""
    text = column.texts[0]
    if column.share_of_gaps < 1 - _NEARLY_ALL:
        return dropped(column.name, f"always {text!r}")
    encoder = {"one_hot": {"missing": "category", "unknown": "ignore"}}
    told = f"{text!r} or a gap" + of_gaps(column.gaps, column.share_of_gaps)
    return ColumnPlan(column.name, encoder, told, width=2)


def _of_numbers(column: SampledColumn) -> ColumnPlan:
    if column.is_boolean:
        return replace(plan_number(_as_bits(column)), why="true or false")
    if are_days(column) and (plan := plan_date(column)) is not None:
        return plan
    return _named(column) or _coded(column) or plan_number(column)


def _as_bits(column: SampledColumn) -> SampledColumn:
    """True and False as 1 and 0."""
    texts = ["1" if text.lower() == "true" else "0" for text in column.texts]
    return SampledColumn(column.name, texts, column.codes)


def _named(column: SampledColumn) -> ColumnPlan | None:
    """A column that names rows, or numbers them; `None`: it does not."""
    distinct = len(column.texts)
    if distinct < 10 or distinct < 0.9 * column.known:  # noqa: PLR2004
        return _grouping(column)
    if column.values is not None and not column.is_whole:
        return None
    if _counts_rows(column):
        why = "numbers the rows"
    elif _names_rows(column):
        why = f"names rows: {distinct:,} values in {column.known:,} rows"
    else:
        return None
    return dropped(column.name, why + of_gaps(column.gaps, column.share_of_gaps))


def _counts_rows(column: SampledColumn) -> bool:
    """Whether whole numbers ascend, one by one or under a name of rows."""
    import numpy as np

    if column.numbers is None or len(column.texts) < column.known:
        return False
    known = column.numbers[~np.isnan(column.numbers)]
    ascends = bool((np.diff(known) > 0).all())
    one_by_one = float(known.max() - known.min()) == len(known) - 1
    return ascends and (one_by_one or _has_name_of_rows(column))


def _names_rows(column: SampledColumn) -> bool:
    if _has_name_of_rows(column):
        return True
    is_word = column.values is None and " " not in "".join(column.texts)
    return is_word and _is_code(column.texts)


def _has_name_of_rows(column: SampledColumn) -> bool:
    return _NAMES_ROWS.fullmatch(column.name) is not None


def _grouping(column: SampledColumn) -> ColumnPlan | None:
    """A name that several rows share; `None`: it is none."""
    distinct = len(column.texts)
    is_name = names_groups(column.name)
    plain = column.is_whole if column.values is not None else True
    if not is_name or not plain or distinct < _GROUPS:
        return None
    why = f"names what rows are about: {distinct:,} in {column.known:,} rows"
    return replace(dropped(column.name, why), groups=True)


def _is_code(texts: Sequence[str]) -> bool:
    """Whether names are made of letters and digits, all alike, as in `PT-0012`."""
    return len({re.sub(r"[0-9]+", "0", text) for text in texts[:500]}) <= 3  # noqa: PLR2004


def _coded(column: SampledColumn) -> ColumnPlan | None:
    """Numbers that are names, as those of a postal code; `None`: they count."""
    padded = any(text[0] == "0" and text[1:2].isdigit() for text in column.texts)
    named = _CODE.fullmatch(column.name) is not None
    few = len(column.texts) > 2 and len(column.texts) * 3 <= column.known  # noqa: PLR2004
    if not (column.is_whole and few and (padded or named)):
        return None
    plan = plan_words(column)
    return replace(plan, why=f"numbers that are names: {plan.why}")


def without_marks(column: SampledColumn) -> tuple[SampledColumn, frozenset[str]]:
    """A column of numbers without what marks a gap beside what pandas knows.

    Returns:
        The column as it is, and no marks, where that makes no numbers of it.
    """
    if column.values is not None or not column.texts:
        return column, frozenset()
    marks = frozenset(text for text in column.texts if text.lower() in GAP_MARKS)
    strange = [
        text
        for text in column.texts
        if numbers_of([text], has_commas=column.has_commas) is None
    ]
    if len(strange) <= _STRANGE and len(column.texts) >= _NUMBERS:
        marks = frozenset(strange)
    plain = column.without(marks)
    if marks and len(plain.texts) > 2 and plain.values is not None:  # noqa: PLR2004
        return plain, marks
    return column, frozenset()


def _of_images(column: SampledColumn, folder: Path) -> ColumnPlan:
    """Paths of images, resized to what most of them have."""
    some = column.texts[:: max(1, len(column.texts) // SEEN)][:SEEN]
    files = [folder / text for text in some]
    missing = next((one for one in files if not one.is_file()), None)
    if missing is not None:
        why = f"paths of images, but there is no {some[files.index(missing)]}"
        return dropped(column.name, why)
    size, mode = shape_of(files)
    stated: dict[str, object] = {"image_size": size}
    if mode != "rgb":
        stated["color_mode"] = mode
    if column.gaps:
        stated["missing"] = "ignore"
    told = "images" + of_gaps(column.gaps, column.share_of_gaps)
    return ColumnPlan(
        column.name, {"image": stated}, told, "feature", 64, "image", tuple(size)
    )
