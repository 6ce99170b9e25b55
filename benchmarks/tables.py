"""Every config of configs/tables/ against scikit-learn: writes TABLES.md.

    pip install --group bench -c constraints.txt
    python benchmarks/tables.py [SEEDS [NAME...]]

With names only these are measured, and their rows renewed; with fewer than 5 seeds
nothing is written.

scikit-learn gets the numbers that dlrun makes of the columns, of the same train rows;
the strength of its penalty is chosen by the same validation rows by which dlrun chooses
an epoch. Both are measured on the same test rows.
"""

from __future__ import annotations

import statistics
import sys
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import numpy as np

from dlrun.engines import KerasDoor
from dlrun.experiment import parse_spec, read_config
from dlrun.rows import read_rows

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from dlrun.data import Dataset
    from dlrun.experiment import Experiment
    from dlrun.rows import Parts

    Values = NDArray[np.float64]

HERE = Path(__file__).parent
PAGE = HERE / "TABLES.md"
CONFIGS = HERE.parent / "configs/tables"
PENALTIES = (0.01, 0.1, 1.0, 10.0, 100.0)
SEEDS = 5
SLACK = 0.02
"""How much of accuracy or R2 a config may be below scikit-learn."""
ERRORS = 3.0
"""How many standard errors a config must be above the constant."""
WORDS = """\
What each config of `configs/tables/` is worth, held against the best that a straight
line does: logistic regression, or ridge regression where the label is a number. Both
take the numbers that dlrun makes of the columns (of a text the words that are in it,
of an image its pixels), the same train rows, and the same test rows. The penalty of
the regression is the one of {penalties} that is best on the validation rows; by these
rows dlrun chooses its epoch, and nothing was chosen by the test rows. The constant is
the commonest class, or the mean, of the train rows.

*Score* is the accuracy on the test rows, R2 for numbers, and for several labels the
share of labels that are right; each figure is the mean of {seeds} seeds, of which each
draws other rows (where they are divided in time, other weights alone). *Difference* is
dlrun less scikit-learn. *Errors above* is how many standard errors dlrun is above the
constant, over test rows, in the seed in which it is least."""


@dataclass(frozen=True, slots=True)
class Task:
    """What is predicted, how well, and who else could do it."""

    told: str
    score: Callable[[Values, Values], Values]
    """Of labels and answers the score of each row; its mean is that of all."""
    constant: Callable[[Values], Values]
    """Of the labels of train rows the best answer that is always the same."""
    rival: Callable[[float], Any]
    """A model of scikit-learn with so strong a penalty."""
    answer: Callable[[Values], Values]
    """Of what a Keras model gives the answer."""


def _right(labels: Values, answers: Values) -> Values:
    return (labels == answers).reshape(len(labels), -1).mean(axis=1)


def _explained(labels: Values, answers: Values) -> Values:
    """R2, by row: 1 less its squared error over the variance."""
    return 1 - (labels - answers) ** 2 / labels.var()


def _logistic(penalty: float) -> Any:
    from sklearn.linear_model import LogisticRegression

    return LogisticRegression(C=1 / penalty, max_iter=2000)


def _ridge(penalty: float) -> Any:
    from sklearn.linear_model import Ridge

    return Ridge(alpha=penalty)


def _several(penalty: float) -> Any:
    from sklearn.multiclass import OneVsRestClassifier

    return OneVsRestClassifier(_logistic(penalty))


CLASSES = Task(
    "accuracy", _right,
    lambda labels: np.bincount(labels.astype(int)).argmax(),
    _logistic, lambda given: given.argmax(axis=1),
)  # fmt: skip
LABELS = Task(
    "labels that are right", _right,
    lambda labels: labels.mean(axis=0) > 0.5,
    _several, lambda given: given > 0.5,
)  # fmt: skip
NUMBERS = Task(
    "R2", _explained, lambda labels: labels.mean(),
    _ridge, lambda given: given.reshape(-1),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one seed of a config came to, on test rows."""

    rows: tuple[int, int, int]
    """How many train, validate and test."""
    columns: int
    """How many numbers scikit-learn gets of a row."""
    scores: tuple[float, float, float]
    """Of dlrun, of scikit-learn, of the constant."""
    errors_above: float
    """How many standard errors dlrun is above the constant."""


def task_of(rows: Dataset) -> Task:
    ((output, labels),) = (rows.labels or {}).items()
    if output not in rows.classes:
        return LABELS if labels.ndim > 1 and labels.shape[1] > 1 else NUMBERS
    return CLASSES


def labels_of(rows: Dataset) -> Values:
    (labels,) = (rows.labels or {}).values()
    is_column = labels.ndim > 1 and labels.shape[1] == 1
    return (labels[:, 0] if is_column else labels).astype("float64")


def tokens_of(experiment: Experiment, parts: Parts) -> dict[str, int]:
    """The inputs whose numbers are words, and how many words there are."""
    names = [
        name
        for one in experiment.facts.columns
        if one.gives == "tokens"
        for name in one.inputs
    ]
    every = [one for one in (parts.train, parts.validation, parts.test) if one]
    return {
        name: 1 + max(int(rows.features[name].max()) for rows in every)
        for name in names
    }


def matrix(rows: Dataset, tokens: dict[str, int]) -> Any:
    """All inputs side by side, as scikit-learn takes them."""
    from scipy.sparse import csr_array

    blocks = []
    for name, values in rows.features.items():
        if name in tokens:
            block = np.zeros((len(rows), tokens[name]))
            np.put_along_axis(block, values.astype(int), 1, axis=1)
            block[:, 0] = 0  # what a short text is filled up with
        else:
            block = values.reshape(len(rows), -1) / (255.0 if values.ndim > 2 else 1.0)
        blocks.append(block)
    whole = np.hstack(blocks)
    return csr_array(whole) if (whole == 0).mean() > 0.9 else whole


def rival_answers(task: Task, parts: Parts, tokens: dict[str, int]) -> Values:
    """What scikit-learn answers for the test rows."""
    assert parts.validation is not None
    assert parts.test is not None
    given = [
        (matrix(rows, tokens), labels_of(rows))
        for rows in (parts.train, parts.validation)
    ]
    found = []
    for penalty in PENALTIES:
        model = task.rival(penalty).fit(*given[0])
        score = task.score(given[1][1], model.predict(given[1][0])).mean()
        found.append((score, model))
    best = max(found, key=lambda one: one[0])[1]
    return np.asarray(best.predict(matrix(parts.test, tokens)))


def measure(config: Path, seed: int, root: Path) -> Outcome:
    """Train a config and its rival on the rows of a seed."""
    import keras

    from dlrun.progress import Progress
    from dlrun.training import start_run, train

    node = read_config(config, [f"seed={seed}", "fit.checkpoint_seconds=3600"])
    experiment, parts = read_rows(parse_spec(node), KerasDoor())
    folder = start_run(node, experiment, root)
    train(experiment, parts, folder, Progress())
    model = keras.models.load_model(folder.model_file, compile=False)
    assert parts.validation is not None
    assert parts.test is not None
    task, tokens, test = task_of(parts.train), tokens_of(experiment, parts), parts.test
    given = model.predict(test.features, batch_size=1024, verbose=0)
    truth, constant = labels_of(test), task.constant(labels_of(parts.train))
    ours, other, none = (
        task.score(truth, answers)
        for answers in (
            task.answer(np.asarray(given, dtype="float64")),
            rival_answers(task, parts, tokens),
            np.broadcast_to(constant, truth.shape),
        )
    )
    above = ours - none
    return Outcome(
        (len(parts.train), len(parts.validation), len(test)),
        matrix(test, tokens).shape[1],
        (ours.mean(), other.mean(), none.mean()),
        above.mean() / (above.std(ddof=1) / len(above) ** 0.5),
    )


def line(name: str, outcomes: Sequence[Outcome]) -> tuple[str, bool]:
    """A row of the table, and whether what is promised holds."""
    scores = np.array([outcome.scores for outcome in outcomes])
    ours, other, none = scores.mean(axis=0)
    spread = statistics.stdev(scores[:, 0] - scores[:, 1]) if len(scores) > 1 else 0
    errors = min(outcome.errors_above for outcome in outcomes)
    holds = bool(ours >= other - SLACK and errors >= ERRORS)
    rows = " + ".join(f"{count:,}" for count in outcomes[0].rows)
    cells = [
        f"`{name}`", rows, f"{outcomes[0].columns:,}", f"{ours:.3f}", f"{other:.3f}",
        f"{ours - other:+.3f} (sd {spread:.3f})", f"{none:.3f}", f"{errors:.0f}",
        "yes" if holds else "**no**",
    ]  # fmt: skip
    return f"| {' | '.join(cells)} |", holds


COLUMNS = (
    "config", "rows", "numbers", "dlrun", "scikit-learn", "difference", "constant",
    "errors above", "holds",
)  # fmt: skip


def page(lines: Sequence[str], seeds: int) -> str:
    import sklearn

    penalties = f"{PENALTIES[0]:g} to {PENALTIES[-1]:g}"
    made = f"`make bench-tables`: {seeds} seeds, scikit-learn"
    text = WORDS.format(penalties=penalties, seeds=seeds)
    promise = (
        "A config holds where its score is at most 0.02 below that of scikit-learn and"
        " at least 3 standard errors above the constant."
    )
    return "\n\n".join([
        "# Tables against scikit-learn",
        f"{made} {sklearn.__version__}.",
        text,
        "\n".join([f"| {' | '.join(COLUMNS)} |", "|---" * len(COLUMNS) + "|", *lines]),
        promise,
    ]) + "\n"  # fmt: skip


def known_lines() -> dict[str, str]:
    """The rows of the page, by the names of the configs."""
    text = PAGE.read_text("utf-8") if PAGE.is_file() else ""
    lines = [one for one in text.splitlines() if one.startswith("| `")]
    return {one.split("`")[1]: one for one in lines}


def main(seeds: int = SEEDS, *names: str) -> None:
    configs = sorted(CONFIGS.glob("*.yaml"))
    chosen = [one for one in configs if not names or one.stem in names]
    lines, failed = known_lines(), []
    for config in chosen:
        with TemporaryDirectory() as root, warnings.catch_warnings():
            warnings.simplefilter("ignore")
            outcomes = [measure(config, seed, Path(root)) for seed in range(seeds)]
        text, holds = line(config.stem, outcomes)
        lines[config.stem] = text
        print(text, flush=True)
        if not holds:
            failed.append(config.stem)
    if seeds >= SEEDS:
        told = [lines[one.stem] for one in configs if one.stem in lines]
        PAGE.write_text(page(told, seeds), encoding="utf-8")
    if failed:
        sys.exit(f"does not hold: {', '.join(failed)}")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:2]), *sys.argv[2:])
