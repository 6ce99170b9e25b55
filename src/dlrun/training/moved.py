"""Reading the data of a run where they are now."""

from __future__ import annotations

import os
import shlex
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from dlrun.data.moved import DataRoot, current_root, data_below
from dlrun.errors import CodeError, DataError, DlrunError, Problem, RunError
from dlrun.experiment import restore_spec
from dlrun.runs import written_texts
from dlrun.writing import choices

if TYPE_CHECKING:
    from dlrun.runs import RunFolder

_MISSING = frozenset({"missing-file", "missing-folder"})


@contextmanager
def reading_data(folder: RunFolder, data_root: Path | None = None) -> Iterator[None]:
    """Read the data of a run in the block, wherever they are.

    The run keeps the paths that it has: what is written of its config names them.

    Args:
        folder: the run.
        data_root: the folder below which the data are; by default they are where they
            were when the run began.

    Raises:
        RunError: there is no such folder.
        DataError: data are not where they are looked for; says how to name their place.
        CodeError: the same, of a function of the code of the config.
    """
    root = None if data_root is None else _root(folder, data_root)
    try:
        with data_below(root):
            yield
    except DataError as error:
        if _MISSING.isdisjoint(problem.code for problem in error.problems):
            raise
        cure = _cure(folder, root)
        problems = (_cured(one, cure, root) for one in error.problems)
        raise DataError(*problems) from error
    except CodeError as error:
        if not isinstance(error.__cause__, FileNotFoundError):
            raise
        cure = _cure(folder, root)
        raise type(error)(
            *(replace(one, hint=cure) for one in error.problems)
        ) from error


def other_data(folder: RunFolder, words: str) -> tuple[str, str]:
    """That the data are not those of the run, and what helps where they were moved.

    Args:
        folder: the run.
        words: what helps where they were not.
    """
    root = current_root()
    if root is None or root.named is None:
        return f"the data of {folder.name} has changed since it was trained", words
    message = f"{root.named} holds other data than {folder.name} was trained on"
    return message, "name the folder of the same data with --data-root"


def _root(folder: RunFolder, directory: Path) -> DataRoot:
    """The folder that a person names, for a run.

    Raises:
        RunError: there is none.
    """
    if not directory.is_dir():
        what = "is no folder" if directory.exists() else "is not there"
        hint = "name the folder below which the data of the run are"
        raise RunError(f"--data-root {directory} {what}", hint=hint)
    absolute = Path(os.path.abspath(directory))  # noqa: PTH100 - links keep their names
    return DataRoot(absolute, written_texts(folder.hashes))


def _cure(folder: RunFolder, root: DataRoot | None) -> str:
    """How to say where the data are, as far as that can be found out."""
    if root is not None:
        missing = choices(map(str, _placed(folder, root).missing))
        ends = "or an end of that path, as in DIR/data/rows.csv"
        return f"below --data-root DIR there must be {missing}, {ends}"
    for near in (Path(), folder.path.parent.parent):
        with suppress(DlrunError):
            found = _placed(folder, _root(folder, near))
            if found.places and not found.missing:
                option = shlex.join(["--data-root", str(near)])
                return f"if the data were moved, add {option}"
    return "if the data were moved, say where they are: --data-root DIR"


def _placed(folder: RunFolder, root: DataRoot) -> DataRoot:
    """The same folder, which has been asked for every path of a run."""
    with data_below(root):
        restore_spec(folder.config())
    return root


def _cured(problem: Problem, cure: str, root: DataRoot | None) -> Problem:
    if problem.code not in _MISSING:
        return problem
    kept = root is None or str(problem.hint).startswith("did you mean")
    hint = f"{problem.hint}; {cure}" if kept and problem.hint else cure
    return replace(problem, hint=hint)
