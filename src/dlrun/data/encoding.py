"""What the names of files must be encoded in, so that a run can record them."""

from __future__ import annotations

from pathlib import Path

from dlrun.errors import ConfigPath, DataError, Problem
from dlrun.writing import is_utf8, path_fault


def require_text(stated_at: ConfigPath, path: Path) -> None:
    """Refuse a path of bytes that are not UTF-8, which the files of a run cannot hold.

    Args:
        stated_at: the way to the value that led to the path, the key of a source first.
        path: of a file or folder.

    Raises:
        DataError: with the path, its strange bytes escaped; or its letters are those
            that the locale lacks.
    """
    if not is_utf8(str(path)):
        message, cure = path_fault(path)
        hint = cure or "rename the file or the folder"
        raise DataError(Problem(stated_at, message, hint=hint, code="not-utf-8"))
