"""Variables of the environment by which the libraries below Keras compute otherwise."""

from __future__ import annotations

import re
from collections.abc import Mapping

_SWITCH = re.compile(
    r"(TF|TFE|XLA|JITRT|ONEDNN|DNNL|MKL|OMP|KMP|GOMP|OPENBLAS|GOTO|BLIS|ATLAS|VECLIB"
    r"|EIGEN|ITEX|ZENDNN|CUDNN|CUBLAS|CUBLASLT|CUDA|NCCL|ROCM|HIP|HSA|MIOPEN|ROCBLAS"
    r"|NPY|NUMEXPR)_[A-Z0-9_]+|NVIDIA_TF32_OVERRIDE|GLIBC_TUNABLES|LD_PRELOAD"
)
"""Environment variables that choose kernels, threads or modes of the libraries below
Keras. Keras' own count for nothing: dlrun sets what they would."""
_SPEAKING = re.compile(
    r".*(LOG|DUMP|VERBOSE|VERBOSITY|VMODULE|PROFILE|PROFILING|GRPC|CACHE|HOME|PATH|ROOT|VERSION|_DIR)(_.*|$)"
)
"""Those that only say what is told, or where things lie."""


def switches(environ: Mapping[str, str]) -> dict[str, str]:
    """The variables of an environment that choose how the libraries compute."""
    return {
        name: value
        for name, value in sorted(environ.items())
        if _SWITCH.fullmatch(name) and not _SPEAKING.fullmatch(name)
    }
