"""What classes cost that no config names: `python benchmarks/index.py [OLD_CHECKOUT]`.

CPU seconds of light commands, with the classes that there are and with 130 more layers
in ten more families, added to a copy of the package. All run in turn, so that all meet
the same noise; the checkout of an older version is measured beside this one.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from measure import ROOT, Cost, interleaved, median

FAMILIES, LAYERS = 10, 13
REPEATS = 15
COMMANDS = {
    "validate gender": ["validate", str(ROOT / "configs/gender.yaml")],
    "explain Conv2D": ["explain", "Conv2D"],
}
HEAD = '''"""Layers of a benchmark."""

from __future__ import annotations

from dlrun.components.component import named
from dlrun.components.fields import ActivationName, PositiveInt
from dlrun.components.initializers import Initializer
from dlrun.components.layers.layer import Layer
from dlrun.components.regularizers import Regularizer
'''
LAYER = '''

class Dummy{number}(Layer):
    """A layer of a benchmark: `(batch, ...)` in and out."""

    main_argument = "units"

    units: PositiveInt
    """Size of the last output axis."""
    activation: ActivationName = "linear"
    """The function on the output."""
    use_bias: bool = True
    """Whether a number per unit is added."""
    kernel_initializer: Initializer = named("glorot_uniform")
    """What the kernel starts as."""
    kernel_regularizer: Regularizer | None = None
    """A penalty on the kernel; `None`: no penalty."""
'''


def main(checkouts: dict[str, Path]) -> None:
    with tempfile.TemporaryDirectory() as directory:
        sources = {}
        for name, checkout in checkouts.items():
            sources[name] = checkout / "src"
            larger = Path(directory, name)
            shutil.copytree(checkout / "src", larger)
            add_layers(larger)
            sources[f"{name} + {FAMILIES * LAYERS}"] = larger
        print(f"| CPU seconds, median of {REPEATS} | {' | '.join(sources)} |")
        print(f"|---{'|---' * len(sources)}|")
        for title, arguments in COMMANDS.items():
            commands = {
                name: ["env", f"PYTHONPATH={source}", *dlrun(arguments)]
                for name, source in sources.items()
            }
            costs = interleaved(commands, Path(directory), REPEATS)
            print(f"| {title} | {' | '.join(cells(costs))} |", flush=True)


def cells(costs: dict[str, list[Cost]]) -> Iterator[str]:
    """The seconds of each side, and their share of the first."""
    seconds = {name: median(runs, "cpu_seconds") for name, runs in costs.items()}
    first, *_ = seconds.values()
    for value in seconds.values():
        yield f"{value:.3f} ({value / first:.2f})"


def dlrun(arguments: list[str]) -> list[str]:
    return [sys.executable, "-m", "dlrun", *arguments]


def add_layers(source: Path) -> None:
    """Add families of layers to a copy of the package, and make its index anew."""
    layers = source / "dlrun/components/layers"
    names = [f"dummies_{number}" for number in range(FAMILIES)]
    for family, name in enumerate(names):
        numbers = range(family * LAYERS, (family + 1) * LAYERS)
        text = HEAD + "".join(LAYER.format(number=number) for number in numbers)
        (layers / f"{name}.py").write_text(text, encoding="utf-8")
    if (source / "dlrun/describe/generate.py").exists():
        run = [sys.executable, "-m", "dlrun.describe.generate"]
        environment = ["env", f"PYTHONPATH={source}"]
        subprocess.run([*environment, *run], check=True, stdout=subprocess.DEVNULL)
    else:  # A version without an index imports every family.
        with (layers / "__init__.py").open("a", encoding="utf-8") as file:
            file.writelines(
                f"import dlrun.components.layers.{name}\n" for name in names
            )


if __name__ == "__main__":
    old = {"old": Path(sys.argv[1]).resolve()} if len(sys.argv) > 1 else {}
    main({**old, "new": ROOT})
