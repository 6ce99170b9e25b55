"""Keras on TensorFlow, behind the door of `Engine`. Light: `BACKEND` imports later."""

from __future__ import annotations

import os

from dlrun.engines.tensorflow.backend import TensorFlowBackend

# Read when the native libraries load: before the first import of TensorFlow.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

BACKEND = TensorFlowBackend()
