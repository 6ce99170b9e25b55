"""A study: the variants of a config, each an ordinary run, in one process."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from dlrun.config import located
from dlrun.engines import image_decoder
from dlrun.errors import DlrunError
from dlrun.rows import read_rows
from dlrun.training.train import start_run, train

if TYPE_CHECKING:
    from dlrun.config import Node
    from dlrun.experiment import Experiment
    from dlrun.rows import Parts
    from dlrun.runs import RunFolder
    from dlrun.studies.ladder import Member
    from dlrun.training import Progress


@dataclass(frozen=True, slots=True)
class Studied:
    """What became of one run of a study."""

    member: Member
    folder: RunFolder | None
    """None: it did not come to a run."""
    failure: str | None = None
    """Why it did not finish."""


def run_study(
    members: Iterable[Member],
    root: Path,
    progress: Progress,
    tell: Callable[[str], None],
) -> Iterator[Studied]:
    """Train the runs of a study; one that fails does not stop the others.

    Args:
        members: The runs, such as those of a `Plan` that are not there yet.
        root: Where their folders go.
        progress: Hears how far each run is.
        tell: Hears a sentence about each run.

    Raises:
        Interrupted: When a person or the system stops it.
    """
    todo = list(members)
    for number, member in enumerate(todo, 1):
        name = f"{member.experiment.spec.name} with seed {member.seed}"
        tell(f"{number} of {len(todo)}: {name}")
        folder = None
        failure = None
        try:
            prepared = read_and_start(member.node, member.experiment, root)
            experiment, parts, folder = prepared
            train(experiment, parts, folder, progress)
        except DlrunError as error:
            failure = str(error)
            tell(f"{name} failed: {failure}")
        yield Studied(member, folder, failure)


def read_and_start(
    node: Node, experiment: Experiment, root: Path
) -> tuple[Experiment, Parts, RunFolder]:
    """Read the rows of a valid config, and create the folder of its run.

    Raises:
        DataError: The rows cannot be read.
        SpecError: They do not fit the config.
        RunError: The folder cannot be created.
    """
    with located(node):
        experiment, parts = read_rows(experiment, image_decoder(experiment.spec))
    return experiment, parts, start_run(node, experiment, root)
