"""The devices and threads that TensorFlow works with."""

from __future__ import annotations

import tensorflow as tf

from dlrun.engines.backend import quiet_natives, usable_threads


def devices() -> list[str]:
    """Every device of this process, such as `/physical_device:CPU:0`."""
    with quiet_natives():
        return [device.name for device in tf.config.list_physical_devices()]


def device_kind() -> str:
    """Where TensorFlow puts the work: `gpu`, or `cpu`."""
    return "gpu" if tf.config.list_physical_devices("GPU") else "cpu"


def threads() -> int:
    """How many threads one operation may use."""
    return tf.config.threading.get_intra_op_parallelism_threads() or usable_threads()
