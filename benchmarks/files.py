"""What reading tables costs: `python benchmarks/files.py [OLD_CHECKOUT]`.

CPU seconds of a whole process (user and system) and its peak memory, medians of
interleaved runs. `ready` is a config that is validated and its rows read, divided,
scaled or encoded, hashed and searched for copies, without TensorFlow. Beside it
`pandas.read_csv` with its C engine, alone in a process. Last, 5,000,000 rows of 20
columns once.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from measure import ROOT, Cost, interleaved, measure, median

REPEATS = 5
READY = """
import sys
from pathlib import Path
from dlrun.experiment import parse_spec, read_config
from dlrun.rows import read_rows
from dlrun.engines import {door}
print(len(read_rows(parse_spec(read_config(Path(sys.argv[1]))), {make})[1].train))
"""
PANDAS = "import sys, pandas; print(len(pandas.read_csv(sys.argv[1], engine='c')))"
PANDAS_KERAS = """
import sys, pandas, numpy, keras
table = pandas.read_csv(sys.argv[1], engine="c")
labels = table.pop("y").to_numpy("float32")
rows = table.to_numpy("float32")
train = int(0.8 * len(rows))
mean, deviation = rows[:train].mean(axis=0), rows[:train].std(axis=0)
rows = (rows - mean) / deviation
layers = [keras.layers.Dense(16, "relu"), keras.layers.Dense(1, "sigmoid")]
model = keras.Sequential(layers)
model.compile("adam", "binary_crossentropy")
held = (rows[train:], labels[train:])
model.fit(rows[:train], labels[:train], 8192, 1, 0, validation_data=held)
"""
CONFIG = """
name: big
data:
  {source}: {{path: {file}, labels: y}}
  split: {{validation: 0.2}}
  {prepared}
model:
  layers:
    - Dense: {{units: 16, activation: relu}}
    - Dense: {{units: 1, activation: sigmoid}}
compile: {{loss: binary_crossentropy, optimizer: Adam}}
fit: {{epochs: 1, batch_size: 8192}}
"""
SCALED, ENCODED = "scale: standard", 'columns: {"c*": scale}'


def write_table(
    folder: Path, rows: int, columns: int, *, parquet: bool = False
) -> Path:
    """A table of normal numbers with six digits, and a label that a sum decides."""
    file = folder / f"{rows}x{columns}.csv"
    names = [*(f"c{number}" for number in range(columns - 1)), "y"]
    chance, block = np.random.default_rng(0), min(rows, 50_000)
    with file.open("w", encoding="ascii") as stream:
        stream.write(",".join(names) + "\n")
        for _ in range(rows // block):
            numbers = chance.normal(size=(block, columns - 1))
            labels = (numbers.sum(axis=1) > 0).astype("int64")
            line = ",".join(["%.6g"] * (columns - 1) + ["%d"])
            cells = np.column_stack([numbers, labels]).tolist()
            stream.writelines(line % tuple(row) + "\n" for row in cells)
    if parquet:
        import pyarrow.csv
        import pyarrow.parquet

        table = pyarrow.csv.read_csv(file)
        pyarrow.parquet.write_table(table, file.with_suffix(".parquet"))
    return file


def ready(folder: Path, file: Path, prepared: str, checkout: Path = ROOT) -> list[str]:
    """A command that reads a table by a config."""
    source = "parquet" if file.suffix == ".parquet" else "csv"
    config = folder / f"{file.stem}.{source}.{prepared.split(':', maxsplit=1)[0]}.yaml"
    config.write_text(CONFIG.format(source=source, file=file, prepared=prepared))
    has_door = (checkout / "src/dlrun/engines/door.py").exists()
    door = "KerasDoor" if has_door else "decode_image"
    script = READY.format(door=door, make="KerasDoor()" if has_door else door)
    path = f"import sys; sys.path.insert(0, {str(checkout / 'src')!r})"
    return [sys.executable, "-c", path + script, str(config)]


def show(title: str, costs: dict[str, list[Cost]]) -> None:
    """A line per command, the first as the measure of the others."""
    print(f"\n{title}\n\n| what | CPU s | of the first | peak MB |\n|---|---|---|---|")
    first = None
    for name, measured in costs.items():
        cpu = median(measured, "cpu_seconds")
        first = cpu if first is None else first
        peak = median(measured, "peak_megabytes")
        print(f"| {name} | {cpu:.2f} | {cpu / first:.2f} | {peak:,.0f} |", flush=True)


def main(old: Sequence[str]) -> None:
    with tempfile.TemporaryDirectory() as directory:
        folder = Path(directory)
        large = write_table(folder, 500_000, 50, parquet=True)
        parquet = large.with_suffix(".parquet")
        commands = {
            "pandas.read_csv": [sys.executable, "-c", PANDAS, str(large)],
            "ready, scaled": ready(folder, large, SCALED),
            "ready, encoded": ready(folder, large, ENCODED),
            "ready, Parquet, scaled": ready(
                folder, large.with_suffix(".parquet"), SCALED
            ),
            "ready, Parquet, encoded": ready(folder, parquet, ENCODED),
        }
        for checkout in map(Path, old):
            commands["ready, scaled, before"] = ready(folder, large, SCALED, checkout)
        show("500,000 rows, 50 columns", interleaved(commands, folder, REPEATS))
        config = ready(folder, large, SCALED)[-1]
        train = [sys.executable, "-m", "dlrun", "train", config, "-q"]
        commands = {
            "pandas and plain Keras": [sys.executable, "-c", PANDAS_KERAS, str(large)],
            "dlrun train": train,
        }
        show("The same, trained for an epoch", interleaved(commands, folder, 3))
        small = write_table(folder, 10_000, 50)
        commands = {"ready, scaled": ready(folder, small, SCALED)}
        for checkout in map(Path, old):
            commands["ready, scaled, before"] = ready(folder, small, SCALED, checkout)
        show("10,000 rows, 50 columns", interleaved(commands, folder, REPEATS))
        long = write_table(folder, 5_000_000, 20)
        cost = measure(ready(folder, long, SCALED), folder)
        show("5,000,000 rows, 20 columns, once", {"ready, scaled": [cost]})


if __name__ == "__main__":
    main(sys.argv[1:])
