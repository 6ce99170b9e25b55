"""The backends that can run a model; each is one module behind `Engine`."""

from __future__ import annotations

from dlrun.training.engines.device import device_kind, devices, threads
from dlrun.training.engines.engine import Engine, Probe, ProbedLayer, Rows
from dlrun.training.engines.tensorflow import TensorFlowEngine

__all__ = [
    "Engine",
    "Probe",
    "ProbedLayer",
    "Rows",
    "TensorFlowEngine",
    "device_kind",
    "devices",
    "threads",
]
