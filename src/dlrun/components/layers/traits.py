"""What a layer says of itself to those who change, check or watch a model."""

from __future__ import annotations

from typing import ClassVar

from dlrun.components.keras_component import KerasComponent


class LayerTraits(KerasComponent, abstract=True):
    """Class attributes of a layer that the index tells without importing it.

    A layer states those in which it differs; nobody else keeps a list of layers.
    """

    width_argument: ClassVar[str] = ""
    """The argument that says how wide its output is; empty: it has no weights, or no
    such argument."""
    gates: ClassVar[int] = 0
    """How many arrays of units a recurrent layer has inside, the state included; 0: it
    does not go through time."""
    merges: ClassVar[bool] = False
    """Whether it makes one output of several inputs."""
    elementwise: ClassVar[bool] = False
    """Whether it merges inputs place by place, which must be of one shape."""
    wraps: ClassVar[bool] = False
    """Whether its argument `layer` does the work."""
    activates: ClassVar[bool] = False
    """Whether it is an activation function and nothing else."""
    function_name: ClassVar[str] = ""
    """Which one; empty where its argument `activation` says so."""
    normalizes: ClassVar[bool] = False
    """Whether it brings values to mean 0 and variance 1."""
    keeps_averages: ClassVar[bool] = False
    """Whether it keeps moving averages, which need many steps to settle."""
    scales: ClassVar[bool] = False
    """Whether features need not be scaled before it."""
    pools: ClassVar[bool] = False
    """Whether it summarises neighbours, and keeps the axes."""
    drops: ClassVar[bool] = False
    """Whether it drops a share of what it gets, its argument `rate`."""
    adds_noise: ClassVar[bool] = False
    """Whether it adds noise to what it gets, and does nothing else."""
    noise_arguments: ClassVar[tuple[str, ...]] = ()
    """The arguments that let it draw random numbers in training, unless they are 0."""
    augments: ClassVar[bool] = False
    """Whether it may stand under `augment`."""
    moves: ClassVar[bool] = False
    """Whether it shifts images at random."""
    displaces: ClassVar[bool] = False
    """Whether pixels may stand elsewhere afterwards, where labels do not follow."""
    crops: ClassVar[bool] = False
    """Whether it cuts a part out of images, so that zeros around them come first."""
    pads: ClassVar[bool] = False
    """Whether it puts zeros around images."""
    fixes_size: ClassVar[bool] = False
    """Whether its arguments fit inputs of one size only."""
    fixes_rank: ClassVar[bool] = False
    """Whether it takes inputs of as many axes only as its first one had."""
    looks_up: ClassVar[str] = ""
    """The argument that says how many integers from 0 it knows; empty: it takes
    any numbers."""
    averages: ClassVar[bool] = False
    """Whether it takes the mean of steps, of those that no mask hides."""
    keeps_numbers: ClassVar[bool] = False
    """Whether every number of its output, but 0, is one that it gets."""
    passes_activation: ClassVar[bool] = False
    """Whether the activation function of the layer above is that of its output."""
    may_follow_output: ClassVar[bool] = False
    """Whether it may stand behind the layer whose width is that of the labels."""
