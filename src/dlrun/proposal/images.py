"""The config of a folder of images, and the layers that look at images."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from dlrun.data.image_header import image_size
from dlrun.data.walk import EndlessWalkError, Walk
from dlrun.errors import RunError
from dlrun.proposal.draft import Draft, as_value
from dlrun.proposal.ending import write_end, write_fit
from dlrun.proposal.labels import LabelPlan, told_classes
from dlrun.proposal.network import recipe_for

if TYPE_CHECKING:
    from dlrun.components.sources.images import ImageFolder

SEEN = 20
"""Images whose headers are read."""
_LEARNING_RATE = 0.001
_LARGEST_SIDE = 96
_SMALLEST_POOLED = 6
_GREY = (0, 4)
"""Types of colour in PNG: grey, and grey with transparency."""
_RGBA = 6


def write_images(source: ImageFolder, labels: Sequence[str], path: str) -> Draft:
    """The config of a folder with a folder of images for each class.

    Raises:
        DataError: it is no such folder.
        RunError: labels were named, or no image can be read.
    """
    if labels:
        message = "the classes of a folder of images are the names of its folders"
        raise RunError(message, hint="leave out --labels")
    (classes,) = source.describe().classes.values()
    files = {name: _images(source.directory / name) for name in classes}
    size, mode = shape_of([one for found in files.values() for one in _spread(found)])
    counts = {name: len(found) for name, found in files.items()}
    plan = LabelPlan(("class",), "class", "classes", told_classes(counts), counts)
    total = sum(counts.values())
    page = Draft()
    page.remark(
        f"Proposed by dlrun init for {source.directory.name}: {total:,} images."
    )
    page.add("data:")
    page.add("  image_folder:", plan.why)
    page.add(f"    directory: {as_value(path)}")
    page.add(f"    image_size: {as_value(size)}", "every image is resized to it")
    page.add(f"    color_mode: {mode}")
    page.add(f"  split: {as_value(shares_of(total, plan.least))}")
    page.remark("Where a mirrored image is of the same class:", "  ")
    page.remark("augment: [{RandomFlip: horizontal}, {RandomRotation: 0.05}]", "  ")
    page.add("model:")
    page.add("  layers:")
    write_image_layers(page, size, factor=1 / 255)
    write_looked_at(page, plan, total)
    return page


def write_looked_at(page: Draft, plan: LabelPlan, rows: int) -> None:
    """What follows layers that look at images, where there is nothing beside them."""
    recipe = replace(
        recipe_for(round(rows * 0.7)), learning_rate=_LEARNING_RATE, l2=0.0
    )
    page.add("    - Dense: {units: 64, activation: relu}")
    page.add("    - Dropout: 0.3")
    write_end(page, plan, recipe)
    write_fit(page, recipe, is_rare=plan.is_rare)


def shares_of(rows: int, least: int) -> dict[str, float]:
    """The shares of rows that validate and test.

    Args:
        rows: how many there are.
        least: the rows of the rarest class; 0: there are no classes.
    """
    if rows >= 100_000:  # noqa: PLR2004
        return {"validation": 0.1, "test": 0.1}
    return {"validation": 0.2} | ({} if 0 < least < 3 else {"test": 0.2})  # noqa: PLR2004


def shape_of(files: Sequence[Path]) -> tuple[list[int], str]:
    """Height and width that most images have, up to a limit, and their colours.

    Raises:
        RunError: an image cannot be read.
    """
    sizes, modes = [], set()
    for file in files:
        start = _start(file)
        size = image_size(start)
        if size is None:
            message = f"{file.name} is no PNG or JPEG image, by what it begins with"
            raise RunError(message, hint="remove it, or save it again")
        sizes.append(size)
        modes.add(_mode(start))
    height, width = sorted(sizes)[len(sizes) // 2]
    by = max(1.0, max(height, width) / _LARGEST_SIDE)
    mode = modes.pop() if len(modes) == 1 else "rgb"
    return [max(1, round(height / by)), max(1, round(width / by))], mode


def _mode(start: bytes) -> str:
    """The colours of an image, by its header; those of JPEG are not looked for."""
    if not start.startswith(b"\x89PNG"):
        return "rgb"
    kind = start[25]
    return "grayscale" if kind in _GREY else "rgba" if kind == _RGBA else "rgb"


def write_image_layers(
    page: Draft,
    size: Sequence[int],
    *,
    factor: float | None,
    name: str | None = None,
    end: str | None = None,
) -> None:
    """Convolutions, as many as the size bears.

    Args:
        page: where they are written.
        size: height and width.
        factor: what brings values to 0..1; `None`: they are so already.
        name: the input that they look at; `None`: the only one.
        end: what the last layer is called.
    """
    first = f"from: {name}, " if name else ""
    if factor is not None:
        scale = f"scale: {factor:.6g}"
        page.add(f"    - Rescaling: {{{first}{scale}}}", "brings values to 0..1")
        first = ""
    side = min(size)
    for filters in (32, 64):
        kernel = f"filters: {filters}, kernel_size: 3, activation: relu, padding: same"
        page.add(f"    - Conv2D: {{{first}{kernel}}}")
        first = ""
        if side >= _SMALLEST_POOLED:
            page.add("    - MaxPooling2D: 2")
            side //= 2
    while side > 3 * _SMALLEST_POOLED:
        page.add(f"    - Conv2D: {{{kernel}}}")
        page.add("    - MaxPooling2D: 2")
        side //= 2
    page.add(f"    - Flatten: {{name: {end}}}" if end else "    - Flatten")


def _images(folder: Path) -> list[Path]:
    walk, endings = Walk().files(folder), (".png", ".jpg", ".jpeg")
    found: list[Path] = []
    with suppress(EndlessWalkError):  # So many are enough to tell.
        found.extend(
            Path(one.path) for one in walk if one.name.lower().endswith(endings)
        )
    return found


def _spread(files: Sequence[Path]) -> Sequence[Path]:
    return files[:: max(1, len(files) // 5)][:5]


def _start(file: Path) -> bytes:
    try:
        with file.open("rb") as stream:
            return stream.read(1 << 16)
    except OSError:
        return b""
