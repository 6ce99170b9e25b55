from __future__ import annotations

import pytest

from dlrun.runs import Environment
from dlrun.runs.reading import JsonObject
from dlrun.training.environment import compared, differences, switches

CHOOSING = [
    "TF_ENABLE_ONEDNN_OPTS",
    "TF_XLA_FLAGS",
    "TF_NUM_INTRAOP_THREADS",
    "TF_SET_ONEDNN_FPMATH_MODE",
    "TF_DETERMINISTIC_OPS",
    "XLA_FLAGS",
    "ONEDNN_MAX_CPU_ISA",
    "DNNL_MAX_CPU_ISA",
    "ONEDNN_DEFAULT_FPMATH_MODE",
    "MKL_CBWR",
    "MKL_NUM_THREADS",
    "OMP_NUM_THREADS",
    "KMP_AFFINITY",
    "OPENBLAS_CORETYPE",
    "NPY_DISABLE_CPU_FEATURES",
    "NVIDIA_TF32_OVERRIDE",
    "CUBLAS_WORKSPACE_CONFIG",
    "CUDA_VISIBLE_DEVICES",
    "GLIBC_TUNABLES",
    "LD_PRELOAD",
]
TELLING = [
    "TF_CPP_MIN_LOG_LEVEL",
    "TF_CPP_VMODULE",
    "TF_JIT_CACHE_DIR",
    "CUDA_HOME",
    "CUDA_VERSION",
    "ONEDNN_VERBOSE",
    "KERAS_BACKEND",
    "KERAS_HOME",
    "HOME",
    "AWS_SECRET_ACCESS_KEY",
]


def with_switches(**values: str) -> Environment:
    return Environment(versions={"keras": "3"}, threads=2, switches=values)


def test_what_chooses_how_libraries_compute_is_recorded_and_nothing_else():
    environ = dict.fromkeys([*CHOOSING, *TELLING], "1")

    assert switches(environ) == dict.fromkeys(sorted(CHOOSING), "1")


@pytest.mark.parametrize(
    ("before", "now", "words"),
    [
        ({}, {"XLA_FLAGS": "a"}, "XLA_FLAGS was not set, now it is a"),
        ({"XLA_FLAGS": "a"}, {}, "XLA_FLAGS was a, now it is not set"),
        ({"XLA_FLAGS": "a"}, {"XLA_FLAGS": "b"}, "XLA_FLAGS was a, now it is b"),
    ],
)
def test_a_switch_that_is_other_than_it_was_is_named(before, now, words):
    assert differences(with_switches(**before), with_switches(**now)) == [words]


def test_equal_switches_are_no_difference():
    assert differences(with_switches(A="1"), with_switches(A="1")) == []


def test_what_an_older_run_does_not_say_is_neither_a_difference_nor_compared():
    older = Environment(versions={"keras": "3"}, threads=2)

    assert differences(older, with_switches(XLA_FLAGS="a")) == []
    assert compared(older) == ["versions", "threads"]
    assert "environment switches" in compared(with_switches())


@pytest.mark.parametrize("known", [None, {}, {"XLA_FLAGS": "a"}])
def test_switches_are_read_as_they_were_written(known, tmp_path):
    environment = Environment(switches=known)

    assert (
        Environment.read(JsonObject(tmp_path, environment.to_json(), "")).switches
        == known
    )
