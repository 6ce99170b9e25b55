from __future__ import annotations

import sys

import pytest

from dlrun.components.layers import Layer
from dlrun.components.losses import Loss
from dlrun.config import located
from dlrun.errors import CodeError, SpecError
from dlrun.experiment import config_of, parse_spec, read_config, restore_spec

CODE = '''
import keras

open("marker", "w").close()


class Scale(keras.layers.Layer):
    """A trained factor."""

    def __init__(self, start: float = 1.0, mode=None, **kwargs):
        super().__init__(**kwargs)


class Wide(keras.layers.Dense):
    pass


class Watch(keras.callbacks.Callback):
    def on_epoch_end(self, epoch, logs=None): ...


class Slow(keras.callbacks.Callback):
    def on_train_batch_end(self, batch, logs=None): ...


class Warmup(keras.optimizers.schedules.LearningRateSchedule):
    def __init__(self, peak, decay_steps): ...


class Misses(keras.metrics.Metric):
    def __init__(self, weight=1, name="misses"): ...


def pinball(y_true, y_pred, tau=0.5): ...


def strict(y_true, y_pred, margin): ...


def bend(x): ...


class Weighted(keras.losses.BinaryCrossentropy):
    pass


class Gated(keras.layers.Layer):
    def __init__(self, units: int, **kwargs): ...


def rows(count: int, seed=0): ...
'''
CONFIG = """
name: own
custom: own.py
data: {inline: {features: [[1, 2], [3, 4], [5, 6]], labels: [1.5, 2.5, 3.5]}}
model:
  layers:
    - Dense: {units: 3, activation: bend}
    - Scale: 2
    - Dense: 1
compile: {loss: pinball}
fit: {epochs: 2}
"""


@pytest.fixture
def parsed(tmp_path, monkeypatch):
    """Parse the config with changes; its code lies beside it."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "own.py").write_text(CODE)
    (tmp_path / "a.yaml").write_text(CONFIG)

    def parse(*overrides: str, code: str = CODE):
        (tmp_path / "own.py").write_text(code)
        node = read_config(tmp_path / "a.yaml", overrides)
        with located(node):
            return parse_spec(node)

    return parse


def first(caught) -> tuple[str, str, str]:
    problem = caught.value.problems[0]
    return problem.code, problem.message, problem.hint or ""


def test_a_config_with_code_is_checked_and_nothing_of_it_is_run(parsed, tmp_path):
    experiment = parsed()

    spec = experiment.spec
    assert not (tmp_path / "marker").exists()
    assert "tensorflow" not in sys.modules or "own" not in sys.modules
    assert spec.model.layers[1].written() == {"start": 2.0, "enabled": True}
    assert spec.values()["compile"]["loss"] == {
        "pinball": {"labels": "number", "tau": 0.5}
    }
    assert experiment.code.sha256 == spec.custom.sha256


def test_shapes_are_known_up_to_the_first_layer_of_code(parsed):
    experiment = parsed()

    assert experiment.unknown_from == "scale"
    assert [layer.output_shape for layer in experiment.layers] == [(3,)]
    assert experiment.parameters == 9


def test_a_layer_of_code_that_is_switched_off_hides_nothing(parsed):
    experiment = parsed("model.layers[1].enabled=false")

    assert experiment.unknown_from is None
    assert experiment.parameters == 9 + 4


def test_below_a_layer_of_code_names_are_still_checked(parsed):
    with pytest.raises(SpecError) as caught:
        parsed("model.layers[2].from=denes")

    assert first(caught) == (
        "unknown-source",
        "no layer above is called `denes`",
        "write dense",
    )


def test_the_names_of_code_are_known_in_its_config_alone(parsed):
    parsed()

    assert "Scale" not in Layer.types
    assert "pinball" not in Loss.types.names
    values = {**parsed().spec.values(), "model": {"layers": ["Scale"]}}
    del values["custom"]
    with pytest.raises(SpecError, match="there is no layer"):
        parse_spec(config_of(values))


def test_a_config_with_code_reads_back_as_itself(parsed, tmp_path):
    spec = parsed().spec

    (tmp_path / "b.yaml").write_text(spec.to_yaml())

    again = parse_spec(read_config(tmp_path / "b.yaml")).spec
    assert again.values() == spec.values()
    assert restore_spec(spec.values()).spec.values() == spec.values()


def test_the_path_of_code_starts_where_it_is_written(parsed, tmp_path):
    parsed()
    (tmp_path / "below").mkdir()
    (tmp_path / "below/b.yaml").write_text("extends: ../a.yaml\nname: b\n")

    experiment = parse_spec(read_config(tmp_path / "below/b.yaml"))

    assert experiment.code.path == tmp_path / "own.py"


@pytest.mark.parametrize(
    ("override", "code", "message", "hint"),
    [
        (
            "model.layers[1]={Scale: {strat: 1}}",
            "unknown-key",
            '`Scale` has no key "strat"',
            "write start",
        ),
        (
            "model.layers[1]={Scale: {start: abc}}",
            "wrong-type",
            '`start` must be a number, found "abc"',
            "write a number, as in 0.5",
        ),
        (
            "model.layers[1]=Scael",
            "unknown-layer",
            'there is no layer "Scael"',
            "write Scale",
        ),
        (
            "model.layers[1]=Wide",
            "missing-key",
            "`Wide` needs `units`",
            "add units: 16",
        ),
        (
            "compile.optimizer={Adam: {learning_rate: {Warmup: {peak: 1}}}}",
            "missing-key",
            "`Warmup` needs `decay_steps`",
            "add decay_steps: 1000",
        ),
        (
            "compile.loss={pinball: {labels: many}}",
            "unknown-choice",
            '`labels` cannot be "many"',
            "use one of: binary, index, number, one_hot",
        ),
        (
            "compile.metrics=[missses]",
            "unknown-metric",
            'there is no metric "missses"',
            "write Misses",
        ),
        (
            "model.layers[0].activation=bned",
            "unknown-choice",
            '`activation` cannot be "bned"',
            "write bend",
        ),
        (
            "data={custom: {function: rosw, count: 3}}",
            "unknown-function",
            'own.py defines no function "rosw"',
            "write rows",
        ),
        ("compile.loss=strict", "missing-key", "`strict` needs `margin`", "add margin"),
        (
            "data={custom: {function: rows}}",
            "missing-key",
            "`custom` needs `count`",
            "add count",
        ),
        (
            "data={custom: {function: rows, count: many}}",
            "wrong-type",
            '`count` must be an integer, found "many"',
            "write a number, as in 8",
        ),
        (
            "data={custom: {}}",
            "missing-key",
            "`custom` needs `function`",
            "add function",
        ),
    ],
)
def test_what_does_not_fit_the_code_is_told_as_of_keras_own(
    parsed, override, code, message, hint
):
    with pytest.raises(SpecError) as caught:
        parsed(override)

    assert first(caught) == (code, message, hint)


@pytest.mark.parametrize(
    ("override", "message", "hint"),
    [
        (
            "model.layers[1]=pinball",
            "`pinball` of own.py is a function, which cannot be a layer",
            "derive a class from the layer of Keras",
        ),
        (
            "compile.loss=bend",
            "`bend` of own.py is a function, which cannot be a loss",
            "a loss takes labels and outputs: def bend(y_true, y_pred)",
        ),
        (
            "fit.callbacks=[{Scale: 2}]",
            "`Scale` of own.py is a layer, which cannot be a callback",
            "derive a class from the callback of Keras",
        ),
    ],
)
def test_what_is_something_else_in_the_code_is_told_so(parsed, override, message, hint):
    with pytest.raises(SpecError) as caught:
        parsed(override)

    assert first(caught)[1:] == (message, hint)


def test_a_callback_that_would_never_be_called_is_refused_with_its_line(
    parsed, tmp_path
):
    with pytest.raises(CodeError) as caught:
        parsed("fit.callbacks=[Slow]")

    code, message, hint = first(caught)
    assert (code, message) == (
        "custom-hook",
        "`on_train_batch_end` of `Slow` would never be called",
    )
    assert "act in on_epoch_begin, on_epoch_end" in hint
    place = caught.value.problems[0].location
    marked = place.text[place.column - 1 : place.column - 1 + place.length]
    assert (place.file, marked) == (str(tmp_path / "own.py"), "on_train_batch_end")


def test_a_callback_without_a_monitor_needs_no_validation_rows(parsed):
    assert parsed("fit.callbacks=[Watch]").spec.fit.callbacks[0].watched is None


@pytest.mark.parametrize(
    ("definition", "message"),
    [
        (
            "import keras\nclass Dense(keras.Layer): pass",
            "`Dense` is the name of a layer of Keras",
        ),
        ("def mae(y_true, y_pred): ...", "`mae` is the name of a loss of Keras"),
        ("def relu(x): ...", "`relu` is the name of an activation function of Keras"),
    ],
)
def test_a_name_of_keras_is_refused_with_its_line(parsed, definition, message):
    with pytest.raises(CodeError) as caught:
        parsed(code=definition)

    assert first(caught)[:2] == ("custom-name", message)
    assert caught.value.problems[0].location.file.endswith("own.py")


def test_a_parameter_that_dlrun_reads_itself_is_refused(parsed):
    code = CODE.replace("tau=0.5", "labels=3")

    with pytest.raises(CodeError, match="the parameter `labels` of `pinball`"):
        parsed(code=code)


@pytest.mark.parametrize(
    ("written", "parameter"),
    [
        ("y_true, y_pred, tau=0.5, /", "`tau` of `pinball`"),
        ("y_true, y_pred, tau, /, others=0", "`tau` of `pinball`"),
    ],
)
def test_a_parameter_without_a_name_to_give_it_by_is_refused(
    parsed, written, parameter
):
    code = CODE.replace("y_true, y_pred, tau=0.5", written)

    with pytest.raises(CodeError) as caught:
        parsed(code=code)

    assert f"the parameter {parameter} stands before `/`" in first(caught)[1]
    assert first(caught)[2] == "remove the `/`"


def test_data_may_have_no_names(parsed):
    code = CODE.replace("y_true, y_pred, tau", "y_true, y_pred, /, tau")

    assert parsed(code=code).spec.compile.loss.key == "pinball"


def test_code_of_another_hash_than_the_config_states_is_refused(parsed):
    sha256 = parsed().spec.custom.sha256

    with pytest.raises(CodeError) as caught:
        parsed(f"custom={{path: own.py, sha256: {sha256}}}", code=CODE + "\n")

    code, message, _ = first(caught)
    assert code == "other-code"
    assert "is other code: its sha256 is " in message
    assert caught.value.problems[0].location is not None


def test_other_code_is_said_of_all_files_that_belong_to_it(parsed, tmp_path):
    code = f"import beside_it\n{CODE}"
    (tmp_path / "beside_it.py").write_text("a = 1\n")
    sha256 = parsed(code=code).spec.custom.sha256
    (tmp_path / "beside_it.py").write_text("a = 2\n")

    with pytest.raises(CodeError) as caught:
        parsed(f"custom={{path: own.py, sha256: {sha256}}}", code=code)

    assert "own.py with beside_it.py is other code: the" in first(caught)[1]


@pytest.mark.parametrize(
    ("value", "code", "message"),
    [
        ("3", "wrong-type", "`custom` must hold keys and values, found 3"),
        ("none.py", "missing-file", "there is no file "),
        (".", "not-a-file", " is a folder"),
    ],
)
def test_what_names_no_file_of_code_is_refused(parsed, value, code, message):
    with pytest.raises((SpecError, CodeError)) as caught:
        parsed(f"custom={value}")

    problems = {problem.code: problem for problem in caught.value.problems}
    assert message in problems[code].message


def test_a_source_without_a_file_of_code_says_what_is_missing(parsed):
    values = {**parsed().spec.values(), "data": {"custom": {"function": "rows"}}}
    del values["custom"]
    values["model"] = {"layers": [{"Dense": 1}]}
    values["compile"] = {"loss": "mse"}

    with pytest.raises(SpecError) as caught:
        parse_spec(config_of(values))

    assert first(caught) == (
        "custom",
        "no file of code is named",
        "write custom: FILE.py at the left margin, which defines the function",
    )


def test_rows_of_code_are_not_known_before_they_are_read(parsed):
    experiment = parsed("data={custom: {function: rows, count: 3}}")

    assert experiment.facts.num_rows is None
    assert experiment.unknown_from == "dense"
    assert experiment.spec.values()["data"]["custom"] == {
        "function": "rows",
        "count": 3,
        "seed": 0,
    }


def test_a_layer_of_code_may_be_as_wide_as_there_are_classes(parsed):
    labels = "data.inline.labels=[a, b, c]"
    index = "compile.loss={pinball: {labels: index}}"

    for layer in ("{Gated: classes}", "{Gated: {units: classes}}"):
        spec = parsed(labels, index, f"model.layers[1]={layer}").spec
        assert spec.model.layers[1].written()["units"] == 3


def test_a_loss_made_of_one_of_keras_takes_its_labels_and_logits(parsed):
    labels = "data.inline.labels=[0, 1, 1]"

    for activation in ("linear", "sigmoid"):
        loss = "compile.loss={Weighted: {label_smoothing: 0.1}}"
        layer = f"model.layers[2]={{Dense: {{units: 1, activation: {activation}}}}}"
        spec = parsed(labels, loss, layer).spec
        assert spec.compile.loss.written() == {
            "labels": "binary",
            "from_logits": activation == "linear",
            "label_smoothing": 0.1,
        }
        given = {"from_logits": activation == "linear", "label_smoothing": 0.1}
        assert spec.compile.loss.given() == given


@pytest.mark.parametrize(
    ("activation", "logits"), [("linear", True), ("sigmoid", None), ("tanh", None)]
)
def test_a_loss_of_code_takes_whatever_comes_out(parsed, activation, logits):
    labels = [
        "data.inline.labels=[0, 1, 1]",
        "compile.loss={pinball: {labels: binary}}",
    ]
    layer = f"model.layers[2]={{Dense: {{units: 1, activation: {activation}}}}}"

    loss = parsed(*labels, layer).spec.compile.loss

    assert loss.from_logits is logits  # What predictions have to be made of.
    assert loss.given() == {"tau": 0.5}


def test_of_an_activation_of_code_nobody_knows_what_it_gives(parsed):
    labels = ["data.inline.labels=[0, 1, 1]", "compile.loss=binary_crossentropy"]

    spec = parsed(*labels, "model.layers[2]={Dense: {units: 1, activation: bend}}").spec

    assert spec.compile.loss.from_logits is False


def test_blocks_and_variables_know_the_layers_of_code(parsed, tmp_path):
    text = CONFIG.replace("    - Scale: 2\n", "    - twice: {repeat: 2}\n")
    blocks = "vars: {s: 3.0}\nblocks: {twice: {layers: [{Scale: $s}, {Gated: 3}]}}\n"
    (tmp_path / "c.yaml").write_text(blocks + text)

    layers = parse_spec(read_config(tmp_path / "c.yaml")).spec.model.layers

    assert [layer.name for layer in layers[1:5]] == [
        "twice.1.scale",
        "twice.1.gated",
        "twice.2.scale",
        "twice.2.gated",
    ]
    assert layers[3].written()["start"] == 3.0


def test_classes_and_outputs_of_rows_of_code_wait_for_the_code(parsed):
    data = "data={custom: {function: rows, count: 3}}"

    with pytest.raises(SpecError) as caught:
        parsed(data, "model.layers[2]={Dense: classes}")
    several = parsed(
        data,
        "model.outputs=[a, b]",
        "model.layers[0]={Dense: {units: 1, name: a}}",
        "model.layers[2]={Dense: {units: 1, name: b}}",
        "compile.loss={a: pinball, b: mse}",
    )

    assert first(caught)[2].startswith("give --allow-code, which tells it; or write")
    assert several.unknown_from == "a"


def test_what_is_monitored_has_to_say_which_values_are_better(parsed):
    metric = "compile.metrics=[{Misses: {weight: 2}}]"
    with pytest.raises(SpecError) as caught:
        parsed(metric, "fit.monitor=train_misses")

    assert first(caught) == (
        "unknown-direction",
        "nobody says whether small or large values of `misses` are better",
        "write Misses: {mode: min} or {mode: max}",
    )
    assert parsed(metric.replace("weight: 2", "mode: min"), "fit.monitor=train_misses")


def test_a_damaged_copy_of_the_code_is_told_with_the_file(tmp_path):
    values = {"name": "a", "custom": {"path": str(tmp_path / "none.py")}}

    with pytest.raises(Exception, match="the code of the run cannot be used"):
        restore_spec(values)
