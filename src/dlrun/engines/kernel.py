"""What the kernels of a device cannot compute, told by the layers that ask for it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from dlrun.engines.backend import current_backend
from dlrun.errors import DlrunError, KernelError
from dlrun.experiment.kernel_rules import missing_kernels

if TYPE_CHECKING:
    from dlrun.experiment import Experiment


@contextmanager
def kernels_told(experiment: Experiment, *, is_trained: bool = False) -> Iterator[None]:
    """Tell that a kernel is missing by the layers that ask for it.

    Args:
        experiment: whose layers are computed.
        is_trained: whether its model is there already, and can be no other one.

    Raises:
        KernelError: in place of the backend's error.
    """
    try:
        yield
    except DlrunError:
        raise
    except Exception as error:
        argument = current_backend().refused_argument(error)
        model = experiment.spec.model
        problems = [*missing_kernels(model, argument, is_trained=is_trained)]
        if not problems:  # Another error, or that of a layer from code.
            raise
        raise KernelError(*problems) from error
