"""The arguments and options that several commands share, and what they stand for."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dlrun.experiment import Experiment
    from dlrun.runs import RunFolder


def _configs(incomplete: str) -> list[str]:
    """Complete a path to a config, folder by folder."""
    directory = (
        Path(incomplete).parent if not incomplete.endswith("/") else Path(incomplete)
    )
    if not directory.is_dir():
        return []
    paths = [
        f"{path}/" if path.is_dir() else str(path)
        for path in sorted(directory.iterdir())
        if path.is_dir() or path.suffix in {".yaml", ".yml"}
    ]
    return [text for text in paths if text.startswith(incomplete.removeprefix("./"))]


def _run_names(incomplete: str) -> list[str]:
    """Complete the name of a run in `runs`."""
    directory = Path("runs")
    names = (
        sorted(
            path.name
            for path in directory.iterdir()
            if path.is_dir() and not path.name.startswith(".")
        )
        if directory.is_dir()
        else []
    )
    return [name for name in names if name.startswith(incomplete)]


def _configs_and_runs(incomplete: str) -> list[str]:
    return [*_configs(incomplete), *_run_names(incomplete)]


ConfigFiles = Annotated[
    list[Path],
    typer.Argument(metavar="CONFIG", help="YAML files.", autocompletion=_configs),
]
RunNames = Annotated[
    list[str],
    typer.Argument(
        metavar="RUN|DIR",
        help="Runs, or folders that hold runs.",
        autocompletion=_run_names,
    ),
]
RunName = Annotated[
    str,
    typer.Argument(
        metavar="RUN",
        help="A run folder, a run's name, or a config's name (its newest run).",
        autocompletion=_run_names,
    ),
]
ConfigsOrRuns = Annotated[
    list[str],
    typer.Argument(
        metavar="CONFIG|RUN",
        help="YAML files or runs.",
        autocompletion=_configs_and_runs,
    ),
]
ConfigOrRun = Annotated[
    str,
    typer.Argument(
        metavar="CONFIG|RUN",
        help="A YAML file or a run.",
        autocompletion=_configs_and_runs,
    ),
]
Overrides = Annotated[
    list[str],
    typer.Option(
        "-s",
        "--set",
        metavar="PATH=VALUE",
        help="Set a value: -s fit.epochs=5. May be repeated.",
    ),
]
Deletions = Annotated[
    list[str],
    typer.Option(
        "-u",
        "--unset",
        metavar="PATH",
        help="Remove a value, before -s. May be repeated.",
    ),
]
RunsDirectory = Annotated[
    Path, typer.Option("--runs", metavar="DIR", help="Where the run folders are.")
]
DataFolder = Annotated[
    Path | None,
    typer.Option(
        "--data-root",
        metavar="DIR",
        help="Where the data of a moved run are: a folder above them.",
    ),
]
Threshold = Annotated[
    float | None,
    typer.Option(
        metavar="P",
        min=0.0,
        max=1.0,
        help="Under a binary loss: a label holds from this probability on.",
    ),
]
Ensemble = Annotated[
    bool,
    typer.Option(
        "--ensemble",
        help="Ask the models of all folds: RUN is NAME.folds-NNN, or one of its runs.",
    ),
]
Json = Annotated[bool, typer.Option("--json", help="Answer in JSON.")]
Jobs = Annotated[
    int,
    typer.Option(metavar="N", min=1, help="Train N runs at once, each in a process."),
]
Again = Annotated[
    bool,
    typer.Option("--again", help="Train all anew, not only what is missing."),
]


def _page(file: Path | None) -> Path | None:
    """Refuse a file that is no page: one of rows would be lost."""
    if file is not None and file.suffix.lower() not in {".html", ".htm"}:
        raise typer.BadParameter(f"{file} must end in .html")
    return file


Page = Annotated[
    Path | None,
    typer.Option(
        "--html",
        metavar="FILE",
        callback=_page,
        help="Write one self-contained page.",
    ),
]


def _hush(quiet: bool) -> bool:
    """Whoever asks for the result alone is not told how far the reading is either."""
    if quiet:
        from dlrun.progress.reading import show_reading

        show_reading(on=False)
    return quiet


Quiet = Annotated[
    bool,
    typer.Option("--quiet", "-q", help="Show the result alone.", callback=_hush),
]


def read_experiment(
    config: Path, overrides: list[str], deletions: list[str]
) -> Experiment:
    """Read and validate a config; print its warnings.

    Raises:
        ConfigError: when the file is no readable YAML.
        SpecError: when it does not describe a valid experiment.
    """
    from dlrun.cli.output import warn
    from dlrun.config import locate_problems, located
    from dlrun.experiment import parse_spec, read_config

    node = read_config(config, overrides, deletions)
    with located(node):
        experiment = parse_spec(node)
    warn(locate_problems(node, experiment.warnings))
    return experiment


def is_config(text: str) -> bool:
    """Whether an argument names a YAML file rather than a run."""
    return Path(text).suffix in {".yaml", ".yml"}


def read_config_or_run(
    text: str, root: Path, overrides: list[str], deletions: list[str]
) -> tuple[str, Experiment]:
    """The experiment that a config or a run stands for, and what to call it."""
    if is_config(text):
        return text, read_experiment(Path(text), overrides, deletions)
    folder = open_run(text, root)
    from dlrun.experiment import restore_spec

    experiment = restore_spec(folder.config())
    if not experiment.spec.data.encodes_columns:
        return folder.name, experiment
    from dataclasses import replace

    from dlrun.experiment.columns import recorded_columns

    prepared = folder.preprocessing().columns
    columns = recorded_columns(experiment.spec.data, prepared)
    facts = replace(experiment.facts, columns=columns)
    return folder.name, replace(experiment, facts=facts)


def needed_root(data_root: Path | None, *, is_new: bool) -> Path | None:
    """The folder below which the data of a run are, where those are read at all.

    Args:
        data_root: what a person has named.
        is_new: whether other rows are given, which are where they are said to be.
    """
    if is_new and data_root is not None:
        from dlrun.cli.output import remark

        remark("rows are given: --data-root changes nothing here")
        return None
    return data_root


def open_run(text: str, root: Path) -> RunFolder:
    """The run that a path or a name stands for.

    Raises:
        NewerFormatError: when only a newer dlrun knows its format.
        RunError: when there is none.
    """
    from dlrun.runs import find_run

    folder = find_run(text, root)
    folder.require_known_format()
    return folder


def open_runs(text: str, root: Path, *, ensemble: bool) -> list[RunFolder]:
    """The run that a path or a name stands for, or the runs of all folds.

    Args:
        text: a run; with `ensemble` a folder of folds, or a run that is one of them.
        root: where the run folders are.
        ensemble: whether all folds are asked.

    Raises:
        NewerFormatError: when only a newer dlrun knows the format of one.
        RunError: when there is none, or folds are missing.
    """
    if not ensemble:
        return [open_run(text, root)]
    from dlrun.runs import find_fold_set

    folders = find_fold_set(text, root).run_folders()
    for folder in folders:
        folder.require_known_format()
    return folders


def require_unseen(
    split: str | None, folders: Sequence[RunFolder], *, is_new: bool
) -> None:
    """Refuse rows of folds of which each has trained most of their models.

    Args:
        split: the part that is asked for.
        folders: the runs of all folds.
        is_new: whether other rows are given.

    Raises:
        RunError: no rows are left that none of them has seen.
    """
    from dlrun.errors import RunError

    if is_new:
        return
    hint = "predictions out of fold are in predictions.csv; give --data FILE"
    if split != "test":
        message = "each row of the folds has trained all models but one"
        raise RunError(message, hint=f"{hint}, or --split test")
    tests = [folder.split().parts.get("test") for folder in folders]
    if len({None if test is None else test.sha256 for test in tests}) > 1:
        message = "the test rows of one seed have trained the models of another"
        raise RunError(message, hint="give other rows: --data FILE")
