"""The layers that may stand under `augment`: they change train rows and nothing else.

A crop makes rows smaller, which the model would notice: zeros around them come first,
`[{ZeroPadding2D: 2}, {RandomCrop: {height: 28, width: 28}}]` for rows of 28x28.
"""

from __future__ import annotations

from dlrun.components.layers import Layer

AUGMENTATIONS = (
    "GaussianNoise",
    "RandomContrast",
    "RandomCrop",
    "RandomFlip",
    "RandomRotation",
    "RandomTranslation",
    "RandomZoom",
    "ZeroPadding2D",
)
"""Their keys: random changes without weights, and the padding that a crop needs."""


def is_augmentation(layer: Layer) -> bool:
    """Whether the layer may stand under `augment`."""
    return layer.key in AUGMENTATIONS
