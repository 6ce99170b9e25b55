"""The healthy configs of the injected held-out part, as settings to be compared.

    python benchmarks/diagnosis/everyday_healthy.py      # their rows, not kept

Nothing was injected into them, which does not say that nothing is wrong with them:
reference trainings do, by the criteria of EVERYDAY.md.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from cases import write_configs
from data import write_data
from everyday_data import CACHE, to_arrays
from everyday_setting import Setting
from healthy import HEALTHY

from dlrun.config import load_config


def _settings() -> tuple[Setting, ...]:
    with tempfile.TemporaryDirectory() as folder:
        files = write_configs(HEALTHY, Path(folder))
        configs = {name: load_config(file).value for name, file in files.items()}
    return tuple(
        Setting(
            cause.name,
            cause.base.data,
            cause.words,
            {key: one for key, one in configs[cause.name].items() if key != "name"},
        )
        for cause in HEALTHY
    )


SETTINGS = _settings()


def file_of(setting: Setting) -> str:
    """The name of the file with the rows."""
    data: dict[str, Any] = setting.config["data"]
    source = data.get("npz") or data["csv"]
    return Path(source["path"]).name


def write_rows(directory: Path) -> None:
    """Write the rows of all settings; numbers to predict are there scaled as well."""
    with tempfile.TemporaryDirectory() as folder:
        write_data(Path(folder))
        for name in {file_of(setting) for setting in SETTINGS}:
            made, file = Path(folder) / name, directory / name
            file.write_bytes(made.read_bytes())
            if file.suffix == ".npz":
                with np.load(made) as rows:
                    if rows["y"].dtype.kind == "f":
                        scaled = to_arrays(rows["x"], rows["y"], numbers=True)
                        np.savez(file, **scaled)


if __name__ == "__main__":
    directory = CACHE / "data"
    directory.mkdir(parents=True, exist_ok=True)
    write_rows(directory)
