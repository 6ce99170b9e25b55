"""What TensorFlow offers dlrun: devices, threads, determinism, and its engine."""

from __future__ import annotations

from typing import TYPE_CHECKING

from typing_extensions import override

from dlrun.engines.backend import quiet_natives, usable_threads
from dlrun.engines.engine import Backend, Engine, Jit

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import keras
    import numpy as np
    import numpy.typing as npt

    from dlrun.data import TypedColumn
    from dlrun.experiment import Experiment

_PACKAGES = (
    "tensorflow",
    "astunparse",
    "certifi",
    "charset_normalizer",
    "flatbuffers",
    "gast",
    "google",
    "idna",
    "opt_einsum",
    "requests",
    "six",
    "termcolor",
    "urllib3",
    "wrapt",
)


_REFUSALS = (
    ("only supports equal length strides", "strides"),
    ("not yet support dilation rates larger than 1", "dilation_rate"),
)
"""What operations say for which a device has no kernel, and what they ask to change."""


class TensorFlowBackend(Backend):
    """Keras on TensorFlow."""

    @property
    @override
    def libraries(self) -> tuple[str, ...]:
        return ("tensorflow",)

    @property
    @override
    def packages(self) -> tuple[str, ...]:
        return _PACKAGES

    @override
    def make_engine(
        self,
        model: keras.Model,
        *,
        batch_size: int,
        augmentation: Mapping[str, Sequence[keras.Layer]] | None = None,
        jit: bool = False,
        jit_evaluation: bool = False,
    ) -> Engine:
        from dlrun.engines.tensorflow.engine import TensorFlowEngine

        return TensorFlowEngine(
            model,
            batch_size=batch_size,
            augmentation=augmentation,
            jit=jit,
            jit_evaluation=jit_evaluation,
        )

    @override
    def decide_jit(self, experiment: Experiment, num_rows: int) -> Jit:
        import tensorflow as tf

        from dlrun.engines.tensorflow.jit import decide_jit

        is_gpu = tf.config.list_physical_devices("GPU")
        return decide_jit(experiment, num_rows, "gpu" if is_gpu else "cpu")

    @override
    def set_determinism(self, *, on: bool) -> None:
        # TensorFlow has no public way back, which a second run with `false` needs.
        from tensorflow.python.framework import config

        choose = config.enable_op_determinism if on else config.disable_op_determinism
        choose()

    @override
    def set_threads(self, number: int) -> bool:
        import tensorflow as tf

        threading = tf.config.threading
        try:
            threading.set_intra_op_parallelism_threads(number)
            threading.set_inter_op_parallelism_threads(number)
        except RuntimeError:  # TensorFlow refuses once it runs, as in a notebook.
            return self.threads() == number
        return True

    @override
    def threads(self) -> int:
        import tensorflow as tf

        number = tf.config.threading.get_intra_op_parallelism_threads()
        return int(number) or usable_threads()

    @override
    def devices(self) -> list[str]:
        """Every device of this process, such as `/physical_device:CPU:0`."""
        import tensorflow as tf

        with quiet_natives():
            return [device.name for device in tf.config.list_physical_devices()]

    @override
    def refused_argument(self, error: Exception) -> str | None:
        import tensorflow as tf

        kinds = tf.errors.InvalidArgumentError, tf.errors.UnimplementedError
        if not isinstance(error, kinds):
            return None
        words = str(error)
        return next((name for said, name in _REFUSALS if said in words), None)

    @override
    def is_out_of_memory(self, error: Exception) -> bool:
        import tensorflow as tf

        return isinstance(error, tf.errors.ResourceExhaustedError)

    @override
    def decode_image(
        self, data: bytes, shape: tuple[int, int, int]
    ) -> npt.NDArray[np.float32] | None:
        from dlrun.engines.tensorflow.image import decode_image

        return decode_image(data, shape)

    @override
    def run_column(
        self, graph: keras.Model, cells: TypedColumn
    ) -> npt.NDArray[np.float32]:
        import tensorflow as tf

        is_text = cells.dtype.kind == "O"
        given = cells.tolist() if is_text else cells.astype("float32")
        tensor = tf.constant(given, graph.inputs[0].dtype, cells.shape)
        found: npt.NDArray[np.float32] = graph(tensor).numpy()
        return found
