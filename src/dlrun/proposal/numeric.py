"""Columns of numbers: how each is filled and scaled."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dlrun.proposal.plan import ColumnPlan, dropped, of_gaps

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from dlrun.proposal.sample import SampledColumn

PLAIN: list[object] = [{"impute": "median"}, "scale"]
"""What most columns of numbers get; it holds for those that no entry names."""
_GAPS_THAT_TELL = 0.01
"""The share of gaps from which on a column tells where they were."""
_SKEWED = 2.0
_FAR = 12.0
"""Standard deviations that a number lies from the mean, where few lie so far."""
TOO_LARGE = 1e30
"""The squares of larger numbers are none of float32."""
_FEW = 0.25
"""The share of numbers that are cut, at most."""
_END, _WIDTHS = 0.05, 20
"""The share of numbers at either end beside which nearly all others lie; and how many
times their width is far from them."""
_FEWEST_CODES, _MOST_CODES, _ROWS_OF_A_CODE = 3, 10, 3
"""Of two numbers it does not matter which way they are written."""


def plan_number(column: SampledColumn) -> ColumnPlan:
    """Fill gaps with the median, and bring the numbers to a common size."""
    import numpy as np

    assert column.numbers is not None  # noqa: S101 - the caller has looked
    known = column.numbers[~np.isnan(column.numbers)]
    told = _told(column, known)
    sizes = np.abs(known)
    near = known[sizes <= TOO_LARGE]
    if len(near) < (1 - _FEW) * len(known):
        return dropped(column.name, f"{told}: too large to be learned from")
    fill: object = {"impute": "median"}
    if column.share_of_gaps >= _GAPS_THAT_TELL:
        fill = {"impute": {"method": "median", "indicator": True}}
        told += of_gaps(column.gaps, column.share_of_gaps)
    scaling: list[object] = ["scale"]
    cutting: list[object] = []
    if len(near) < len(known):
        low, high = (float(f"{one:.4g}") for one in (near.min(), near.max()))
        cutting = [{"clip": {"x_min": low, "x_max": high}}]
        told += f", {len(known) - len(near):,} of them too large to be learned from"
    scaling, of_sizes = _scaling(near)
    width = 2 if isinstance(fill["impute"], dict) else 1  # type: ignore[index]
    encoders = [fill, *cutting, *scaling]
    is_plain = scaling == ["scale"] and not cutting
    codes = len(column.texts) if is_plain and _may_be_codes(column) else 0
    return ColumnPlan(column.name, encoders, told + of_sizes, width=width, codes=codes)


def _scaling(known: NDArray[np.float64]) -> tuple[list[object], str]:
    """How numbers are brought to a common size, and what is said of their sizes."""
    if _needs_logarithm(known):
        return [{"scale": "log"}, "scale"], ", most of them small"
    if _has_outliers(known):
        cut = {"clip": {"x_min": -5, "x_max": 5}}
        return [{"scale": "robust"}, cut], ", a few far away"
    return ["scale"], ""


def _may_be_codes(column: SampledColumn) -> bool:
    """Whether so few whole numbers recur that they may stand for categories."""
    few = _FEWEST_CODES <= len(column.texts) <= _MOST_CODES
    recur = column.known >= _ROWS_OF_A_CODE * len(column.texts)
    return few and recur and column.is_whole


def _told(column: SampledColumn, known: NDArray[np.float64]) -> str:
    if column.is_boolean:
        return "true or false"
    low, high = known.min(), known.max()
    if column.is_whole and abs(low) < 1e15 and abs(high) < 1e15:  # noqa: PLR2004
        return f"{int(low)} to {int(high)}"
    return f"{low:.4g} to {high:.4g}"


def skewness(numbers: NDArray[np.float64]) -> float:
    """The third standardized moment; 0 of a constant."""
    deviation = numbers.std()
    if not deviation > 0:
        return 0.0
    return float((((numbers - numbers.mean()) / deviation) ** 3).mean())


def _needs_logarithm(known: NDArray[np.float64]) -> bool:
    """Whether most numbers are small, and few are many times larger."""
    import numpy as np

    if known.min() < 0 or known.max() < 10 or len(np.unique(known)) < 10:  # noqa: PLR2004
        return False
    skewed = skewness(known)
    return skewed > _SKEWED and abs(skewness(np.log1p(known))) < skewed / 2


def far_away(numbers: NDArray[np.float64]) -> NDArray[np.float64]:
    """The numbers that are so far from nearly all others that these look alike."""
    import numpy as np

    low, middle, high = np.quantile(numbers, [_END, 0.5, 1 - _END])
    most = _WIDTHS * (high - low)
    if not most > 0 or max(numbers.max() - middle, middle - numbers.min()) <= most:
        return numbers[:0]
    is_far: NDArray[np.bool_] = np.abs(numbers - middle) > most
    return numbers[is_far]


def _has_outliers(known: NDArray[np.float64]) -> bool:
    """Whether a few numbers are so far away that all others would look alike."""
    import numpy as np

    deviation, mean = known.std(), known.mean()
    if not deviation > 0:
        return False
    farthest = max(known.max() - mean, mean - known.min())
    if farthest > _FAR * deviation:
        low, high = np.quantile(known, [0.25, 0.75])
        return bool(0 < high - low < deviation / 2)
    return bool(len(far_away(known)))
