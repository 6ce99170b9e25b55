from __future__ import annotations

from dataclasses import replace

import pytest

from dlrun.config import node_of
from dlrun.errors import RunError, SpecError
from dlrun.experiment import parse_spec, recheck, restore_spec


def config(file, units: int = 2, **fit: object) -> dict[str, object]:
    return {
        "name": "people",
        "data": {"csv": {"path": str(file), "labels": "kind"}},
        "model": {"layers": [{"Dense": {"units": units, "activation": "softmax"}}]},
        "compile": {"loss": "sparse_categorical_crossentropy"},
        "fit": fit,
    }


@pytest.fixture
def file(tmp_path):
    """A table of three classes, which its first line does not tell."""
    file = tmp_path / "people.csv"
    file.write_text("age,kind\n1,a\n2,b\n3,c\n4,a\n", encoding="utf-8")
    return file


def test_classes_that_only_the_rows_tell_are_checked_again(file):
    experiment = parse_spec(node_of(config(file)))
    rows = experiment.spec.data.source.load(task="classification")

    with pytest.raises(SpecError) as caught:
        recheck(experiment, replace(experiment.facts, classes=rows.classes))

    (problem,) = caught.value.problems
    assert problem.path == ("model", "layers", 0, "Dense", "units")
    assert problem.message == "the last layer has 2 outputs, but the data has 3 classes"
    assert problem.hint == "write units: 3"


def with_classes(facts):
    return replace(facts, classes={"output": ("a", "b", "c")})


def test_class_weights_are_checked_again(file):
    experiment = parse_spec(node_of(config(file, 3, class_weight={"a": 2, "d": 1})))

    with pytest.raises(SpecError, match="names d, but the classes are a, b, c"):
        recheck(experiment, with_classes(experiment.facts))


def test_a_config_that_fits_its_rows_stays_as_it_is(file):
    experiment = parse_spec(node_of(config(file, 3)))

    again = recheck(experiment, with_classes(experiment.facts))

    assert again.spec == experiment.spec
    assert again.layers == experiment.layers


def test_what_follows_from_other_sections_is_written_out(file):
    spec = parse_spec(node_of(config(file))).spec

    assert spec.model.input_shape == (1,)
    assert spec.fit.monitor == "train_loss"
    assert [metric.key for metric in spec.compile.metrics] == ["accuracy"]
    assert spec.compile.loss.from_logits is False


def test_a_spec_is_restored_without_its_data(file):
    spec = parse_spec(node_of(config(file))).spec
    file.unlink()

    restored = restore_spec(spec.values())

    assert restored.spec == spec


def test_a_spec_of_another_version_is_refused_with_the_cure(file):
    values = parse_spec(node_of(config(file))).spec.values() | {"sweep": {}}

    with pytest.raises(RunError) as caught:
        restore_spec(values)

    assert "sweep" in caught.value.message
    assert "train its config again" in str(caught.value.hint)
