"""All runs of a directory: how one is created, found by name, or listed."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

from dlrun.errors import RunError
from dlrun.runs.folder import RunFolder
from dlrun.runs.removal import ORIGIN, RESULTS
from dlrun.writing import (
    command_line,
    did_you_mean,
    is_utf8,
    listing,
    near,
    path_fault,
)

HIDDEN = ".dlrun"
"""What lies beside the runs of a directory and is none."""
FOLDS_RECORD = "folds.json"
"""What a folder of folds that are told together is known by."""
SEARCH = ".search"
"""What the name of the folder of a search ends in."""
SEARCH_PLAN = "search.json"
TRIALS = "trials"
"""The directory of its runs, in that folder."""
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
_NUMBERED = re.compile(r"(.+)-([0-9]{3,})")
_TRIAL = re.compile(r"(.+)-[0-9]{4,}(?:\.[0-9]+)?")
_GIVEN = "given.txt"
"""The names of all runs that were ever begun, a line each: a number is given once."""
_SHOWN_AT_MOST = 10


def create_run(
    root: Path, name: str, announce: Callable[[str], None] | None = None
) -> RunFolder:
    """Claim the next folder `<name>-<NNN>` under `root`, and say there that it runs.

    Args:
        root: The directory with the runs.
        name: That of the config.
        announce: Hears the name of a folder just before it is claimed; if another
            process is quicker, the next one follows.

    Raises:
        RunError: The name cannot be a folder's, or `root` cannot be written.
    """
    if not _NAME.fullmatch(name):
        hint = "use up to 100 letters, digits and . _ -, the first a letter or digit"
        raise RunError(f"{name!r} cannot name a run", hint=hint)
    if not is_utf8(str(root)):
        message, cure = path_fault(root)
        hint = cure or "choose another directory with --runs DIR"
        raise RunError(message, hint=hint)
    try:
        root.mkdir(parents=True, exist_ok=True)
        folder = _claim(root, name, announce)
        folder.hashes.begin()
    except OSError as error:
        hint = "choose a directory that you may write with --runs DIR"
        message = f"cannot create a run in {root}: {error.strerror or error}"
        raise RunError(message, hint=hint) from error
    folder.write_status("running")
    return folder


def find_runs(root: Path) -> list[RunFolder]:
    """Every run directly under `root`, by name; `root` may also be a run itself.

    Of the folder of a search these are the runs of its trials.

    Folders are judged by what they hold, so other things may lie beside them.

    Raises:
        RunError: `root` is no directory.
    """
    itself = RunFolder(root)
    if itself.exists:
        return [itself]
    if (trials := trials_root(root)) is not None:
        root = trials
    try:
        with os.scandir(root) as entries:
            folders = [
                RunFolder(root / entry.name) for entry in entries if _is_ours(entry)
            ]
    except OSError as error:
        hint = "name the directory with the runs (--runs DIR), or train first"
        message = f"no runs at {root}: {error.strerror or error}"
        raise RunError(message, hint=hint) from error
    return sorted((folder for folder in folders if folder.exists), key=_natural)


def trials_root(directory: Path) -> Path | None:
    """Where the runs of a search are; `None`: a directory is that of no search."""
    is_search = directory.suffix == SEARCH and (directory / SEARCH_PLAN).is_file()
    return directory / TRIALS if is_search else None


def find_trial(text: str, root: Path) -> RunFolder | None:
    """The run of a trial by its name; `None`: no search has it.

    Args:
        text: Such as `digits-search-0007`; of a trial of several runs
            `digits-search-0007.2`.
        root: The directory with the runs.
    """
    trials = _trials_of(text, root)
    if trials is None or not _is_below(trials, text):
        return None
    run = RunFolder(trials / text)
    return run if run.exists else None


def _search_of(text: str, root: Path) -> Path | None:
    """The folder of the search that a path, its name or that of its config means."""
    below = [root / text, root / f"{text}{SEARCH}"] if _is_plain(text) else []
    known = (path for path in (Path(text), *below) if trials_root(path) is not None)
    with suppress(OSError, ValueError):  # No file can have such a name.
        return next(known, None)
    return None


def _trials_of(text: str, root: Path) -> Path | None:
    """Where the trials of the search are that a trial is named after."""
    match = _TRIAL.fullmatch(text)
    if match is None or not _is_plain(text):
        return None
    return trials_root(root / f"{match[1]}{SEARCH}")


def holds_remains(directory: Path) -> bool:
    """Whether a directory holds files of a run, so that it may have been one."""
    return any((directory / name).exists() for name in (*ORIGIN, *RESULTS))


def find_run(text: str, root: Path) -> RunFolder:
    """Find a run by its path, its name, or the name of its config: then the newest.

    Args:
        text: What the user wrote.
        root: The directory with the runs; names are looked up only there.

    Raises:
        RunError: There is no such run; the hint has the nearest names.
    """
    given = RunFolder(Path(text))
    if text and given.exists:
        return given
    if _is_plain(text) and _is_below(root, text) and RunFolder(root / text).exists:
        return RunFolder(root / text)
    if (trial := find_trial(text, root)) is not None:
        return trial
    runs = find_runs(root) if root.is_dir() else []
    newest = [run for run in runs if _config_name(run) == text]
    if newest:
        return newest[-1]
    raise _no_run(text, root, runs)


def _no_run(text: str, root: Path, runs: Sequence[RunFolder]) -> RunError:
    """Say what there is: runs of near names, or what a path leads to."""
    if (several := _several_runs(text, root)) is not None:
        return several
    with suppress(OSError, ValueError):  # No file can have such a name.
        path = Path(text)
        if text and path.is_file() and RunFolder(path.parent).exists:
            message = f"{text} is a file of a run, and no run"
            return RunError(message, hint=f"name its folder: {path.parent}")
        within = find_runs(path) if text and path.is_dir() else []
        if within:
            hint = f"name one of them: {listing(str(run.path) for run in within)}"
            return RunError(f"{text} holds runs, and is none", hint=hint)
        for folder in (path, *([root / text] if _is_plain(text) else [])):
            if text and _is_file(folder / FOLDS_RECORD):
                message = f"{text} is what folds say together, and no run"
                hint = "name one of its runs (folds.json lists them), or ask all of "
                hint += "them by --ensemble of predict and evaluate; what they say of "
                hint += f"their own rows: {command_line('compare', text)}"
                return RunError(message, hint=hint)
    return RunError(f"no run {text!r} in {root}", hint=_nearest(text, runs))


def _several_runs(text: str, root: Path) -> RunError | None:
    """What to say of a search, or a trial of several runs; `None`: it is neither."""
    if (search := _search_of(text, root)) is not None:
        hint = f"its best trial is told by {command_line('search', search)}; a trial "
        hint += f"is a run by its name, as in {search.name.removesuffix(SEARCH)}-0001"
        return RunError(f"{text} is a search of many runs, and no run", hint=hint)
    trials = _trials_of(text, root)
    found = [] if trials is None else map(RunFolder, trials.glob(f"{text}.*"))
    several = sorted(found, key=_natural)
    if not several:
        return None
    hint = f"name one of them: {listing(run.name for run in several)}"
    return RunError(f"trial {text} is several runs", hint=hint)


def _claim(root: Path, name: str, announce: Callable[[str], None] | None) -> RunFolder:
    """Only `mkdir` decides who has a number: it cannot succeed twice."""
    with os.scandir(root) as entries:
        names = [entry.name for entry in entries]
    matches = [_NUMBERED.fullmatch(given) for given in (*names, *_given(root))]
    taken = [int(match[2]) for match in matches if match and match[1] == name]
    number = max(taken, default=0)
    while True:
        number += 1
        path = root / f"{name}-{number:03d}"
        if announce is not None and not path.exists():
            announce(path.name)
        try:
            path.mkdir()
        except FileExistsError:
            continue
        _note(root, path.name)
        return RunFolder(path)


def _given(root: Path) -> list[str]:
    """The names that were given here before, whether their runs still exist or not."""
    try:
        text = (root / HIDDEN / _GIVEN).read_text(encoding="utf-8", errors="replace")
    except OSError:
        return []
    return text.splitlines()


def _note(root: Path, name: str) -> None:
    """Add a name to those given; a line is written at once, by however many processes.

    Where that cannot be, the name of a deleted run may be given again.
    """
    file = root / HIDDEN / _GIVEN
    with suppress(OSError):
        file.parent.mkdir(exist_ok=True)
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW
        descriptor = os.open(file, flags, 0o666)
        try:
            os.write(descriptor, f"{name}\n".encode())
        finally:
            os.close(descriptor)


def _is_plain(text: str) -> bool:
    return bool(text) and text not in {".", ".."} and not re.search(r"[/\\\0]", text)


def _is_file(path: Path) -> bool:
    """Whether it is a file, and may be seen."""
    with suppress(OSError, ValueError):
        return path.is_file()
    return False


def _is_ours(entry: os.DirEntry[str]) -> bool:
    """Whether a directory really lies here; a link may lead to another run only."""
    try:
        path = Path(entry.path)
        if entry.name == HIDDEN:
            return False
        return entry.is_dir() and (
            not entry.is_symlink() or _is_below(path.parent, path.name)
        )
    except OSError:
        return False


def _is_below(root: Path, name: str) -> bool:
    """Whether `root/name` still lies under `root` once links are followed."""
    try:
        return (root / name).resolve().is_relative_to(root.resolve())
    except (OSError, RuntimeError):
        return False


def _config_name(run: RunFolder) -> str | None:
    match = _NUMBERED.fullmatch(run.name)
    return match[1] if match else None


def _natural(run: RunFolder) -> list[tuple[int, int, str]]:
    """Digits sort as numbers: `gender-2` stands before `gender-10`."""
    parts = re.split(r"([0-9]+)", run.name)
    return [
        (1, int(part), part) if part.isdecimal() else (0, 0, part) for part in parts
    ]


def _nearest(text: str, runs: Sequence[RunFolder]) -> str:
    names = [run.name for run in runs]
    configs = sorted({name for run in runs if (name := _config_name(run))})
    if not names:
        return "there are no runs there; train first, or name another place: --runs DIR"
    meant = did_you_mean(near(text, [*configs, *names]))
    return meant or f"there are {listing(names, _SHOWN_AT_MOST)}"
