"""What does not go with a split or with folds: the words, and cures that are pasted."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import pytest

from dlrun.config import located
from dlrun.engines import KerasDoor
from dlrun.errors import ProblemsError
from dlrun.experiment import parse_spec, read_config
from dlrun.rows import read_rows

GOLDEN = Path(__file__).parents[2] / "golden/splits"
CONFIG = """\
name: visits
data:
  csv: {path: visits.csv, labels: outcome}
  split: {SPLIT}
  columns: {person: drop, day: drop}
model: {layers: [{Dense: {units: 2, activation: softmax}}]}
compile: {loss: sparse_categorical_crossentropy}
fit: {epochs: 1}
"""
TABLE = "person,day,pulse,outcome\n" + "".join(
    f"p{row // 4},2024-03-{1 + row:02d},{60 + row * 7 % 11},{'wi'[row % 2]}ll\n"
    for row in range(16)
)


@dataclass(frozen=True)
class Mistake:
    """A split that is refused, and the part of its help that is pasted."""

    split: str
    pasted: str
    """Words of the help."""
    cure: tuple[str, str]
    """What they stand in the place of in the config or in the table, and they alone."""
    table: str = TABLE
    config: str = CONFIG


MISTAKES = {
    "group-with-gaps": Mistake(
        "folds: 3, by: person",
        "fill them, or remove the rows",
        ("\n,2024", "\np9,2024"),
        table=TABLE.replace("p1,2024-03-05", ",2024-03-05").replace(
            "p2,2024-03-09", ",2024-03-09"
        ),
    ),
    "fewer-groups-than-folds": Mistake(
        "folds: 5, by: person", "folds: 4", ("folds: 5", "folds: 4")
    ),
    "a-single-group": Mistake(
        "folds: 5, by: person",
        "divide by another column",
        ("by: person", "by: day"),
        table=re.sub(r"p\d", "p1", TABLE),
    ),
    "fewer-rows-of-a-class-than-folds": Mistake(
        "folds: 9", "folds: 8", ("folds: 9", "folds: 8")
    ),
    "a-time-that-is-none": Mistake(
        "folds: 3, time: day",
        'format: "%d.%m.%Y"',
        ("time: day", 'time: day, format: "%d.%m.%Y"'),
        table=re.sub(r"2024-(\d\d)-(\d\d)", r"\2.\1.2024", TABLE),
    ),
    "a-time-that-is-missing": Mistake(
        "folds: 3, time: day",
        "fill them, or remove the rows",
        (",,", ",2024-03-05,"),
        table=TABLE.replace("2024-03-05", ""),
    ),
    "a-gap-that-leaves-no-rows": Mistake(
        "folds: 3, time: day, gap: 6", "a smaller gap", ("gap: 6", "gap: 1")
    ),
    "validation-share-beside-folds": Mistake(
        "folds: 3, validation: 0.2", "remove validation", (", validation: 0.2", "")
    ),
    "validation-source-beside-folds": Mistake(
        "folds: 3",
        "remove validation",
        ("  validation: {csv: {path: visits.csv, labels: outcome}}\n", ""),
        config=CONFIG.replace(
            "model:",
            "  validation: {csv: {path: visits.csv, labels: outcome}}\nmodel:",
        ),
    ),
    "validation-split-beside-folds": Mistake(
        "folds: 3",
        "remove validation_split",
        (", validation_split: 0.2", ""),
        config=CONFIG.replace("epochs: 1", "epochs: 1, validation_split: 0.2"),
    ),
    "train-share-beside-folds": Mistake(
        "folds: 3, train: 0.5", "remove train", (", train: 0.5", "")
    ),
    "pseudo-label-beside-folds": Mistake(
        "folds: 3",
        "split: {validation: 0.2, train: 0.1}",
        ("split: {folds: 3}", "split: {validation: 0.2, train: 0.4}"),
        config=CONFIG + "pseudo_label: {unlabelled: rest}\n",
    ),
    "a-fold-beyond": Mistake(
        "folds: 3, fold: 4", "a number from 1 to 3", ("fold: 4", "fold: 3")
    ),
    "a-fold-beyond-repeats": Mistake(
        "folds: 3, repeats: 2, fold: 7", "a number from 1 to 6", ("fold: 7", "fold: 6")
    ),
    "a-fold-without-folds": Mistake(
        "validation: 0.2, fold: 2", "remove fold", (", fold: 2", "")
    ),
    "a-single-fold": Mistake("folds: 1", "folds: 5", ("folds: 1", "folds: 5")),
    "repeats-in-time": Mistake(
        "folds: 3, repeats: 2, time: day", "remove repeats", (", repeats: 2", "")
    ),
    "a-fold-after-a-refit": Mistake(
        "folds: 3, fold: 2, refit: visits.folds-001", "remove fold", ("fold: 2, ", "")
    ),
}


def problems_of(here: Path, config: str, table: str) -> ProblemsError | None:
    (here / "visits.yaml").write_text(config)
    (here / "visits.csv").write_text(table)
    node = read_config(here / "visits.yaml")
    try:
        with located(node):
            read_rows(parse_spec(node), KerasDoor())
    except ProblemsError as error:
        return error
    return None


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_is_explained_and_its_cure_works(name, golden, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    mistake = MISTAKES[name]
    config = mistake.config.replace("SPLIT", mistake.split)
    before, after = mistake.cure

    error = problems_of(Path(), config, mistake.table)

    assert error is not None
    golden(GOLDEN / f"{name}.txt", f"{error}\n")
    hints = [problem.hint or "" for problem in error.problems]
    assert all(mistake.pasted in hint for hint in hints)
    assert before in config + mistake.table
    cured = config.replace(before, after), mistake.table.replace(before, after)
    assert problems_of(Path(), *cured) is None
