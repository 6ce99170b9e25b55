"""`dlrun evaluate`."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from dlrun.cli.arguments import (
    DataFolder,
    Ensemble,
    Json,
    RunName,
    RunsDirectory,
    Threshold,
    needed_root,
    open_runs,
    require_unseen,
)
from dlrun.cli.output import answer, answer_json, remark, tell_unvouched, warn
from dlrun.cli.stdout import stdout

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from dlrun.data import Dataset
    from dlrun.errors import Problem
    from dlrun.runs import RunFolder
    from dlrun.training import Evaluation, OutputEvaluation, PartName, Trained
    from dlrun.writing import Column


def evaluate(
    run: RunName,
    data: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="Labelled rows: .csv, .npz, a folder of images."
        ),
    ] = None,
    split: Annotated[
        Literal["train", "validation", "test"] | None,
        typer.Option(help="Rows of the run itself; by default validation."),
    ] = None,
    threshold: Threshold = None,
    ensemble: Ensemble = False,
    data_root: DataFolder = None,
    runs: RunsDirectory = Path("runs"),
    json: Json = False,
) -> None:
    """Measure RUN on labelled rows: loss, metrics, confusion matrix, each class."""
    if data is not None and split is not None:
        raise typer.BadParameter("give --data or --split, not both")
    folders = open_runs(run, runs, ensemble=ensemble)
    root = needed_root(data_root, is_new=data is not None)
    if ensemble:
        require_unseen(split, folders, is_new=data is not None)
        name, result = _evaluate_together(folders, data, root, threshold)
    else:
        trained, name, rows = _asked(folders[0], data, split, root)
        result = trained.evaluate(rows, threshold)
    who = _Who.of(folders)
    looks = who.count_look(result) if split == "test" else None
    if json:
        answer_json(_values(who, name, result, looks))
        return
    answer(_text(who, name, result))
    if looks is not None:
        runs_words = "these runs" if ensemble else "this run"
        remark(
            f"looks at the test rows of {runs_words}: {looks}; only the first is "
            "unbiased"
        )


@dataclass(frozen=True, slots=True)
class _Who:
    """Whose figures these are: a run's, or those of all folds together."""

    name: str
    folders: Sequence[RunFolder]

    @classmethod
    def of(cls, folders: Sequence[RunFolder]) -> _Who:
        name = folders[0].name
        if len(folders) > 1:
            name = f"{folders[0].config()['name']}, {len(folders)} folds together,"
        return cls(name, folders)

    @property
    def config(self) -> Mapping[str, object]:
        return self.folders[0].config()

    def count_look(self, result: Evaluation) -> int:
        """Count a look of each run; what all measure together is of none of them."""
        measured = result.metrics if len(self.folders) == 1 else None
        return max(
            folder.count_test_look("evaluate", measured) for folder in self.folders
        )


def _evaluate_together(
    folders: Sequence[RunFolder],
    data: Path | None,
    root: Path | None,
    threshold: float | None,
) -> tuple[str, Evaluation]:
    """What the rows are called, and how well the mean of the predictions does on them.

    Rows that have trained the models are told: they are no new ones.
    """
    from dlrun.training import (
        count_trained,
        evaluate_together,
        predict_together,
        reading_data,
    )

    names: list[str] = []
    warnings: dict[str, Problem] = {}

    def ask(folder: RunFolder) -> tuple[Trained, Dataset]:
        trained, name, rows = _asked(folder, data, "test", root, warns=False)
        warnings.update({repr(one): one for one in rows.warnings})
        if not names and data is not None:
            with reading_data(folder, root):
                _tell_trained(count_trained(trained, rows), len(rows))
        names.append(name)
        return trained, rows

    rows, predicted = predict_together(folders, ask, threshold)
    warn(warnings.values())
    return names[0], evaluate_together(rows, predicted)


def _tell_trained(trained: int | None, rows: int) -> None:
    if trained is None:
        remark(
            "note: the data of the folds cannot be read: whether these rows have "
            "trained the models is not known"
        )
    elif trained:
        remark(
            f"warning: {trained} of {rows} rows have trained these models: what is "
            "measured on them is too good (out of fold: folds.json)"
        )


def _asked(
    folder: RunFolder,
    data: Path | None,
    split: PartName | None,
    root: Path | None,
    *,
    warns: bool = True,
) -> tuple[Trained, str, Dataset]:
    """The trained run, what its rows are called, and the rows."""
    from dlrun.engines import KerasDoor
    from dlrun.rows import read_new_rows
    from dlrun.training import open_trained, read_part, reading_data

    with reading_data(folder, root):
        trained = open_trained(folder)
        tell_unvouched(folder)
        if data is None:
            part, rows = read_part(folder, trained.experiment, split)
            return trained, f"{part} rows", rows
    rows = read_new_rows(
        trained.experiment.spec,
        trained.preprocessing,
        data,
        KerasDoor(),
        labelled=True,
    )
    if warns:
        warn(rows.warnings)
    return trained, f"rows of {data}", rows


def _values(
    who: _Who, name: str, result: Evaluation, looks: int | None
) -> dict[str, object]:
    from dlrun.runs import label_scales_of

    scales = label_scales_of(who.config, "loss")
    names = [folder.name for folder in who.folders]
    values: dict[str, object] = {
        **({"run": names[0]} if len(names) == 1 else {"runs": names}),
        "data": name,
        "rows": result.rows,
        "metrics": result.metrics,
    }
    if scales is not None and "loss" in result.metrics:
        values["scale_labels"] = scales
    if result.baselines:
        values["baselines"] = result.baselines
    if len(result.outputs) == 1:
        values |= _output_values(result.only)
    else:
        values["outputs"] = {
            output: _output_values(one) for output, one in result.outputs.items()
        }
    return values if looks is None else values | {"test_looks": looks}


def _output_values(result: OutputEvaluation) -> dict[str, object]:
    if result.label_confusion is not None:
        return {
            "labels": result.labels,
            "confusion": result.label_confusion.tolist(),
            "per_label": result.per_label(),
        }
    if result.per_number:
        return {"per_number": result.per_number}
    return {
        "classes": result.classes,
        "confusion": None if result.confusion is None else result.confusion.tolist(),
        "per_class": result.per_class(),
    }


def _text(who: _Who, name: str, result: Evaluation) -> str:
    from dlrun.report.baselines import baselines_text
    from dlrun.runs import in_unit
    from dlrun.writing import number, terminal_width, wrap

    config, metrics = who.config, result.metrics.items()
    figures = (in_unit(config, key, number(value)) for key, value in metrics)
    head = f"{who.name} on {result.rows:,} {name}: {', '.join(figures)}"
    lines = wrap(head, terminal_width(stdout()))
    naive = baselines_text(config, result.baselines, result.rows)
    lines += [f"  {line}" for line in naive]
    for output, one in result.outputs.items():
        tables = _tables(one)
        if tables and len(result.outputs) > 1:
            lines += ["", f"{output}:"]
        lines += [line for table in tables for line in ("", *table)]
    return "\n".join(lines)


def _tables(result: OutputEvaluation) -> list[list[str]]:
    """The figures of classes or labels, and the confusion."""
    from dlrun.writing import Column

    if result.per_number:
        return [_figures("label", result.per_number, ("mae", "rmse", "r2"))]
    if result.label_confusion is not None and result.labels is not None:
        keys = ("accuracy", "precision", "recall", "f1")
        counts = {
            words: tuple(f"{table[place]:,}" for table in result.label_confusion)
            for words, place in _PLACES.items()
        }
        columns = [Column(words, cells, True) for words, cells in counts.items()]
        confusion = _beside("label", result.labels, columns)
        return [_figures("label", result.per_label(), keys), [*confusion, _MEANING]]
    if result.confusion is None or result.classes is None:
        return []
    by_class = [tuple(f"{value:,}" for value in one) for one in result.confusion.T]
    figures = _figures("class", result.per_class(), ("precision", "recall", "f1"))
    return [figures, _confusion(result.classes, by_class)]


def _confusion(classes: Sequence[str], counts: Sequence[tuple[str, ...]]) -> list[str]:
    """What became of the rows of each class; heads are numbers on a narrow terminal.

    Args:
        classes: by their indices.
        counts: for each predicted class, the rows of each true one.
    """
    from dlrun.writing import Column, layout, table_width, terminal_width

    width = terminal_width(stdout())
    matrix = [Column("true \\ predicted", tuple(classes))]
    matrix += [Column(*one, True) for one in zip(classes, counts, strict=True)]
    if width is None or table_width(matrix) <= width:
        return layout(matrix)
    numbers = tuple(str(number) for number in range(1, len(classes) + 1))
    columns = [Column(*one, True) for one in zip(numbers, counts, strict=True)]
    names = [f"{number} {name}" for number, name in zip(numbers, classes, strict=True)]
    if table_width([Column("", ()), *columns]) + _LEAST + len(numbers[-1]) <= width:
        return _beside("true \\ predicted", names, columns)
    return [*_mistakes(classes, counts, width), "all counts: --json"]


def _mistakes(
    classes: Sequence[str], counts: Sequence[tuple[str, ...]], width: int
) -> list[str]:
    """The classes that are taken for others most often, where no table of all fits."""
    from dlrun.writing import Column, cut, layout, table_width

    pairs = [
        (int(count.replace(",", "")), true, predicted)
        for predicted, column in zip(classes, counts, strict=True)
        for true, count in zip(classes, column, strict=True)
        if count != "0" and true != predicted
    ]
    first = sorted(pairs, key=lambda pair: -pair[0])[:_MISTAKES]
    rows = Column("rows", tuple(f"{count:,}" for count, _, _ in first), True)
    room = max(
        _LEAST, (width - table_width([Column("", ()), Column("", ()), rows])) // 2
    )
    true = tuple(cut(name, room) for _, name, _ in first)
    predicted = tuple(cut(name, room) for _, _, name in first)
    return layout([Column("true", true), Column("predicted", predicted), rows])


_MISTAKES = 10
"""Pairs of classes that are told where a terminal is too narrow for all."""
_PLACES = {"TP": (1, 1), "FP": (0, 1), "FN": (1, 0), "TN": (0, 0)}
"""Where in the table of a label: whether it holds, whether that was predicted."""
_MEANING = "true and false positives, false and true negatives"
_LEAST = 8
"""Characters of a name that stay, however narrow a terminal is."""


def _beside(head: str, names: Sequence[str], others: Sequence[Column]) -> list[str]:
    """Names and figures side by side, the names cut where a terminal is narrow."""
    from dlrun.writing import Column, cut, layout, table_width, terminal_width

    width = terminal_width(stdout())
    if width is not None:
        room = max(_LEAST, width - table_width([Column("", ()), *others]))
        names = [cut(name, room) for name in names]
    return layout([Column(head, tuple(names)), *others])


def _figures(
    head: str, each: Sequence[Mapping[str, object]], keys: Sequence[str]
) -> list[str]:
    from dlrun.writing import Column

    columns = [
        Column(key, tuple(_figure(item[key]) for item in each), True) for key in keys
    ]
    columns.append(Column("rows", tuple(f"{item['rows']:,}" for item in each), True))
    return _beside(head, [str(item[head]) for item in each], columns)


def _figure(value: object) -> str:
    """A share with four digits, a number in the units of the labels as others are."""
    from dlrun.writing import number

    if value is None:
        return "-"
    figure = float(str(value))
    return f"{figure:.4f}" if abs(figure) <= 1 else number(figure)
