"""Every named change of a config, and how one is found."""

from __future__ import annotations

from collections.abc import Callable

from dlrun.changes import (
    column_changes,
    data_changes,
    fit_changes,
    layer_changes,
    start_changes,
)
from dlrun.changes.change import Change, Values
from dlrun.changes.setup import Setup

_MAKERS: tuple[Callable[[Setup], Change | None], ...] = (
    layer_changes.dropout_up,
    layer_changes.dropout_down,
    layer_changes.l2_up,
    layer_changes.l2_down,
    layer_changes.less_complexity,
    layer_changes.more_complexity,
    layer_changes.wider,
    layer_changes.unregularised,
    layer_changes.deeper,
    layer_changes.batch_norm,
    start_changes.relu,
    start_changes.leaky_relu,
    start_changes.scaled_init,
    start_changes.he_init,
    start_changes.glorot_init,
    start_changes.zero_bias,
    start_changes.lstm,
    start_changes.gru,
    data_changes.augmentation,
    data_changes.less_augmentation,
    data_changes.more_data,
    data_changes.less_data,
    data_changes.larger_validation,
    data_changes.seeded_split,
    data_changes.scale_inputs,
    column_changes.scale_columns,
    column_changes.impute_indicator,
    column_changes.join_rare,
    data_changes.scale_targets,
    fit_changes.learning_rate_down,
    fit_changes.learning_rate_third,
    fit_changes.learning_rate_triple,
    fit_changes.learning_rate_up,
    fit_changes.plateau,
    fit_changes.clip,
    fit_changes.less_momentum,
    fit_changes.adam,
    fit_changes.early_stop,
    fit_changes.train_longer,
    fit_changes.longer,
    fit_changes.label_smoothing,
    data_changes.class_weight,
    fit_changes.larger_batch,
)
CHANGES = {make.__name__: make for make in _MAKERS}
"""What makes each change of a config, by its name; None: it does not apply."""


def find_change(
    name: str, config: Values, facts: Values | None = None
) -> Change | None:
    """A change by its name for a resolved config; None if it does not apply.

    Args:
        name: One of `CHANGES`.
        config: What `config.json` of a run holds.
        facts: What is known of the data, as `diagnose` takes it.
    """
    return CHANGES[name](Setup(config, facts or {}))
