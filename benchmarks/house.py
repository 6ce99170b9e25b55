"""What it costs to change dlrun, for two checkouts side by side.

    python benchmarks/house.py            # the last commit before the move, and now
    python benchmarks/house.py OLD NEW    # folders, or revisions of this repository

"Modules that name it" counts where the name of an existing thing stands in the code, as
an identifier or in a text: so many modules does a person read and change who adds
another of its kind. The largest count over all things of the kind is shown.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path

from code_map import (
    Modules,
    count_any,
    find_cycles,
    identifiers,
    import_graph,
    imports,
    length,
    lines_by_package,
    literals,
    read_modules,
)
from many_runs import write_runs

ROOT = Path(__file__).resolve().parent.parent
BEFORE = "ae6e540"
"""The last commit of the house that was cut by stages and by the ruler."""
VERDICTS = ("OVERFITTING", "VANISHING_GRADIENT", "VALIDATION_BETTER", "UNDERFITTING")
SECTIONS = ("effects", "marginals", "recommendations", "caveats", "provenance")
"""Fields of a comparison that its renderings show."""
SOURCES = {"npz": "Npz", "image_folder": "ImageFolder"}
"""Those whose names mean nothing else."""
LAYERS = ("BatchNormalization", "Dropout", "Dense", "Conv2D", "LSTM", "Activation")
RUNS, EPOCHS = 15, 50
ENTERED = """
import collections, json, sys
try:
    from dlrun.comparison import compare
except ImportError:
    from dlrun.report import compare
from dlrun.runs import find_runs
from pathlib import Path

calls = []

def record(frame, event, argument):
    module = frame.f_globals.get("__name__", "")
    if event == "call" and module.startswith("dlrun"):
        if frame.f_code.co_name != "<module>":
            calls.append(module)

folders = find_runs(Path(sys.argv[1]))
sys.setprofile(record)
compare(folders)
sys.setprofile(None)
changes = sum(one != other for one, other in zip(calls, ["", *calls]))
print(json.dumps([len(set(calls)), changes]))
"""


def naming(modules: Modules, names: Iterable[str]) -> int:
    """How many modules name one of `names` as an identifier or as a whole text."""
    wanted = set(names)
    return sum(
        not wanted.isdisjoint({*identifiers(tree), *literals(tree)})
        for tree in modules.values()
    )


def verdicts(modules: Modules) -> int:
    """The modules that name a verdict."""
    return max(naming(modules, [verdict]) for verdict in VERDICTS)


def sections(modules: Modules) -> int:
    """The modules that read, make or render a section of the comparison."""

    def count(field: str) -> int:
        stem = field.removesuffix("s")
        pattern = re.compile(rf"{field}|(find|render)_{field}|{stem}_lines|{stem}")
        return sum(
            any(pattern.fullmatch(name.lower()) for name in identifiers(tree))
            for tree in modules.values()
        )

    return max(map(count, SECTIONS))


def sources(modules: Modules) -> int:
    """The modules that name a data source, by its key or by its class."""
    return max(naming(modules, names) for names in SOURCES.items())


def layers(modules: Modules) -> int:
    """The modules that name the class of a layer, in a text or as an identifier."""
    return max(naming(modules, [layer]) for layer in LAYERS)


def backends(modules: Modules) -> int:
    """The modules outside its own folder that name TensorFlow."""
    pattern = re.compile("tensorflow|^tf$", re.IGNORECASE)
    return sum(
        any(
            pattern.search(name)
            for name in (
                *identifiers(tree),
                *literals(tree),
                *(target for target, _ in imports(tree)),
            )
        )
        for module, tree in modules.items()
        if ".engines.tensorflow" not in module
    )


def loops(modules: Modules) -> int:
    """The modules that start runs."""
    return naming(modules, ["start_run"]) - 2  # where it is defined, and exported


def entered(source: Path) -> tuple[int, int]:
    """The modules that one `compare` enters, and how often it changes from one."""
    with tempfile.TemporaryDirectory() as directory:
        write_runs(Path(directory), RUNS, EPOCHS)
        done = subprocess.run(
            [sys.executable, "-c", ENTERED, directory],
            env={"PYTHONPATH": str(source), "PATH": ""},
            capture_output=True,
            check=True,
            text=True,
        )
    modules, changes = json.loads(done.stdout)
    return modules, changes


def largest_room(modules: Modules) -> str:
    """The package with the most lines, and its share."""
    lines = lines_by_package(modules)
    name = max(lines, key=lambda room: lines[room])
    return f"{name}, {lines[name] / sum(lines.values()):.1%}"


MEASURES: dict[str, Callable[[Modules], object]] = {
    "a verdict: modules that name it": verdicts,
    "a section of the comparison: modules that name it": sections,
    "a data source: modules that name it": sources,
    "a Keras layer: modules that name it": layers,
    "a backend: modules outside its folder that name TensorFlow": backends,
    "many runs: modules that start runs": loops,
    "the largest room, of all lines": largest_room,
    "modules in import cycles": lambda modules: sum(
        map(len, find_cycles(import_graph(modules)))
    ),
    "uses of `Any`": lambda modules: sum(map(count_any, modules.values())),
    "modules": len,
    "lines": lambda modules: sum(map(length, modules.values())),
}


def measure(source: Path) -> dict[str, str]:
    """Every figure of one checkout, by its name."""
    modules = read_modules(source)
    figures = {name: str(figure(modules)) for name, figure in MEASURES.items()}
    number, changes = entered(source)
    figures[f"modules that `compare` of {RUNS} runs enters"] = str(number)
    figures["changes of module on the way"] = f"{changes:,}"
    return figures


def source_of(checkout: str, directory: Path) -> Path:
    """The `src` of a folder, or of a revision, which is written below `directory`."""
    if (Path(checkout) / "src").is_dir():
        return Path(checkout).resolve() / "src"
    archive = subprocess.run(
        ["git", "archive", checkout, "src"], cwd=ROOT, check=True, capture_output=True
    )
    subprocess.run(["tar", "-x"], input=archive.stdout, cwd=directory, check=True)
    return directory / "src"


def main(old: str = BEFORE, new: str = str(ROOT)) -> None:
    """Print the table."""
    with tempfile.TemporaryDirectory() as before, tempfile.TemporaryDirectory() as now:
        sides = [
            measure(source_of(checkout, Path(directory)))
            for checkout, directory in ((old, before), (new, now))
        ]
    print("| what | before | now |\n|---|---|---|")
    for name, figure in sides[0].items():
        print(f"| {name} | {figure} | {sides[1][name]} |")


if __name__ == "__main__":
    main(*sys.argv[1:])
