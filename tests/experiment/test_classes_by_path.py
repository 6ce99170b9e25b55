"""A path or a file that names another class replaces the old one, however spelt."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dlrun.components.index import keys_of, listed
from dlrun.experiment import config_of, read_config

PLACES: dict[str, tuple[str, ...]] = {
    "column encoder": ("data", "columns", "Sepal length"),
    "optimizer": ("compile", "optimizer"),
    "loss": ("compile", "loss"),
    "initializer": ("model", "layers", "0", "Dense", "kernel_initializer"),
    "regularizer": ("model", "layers", "0", "Dense", "kernel_regularizer"),
    "constraint": ("model", "layers", "0", "Dense", "bias_constraint"),
}
OUTPUT_LOSS = ("compile", "loss", "digit")
many = settings(
    deadline=None,
    max_examples=80,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


def nested(path: tuple[str, ...], value: Any) -> Any:
    for key in reversed(path):
        value = [value] if key == "0" else {key: value}
    return value


def at(config: Any, path: tuple[str, ...]) -> Any:
    for key in path:
        config = config[int(key) if key == "0" else key]
    return config


def written(path: tuple[str, ...]) -> str:
    return ".".join(path).replace(".0", "[0]")


@st.composite
def classes(draw: st.DrawFn) -> tuple[Any, ...]:
    """A kind, a place for it, two classes that may stand there, and a name of each."""
    kind = draw(st.sampled_from(sorted(PLACES)))
    place = PLACES[kind]
    if kind == "loss" and draw(st.booleans()):
        place = OUTPUT_LOSS
    old, new = (draw(st.sampled_from(sorted(listed(kind)))) for _ in range(2))
    names = (
        draw(st.sampled_from([key, *listed(kind)[key]["aliases"]]))
        for key in (old, new)
    )
    return (kind, place, old, new, *names)


@many
@given(classes(), st.booleans())
def test_a_path_into_a_class_replaces_another_and_enters_the_same(drawn, is_short):
    kind, place, old, new, old_name, new_name = drawn
    given_old, given_new = sorted(keys_of(kind, old)), sorted(keys_of(kind, new))
    if not given_new or new_name in given_old:
        return
    content = old_name if is_short else {old_name: dict.fromkeys(given_old[:2], 1)}
    base = nested(place, content)
    if place == OUTPUT_LOSS:
        base["compile"]["loss"]["parity"] = "mse"
    path = f"{written(place)}.{new_name}.{given_new[-1]}"

    found = at(config_of(base, [f"{path}=7"]).value, place)

    ((key, value),) = found.items()
    if old != new:
        assert found == {new_name: {given_new[-1]: 7}}
    else:
        assert key in {old_name, new_name}
        kept = {} if is_short else content[old_name]
        assert value == {**kept, given_new[-1]: 7}


@many
@given(classes())
def test_a_file_that_extends_agrees_with_the_path(tmp_path, drawn):
    _, place, old, new, old_name, new_name = drawn
    base = nested(place, {old_name: {"a": 1}})
    over = nested(place, {new_name: {"b": 2}})
    if "layers" in place:  # Lists are replaced.
        return
    (tmp_path / "base.yaml").write_text(yaml.safe_dump(base))
    file = Path(tmp_path / "over.yaml")
    file.write_text(yaml.safe_dump({"extends": "base.yaml", **over}))

    found = at(read_config(file).value, place)

    expected = {"a": 1, "b": 2} if old == new else {"b": 2}
    assert found == {new_name: expected}


@pytest.mark.parametrize(
    ("base", "argument", "expected"),
    [
        ({"optimizer": {"adam": {"beta_1": 0.8}}}, "optimizer.learning_rate=1", None),
        ({"metrics": {"odd": [{"auc": {"curve": "PR"}}]}}, "metrics.odd[0].AUC.name=a",
         {"metrics": {"odd": [{"auc": {"curve": "PR", "name": "a"}}]}}),
    ],
)  # fmt: skip
def test_an_alias_is_the_class(base, argument, expected):
    found = config_of({"compile": base}, [f"compile.{argument}"]).value["compile"]

    expected = expected or {"optimizer": {"adam": {"beta_1": 0.8, "learning_rate": 1}}}
    assert found == expected


def test_variables_of_one_key_are_no_classes():
    base = {"vars": {"head": {"units": 3}}, "model": {"layers": [{"Dense": "$head"}]}}

    found = config_of(base, ["vars.head.use_bias=false"]).value

    (layer,) = found["model"]["layers"]
    assert layer == {"Dense": {"units": 3, "use_bias": False}}
