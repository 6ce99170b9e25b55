"""The arrow node -> spec: `parse_spec`."""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from types import NoneType
from typing import TYPE_CHECKING, Any, get_args

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from dlrun.components.component import Strict
from dlrun.components.layers import Shape
from dlrun.components.scope import reading_with
from dlrun.components.sources import Source
from dlrun.components.words import problem_of
from dlrun.config import CUSTOM, Node
from dlrun.data import INPUT, Facts
from dlrun.errors import (
    CodeError,
    Problem,
    RunError,
    SpecError,
    format_path,
)
from dlrun.experiment.complete import complete
from dlrun.experiment.counts import asks_for_classes, with_class_count
from dlrun.experiment.custom import prepare, with_custom
from dlrun.experiment.data import DataSpec
from dlrun.experiment.experiment import ExperimentSpec
from dlrun.experiment.headers import describe, describe_pool
from dlrun.experiment.memory import Memory, estimate_memory
from dlrun.experiment.rules import RULES
from dlrun.experiment.shapes import LayerShape, infer_shapes
from dlrun.writing import suggesting_briefly

if TYPE_CHECKING:
    from dlrun.custom import CustomFile


@dataclass(frozen=True, slots=True)
class Experiment:
    """A valid config, and what follows without reading rows or building a model."""

    spec: ExperimentSpec
    """Complete: every default is written out."""
    facts: Facts
    """What the headers of the data tell."""
    layers: tuple[LayerShape, ...]
    warnings: tuple[Problem, ...]
    code: CustomFile | None = None
    """The code that the config uses."""

    def require_code(self) -> None:
        """Refuse to go on where code is needed that nobody has allowed.

        Raises:
            CodeNotAllowedError: with its path and hash.
        """
        if self.code is not None:
            from dlrun.custom import require_allowed

            require_allowed(self.code)

    def require_fold(self) -> None:
        """Refuse to train where several folds are asked for, and none is chosen.

        Raises:
            SpecError: with the cure.
        """
        split = self.spec.data.split
        if split is not None and split.lacks_fold:
            raise SpecError(
                Problem(
                    ("data", "split", "folds"),
                    f"{split.all_folds} folds are {split.all_folds} runs, and none is "
                    "chosen",
                    hint="`dlrun train`, or train(..., folds="
                    f"{split.folds}) in a notebook, makes a run of each; or choose "
                    "one by -s data.split.fold=1",
                    code="no-fold",
                )
            )

    def require_search(self) -> None:
        """Refuse to search where nothing is searched.

        Raises:
            SpecError: with the cure.
        """
        if self.spec.search is None:
            raise SpecError(
                Problem(
                    ("name",),
                    "the config has no `search`",
                    hint="add search: {trials: 20, space: {fit.batch_size: [16, 32]}}; "
                    "or give the space on the command line: -g 'fit.batch_size=[16, "
                    "32]'",
                    code="no-search",
                    on_key=True,
                )
            )

    def require_one(self) -> None:
        """Refuse to train as one run what is a search, or folds, so several runs.

        Raises:
            SpecError: with the cure.
        """
        self.require_no_search()
        self.require_fold()

    def require_no_search(self) -> None:
        """Refuse to train what is a search for the best of many runs.

        Raises:
            SpecError: with the cure.
        """
        if self.spec.search is not None:
            raise SpecError(
                Problem(
                    ("search",),
                    "a config with `search` is many runs",
                    hint="`dlrun search` trains them; -u search trains the config as "
                    "it stands",
                    code="is-a-search",
                    on_key=True,
                )
            )

    @property
    def input_shapes(self) -> Mapping[str, Shape]:
        """The shape of one row of each input, without the batch, by their names."""
        shapes = self.spec.model.input_shapes or {}  # Rows or code may tell them.
        return {name: shapes[name] for name in sorted(shapes)}

    @property
    def outputs(self) -> tuple[str, ...]:
        """The names of the layers that give the outputs."""
        return self.spec.model.output_names

    @property
    def output_shapes(self) -> Mapping[str, Shape]:
        """The shape of each output for one row, without the batch, by their names."""
        shapes = {layer.name: layer.output_shape for layer in self.layers}
        return {name: shapes[name] for name in self.outputs}

    @property
    def unknown_from(self) -> str | None:
        """The layer from which on only code tells the shapes; `None`: all are known."""
        names, is_of_code = (
            self.spec.model.layer_names,
            self.spec.data.source.key in CUSTOM,
        )
        if not (self.input_shapes or is_of_code):
            return None  # It is the rows that tell.
        return names[len(self.layers)] if len(self.layers) < len(names) else None

    @property
    def memory(self) -> Memory:
        """What a train step holds at once."""
        spec = self.spec
        return estimate_memory(
            self.input_shapes, self.layers, spec.compile.optimizer, spec.fit.batch_size
        )

    @property
    def parameters(self) -> int:
        """All parameters of the model, trainable or not."""
        return sum(layer.parameters for layer in self.layers)

    @property
    def trainable_parameters(self) -> int:
        """The parameters that training changes."""
        return sum(layer.trainable_parameters for layer in self.layers)


@suggesting_briefly()
def parse_spec(node: Node) -> Experiment:
    """Validate a config: every section, the headers of its data, its shapes, its rules.

    Raises:
        SpecError: with all mistakes at once. A rule is left out where a section that it
            needs is itself wrong.
    """
    values, scope = with_custom(node.value)
    prepare(values)
    with reading_with(scope):
        return replace(_parsed(values), code=scope.file)


def _parsed(values: object) -> Experiment:
    values, unknown = _counted(values)
    spec, sections, problems = _sections(values)
    problems = [*unknown, *problems]
    facts = None
    if "data" in sections:
        facts, mistakes = describe(sections["data"])
        problems += mistakes
    if isinstance(getattr(sections.get("pseudo_label"), "unlabelled", None), Source):
        sections["pool_facts"], mistakes = describe_pool(sections["pseudo_label"])
        problems += mistakes
    return _experiment(spec, sections, facts, problems)


def _counted(values: object) -> tuple[object, list[Problem]]:
    """The values with the number of classes, where a layer asks for it."""
    places = asks_for_classes(values)
    if not places or not isinstance(values, dict):
        return values, []
    data, facts = None, None
    with suppress(ValidationError):  # What is wrong with it is told with the rest.
        data = DataSpec.model_validate(values.get("data"))
        facts, _ = describe(data)
    return with_class_count(values, places, data, facts)


def recheck(experiment: Experiment, facts: Facts) -> Experiment:
    """Apply the rules again, now that the rows are read and the classes are known.

    Raises:
        SpecError: when the config does not fit its data.
    """
    spec = experiment.spec
    sections = {name: getattr(spec, name) for name in type(spec).model_fields}
    return replace(_experiment(spec, sections, facts, []), code=experiment.code)


def _sections(
    values: Any,
) -> tuple[ExperimentSpec | None, dict[str, Any], list[Problem]]:
    """The whole spec if it is valid; else the sections that are, and what is wrong."""
    try:
        spec = ExperimentSpec.model_validate(values)
    except ValidationError as error:
        details = error.errors(include_url=False)
        return (
            None,
            _valid_sections(values, details),
            [problem_of(item) for item in details],
        )
    return spec, {name: getattr(spec, name) for name in type(spec).model_fields}, []


def _valid_sections(values: Any, details: list[ErrorDetails]) -> dict[str, Any]:
    wrong = {item["loc"][0] if item["loc"] else None for item in details}
    sections: dict[str, Any] = {}
    for name, field in ExperimentSpec.model_fields.items():
        kind, *others = get_args(field.annotation) or (field.annotation,)
        if name in wrong or not isinstance(kind, type) or not issubclass(kind, Strict):
            continue
        if name not in values and others == [NoneType]:
            sections[name] = None  # It may be left out, and is.
        else:
            with suppress(ValidationError):  # Missing, because its key is misspelt.
                sections[name] = kind.model_validate(values.get(name))
    return sections


def _experiment(
    spec: ExperimentSpec | None,
    sections: dict[str, Any],
    facts: Facts | None,
    problems: list[Problem],
) -> Experiment:
    known: dict[str, Any] = complete(sections, facts)
    layers: list[LayerShape] = []
    if facts is not None:
        known["facts"] = facts
    if "model" in known and known["model"].input_shapes is not None:
        layers, mistakes = infer_shapes(known["model"], known["model"].input_shapes)
        problems = problems + mistakes
        if not mistakes and len(layers) == len(known["model"].layers):
            known["layers"] = tuple(layers)
    problems = problems + list(_apply_rules(known))
    errors = [problem for problem in problems if problem.severity == "error"]
    if errors:
        raise SpecError(*errors)
    assert spec is not None  # noqa: S101 - without errors there is a spec
    assert facts is not None  # noqa: S101
    finished = spec.model_copy(
        update={name: known[name] for name in ("model", "compile", "fit")}
    )
    return Experiment(finished, facts, tuple(layers), tuple(problems))


def _apply_rules(known: Mapping[str, Any]) -> Iterator[Problem]:
    """Run each rule whose parameters are all known."""
    for rule in RULES:
        needs = inspect.signature(rule).parameters
        if all(name in known for name in needs):
            yield from rule(**{name: known[name] for name in needs})


def restore_spec(values: Mapping[str, Any]) -> Experiment:
    """The experiment of a run folder: valid once already, whatever became of its data.

    Raises:
        RunError: when the config is of another version, or was changed by hand.
    """
    try:
        given, scope = with_custom(dict(values))
    except CodeError as error:
        raise _no_code(error) from error
    prepare(given)
    with reading_with(scope):
        return replace(_restored(given), code=scope.file)


def _no_code(error: CodeError) -> RunError:
    message = f"the code of the run cannot be used: {error.problems[0].message}"
    return RunError(message, hint=error.problems[0].hint)


def _restored(values: object) -> Experiment:
    try:
        spec = ExperimentSpec.model_validate(values)
    except ValidationError as error:
        problem = problem_of(error.errors(include_url=False)[0])
        where = format_path(problem.path)
        message = f"the config of the run is not valid: {where}: {problem.message}"
        raise RunError(
            message, hint="train its config again with this version of dlrun"
        ) from error
    layers, problems = infer_shapes(spec.model, spec.model.input_shapes or {INPUT: ()})
    if problems:
        raise RunError(f"the config of the run is not valid: {problems[0].message}")
    facts = Facts(row_shapes=spec.model.input_shapes)
    return Experiment(spec, facts, tuple(layers), ())
