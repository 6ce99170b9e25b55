"""What scikit-learn makes of a table with default settings, for `first_try.py`."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

Scored = dict[str, Any]
CATEGORIES, WORDS, DISTINCT = 100, 4, 0.5


@dataclass(frozen=True)
class Frame:
    """A table as pandas reads it, and what is to be learned of it."""

    frame: pd.DataFrame
    labels: tuple[str, ...]

    def without(self, columns: Sequence[str]) -> Frame:
        """The table without some columns."""
        return Frame(self.frame.drop(columns=list(columns)), self.labels)

    @property
    def index(self) -> pd.Index:
        return self.frame.index

    @property
    def task(self) -> str:
        if len(self.labels) > 1:
            return "numbers"
        column = self.frame[self.labels[0]].dropna()
        if column.dtype.kind in "OUT" or str(column.dtype) in {"str", "string", "bool"}:
            several = column.astype(str).str.contains(";").mean() > 0.1
            return "tags" if several else "classes"
        return (
            "classes"
            if column.nunique() <= 20 and (column % 1 == 0).all()
            else "numbers"
        )

    def targets(self, rows: Sequence[int]) -> np.ndarray:
        """`(rows,)` classes as texts, or `(rows, columns)` numbers or tags."""
        found = self.frame.loc[list(rows), list(self.labels)]
        if self.task == "numbers":
            return found.to_numpy("float64")
        if self.task == "tags":
            return tags_of(found[self.labels[0]], self.tags)
        return found[self.labels[0]].map(as_class).to_numpy(dtype=object)

    @property
    def tags(self) -> list[str]:
        cells = self.frame[self.labels[0]].dropna()
        return sorted({tag.strip() for cell in cells for tag in cell.split(";")} - {""})


def as_class(value: object) -> str:
    is_whole = isinstance(value, (float, np.floating)) and value % 1 == 0
    return str(int(value)) if is_whole else str(value)


def tags_of(cells: Sequence[object], tags: Sequence[str]) -> np.ndarray:
    held = [{one.strip() for one in str(cell).split(";")} for cell in cells]
    return np.array([[tag in one for tag in tags] for one in held], dtype=float)


def scored(
    frame: Frame,
    answers: Mapping[int, list[str]],
    rows: Sequence[int],
    *,
    is_weighted: bool,
) -> Scored:
    """What dlrun has predicted."""
    truth = frame.targets(rows)
    if frame.task == "classes":
        given = np.array([answers[row][0] for row in rows], dtype=object)
        given = np.array([as_plain(one) for one in given], dtype=object)
    elif frame.task == "tags":
        given = tags_of([answers[row][0] for row in rows], frame.tags)
    else:
        given = np.array([[float(one) for one in answers[row]] for row in rows])
    score, measure, error = score_of(frame.task, truth, given, is_weighted=is_weighted)
    return {"dlrun": score, "measure": measure, "error": error}


def as_plain(text: str) -> str:
    try:
        return as_class(float(text))
    except ValueError:
        return text


def score_of(
    task: str, truth: np.ndarray, given: np.ndarray, *, is_weighted: bool
) -> tuple[float, str, float]:
    """The score, what it is called, and its standard error by rows."""
    from sklearn.metrics import balanced_accuracy_score

    if task == "classes":
        truth = np.array([as_plain(one) for one in truth])
        right = (truth == given.astype(str)).astype(float)
        error = float(right.std() / np.sqrt(len(right)))
        if is_weighted:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                score = balanced_accuracy_score(truth, given.astype(str))
            counts = pd.Series(right).groupby(truth)
            error = float(np.sqrt((counts.var(ddof=0) / counts.count()).sum()))
            return float(score), "balanced accuracy", error / truth_classes(truth)
        return float(right.mean()), "accuracy", error
    if task == "tags":
        right = (truth == given).mean(axis=1)
        return float(right.mean()), "labels", float(right.std() / np.sqrt(len(right)))
    squared = ((truth - given) ** 2 / truth.var(axis=0)).mean(axis=1)
    return float(1 - squared.mean()), "R2", float(squared.std() / np.sqrt(len(squared)))


def truth_classes(truth: np.ndarray) -> int:
    return len(np.unique(truth))


def score_rivals(
    frame: Frame,
    train: Sequence[int],
    parts: Mapping[str, Sequence[int]],
    *,
    is_weighted: bool,
) -> dict[str, Scored]:
    """The scores of a linear model and of boosted trees on parts, in one thread."""
    from threadpoolctl import threadpool_limits

    linear, trees = encoded(frame, train)
    found: dict[str, Scored] = {part: {} for part in parts}
    truth, task = frame.targets(train), frame.task
    alone = truth[:, 0] if task == "numbers" and truth.shape[1] == 1 else truth
    with threadpool_limits(1), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for name, encode in (("linear", linear), ("boosting", trees)):
            model = model_of(task, name, is_weighted=is_weighted)
            model = model.fit(encode(train), alone)
            for part, rows in parts.items():
                given = np.asarray(model.predict(encode(rows)))
                if task == "numbers" and given.ndim == 1:
                    given = given[:, None]
                expected = frame.targets(rows)
                score = score_of(task, expected, given, is_weighted=is_weighted)
                found[part][name] = score[0]
    return found


def model_of(task: str, name: str, *, is_weighted: bool) -> Any:
    from sklearn.ensemble import HistGradientBoostingClassifier as Trees
    from sklearn.ensemble import HistGradientBoostingRegressor as TreesOfNumbers
    from sklearn.linear_model import LogisticRegression, Ridge
    from sklearn.multiclass import OneVsRestClassifier
    from sklearn.multioutput import MultiOutputRegressor

    weight = "balanced" if is_weighted else None
    if task == "numbers":
        return (
            Ridge()
            if name == "linear"
            else Several(TreesOfNumbers, MultiOutputRegressor)
        )
    if name == "linear":
        model: Any = LogisticRegression(max_iter=2000, class_weight=weight)
    else:
        model = Trees(class_weight=weight, random_state=0)
    return OneVsRestClassifier(model) if task == "tags" else model


class Several:
    """Trees for one number, or for each of several."""

    def __init__(self, kind: Any, wrap: Any) -> None:
        self.kind, self.wrap = kind, wrap

    def fit(self, rows: Any, truth: np.ndarray) -> Any:
        model = self.kind(random_state=0)
        return (model if truth.ndim == 1 else self.wrap(model)).fit(rows, truth)


def encoded(frame: Frame, train: Sequence[int]) -> tuple[Any, Any]:
    """Two ways from rows to numbers, learned from train rows: for lines, for trees."""
    names = [*frame.labels, "Unnamed: 0"]  # What numbers or names rows has no name.
    columns = frame.frame.drop(columns=names, errors="ignore")
    parts_linear, parts_trees = [], []
    for name in columns:
        linear, trees = encoded_column(columns[name], list(train))
        if linear is not None:
            parts_linear.append(linear)
            parts_trees.append(trees)

    def of(parts: list[np.ndarray]) -> Any:
        whole = np.concatenate(parts, axis=1)
        return lambda rows: whole[list(rows)]

    return of(parts_linear), of(parts_trees)


def encoded_column(
    column: pd.Series, train: list[int]
) -> tuple[np.ndarray | None, np.ndarray | None]:
    if column.dtype.kind in "biuf":
        return of_numbers(column.astype("float64"), train)
    texts = column.astype(object).where(column.notna(), None)
    known = [one for one in texts if one is not None]
    dates = as_dates(texts) if known else None
    return dates if dates is not None else of_words(texts, known, train)


def of_words(
    texts: pd.Series, known: list[object], train: list[int]
) -> tuple[np.ndarray | None, np.ndarray | None]:
    distinct = len(set(known))
    words = np.mean([len(str(one).split()) for one in known] or [0])
    if words >= WORDS and distinct > DISTINCT * len(known):
        return of_texts(["" if one is None else str(one) for one in texts], train)
    if distinct <= CATEGORIES and distinct < DISTINCT * len(known):
        codes = pd.get_dummies(texts, dtype="float64").to_numpy()
        return codes, codes
    return None, None


def of_numbers(
    column: pd.Series, train: list[int]
) -> tuple[np.ndarray | None, np.ndarray | None]:
    known = column.iloc[train].dropna()
    whole = column.is_unique and bool((column % 1 == 0).all())
    is_count = whole and column.is_monotonic_increasing
    if not len(known) or known.nunique() < 2 or is_count:
        return None, None
    filled = column.fillna(known.median()).to_numpy()
    scaled = (filled - filled[train].mean()) / (filled[train].std() or 1.0)
    gaps = column.isna().to_numpy("float64")
    linear = np.stack([scaled, gaps], axis=1) if gaps.any() else scaled[:, None]
    return linear, column.to_numpy()[:, None]


def as_dates(texts: pd.Series) -> tuple[np.ndarray, np.ndarray] | None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            dates = pd.to_datetime(texts)
        except (ValueError, TypeError):
            return None
    parts = np.stack([dates.dt.year, dates.dt.month, dates.dt.weekday], axis=1).astype(
        float
    )
    months = pd.get_dummies(dates.dt.month, dtype="float64").to_numpy()
    spread = np.nanstd(parts, axis=0)
    scaled = np.nan_to_num(
        (parts - np.nanmean(parts, axis=0)) / np.where(spread, spread, 1)
    )
    return np.concatenate([scaled, months], axis=1), parts


def of_texts(texts: list[str], train: list[int]) -> tuple[np.ndarray, np.ndarray]:
    from sklearn.decomposition import TruncatedSVD
    from sklearn.feature_extraction.text import TfidfVectorizer

    words = TfidfVectorizer(max_features=5000).fit([texts[row] for row in train])
    counted = words.transform(texts)
    few = TruncatedSVD(50, random_state=0).fit(counted[train])
    return counted.toarray(), few.transform(counted)
