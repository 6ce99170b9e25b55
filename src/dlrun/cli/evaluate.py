"""`dlrun evaluate`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from dlrun.cli.arguments import Json, RunName, RunsDirectory, open_run
from dlrun.cli.output import answer, answer_json, remark, tell_unvouched, warn

if TYPE_CHECKING:
    from dlrun.runs import RunFolder
    from dlrun.training import Evaluation


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
    runs: RunsDirectory = Path("runs"),
    json: Json = False,
) -> None:
    """Measure RUN on labelled rows: loss, metrics, confusion matrix, each class."""
    if data is not None and split is not None:
        raise typer.BadParameter("give --data or --split, not both")
    folder = open_run(run, runs)
    from dlrun.engines import decode_image
    from dlrun.rows import read_new_rows
    from dlrun.training import open_trained, read_part

    trained = open_trained(folder)
    tell_unvouched(folder)
    if data is not None:
        spec = trained.experiment.spec
        rows = read_new_rows(
            spec, trained.preprocessing, data, decode_image, labelled=True
        )
        warn(rows.warnings)
        name = f"rows of {data}"
    else:
        part, rows = read_part(folder, trained.experiment, split)
        name = f"{part} rows"
    result = trained.evaluate(rows)
    looks = _count_look(folder, result) if split == "test" else None
    if json:
        answer_json(_values(folder.name, name, result, looks))
        return
    answer(_text(folder.name, name, result))
    if looks is not None:
        remark(
            f"looks at the test rows of this run: {looks}; only the first is unbiased"
        )


def _count_look(folder: RunFolder, result: Evaluation) -> int:
    return folder.count_test_look("evaluate", result.metrics)


def _values(
    run: str, name: str, result: Evaluation, looks: int | None
) -> dict[str, object]:
    confusion = None if result.confusion is None else result.confusion.tolist()
    values: dict[str, object] = {
        "run": run,
        "data": name,
        "rows": result.rows,
        "metrics": result.metrics,
        "classes": result.classes,
        "confusion": confusion,
        "per_class": result.per_class(),
    }
    return values if looks is None else values | {"test_looks": looks}


def _text(run: str, name: str, result: Evaluation) -> str:
    from dlrun.writing import Column, layout, number

    metrics = result.metrics.items()
    figures = ", ".join(f"{key} {number(value)}" for key, value in metrics)
    lines = [f"{run} on {result.rows:,} {name}: {figures}"]
    if result.confusion is None or result.classes is None:
        return lines[0]
    per_class = result.per_class()
    columns = [Column("class", result.classes)]
    columns += [
        Column(
            key,
            tuple(
                "-" if item[key] is None else f"{item[key]:.4f}" for item in per_class
            ),
            True,
        )
        for key in ("precision", "recall", "f1")
    ]
    columns.append(
        Column("rows", tuple(f"{item['rows']:,}" for item in per_class), True)
    )
    matrix = [Column("true \\ predicted", result.classes)]
    matrix += [
        Column(label, tuple(f"{value:,}" for value in result.confusion[:, index]), True)
        for index, label in enumerate(result.classes)
    ]
    return "\n".join([*lines, "", *layout(columns), "", *layout(matrix)])
