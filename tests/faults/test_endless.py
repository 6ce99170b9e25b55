"""`validate` answers soon, whatever it is given.

Every config here is as long as a config may be, or leads where no walk ends. The quick
part is a fifth as long; `pytest -m slow tests/faults/test_endless.py` takes all of it.
"""

from __future__ import annotations

import cProfile
import gc
import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from dlrun.config import locate_problems, located
from dlrun.errors import ProblemsError, render_problems
from dlrun.experiment import parse_spec, read_config
from dlrun.writing import near, suggesting_briefly

TRIES = 5
"""A busy machine takes longer; what is too much work takes longer every time."""
PACE = 0.042
"""CPU seconds of `pace` on the quiet machine on which the bounds below were set."""
DATA = "{inline: {features: [[1, 2], [3, 4]], labels: [0, 1]}}"
LAYERS = "[{Dense: {units: 2, activation: softmax}}]"
LOSS = "loss: sparse_categorical_crossentropy"


def config(
    data: str = DATA,
    layers: str = LAYERS,
    metrics: str = "[]",
    fit: str = "epochs: 1",
    rest: str = "",
) -> str:
    return (
        f"name: t\ndata: {data}\nmodel: {{layers: {layers}}}\n"
        f"compile: {{{LOSS}, metrics: {metrics}}}\nfit: {{{fit}}}\n{rest}\n"
    )


def several(text: str, count: int) -> str:
    return ", ".join(text.replace("#", str(index)) for index in range(count))


_NINE = range(9)
LONG: dict[str, Callable[[int], str]] = {
    "unknown keys": lambda n: config(rest="\n".join(f"k{i}: 1" for i in range(n))),
    "unknown keys of a layer": lambda n: config(
        layers=f"[{{Dense: {{units: 2, {several('k#: 1', n)}}}}}]"
    ),
    "layers with an unknown key": lambda n: config(
        layers=f"[{several('{Dense: {unit: 2}}', n // 4)}]"
    ),
    "layers with a wrong value": lambda n: config(
        layers=f"[{several('{Dense: {units: x}}', n // 4)}]"
    ),
    "layers of one name": lambda n: config(
        layers=f"[{several('{Dense: {units: 2, name: a}}', n // 5)}]"
    ),
    "unknown layers": lambda n: config(layers=f"[{several('Dnese', n)}]"),
    "valid layers": lambda n: config(layers=f"[{several('{Dense: 2}', n // 2)}]"),
    "sources that are not there": lambda n: config(
        layers=f"[{several('{Dense: {units: 2, from: a#}}', n // 5)}]"
    ),
    "unknown metrics": lambda n: config(metrics=f"[{several('acuracy', n // 2)}]"),
    "unknown monitors": lambda n: config(
        fit=f"callbacks: [{several('{EarlyStopping: {monitor: x}}', n // 5)}]"
    ),
    "unknown aliases": lambda n: config(
        rest=f"y: [{several('&b# 1', n // 4)}]\nx: [{several('*a#', n // 4)}]"
    ),
    "aliases of themselves": lambda n: config(rest=f"x: &a [{several('*a', n)}]"),
    "tags": lambda n: config(rest=f"x: [{several('!a 1', n)}]"),
    "numbers with a leading zero": lambda n: config(rest=f"x: [{several('010', n)}]"),
    "one key": lambda n: config(rest="k: 1\n" * n),
    "tabs": lambda n: config(rest="x:\n" + "\t- a\n" * n),
    "spaces": lambda n: config(rest=f"x:{' ' * 10 * n}a: 1\n  b: 2"),
    "long words": lambda n: config(rest=f"y: &{'a' * 9 * n} 1\nx: *{'a' * 9 * n}b"),
    "paths of set": lambda n: config(rest=f"set: {{{several('q#.x: 1', n // 2)}}}"),
    "paths of set through a layer": lambda n: config(
        rest=f"set: {{{several('model.layers.l#.x: 1', n // 3)}}}"
    ),
    "cells that are no numbers": lambda n: config(
        data=f"{{inline: {{features: [{several('[1, b]', n // 3)}], labels: [0]}}}}"
    ),
    "columns that are not there": lambda n: config(
        data=f"{{csv: {{path: wide.csv, labels: c1, features: [{several('q#', n)}]}}}}"
    ),
    "columns": lambda _: config(data="{csv: {path: wide.csv, labels: c1}}"),
    "a pattern": lambda n: config(
        data=f"{{csv: {{path: '{'[' * 9 * n}', labels: y}}}}"
    ),
    "a block that is repeated": lambda n: config(
        layers=f"[{{b: {{repeat: {n**2}}}}}]",
        rest="blocks: {b: {layers: [{Dense: 2}]}}",
    ),
    "blocks of blocks": lambda n: config(
        layers="[b0]",
        rest="blocks:\n"
        + "".join(f"  b{i}: {{layers: [{several(f'b{i + 1}', 9)}]}}\n" for i in _NINE)
        + f"  b9: {{layers: [{several('Flatten', n // 9)}]}}",
    ),
    "classes": lambda n: config(data=f"{DATA[:-1]}, classes: [{several('q#', n)}]}}"),
}

COUNTED = {
    "unknown keys": 8_000,
    "unknown keys of a layer": 8_000,
    "layers with an unknown key": 2_000,
    "layers with a wrong value": 2_000,
    "unknown layers": 8_000,
    "unknown metrics": 4_000,
    "cells that are no numbers": 2_666,
    "columns that are not there": 8_000,
}
"""How many mistakes 8,000 entries are, where each entry is one."""

LEADS_NOWHERE = {
    "a pattern over all of the machine": "{csv: {path: '/**/*.nothing', labels: y}}",
    "a pattern over the kernel": "{csv: {path: '/proc/**/*/x', labels: y}}",
    "folders over folders": "{csv: {path: '/*/*/*/*/*/*/*/*.nothing', labels: y}}",
    "the machine as images": "{image_folder: {directory: /}}",
    "the kernel as images": "{image_folder: {directory: /proc}}",
    "messages of the kernel": "{csv: {path: /proc/kmsg, labels: y}}",
    "an archive of the kernel": "{npz: {path: /proc/kmsg}}",
    "a pipe": "{csv: {path: pipe, labels: y}}",
    "an endless device": "{npz: {path: /dev/zero}}",
}


def answer(file: Path) -> str:
    """What `validate` says."""
    try:
        node = read_config(file)
        with located(node):
            return render_problems(locate_problems(node, parse_spec(node).warnings))
    except ProblemsError as error:
        return str(error)


def pace() -> float:
    """CPU seconds for a fixed piece of work: how fast this machine is just now."""
    start = time.process_time()
    rows = [{"key": (index, str(index))} for index in range(60_000)]
    widths = {row["key"][1]: len(row) for row in rows}
    assert all(str(index) in widths for index in range(60_000))
    return time.process_time() - start


def seconds_at_pace(file: Path) -> tuple[float, str]:
    """The CPU seconds of an answer where `pace` takes `PACE`, and the answer."""
    before, start = pace(), time.process_time()
    words = answer(file)
    took = time.process_time() - start
    return took * 2 * PACE / (before + pace()), words


def require_an_answer(folder: Path, text: str, seconds: float) -> str:
    file = folder / "config.yaml"
    file.write_text(text)
    # As the command line does: what a whole test process keeps is not looked through.
    gc.disable()
    try:
        for _ in range(TRIES):
            took, words = seconds_at_pace(file)
            if took < seconds:
                break
    finally:
        gc.enable()

    assert took < seconds
    assert len(words) < 50_000
    return words


def write_wide_table(folder: Path, columns: int) -> None:
    header = ",".join(f"c{index}" for index in range(columns))
    (folder / "wide.csv").write_text(f"{header}\n{','.join('1' * columns)}\n")


@pytest.mark.parametrize("kind", LONG)
def test_a_long_config_is_answered_soon(kind: str, tmp_path: Path) -> None:
    write_wide_table(tmp_path, 8_000)

    require_an_answer(tmp_path, LONG[kind](8_000), seconds=0.6)


@pytest.mark.slow
@pytest.mark.parametrize("kind", LONG)
def test_the_longest_config_is_answered_soon(kind: str, tmp_path: Path) -> None:
    write_wide_table(tmp_path, 40_000)

    require_an_answer(tmp_path, LONG[kind](40_000), seconds=1.5)


def calls(folder: Path, text: str) -> int:
    """How many functions are called until there is an answer: the same every time."""
    file, profile = folder / "config.yaml", cProfile.Profile()
    file.write_text(text)
    profile.runcall(answer, file)
    return sum(entry.callcount for entry in profile.getstats())


@pytest.mark.parametrize("kind", COUNTED)
def test_an_entry_more_costs_few_calls(kind: str, tmp_path: Path) -> None:
    write_wide_table(tmp_path, 8_000)
    answer_of = LONG[kind]

    few, many = (calls(tmp_path, answer_of(count)) for count in (6_000, 8_000))

    assert (many - few) / 2_000 < 120


@pytest.mark.parametrize("kind", COUNTED)
def test_what_is_not_shown_is_counted_one_by_one(kind: str, tmp_path: Path) -> None:
    write_wide_table(tmp_path, 8_000)

    words = require_an_answer(tmp_path, LONG[kind](8_000), seconds=0.6)

    assert words.count("error[") == 20
    assert words.endswith(f"\n\nand {COUNTED[kind] - 20} more")


def test_problems_are_shown_in_the_order_of_the_text(tmp_path: Path) -> None:
    rest = "\n".join(f"k{index}: 1" for index in range(300))
    text = config(layers="[{Dense: {unit: 2}}]", fit="epochs: x", rest=rest)

    words = require_an_answer(tmp_path, f"first: 1\n{text}", seconds=0.6)

    assert [line for line in words.splitlines() if line.startswith("error[")][:3] == [
        'error[unknown-key]: the config has no key "first"',
        'error[unknown-key]: `Dense` has no key "unit"',
        'error[wrong-type]: `epochs` must be an integer, found "x"',
    ]
    assert words.endswith("and 283 more")


@pytest.mark.parametrize("kind", LEADS_NOWHERE)
def test_walks_and_reads_have_a_bound(kind: str, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")

    words = require_an_answer(tmp_path, config(data=LEADS_NOWHERE[kind]), seconds=1.5)

    assert words.startswith("error[")


@pytest.mark.parametrize(
    "file", ["/proc/kmsg", "/proc/self/status", "pipe", "/dev/tty"]
)
def test_a_config_extends_only_what_can_be_read_to_its_end(
    file: str, tmp_path: Path
) -> None:
    os.mkfifo(tmp_path / "pipe")

    words = require_an_answer(tmp_path, f"extends: {file}\n{config()}", seconds=1.5)

    assert words.startswith("error[not-a-file]")


def test_a_chain_of_configs_is_as_long_as_one_config_may_be(tmp_path: Path) -> None:
    for index in range(5):
        text = config(rest=f"extends: {index + 1}.yaml\nk: [{several('1', 30_000)}]")
        (tmp_path / f"{index}.yaml").write_text(text)

    words = answer(tmp_path / "0.yaml")

    assert "error[too-large]" in words


def test_the_first_mistakes_keep_their_cures(tmp_path: Path) -> None:
    text = config(layers=f"[{several('{Dense: {unit: 2}}', 2_000)}]")

    words = require_an_answer(tmp_path, text, seconds=1.5)

    assert words.count("= help: write units") == 20


def test_suggestions_end_only_where_they_are_to_be_brief() -> None:
    known = [f"name{index}" for index in range(1_000)]

    with suggesting_briefly():
        found = [near("nam1", known) for _ in range(100)]

    assert found[0]
    assert not found[-1]
    assert near("nam1", known)
