from __future__ import annotations

import os
import subprocess
import sys
import warnings
from pathlib import Path

import pytest

from dlrun.engines.backend import mute_authors_warnings, quiet_natives

GENDER = Path(__file__).parents[2] / "configs/gender.yaml"
ABOUT_CODE = [
    DeprecationWarning,
    PendingDeprecationWarning,
    FutureWarning,
    SyntaxWarning,
]

IMPORT = """
import sys
from dlrun.engines.backend import import_keras
keras = import_keras()
assert keras is import_keras()
print(keras.backend.backend())
print(*sorted({"matplotlib", "pandas", "scipy", "sklearn"} & set(sys.modules)))
import pandas
print(pandas.DataFrame({"a": [1]}).shape)
"""


@pytest.mark.heavy
def test_keras_comes_in_quietly_and_without_what_it_does_not_need():
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", IMPORT],
        capture_output=True,
        text=True,
        check=True,
        env=os.environ | {"KERAS_BACKEND": "jax", "TF_CPP_MIN_LOG_LEVEL": "0"},
        timeout=120,
    )

    assert done.stdout.splitlines() == ["tensorflow", "", "(1, 1)"]
    assert done.stderr == ""


SETTINGS = """
from dlrun.engines.backend import import_keras
keras = import_keras()
config = keras.config
print(config.backend(), config.floatx(), config.epsilon(), config.image_data_format())
print(config.dtype_policy().name, keras.src.backend.config.keras_home())
config.set_floatx("float64")
config.set_dtype_policy("mixed_float16")
print(import_keras().config.floatx(), keras.config.dtype_policy().name)
"""


@pytest.mark.heavy
@pytest.mark.parametrize(
    "written",
    [
        '{"floatx": "float16", "epsilon": 0.1, "image_data_format": "channels_first"}',
        '{"backend": "jax"}',
        '{"floatx": "float7"}',
        "[]",
        None,
    ],
)
def test_what_keras_computes_with_comes_from_no_file_in_the_home(tmp_path, written):
    folder = tmp_path / ".keras"
    if written is not None:
        folder.mkdir()
        (folder / "keras.json").write_text(written)

    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", SETTINGS],
        capture_output=True,
        text=True,
        check=True,
        env=os.environ | {"HOME": str(tmp_path), "KERAS_MAX_EPOCHS": "x"},
        timeout=120,
    )

    assert done.stdout.splitlines() == [
        "tensorflow float32 1e-07 channels_last",
        f"float32 {folder}",
        "float32 float32",
    ]
    assert folder.exists() == (written is not None)


def test_what_natives_write_is_kept_out_of_sight(capfd):
    with quiet_natives():
        os.write(2, b"greetings\n")
    os.write(2, b"after\n")

    assert capfd.readouterr().err == "after\n"


def test_what_natives_write_is_shown_when_the_block_fails(capfd):
    def fail():
        os.write(2, b"the cause\n")
        raise RuntimeError

    with pytest.raises(RuntimeError), quiet_natives():
        fail()

    assert capfd.readouterr().err == "the cause\n"


def test_whoever_interrupts_does_not_want_to_read_it(capfd):
    def interrupt():
        os.write(2, b"greetings\n")
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt), quiet_natives():
        interrupt()

    assert capfd.readouterr().err == ""


def test_without_a_stderr_nothing_is_kept(monkeypatch):
    monkeypatch.setattr(sys, "stderr", None)

    with quiet_natives():
        descriptor = os.dup(2)
    os.close(descriptor)

    assert descriptor > 2


@pytest.mark.heavy
def test_determinism_can_be_chosen_for_each_run():
    from tensorflow.python.framework.config import is_op_determinism_enabled

    from dlrun.engines import current_backend, import_keras

    import_keras()

    current_backend().set_determinism(on=False)
    without = is_op_determinism_enabled()
    current_backend().set_determinism(on=True)

    assert (without, is_op_determinism_enabled()) == (False, True)


@pytest.mark.parametrize("category", ABOUT_CODE)
@pytest.mark.parametrize(
    ("module", "is_heard"),
    [
        ("keras.src.backend.tensorflow.core", False),
        ("gast.astn", False),
        ("/v/lib/python3.13/site-packages/tensorflow/python/ops", False),
        ("C:\\v\\Lib\\site-packages\\keras\\src\\ops", False),
        ("/usr/lib/python3/dist-packages/six", False),
        ("__main__", True),
        ("dlrun.engines.tensorflow.engine", True),
        ("kerastools", True),
        ("my.keras", True),
        ("/home/me/keras/model", True),
    ],
)
def test_warnings_for_authors_of_what_keras_brings_are_heard_by_nobody(
    category, module, is_heard
):
    with warnings.catch_warnings(record=True) as heard:
        warnings.simplefilter("always")
        mute_authors_warnings()
        warnings.warn_explicit("x", category, "file.py", 1, module)

    assert bool(heard) == is_heard


def test_what_keras_says_of_a_model_is_heard():
    with warnings.catch_warnings(record=True) as heard:
        warnings.simplefilter("always")
        mute_authors_warnings()
        for category in (UserWarning, RuntimeWarning):
            warnings.warn_explicit("x", category, "file.py", 1, "keras.src.models")

    assert len(heard) == 2


BROUGHT = """
import sys
import sysconfig
import dlrun.engines.backend as door
before = {*sys.modules}
door.import_keras()
known = {*door._PACKAGES, *door.current_backend().packages}
site = sysconfig.get_paths()["purelib"]
for name in {*sys.modules} - before:
    package = name.partition(".")[0]
    file = getattr(sys.modules[name], "__file__", None) or ""
    if file.startswith(site) and package not in known:
        print(package)
"""


@pytest.mark.heavy
def test_whatever_comes_in_with_keras_is_known_as_code_of_others():
    done = subprocess.run(
        [sys.executable, "-c", BROUGHT], capture_output=True, text=True, check=True
    )

    assert done.stdout == ""


NOISY = """
import sys
from dlrun.cli.app import run
from dlrun.engines import current_backend, import_keras
keras = import_keras()
about_code = DeprecationWarning, PendingDeprecationWarning, FutureWarning, SyntaxWarning
code = "import warnings; warnings.warn(f'{__name__} is old', category)"
calls = []

def noisily(self, *arguments, call=keras.Model.__call__, **named):
    calls.append(self)
    for module in ("keras.src", "numpy", *current_backend().packages):
        for category in about_code:
            exec(code, {"__name__": module, "category": category})
    return call(self, *arguments, **named)

keras.Model.__call__ = noisily
for line in sys.argv[1:]:
    called = len(calls)
    assert run(line.split()) == 0
    assert len(calls) > called
"""


@pytest.mark.heavy
@pytest.mark.parametrize("setting", ["default", "always", "error"])
def test_code_of_others_that_a_newer_python_warns_of_reaches_no_terminal(
    tmp_path, setting
):
    commands = [f"train {GENDER} -q", "predict gender", "evaluate gender"]

    done = subprocess.run(
        [sys.executable, "-c", NOISY, *commands],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env=os.environ | {"PYTHONWARNINGS": setting, "CUDA_VISIBLE_DEVICES": ""},
        timeout=120,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    assert "Warning" not in done.stdout + done.stderr
    assert not (tmp_path / "runs/gender-001/log.txt").exists()
