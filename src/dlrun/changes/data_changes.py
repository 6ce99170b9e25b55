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
    value_at,
)
from dlrun.changes.layers import read_layers
from dlrun.components.index import with_trait

_IMAGE_AXES = 3
_LEAST_SIDE = 8
"""Arrays with three axes and smaller sides are hardly images."""
_MOST_CHANNELS = 4
_MOVES = with_trait("layer", "moves", bool)
_NOISES = with_trait("layer", "adds_noise", bool)
_SCALING = with_trait("layer", "scales", bool)
_SHIFT = 0.1
"""How far an image moves, as a share of its side; at least by a pixel."""
_FEWEST_EPOCHS = 10
_USUAL_SHARE = 0.2
_IMBALANCE = 1.5
"""Below this ratio of the largest class to the smallest, class weights are idle."""


def augmentation(config: Values) -> Change | None:
    """Images move by up to a tenth of their sides, which changes no class.

    A mirrored digit is no digit, and a turned 6 is a 9; what moves stays what it is.
    """
    shape = value_at(config, "model", "input_shape") or ()
    present = value_at(config, "data", "augment") or ()
    if any(named(layer)[0] in _MOVES for layer in present) or not _is_image(shape):
        return None
    factors = {
        key: rounded(max(_SHIFT, 1 / side))
        for key, side in zip(("height_factor", "width_factor"), shape, strict=False)
    }
    new = {"RandomTranslation": {**factors, "fill_mode": "nearest"}}
    patch = [f"data.augment+={text(new)}"]
    return change("augmentation", "train images move a little in each epoch", patch)


def _is_image(shape: Sequence[int]) -> bool:
    if len(shape) != _IMAGE_AXES:
        return False
    rows, columns, channels = shape
    return min(rows, columns) >= _LEAST_SIDE and channels <= _MOST_CHANNELS


def less_augmentation(config: Values) -> Change | None:
    """Train rows stay as they are."""
    patch = ["data.augment=[]"] if value_at(config, "data", "augment") else []
    patch += [
        f"{layer.place}.enabled=false"
        for layer in read_layers(config).all
        if layer.kind in _NOISES and layer.enabled
    ]
    return change("less_augmentation", "train rows without random changes", patch)


def more_data(config: Values) -> Change | None:
    """All rows that are neither for validation nor for the test, if some lie idle.

    With as many fewer epochs the number of steps stays: what is compared is the rows.
    """
    split = value_at(config, "data", "split")
    share, rest = value_at(split, "train"), _rest(split)
    if share is None or share >= rest or _rest_is_unlabelled(config):
        return None
    patch = [f"data.split.train={text(rest)}"]
    sentence = f"{rest / share:.3g} times as many train rows"
    epochs = value_at(config, "fit", "epochs") or 0
    fewer = max(min(epochs, _FEWEST_EPOCHS), round(epochs * share / rest))
    if fewer < epochs:
        patch.append(f"fit.epochs={fewer}")
        sentence += f", for {fewer} epochs: about as many steps"
    return change("more_data", sentence, patch)


def less_data(config: Values) -> Change | None:
    """Half of the train rows; the validation rows stay the same."""
    split = value_at(config, "data", "split")
    if not isinstance(split, Mapping):
        return None
    half = rounded((value_at(split, "train") or _rest(split)) / 2)
    return change("less_data", "half of the train rows", [f"data.split.train={half}"])


def _rest_is_unlabelled(config: Values) -> bool:
    """Whether the rows that lie idle are those that pseudo-labels are for."""
    return bool(value_at(config, "pseudo_label", "unlabelled") == "rest")


def _rest(split: object) -> float:
    held = (value_at(split, "validation") or 0.0) + (value_at(split, "test") or 0.0)
    return float(f"{1 - held:.6g}")


def larger_validation(config: Values) -> Change | None:
    """Twice the share of validation rows: a fifth to a half of all."""
    split = value_at(config, "data", "split")
    share = value_at(split, "validation") or 0.0
    free = 1 - (value_at(split, "test") or 0.0) - (value_at(split, "train") or 0.0)
    free = free / 2 if _rest_is_unlabelled(config) else free
    new = rounded(min(max(2 * share, _USUAL_SHARE), 0.5, free))
    patch = [f"data.split.validation={text(new)}"] if 0 < share < new else []
    return change("larger_validation", "more validation rows", patch)


def seeded_split(config: Values) -> Change | None:
    """Validation rows drawn at random, not the last ones or those of another file."""
    share = value_at(config, "fit", "validation_split")
    patch = []
    if share is not None:
        patch = ["fit.validation_split=null", f"data.split.validation={text(share)}"]
    elif value_at(config, "data", "validation") is not None:
        patch = ["data.validation=null", f"data.split.validation={_USUAL_SHARE}"]
    sentence = "validation rows drawn at random from the same rows"
    return change("seeded_split", sentence, patch)


def scale_inputs(config: Values) -> Change | None:
    """Features with mean 0 and deviation 1, where nothing scales them yet."""
    layers = [layer for layer in read_layers(config).all if layer.enabled]
    scales = layers and layers[0].kind in _SCALING
    if value_at(config, "data", "scale") is not None or scales:
        return None
    return change("scale_inputs", "scaled features", ["data.scale=standard"])


def class_weight(config: Values, facts: Values) -> Change | None:
    """Every class counts as much as the others, however many rows it has."""
    counts = _class_counts(facts)
    loss, _ = named(value_at(config, "compile", "loss"))
    is_set = value_at(config, "fit", "class_weight") is not None
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
    return change("class_weight", "rare classes count more", patch)


def _class_counts(facts: Values) -> dict[str, int]:
    """The train rows of each class by its name or number."""
    counts = facts.get("train_class_counts")
    if isinstance(counts, Mapping):
        return {str(name): int(count) for name, count in counts.items()}
    return {str(number): int(count) for number, count in enumerate(counts or ())}
