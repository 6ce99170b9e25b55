"""Numbers that a config leaves to its data: `units: classes`, `decay_steps: auto`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from dlrun.components.index import with_trait
from dlrun.components.schedules import Schedule
from dlrun.components.scope import current_scope
from dlrun.components.sources import under
from dlrun.components.words import choices, nearest
from dlrun.config import MAIN
from dlrun.data import OUTPUT, Facts, num_batches
from dlrun.errors import ConfigPath, DataError, Problem
from dlrun.experiment.compile import CompileSpec
from dlrun.experiment.data import DataSpec
from dlrun.experiment.fit import FitSpec

CLASSES = "classes"
_UNITS = "units"
_SOME_CLASSES = 2
"""In place of a number that nobody knows, which is said once."""
_WIDTHS = with_trait("layer", "width_argument", str)


def asks_for_classes(values: object) -> list[ConfigPath]:
    """Where a config has `units: classes`.

    Args:
        values: of the config, as they were written.
    """
    model = values.get("model") if isinstance(values, Mapping) else None
    layers = model.get("layers") if isinstance(model, Mapping) else None
    return list(_places(layers, ("model", "layers")))


def with_class_count(
    values: object,
    places: Sequence[ConfigPath],
    data: DataSpec | None,
    facts: Facts | None,
) -> tuple[object, list[Problem]]:
    """Put the number of classes where a layer has `units: classes`.

    Args:
        values: of the config, as they were written.
        places: where they ask for it.
        data: its section `data`; None: it is not valid.
        facts: what the headers of the data tell, if they could be read.

    Returns:
        The values, and a problem for each layer where nobody knows the number.
    """
    problems: list[Problem] = []
    for path in places:
        layer = _layer_name(values, path)
        try:
            with under("data"):
                count = _class_count(data, facts, layer)
        except DataError as error:
            count = _SOME_CLASSES
            problems += error.problems
        is_open = count is None and not _lacks_labels(values, layer, facts)
        if is_open and data is not None and facts is not None:
            problem = _unknown(path, layer, facts)
            if not data.source.knows_outputs:
                hint = f"give --allow-code, which tells it; or {problem.hint}"
                problem = replace(problem, hint=hint)
            problems.append(problem)
        values = _with_value(values, path, count or _SOME_CLASSES)
    return values, problems


def _layer_name(values: object, path: ConfigPath) -> str:
    """What the layer is called that asks; of several outputs it tells which."""
    value: object = values
    for key in path[:4]:
        if isinstance(value, Mapping):
            value = value.get(key)
        elif isinstance(value, list):
            value = value[int(key)]
    return str(value.get("name")) if isinstance(value, Mapping) else ""


def _lacks_labels(values: object, layer: str, facts: Facts | None) -> bool:
    """Whether labels were meant for the layer, but misspell its name: that is told."""
    model = values.get("model") if isinstance(values, Mapping) else None
    outputs = model.get("outputs") if isinstance(model, Mapping) else None
    labelled = facts.label_columns if facts is not None else {}
    is_output = isinstance(outputs, list) and layer in outputs
    if not is_output or len(labelled) <= 1 or layer in labelled:
        return False
    return nearest(layer, labelled) is not None


def with_step_count(
    section: CompileSpec, fit: FitSpec, facts: Facts | None
) -> CompileSpec:
    """Put the number of train steps where a schedule has `decay_steps: auto`.

    Args:
        section: the optimizer with its schedule.
        fit: the section that says how many epochs there are.
        facts: tell how many train rows there are; None, or they do not: they are not
            read yet.
    """
    optimizer = section.optimizer
    schedule = waiting_schedule(section)
    rows = facts.num_train if facts is not None else None
    if rows is None or schedule is None:
        return section
    steps = max(1, fit.epochs * num_batches(rows, fit.batch_size))
    rate = {"learning_rate": schedule.with_steps(steps)}
    update = {"optimizer": optimizer.model_copy(update=rate)}
    return section.model_copy(update=update)


def waiting_schedule(section: CompileSpec) -> Schedule | None:
    """The schedule that does not know its steps yet; `None`: there is none."""
    schedule = getattr(section.optimizer, "learning_rate", None)
    is_waiting = isinstance(schedule, Schedule) and schedule.waits_for_steps
    return schedule if is_waiting else None


def _places(value: object, path: ConfigPath) -> Iterator[ConfigPath]:
    """Where `units: classes` stands, also in a layer within another."""
    items: Iterable[tuple[str | int, object]] = ()
    if isinstance(value, list):
        items = enumerate(value)
    elif isinstance(value, Mapping):
        items = value.items()
    for key, inner in items:
        here = (*path, key)
        if not _has_units(key):
            yield from _places(inner, here)
        elif inner == CLASSES:
            yield here
        elif isinstance(inner, Mapping):
            names = (name for name in (_UNITS, MAIN) if inner.get(name) == CLASSES)
            yield from ((*here, name) for name in names)


def _has_units(key: str | int) -> bool:
    """Whether a key is that of a layer whose width is its `units`."""
    own = current_scope().definitions.get("layer", {}).get(str(key))
    if own is not None:
        return any(one.name == _UNITS for one in own.parameters)
    return _WIDTHS.get(str(key)) == _UNITS


def _class_count(data: DataSpec | None, facts: Facts | None, layer: str) -> int | None:
    """The number of classes; of several outputs that of the one of this name."""
    outputs = facts.label_columns if facts is not None else {}
    output = layer if len(outputs) > 1 else next(iter(outputs), OUTPUT)
    if facts is not None and output in facts.several_labels:
        return len(outputs[output]) or None
    classes = facts.classes.get(output) if facts is not None else None
    if classes is None and data is not None and data.source is not None:
        if data.source.has_columns and len(outputs.get(output, ())) > 1:
            return len(outputs[output])
        classes = data.source.find_classes(output)
    return len(classes) if classes is not None else None


def _with_value(value: object, path: ConfigPath, new: object) -> object:
    """A copy of a value with another one at a path."""
    if not path:
        return new
    if isinstance(value, list):
        index = int(path[0])
        return [
            _with_value(item, path[1:], new) if place == index else item
            for place, item in enumerate(value)
        ]
    inner = value if isinstance(value, Mapping) else {}
    return {**inner, path[0]: _with_value(inner.get(path[0]), path[1:], new)}


def _unknown(path: ConfigPath, layer: str, facts: Facts) -> Problem:
    listed = "data.classes: [a, b, c]"
    if len(facts.label_columns) > 1:
        if layer not in facts.label_columns:
            return _of_no_output(path, facts)
        listed = f"data.classes: {{{layer}: [a, b, c]}}"
    if facts.labels_of(layer if len(facts.label_columns) > 1 else None).hold_alone:
        listed = "vocabulary: [a, b, c] of `multi_hot`"
    return Problem(
        path,
        "the number of classes is only known when the rows are read",
        hint=f"write the number, or list the classes: {listed}",
        code="unknown-classes",
    )


def _of_no_output(path: ConfigPath, facts: Facts) -> Problem:
    outputs = choices(facts.label_columns)
    return Problem(
        path,
        "of several outputs, the layer that asks for classes has the name of one",
        hint=f"write the number, or name the layer: {outputs}",
        code="unknown-classes",
    )
