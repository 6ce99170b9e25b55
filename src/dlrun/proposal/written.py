"""The plan of a table as the text of a config."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import PurePosixPath

from dlrun.proposal.draft import (
    LINE,
    MOST_LINES,
    Draft,
    as_item,
    as_key,
    as_value,
)
from dlrun.proposal.ending import write_end, write_fit
from dlrun.proposal.images import write_image_layers
from dlrun.proposal.network import dense, recipe_for
from dlrun.proposal.numeric import PLAIN
from dlrun.proposal.patterns import ColumnEntry, entries_of
from dlrun.proposal.plan import ColumnPlan
from dlrun.proposal.table import TablePlan
from dlrun.writing import listing

_NOTES = 5
_OF_DIALECT = {
    "encoding": "its letters are not those of UTF-8",
    "thousands": "stands between the thousands of numbers",
}
_WIDE = 500
_CODED = 3
"""Columns of which a line says how their numbers are taken for codes."""


def write_table(plan: TablePlan, path: str) -> Draft:
    """The whole config.

    Args:
        plan: what it says.
        path: of the table, as the config has it.
    """
    page = _page(plan, path, compact=False)
    width = page.width
    while len(page.lines) > MOST_LINES:
        page = _page(plan, path, compact=True, width=width)
        width *= 2
    return page


def _page(plan: TablePlan, path: str, *, compact: bool, width: int = LINE) -> Draft:
    page, sample = Draft(width=width), plan.sample
    gaps = plan.labels.gaps
    rows, every = sample.rows + gaps, sample.total + round(gaps * sample.scale)
    total = f"{every:,} rows"
    if not sample.is_whole:
        total = f"about {float(f'{every:.2g}'):,.0f} rows"
    read = "" if sample.is_whole else f", of which {rows:,} were looked at"
    first = f"Proposed by dlrun init for {PurePosixPath(path).name}: {total}{read}."
    seen = "Behind each # is what was seen."
    for remark in [f"{first} {seen}"] if sample.is_whole else [first, seen]:
        page.remark(remark)
    notes = [*plan.notes, *plan.labels.notes]
    for note in notes[:_NOTES]:
        page.remark(f"Note: {note}.")
    page.add("data:")
    _write_source(page, plan, path)
    _write_split(page, plan)
    if plan.labels.listed:
        page.add(f"  classes: {as_value(plan.labels.listed)}")
    _write_columns(page, plan, compact=compact)
    _write_inputs(page, plan)
    if plan.labels.kind == "numbers":
        page.add(
            "  scale_labels: standard",
            "trains on scaled labels, tells all in their units",
        )
    _write_model(page, plan)
    return page


def _write_source(page: Draft, plan: TablePlan, path: str) -> None:
    labels = plan.labels
    why = labels.why
    if labels.gaps:
        gaps = round(labels.gaps * plan.sample.scale)
        why += f"; {gaps:,} row{'' if gaps == 1 else 's'} without one"
    line = (
        f"  {plan.key}: {{path: {as_value(path)}, labels: {as_value(labels.stated)}}}"
    )
    is_short = plan.features is None and plan.missing is None and not plan.dialect
    if is_short and not labels.gaps:
        page.add(line, why)
        return
    page.add(f"  {plan.key}:")
    page.add(f"    path: {as_value(path)}")
    for key, value in plan.dialect.items():
        page.add(f"    {key}: {as_value(value)}", _OF_DIALECT[key])
    page.add(f"    labels: {as_value(labels.stated)}", why)
    if labels.gaps:
        page.add("    missing_labels: drop")
    if plan.missing is not None:
        page.add(f"    missing: {as_value(plan.missing)}", "what means a gap")
    if plan.features is not None:
        page.wrapped("    features:", [as_value(one) for one in plan.features])


def _write_split(page: Draft, plan: TablePlan) -> None:
    """How rows are divided, and the lines that divide them otherwise."""
    division, series = plan.division, plan.series
    if series is not None and series.is_chosen:
        length, name = series.window["length"], plan.labels.columns[0]
        told = f"{series.told}: {name} is forecast from {length} rows before it"
        page.add(f"  window: {as_value(series.window)}", told)
        page.add(f"  split: {as_value(series.split)}", "the latest validate and test")
        return
    page.add(f"  split: {as_value(division.stated)}", division.why)
    if division.other is not None and (
        series is None or division.other != series.split
    ):
        page.remark(division.when, "  ")
        page.lines.append(f"  # split: {as_value(division.other)}")
    if series is not None:
        told = (
            f"{series.told}: to forecast {plan.labels.columns[0]} from rows before it"
        )
        page.remark(f"{told}, take what is for a window:", "  ")
        page.lines.append(f"  # window: {as_value(series.window)}")
        if series.split != division.stated:
            other = f"  # split: {as_value(series.split)}"
            page.lines.append(f"{other}  # for a window, in place of the other")


def _write_columns(page: Draft, plan: TablePlan, *, compact: bool) -> None:
    default = [one for one in plan.columns if one.encoders == PLAIN]
    stated = [one for one in plan.columns if one.encoders != PLAIN]
    if not plan.has_default:
        default, stated = [], list(plan.columns)
    first = f'"*": {as_value(PLAIN)}'
    told = _told(default)
    if not compact:
        page.add("  columns:")
        if default:
            page.add(f"    {first}", told)
        for one in stated:
            page.add(f"    {as_key(one.column)}: {as_value(one.encoders)}", one.why)
        _write_others(page, plan)
        return
    page.add("  columns: {")
    if default:
        page.add(f"    {first},", told)
    others = [plan.column for plan in default]
    alike: dict[str, list[ColumnEntry]] = {}
    for entry in entries_of(stated, others):
        alike.setdefault(as_value(entry.encoders), []).append(entry)
    for encoders, entries in alike.items():
        page.remark(_told([one for entry in entries for one in entry.members]), "    ")
        page.flowing([f"{as_key(one.key)}: {encoders}" for one in entries], "    ")
    _write_others(page, plan, end=",")
    page.add("    }")


def _write_others(page: Draft, plan: TablePlan, end: str = "") -> None:
    """What else columns could be; and the past of a label, where it is a feature."""
    coded = [one for one in plan.kept if one.codes]
    if coded:
        names = listing([f"{one.column} ({one.codes})" for one in coded], _CODED)
        has = "has" if len(coded) == 1 else "have"
        page.remark(
            f"{names} {has} few whole numbers, taken for sizes; where they are codes:",
            "    ",
        )
    for one in coded[:_CODED]:
        gaps = "category" if plan.sample.columns[one.column].gaps else "ignore"
        encoder = {"one_hot": {"missing": gaps, "unknown": "ignore"}}
        page.lines.append(f"    # {as_key(one.column)}: {as_value(encoder)}{end}")
    if plan.past_entry is not None and plan.series is not None:
        line = f"{as_key(plan.past_entry)}: {as_value(PLAIN)}{end}"
        if plan.series.is_chosen:
            page.add(f"    {line}", "its past")
        else:
            page.lines.append(f"    # {line}  # for a window")


def _told(columns: Sequence[ColumnPlan]) -> str:
    if len(columns) == 1:
        return f"{columns[0].column}: {columns[0].why}"
    few = listing([f"{one.column} ({one.why})" for one in columns], 2)
    return f"{len(columns)} columns: {few}"


def _write_inputs(page: Draft, plan: TablePlan) -> None:
    own = plan.input_names
    if not own:
        return
    beside = [as_value(one.column) for one in plan.kept if one.tower is None]
    page.add("  inputs:")
    if beside:
        page.wrapped("    numbers:", beside)
    for column, name in own.items():
        page.add(f"    {name}: {as_value([column])}")


def _write_model(page: Draft, plan: TablePlan) -> None:
    recipe = recipe_for(round(plan.sample.total * 0.7))
    page.add("model:")
    page.add("  layers:")
    _write_towers(page, plan)
    if plan.series is not None:
        flatten = "- Flatten" if plan.series.is_chosen else "# - Flatten"
        of_what = "the rows of a window side by side"
        page.add(f"    {flatten}", of_what if plan.series.is_chosen else "for a window")
    width = sum(one.width for one in plan.kept)
    for units in recipe.units:
        page.add(f"    - {as_item(dense(units, 'relu', recipe))}")
        if width >= _WIDE or (recipe.dropout and plan.labels.kind != "numbers"):
            page.add(f"    - Dropout: {0.5 if width >= _WIDE else recipe.dropout}")
    write_end(page, plan.labels, recipe)
    write_fit(page, recipe, is_rare=plan.labels.is_rare)


def _write_towers(page: Draft, plan: TablePlan) -> None:
    """A few layers for each input of its own, and what brings all together."""
    own = plan.input_names
    ends = ["numbers"] if any(one.tower is None for one in plan.kept) else []
    for one in plan.kept:
        if one.tower is None:
            continue
        name = own[one.column]
        end = f"{name}_seen"
        if one.tower == "tokens":
            page.add(
                f"    - Embedding: {{from: {name}, input_dim: 10000, output_dim: 32}}"
            )
            page.add(f"    - GlobalAveragePooling1D: {{name: {end}}}")
        else:
            write_image_layers(page, one.size, factor=1 / 255, name=name, end=end)
        ends.append(end)
    if own and len(ends) > 1:
        page.add(f"    - Concatenate: {as_value(ends)}")
