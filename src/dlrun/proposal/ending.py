"""What every config ends with: the last layer, the loss, and how training goes."""

from __future__ import annotations

from dlrun.proposal.draft import Draft, as_item
from dlrun.proposal.labels import LabelPlan
from dlrun.proposal.network import Recipe, dense


def write_end(page: Draft, labels: LabelPlan, recipe: Recipe) -> None:
    """The last layer, the loss and what is measured."""
    loss, metrics = "sparse_categorical_crossentropy", "[accuracy]"
    columns, units = len(labels.columns), labels.units or "classes"
    if labels.kind == "classes":
        layer = dense(units, "softmax", recipe)
        page.add(f"    - {as_item(layer)}", "one for each class")
    elif labels.kind == "tags":
        layer = dense(units if columns == 1 else columns, "sigmoid", recipe)
        page.add(f"    - {as_item(layer)}", "one for each label")
        loss, metrics = "binary_crossentropy", "[BinaryAccuracy]"
    else:
        page.add(f"    - {as_item(dense(columns, None, recipe))}")
        loss, metrics = "mean_squared_error", "[mean_absolute_error, R2Score]"
    page.add("compile:")
    page.add(f"  optimizer: {{Adam: {recipe.learning_rate}}}")
    page.add(f"  loss: {loss}")
    page.add(f"  metrics: {metrics}")


def write_fit(page: Draft, recipe: Recipe, *, is_rare: bool) -> None:
    """How long training goes."""
    page.add("fit:")
    kept = "at most; the model of the best epoch is kept"
    page.add(f"  epochs: {recipe.epochs}", kept)
    page.add(f"  batch_size: {recipe.batch_size}")
    if is_rare:
        counts = "a rare class counts as much as the others"
        page.add("  class_weight: balanced", counts)
    page.add(f"  callbacks: [{{EarlyStopping: {{patience: {recipe.patience}}}}}]")
