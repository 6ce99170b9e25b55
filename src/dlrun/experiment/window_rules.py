"""Rules about windows: no row of one part is seen from another."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from dlrun.data import KNOWN
from dlrun.errors import ConfigPath, Problem
from dlrun.experiment.compile import CompileSpec
from dlrun.experiment.data import DataSpec
from dlrun.experiment.pseudo_label import PseudoLabelSpec
from dlrun.experiment.windows import PATH


def windows_of_parts_share_no_rows(data: DataSpec) -> Iterator[Problem]:
    """Rows that are drawn at random would stand in windows of two parts."""
    window, split = data.window, data.split
    if window is None or split is None or split.columns or not window.overlaps:
        return
    if not (split.holds_out or split.test):
        return
    share = f"folds: {split.folds}" if split.folds else "validation: 0.2"
    hint = f"write split: {{{share}, time: {window.time or 'when'}}}"
    if window.by is not None:
        hint += f", or by: {window.by} for series of their own"
    if not data.source.has_columns:
        hint = "write fit: {validation_split: 0.2} in its place: the last validate"
    yield Problem(
        ("data", "split"),
        "windows that are drawn at random overlap: train windows would hold rows that "
        "validate",
        hint=f"{hint}; or stride: {window.span} under window",
        code="overlapping-windows",
        on_key=True,
    )


def windows_are_of_rows_in_order(data: DataSpec) -> Iterator[Problem]:
    """Rows of a series follow each other; columns that are asked for have names."""
    window, source = data.window, data.source
    if window is None:
        return
    if source.reads_folders:
        message = f"the rows of `{source.key}` do not follow each other in time"
        hint = "write the files into a table, one per row, and window beside it"
        yield Problem(PATH, message, hint=hint, code="no-series", on_key=True)
    named = {**window.roles, "known": window.known}
    if window.columns != ("*",):
        named["columns"] = window.columns
    for key, value in named.items():
        if value and not source.has_columns:
            yield Problem(
                (*PATH, key),
                f"`{source.key}` has no columns with names",
                hint=f"remove {key}, or write the rows to a table",
                code="no-columns",
                on_key=True,
            )
    if getattr(source, "missing_labels", None) == "drop" and window.max_gap is None:
        yield Problem(
            ("data", source.key, "missing_labels"),
            "rows that are left out make others follow each other that do not",
            hint="add max_gap under window, or fill the labels",
            code="unused-key",
            on_key=True,
        )


def several_steps_are_numbers(
    data: DataSpec,
    compile: CompileSpec,  # noqa: A002
) -> Iterator[Problem]:
    """Of classes a model predicts one."""
    window = data.window
    if window is None or window.steps == 1:
        return
    for head in compile.heads:
        if head.loss.task != "regression":
            yield Problem(
                (*PATH, "steps"),
                f"only numbers are predicted over several steps, and under the loss "
                f"`{head.loss.key}` labels{head.of} are classes",
                hint=f"write steps: 1; horizon: {window.ahead} predicts the last step",
                code="steps-of-classes",
            )


def no_input_is_called_known(data: DataSpec) -> Iterator[Problem]:
    """The columns that are known in advance make an input of this name."""
    window = data.window
    if window is not None and window.known and KNOWN in (data.inputs or {}):
        path: ConfigPath = ("data", "inputs", KNOWN)
        yield Problem(
            path,
            "`known` is the input of the columns that are known in advance",
            hint="call this input otherwise",
            code="duplicate-name",
            on_key=True,
        )


def windows_have_labels_of_their_own(
    pseudo_label: PseudoLabelSpec | None, data: DataSpec
) -> Iterator[Problem]:
    """Rows without labels are no part of a series of labels."""
    if pseudo_label is not None and data.window is not None:
        yield Problem(
            ("pseudo_label",),
            "rows of a series are labelled by what follows: none lacks a label",
            code="pseudo-labels-with-windows",
            hint="remove pseudo_label, or data.window",
            on_key=True,
        )


WINDOW_RULES: tuple[Callable[..., Iterable[Problem]], ...] = (
    windows_of_parts_share_no_rows,
    windows_are_of_rows_in_order,
    several_steps_are_numbers,
    no_input_is_called_known,
    windows_have_labels_of_their_own,
)
