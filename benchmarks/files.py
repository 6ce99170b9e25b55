"""What reading tables costs: `python benchmarks/files.py [--part PART] [OLD_CHECKOUT]`.

CPU seconds of a whole process (user and system) and its peak memory, medians of
interleaved runs. `ready` is a config that is validated and its rows read, divided,
scaled or encoded, hashed and searched for copies, without TensorFlow. Beside it
`pandas.read_csv` with its C engine, alone in a process. All modules are compiled
beforehand, as those of an installed package are.

Each part writes its section of FILES.md; by default all do.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import numpy as np
from measure import ROOT, Cost, interleaved, measure, median
from sections import write_section

RESULTS = ROOT / "benchmarks/FILES.md"
REPEATS = 3
HEAD = """# Reading tables

`make bench-files` writes this: medians of {repeats} interleaved runs on shared cores.
*Ready* is a config that is validated and its rows read, divided, scaled or encoded,
hashed and searched for copies, without TensorFlow; `pandas.read_csv` (C engine) only
reads. Why it costs what it costs: [0037](../docs/decisions/{decision}).
"""
DECISION = "0037-what-reading-a-table-costs.md"
IMPORTS = """
import sys
from pathlib import Path
import numpy, pyarrow.{format}
from dlrun.experiment import parse_spec, read_config
from dlrun.rows import read_rows
from dlrun.engines import KerasDoor
"""
VALIDATED = "experiment = parse_spec(read_config(Path(sys.argv[1])))\n"
PARSED = """
from dlrun.data.table_file import AskedColumns
source = experiment.spec.data.source
table = source.read_file(Path(source.path))
asked = AskedColumns(dict.fromkeys(range(len(table.columns)), "numbers"), frozenset())
for block in table.blocks(source, asked):
    pass
"""
READ = """
from dlrun.rows.encoding import reading_columns
spec = experiment.spec
data = reading_columns(spec.data, None)[1]
rows = data.source.load(None, task=data.wanted(spec.compile.heads))
"""
READY = "print(len(read_rows(experiment, KerasDoor())[1].train))\n"
STAGES = {
    "Python starts and imports": IMPORTS,
    "the config is validated": IMPORTS + VALIDATED,
    "Arrow splits rows and reads numbers": IMPORTS + VALIDATED + PARSED,
    "columns, labels and hashes of lines are kept": IMPORTS + VALIDATED + READ,
    "rows are divided, prepared, hashed, compared": IMPORTS + VALIDATED + READY,
}
"""What is done up to each stage; what a stage adds is its part."""
OLD_READY = """
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
    """A table of normal numbers with six digits, and a label that a sum decides.

    It is written by another process: what this one has held counts as the peak of all
    that it starts.
    """
    with ProcessPoolExecutor(1, get_context("spawn")) as writer:
        return writer.submit(_write, folder, rows, columns, parquet).result()


def _write(folder: Path, rows: int, columns: int, parquet: bool) -> Path:
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


def config_for(folder: Path, file: Path, prepared: str) -> str:
    """A config that reads a table."""
    source = "parquet" if file.suffix == ".parquet" else "csv"
    config = folder / f"{file.stem}.{source}.{prepared.split(':', maxsplit=1)[0]}.yaml"
    config.write_text(CONFIG.format(source=source, file=file, prepared=prepared))
    return str(config)


def ready(folder: Path, file: Path, prepared: str, checkout: Path = ROOT) -> list[str]:
    """A command that reads a table by a config."""
    has_door = (checkout / "src/dlrun/engines/door.py").exists()
    door = "KerasDoor" if has_door else "decode_image"
    script = OLD_READY.format(door=door, make="KerasDoor()" if has_door else door)
    return _command(checkout, script, config_for(folder, file, prepared))


def _command(checkout: Path, script: str, *arguments: str) -> list[str]:
    path = f"import sys; sys.path.insert(0, {str(checkout / 'src')!r})\n"
    return [sys.executable, "-c", path + script, *arguments]


def _rows(costs: dict[str, list[Cost]]) -> list[str]:
    """A line per command, the first as the measure of the others."""
    lines = ["| what, in a process of its own | CPU s | of the first | peak MB |"]
    lines.append("|---|---|---|---|")
    first = median(next(iter(costs.values())), "cpu_seconds")
    for name, measured in costs.items():
        cpu = median(measured, "cpu_seconds")
        peak = median(measured, "peak_megabytes")
        lines.append(f"| {name} | {cpu:.2f} | {cpu / first:.2f} | {peak:,.0f} |")
    return lines


def large(folder: Path, old: list[Path]) -> list[str]:
    """500,000 rows and 50 columns, ready."""
    csv = write_table(folder, 500_000, 50, parquet=True)
    parquet = csv.with_suffix(".parquet")
    commands = {
        "`pandas.read_csv`": [sys.executable, "-c", PANDAS, str(csv)],
        "CSV ready, scaled": ready(folder, csv, SCALED),
        "CSV ready, encoded by `columns`": ready(folder, csv, ENCODED),
        "Parquet ready, scaled": ready(folder, parquet, SCALED),
        "Parquet ready, encoded": ready(folder, parquet, ENCODED),
    }
    for checkout in old:
        knows_parquet = (checkout / "src/dlrun/data/parquet_file.py").exists()
        for file in (csv, parquet) if knows_parquet else (csv,):
            for prepared in (SCALED, ENCODED):
                what = f"{file.suffix[1:]} ready, {prepared.split(':')[0]}, before"
                commands[what] = ready(folder, file, prepared, checkout)
    size = csv.stat().st_size / 1e6
    about = f"Normal numbers with six digits, {size:,.0f} MB as CSV."
    return [about, "", *_rows(interleaved(commands, folder, REPEATS))]


def stages(folder: Path, old: list[Path]) -> list[str]:
    """Where the CPU of these goes."""
    csv = write_table(folder, 500_000, 50, parquet=True)
    kinds = {
        f"{file.suffix[1:]}, {name}": (file, prepared)
        for file in (csv, csv.with_suffix(".parquet"))
        for name, prepared in (("scaled", SCALED), ("encoded", ENCODED))
    }
    commands = {
        f"{kind}/{stage}": _command(
            ROOT,
            script.replace("{format}", file.suffix[1:]),
            config_for(folder, file, prepared),
        )
        for kind, (file, prepared) in kinds.items()
        for stage, script in STAGES.items()
    }
    costs = interleaved(commands, folder, REPEATS)
    lines = [f"| part, CPU s | {' | '.join(kinds)} |", "|---" * (len(kinds) + 1) + "|"]
    below = dict.fromkeys(kinds, 0.0)
    for stage in STAGES:
        cells = []
        for kind in kinds:
            cpu = median(costs[f"{kind}/{stage}"], "cpu_seconds")
            # What is kept is read as well: both have the stage above as their measure.
            cells.append(f"{cpu - below[kind]:.2f}")
            below[kind] = cpu
        lines.append(f"| {stage} | {' | '.join(cells)} |")
    about = "Each is what a process takes that stops there, less the one above."
    return [about, "", *lines]


def trained(folder: Path, old: list[Path]) -> list[str]:
    """The same table, trained for an epoch."""
    csv = write_table(folder, 500_000, 50)
    train = [sys.executable, "-m", "dlrun", "train", "-q"]
    commands = {
        "pandas and plain Keras": [sys.executable, "-c", PANDAS_KERAS, str(csv)],
        "`dlrun train`, scaled": [*train, config_for(folder, csv, SCALED)],
        "`dlrun train`, encoded": [*train, config_for(folder, csv, ENCODED)],
    }
    return _rows(interleaved(commands, folder, REPEATS))


def small(folder: Path, old: list[Path]) -> list[str]:
    """10,000 rows and 50 columns, ready."""
    csv = write_table(folder, 10_000, 50)
    commands = {"scaled": ready(folder, csv, SCALED)}
    commands["encoded"] = ready(folder, csv, ENCODED)
    for checkout in old:
        commands["scaled, before"] = ready(folder, csv, SCALED, checkout)
        commands["encoded, before"] = ready(folder, csv, ENCODED, checkout)
    return _rows(interleaved(commands, folder, REPEATS))


def long(folder: Path, old: list[Path]) -> list[str]:
    """5,000,000 rows and 20 columns, ready, once."""
    csv = write_table(folder, 5_000_000, 20)
    names = {"scaled": SCALED, "encoded": ENCODED}
    return _rows(
        {
            name: [measure(ready(folder, csv, prepared), folder)]
            for name, prepared in names.items()
        }
    )


PARTS: dict[str, Callable[[Path, list[Path]], list[str]]] = {
    "large": large,
    "stages": stages,
    "trained": trained,
    "small": small,
    "long": long,
}


def _load(before: float, after: float) -> str:
    """How busy the machine was: CPU seconds of both sides grow where it is."""
    work = f"{before:.1f} before and {after:.1f} after"
    return f"Processes at work, on {os.cpu_count()} processors: {work}."


def _title(part: Callable[[Path, list[Path]], list[str]]) -> str:
    return (part.__doc__ or "").rstrip(".")


def main() -> None:
    """Measure, and write the sections."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--part", choices=PARTS, action="append")
    parser.add_argument("old", nargs="*", type=Path)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as directory:
        folder = Path(directory)
        os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
        os.environ["PYTHONPYCACHEPREFIX"] = str(folder / "compiled")
        for name in asked.part or PARTS:
            before = os.getloadavg()[0]
            lines = PARTS[name](folder, asked.old)
            lines += ["", _load(before, os.getloadavg()[0])]
            head = HEAD.format(repeats=REPEATS, decision=DECISION)
            order = [_title(part) for part in PARTS.values()]
            write_section(RESULTS, head, order, _title(PARTS[name]), lines)
            print(f"\n{_title(PARTS[name])}\n", *lines, sep="\n", flush=True)


if __name__ == "__main__":
    main()
