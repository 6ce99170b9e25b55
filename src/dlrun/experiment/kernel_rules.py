"""The rule about layers that not every device can compute."""

from __future__ import annotations

from collections.abc import Iterator

from dlrun.components.layers.layer import RareKernel
from dlrun.errors import ConfigPath, Problem
from dlrun.experiment.model import ModelSpec

_KERNELS = (
    "where only a processor computes, those of oneDNN can: set "
    "TF_ENABLE_ONEDNN_OPTS=1 before the command"
)


def kernels_are_everywhere(model: ModelSpec) -> Iterator[Problem]:
    """Warn of layers of which some devices have no kernel.

    Whether this one has is not known before TensorFlow computes, and a config may be
    trained elsewhere: so it is no error.
    """
    for path, place, kernel in _rare_kernels(model):
        yield Problem(
            path,
            f"some devices have no kernel for {kernel.what}, as in {place}: there it "
            "cannot train",
            hint=f"{kernel.hint}; {_KERNELS}",
            code="rare-kernel",
            severity="warning",
        )


def missing_kernels(
    model: ModelSpec, argument: str | None, *, is_trained: bool
) -> Iterator[Problem]:
    """The layers whose `argument` asks for a kernel that this device has not.

    Args:
        model: whose layers.
        argument: what an operation has refused.
        is_trained: whether the model can be no other one.
    """
    for path, place, kernel in _rare_kernels(model):
        if kernel.path[-1] == argument:
            yield Problem(
                path,
                f"this device has no kernel for {kernel.what}, as in {place}",
                hint=_KERNELS if is_trained else f"{kernel.hint}; {_KERNELS}",
                code="no-kernel",
            )


def _rare_kernels(model: ModelSpec) -> Iterator[tuple[ConfigPath, str, RareKernel]]:
    for index, layer in enumerate(model.layers):
        kernel = layer.rare_kernel() if layer.enabled else None
        if kernel is not None:
            path = ("model", "layers", index, layer.key, *kernel.path)
            yield path, f"layer {index + 1} (`{layer.key}`)", kernel
