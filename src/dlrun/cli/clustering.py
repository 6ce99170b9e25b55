"""The options by which several runs are trained on other machines."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from dlrun.studies.cluster.cluster import Cluster

_RAY = "ray"

On = Annotated[
    str | None,
    typer.Option(
        "--on",
        metavar="ray",
        help="Train on the nodes of a Ray cluster, as many runs at once as have room.",
    ),
]
Address = Annotated[
    str | None,
    typer.Option(
        metavar="HOST:PORT",
        help="Where the cluster answers; by default one of its own on this machine.",
    ),
]
CpusPerRun = Annotated[
    float | None,
    typer.Option(
        metavar="N",
        min=0.01,
        help="Processors of a node that a run takes; by default one per thread.",
        show_default=False,
    ),
]
GpusPerRun = Annotated[
    float | None,
    typer.Option(
        metavar="N",
        min=0.0,
        help="GPUs of a node that a run takes; by default none.",
        show_default=False,
    ),
]


def cluster_of(
    on: str | None,
    address: str | None,
    jobs: int,
    cpus: float | None,
    gpus: float | None,
) -> Cluster | None:
    """The cluster that the options name; `None`: this machine trains.

    Raises:
        BadParameter: They contradict each other.
        DlrunError: Ray is not installed.
    """
    if on is None:
        given = {
            "--address": address, "--cpus-per-run": cpus, "--gpus-per-run": gpus
        }  # fmt: skip
        alone = [name for name, value in given.items() if value is not None]
        if alone:
            raise typer.BadParameter(f"{alone[0]} is of a cluster: give --on ray, too")
        return None
    if on != _RAY:
        raise typer.BadParameter(f"--on takes ray, not {on!r}")
    if jobs > 1:
        message = "--jobs is of this machine; with --on ray as many runs are trained "
        message += "at once as have room: --cpus-per-run says how much each takes"
        raise typer.BadParameter(message)
    from dlrun.errors import require_package
    from dlrun.studies.cluster.cluster import Cluster
    from dlrun.studies.cluster.door import open_ray

    require_package("ray", "--on ray", "ray")
    return Cluster(partial(open_ray, address), cpus, gpus or 0)


def require_several(runs: int) -> None:
    """Refuse a cluster for a single run.

    Raises:
        BadParameter: There is but one.
    """
    if runs == 1:
        message = "--on ray is for several runs: --seeds N, --folds K, several configs"
        raise typer.BadParameter(message)
