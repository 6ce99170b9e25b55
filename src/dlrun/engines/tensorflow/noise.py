"""Random numbers under XLA, as fast as they can be."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

try:
    from tensorflow.python.ops import random_ops_util
except ImportError:  # it is no public name: without it, noise is only slower
    random_ops_util = None


@contextmanager
def fast_noise() -> Iterator[None]:
    """Draw noise by ThreeFry while a function is traced for XLA.

    Keras leaves the algorithm to TensorFlow, whose choice under XLA makes a step with
    Dropout up to 18 times slower on a CPU. There is no setting for it, hence the reach
    into TensorFlow. No algorithm draws under XLA what graph mode draws.
    """
    if random_ops_util is None:
        yield
        return
    convert = random_ops_util.convert_alg_to_int
    algorithms = random_ops_util.Algorithm

    def choose(algorithm: object) -> object:
        chosen = convert(algorithm)
        undecided = isinstance(chosen, int) and chosen == algorithms.AUTO_SELECT.value
        return algorithms.THREEFRY.value if undecided else chosen

    random_ops_util.convert_alg_to_int = choose
    try:
        yield
    finally:
        random_ops_util.convert_alg_to_int = convert
