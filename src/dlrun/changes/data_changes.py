"""The changes of rows: how many there are, how they are scaled, moved and weighed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from dlrun.changes.change import (
    Change,
    Values,
    change,
    named,
    rounded,
    text,
)
from dlrun.changes.column_changes import (
    entries_of,
    plain_entries,
    scaled_column,
    scaled_entry,
)
from dlrun.changes.setup import Setup
from dlrun.components.index import with_trait
from dlrun.diagnosis.facts import read_facts
from dlrun.diagnosis.recording import number_of, numbers_of, whole_of
from dlrun.writing import listing

_IMAGE_AXES = 3
_LEAST_SIDE = 8
"""Arrays with three axes and smaller sides are hardly images."""
_MOST_CHANNELS = 4
_MOVES = with_trait("layer", "moves", bool)
_NOISES = with_trait("layer", "adds_noise", bool)
_SCALING = with_trait("layer", "scales", bool)
_IMAGES = with_trait("column encoder", "reads_images", bool)
_LARGEST_PIXEL = 255
_ABOUT_ONE = 1.5
"""The root mean square of features that need no scaling."""
_SHIFT = 0.1
"""How far an image moves, as a share of its side; at least by a pixel."""
_FEWEST_EPOCHS = 10
_USUAL_SHARE = 0.2
_IMBALANCE = 1.5
"""Below this ratio of the largest class to the smallest, class weights are idle."""


def augmentation(setup: Setup) -> Change | None:
    """Images move by up to a tenth of their sides, which changes no class.

    A mirrored digit is no digit, and a turned 6 is a 9; what moves stays what it is.
    A mask does not: it would have to move as well.
    """
    if setup.layers.gives_maps:
        return None
    shapes, stated = setup.value("model", "input_shape"), setup.value("data", "augment")
    sentence = "train images move a little in each epoch"
    if not isinstance(shapes, Mapping):
        new = _translation(shapes, stated)
        patch = [] if new is None else [f"data.augment+={text(new)}"]
        return change("augmentation", sentence, patch)
    lists = dict(stated) if isinstance(stated, Mapping) else {}
    added = {name: _translation(shapes[name], lists.get(name)) for name in shapes}
    moved = {
        name: [*lists.get(name, ()), new]
        for name, new in added.items()
        if new is not None
    }
    patch = [f"data.augment={text({**lists, **moved})}"] if moved else []
    return change("augmentation", sentence, patch)


def _translation(shape: object, stated: object) -> Values | None:
    """What moves images of a shape; None: they are none, or are moved already."""
    sides = _image_sides(shape if isinstance(shape, list | tuple) else ())
    present = stated if isinstance(stated, list | tuple) else ()
    if sides is None or any(named(layer)[0] in _MOVES for layer in present):
        return None
    factors = {
        key: rounded(max(_SHIFT, 1 / side))
        for key, side in zip(("height_factor", "width_factor"), sides, strict=True)
    }
    return {"RandomTranslation": {**factors, "fill_mode": "nearest"}}


def _image_sides(shape: Sequence[object]) -> tuple[float, float] | None:
    """Height and width of an image in pixels; None: a row is no image."""
    sizes = [size for size in numbers_of(list(shape)) if size is not None]
    if len(sizes) != _IMAGE_AXES:
        return None
    rows, columns, channels = sizes
    is_image = min(rows, columns) >= _LEAST_SIDE and channels <= _MOST_CHANNELS
    return (rows, columns) if is_image else None


def less_augmentation(setup: Setup) -> Change | None:
    """Train rows stay as they are."""
    patch = ["data.augment=[]"] if setup.value("data", "augment") else []
    patch += [
        f"{layer.place}.enabled=false"
        for layer in setup.layers.all
        if layer.kind in _NOISES and layer.enabled
    ]
    return change("less_augmentation", "train rows without random changes", patch)


def more_data(setup: Setup) -> Change | None:
    """All rows that are neither for validation nor for the test, if some lie idle.

    With as many fewer epochs the number of steps stays: what is compared is the rows.
    """
    share, rest = number_of(setup.value("data", "split", "train")), _rest(setup)
    if share is None or share >= rest or _rest_is_unlabelled(setup):
        return None
    patch = [f"data.split.train={text(rest)}"]
    sentence = f"{rest / share:.3g} times as many train rows"
    epochs = setup.whole("fit", "epochs")
    fewer = max(min(epochs, _FEWEST_EPOCHS), round(epochs * share / rest))
    if fewer < epochs:
        patch.append(f"fit.epochs={fewer}")
        sentence += f", for {fewer} epochs: about as many steps"
    because = f"Only {share} of all rows train."
    return change("more_data", sentence, patch, because)


def less_data(setup: Setup) -> Change | None:
    """Half of the train rows; the validation rows stay the same."""
    split = setup.value("data", "split")
    if not isinstance(split, Mapping):
        return None
    if any(split.get(key) is not None for key in ("column", "folds")):
        return None  # Nothing can be said of shares.
    half = rounded((setup.number("data", "split", "train") or _rest(setup)) / 2)
    return change("less_data", "half of the train rows", [f"data.split.train={half}"])


def _rest_is_unlabelled(setup: Setup) -> bool:
    """Whether the rows that lie idle are those that pseudo-labels are for."""
    return bool(setup.value("pseudo_label", "unlabelled") == "rest")


def _rest(setup: Setup) -> float:
    """The share of rows that are neither for validation nor for the test."""
    held = setup.number("data", "split", "validation")
    held += setup.number("data", "split", "test")
    return float(f"{1 - held:.6g}")


def larger_validation(setup: Setup) -> Change | None:
    """Twice the share of validation rows: a fifth to a half of all."""
    share = setup.number("data", "split", "validation")
    test, train = (setup.number("data", "split", part) for part in ("test", "train"))
    free = 1 - test - train
    free = free / 2 if _rest_is_unlabelled(setup) else free
    new = rounded(min(max(2 * share, _USUAL_SHARE), 0.5, free))
    patch = [f"data.split.validation={text(new)}"] if 0 < share < new else []
    return change("larger_validation", "more validation rows", patch)


def seeded_split(setup: Setup) -> Change | None:
    """Validation rows drawn at random, not the last ones or those of another file."""
    share = setup.value("fit", "validation_split")
    patch = []
    if share is not None:
        patch = ["fit.validation_split=null", f"data.split.validation={text(share)}"]
    elif setup.value("data", "validation") is not None:
        patch = ["data.validation=null", f"data.split.validation={_USUAL_SHARE}"]
    sentence = "validation rows drawn at random from the same rows"
    return change("seeded_split", sentence, patch)


def scale_inputs(setup: Setup) -> Change | None:
    """Features with mean 0 and deviation 1, where nothing scales them yet."""
    facts = read_facts(setup.facts, has_accuracy=False)
    size = facts.feature_size
    is_fine = 0 < size <= _ABOUT_ONE and not facts.is_unscaled
    if is_fine or _begins_scaled(setup):
        return None
    if facts.unscaled_columns and entries_of(setup):
        return _by_column(setup, facts.unscaled_columns)
    patch = [scaled_entry(name) for name in plain_entries(setup)]
    if setup.value("data", "scale") is None:
        patch = ["data.scale=standard", *patch]
    patch += _rescaled_images(setup)
    if not patch:
        return None
    because = "Nothing scales the features."
    if size:
        because += f" Their root mean square is {size:.3g}."
    return change("scale_inputs", "scaled features", patch, because)


def _by_column(setup: Setup, sizes: Mapping[str, float]) -> Change | None:
    """The columns that nothing scales, where others are scaled already."""
    found = {name: scaled_column(setup, name) for name in sizes}
    kept = {name: one for name, one in found.items() if one is not None}
    because = " ".join(
        f"The root mean square of {name} is {sizes[name]:.3g}." for name in kept
    )
    return change("scale_inputs", f"{listing(kept)} scaled", kept.values(), because)


def _rescaled_images(setup: Setup) -> list[str]:
    """A layer below each input of images, which no encoder scales."""
    columns, inputs = (setup.value("data", key) for key in ("columns", "inputs"))
    if not isinstance(columns, Mapping) or not isinstance(inputs, Mapping):
        return []
    images = {
        str(column)
        for column, encoders in columns.items()
        if isinstance(encoders, Sequence) and named(encoders[-1])[0] in _IMAGES
    }
    layers = [named(layer) for layer in setup.items("model", "layers")]
    for name, within in inputs.items():
        if not isinstance(within, Sequence) or images.isdisjoint(map(str, within)):
            continue
        scaled, factor = f"{name}_scaled", rounded(1 / _LARGEST_PIXEL)
        new = {"scale": factor, "from": [name], "name": scaled}
        takers = [name in _sources(arguments) for _, arguments in layers]
        first = takers.index(True) if True in takers else 0
        layers = [
            (kind, _taking(arguments, str(name), scaled)) for kind, arguments in layers
        ]
        layers.insert(first, ("Rescaling", new))
    written = [{kind: arguments} if arguments else kind for kind, arguments in layers]
    is_new = len(layers) > len(setup.items("model", "layers"))
    return [f"model.layers={text(written)}"] if is_new else []


def _sources(arguments: Values) -> Sequence[object]:
    sources = arguments.get("from")
    return sources if isinstance(sources, list | tuple) else [sources]


def _taking(arguments: Values, name: str, instead: str) -> Values:
    """A layer that takes another one instead of an input."""
    sources = _sources(arguments)
    if name not in sources:
        return arguments
    return {**arguments, "from": [instead if one == name else one for one in sources]}


def _begins_scaled(setup: Setup) -> bool:
    """Whether a layer scales the features before the first one with weights."""
    layers = [layer for layer in setup.layers.all if layer.enabled]
    weighted = setup.layers.weighted
    end = weighted[0].index if weighted else len(layers)
    return any(layer.kind in _SCALING for layer in layers if layer.index < end)


def scale_targets(setup: Setup) -> Change | None:
    """Training on targets with mean 0 and deviation 1, where nothing scales them yet.

    Metrics and predictions stay in the units of the file; the loss does not.
    """
    is_scaled = setup.value("data", "scale_labels") is not None
    if not setup.has_large_labels or is_scaled or _ends_scaled(setup):
        return None
    because = f"The targets have a mean of {setup.label_mean:.4g} and a standard "
    because += f"deviation of {setup.label_spread:.4g}."
    patch = ["data.scale_labels=standard"]
    return change("scale_targets", "scaled targets", patch, because)


def _ends_scaled(setup: Setup) -> bool:
    last = [layer for layer in setup.layers.all if layer.enabled][-1:]
    return any(layer.kind in _SCALING for layer in last)


def class_weight(setup: Setup) -> Change | None:
    """Every class counts as much as the others, however many rows it has."""
    counts = _class_counts(setup.facts)
    loss, _ = named(setup.value("compile", "loss"))
    is_set = setup.value("fit", "class_weight") is not None
    if is_set or len(counts) <= 1 or "Crossentropy" not in loss:
        return None
    if max(counts.values()) < _IMBALANCE * min(counts.values()):
        return None
    rows = sum(counts.values())
    weights = {
        name: float(f"{rows / (len(counts) * max(1, count)):.4g}")
        for name, count in counts.items()
    }
    written = ", ".join(f'"{name}": {text(weights[name])}' for name in weights)
    patch = [f"fit.class_weight={{{written}}}"]
    rarest = min(counts, key=lambda name: counts[name])
    because = f"Of {rows:,} train rows {counts[rarest]:,} are of class {rarest}."
    return change("class_weight", "rare classes count more", patch, because)


def _class_counts(facts: Values) -> dict[str, int]:
    """The train rows of each class by its name or number."""
    counts = facts.get("train_class_counts")
    if isinstance(counts, Mapping):
        return {str(name): whole_of(count) or 0 for name, count in counts.items()}
    listed = counts if isinstance(counts, list | tuple) else ()
    return {str(number): whole_of(count) or 0 for number, count in enumerate(listed)}
