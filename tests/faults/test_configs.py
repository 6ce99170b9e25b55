"""Configs that ship with dlrun, changed at random: valid, or refused with a place.

The suite tries some; by hand, more (how many, and the seed):
`python tests/faults/test_configs.py 30000 7`.
"""

from __future__ import annotations

import gc
import json
import random
import re
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
import yaml

from dlrun.config import locate_problems, located
from dlrun.errors import DlrunError, ProblemsError, render_problems
from dlrun.experiment import parse_spec, read_config

SHIPPED = sorted((Path(__file__).parents[2] / "configs").rglob("*.yaml"))
SECONDS = 1.0
"""So long an answer may take this process, in the long part."""
VALUES: tuple[Any, ...] = (
    None, True, False, "", "x", "-1", "1e-3", "relu", "..", "/", "/dev/null", 0, 1,
    -1, 3, 0.5, -0.5, 1e308, float("inf"), float("nan"), 10**9, 10**30, 2**63, [], {},
    [[]],    [{}], {"x": 1}, [1, 2], [None], "\x1b[31m", "\u202e", "a\nb", "ü" * 300,
    [[1, [2, [3]]]],
)  # fmt: skip
KINDS = ("value", "value", "donor", "gone", "key", "number", "deep")
PIECES = (
    "{", "}", "[", "]", ":", ": ", "- ", "\n", "  ", "\t", "#", "&a ", "*a",
    "!!python/object:os.x ", "|", ">", "'", '"', "? ", "<<: ", "---\n", "...\n",
    "%YAML 1.2\n", "\0", "\x85", "\ufeff", "0x1f", "~", "1_0", "0:10", "2024-01-01",
    "é", "\ud7ff", ",",
    "extends: ", "set: ", "=",
)  # fmt: skip


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    yield path
    if isinstance(value, dict):
        for key in value:
            yield from places(value[key], (*path, key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from places(item, (*path, index))


def at(value: Any, path: tuple[Any, ...]) -> Any:
    for step in path:
        value = value[step]
    return value


def change_values(chance: random.Random, values: Any, donor: Any) -> Any:
    """Put, move, remove or rename something, up to four times."""
    for _ in range(chance.randint(1, 4)):
        spots = [path for path in places(values) if path]
        if not spots:
            return values
        *parents, last = chance.choice(spots)
        parent = at(values, tuple(parents))
        kind = chance.choice(
            ["value", "value", "donor", "gone", "key", "number", "deep"]
        )
        old = parent[last]
        if kind == "gone":
            del parent[last]
        elif kind == "key" and isinstance(parent, dict):
            names = [step for path in places(donor) for step in path] + ["x", "y"]
            parent[chance.choice(names)] = parent.pop(last)
        elif kind == "number" and isinstance(old, int | float):
            factor = chance.choice([-1, 0, 2, 0.5, 10, 1e6])
            parent[last] = type(old)(old * factor)
        elif kind == "deep":
            parent[last] = [old] if chance.random() < 0.5 else {str(last): old}
        elif kind == "donor":
            parent[last] = json.loads(
                json.dumps(at(donor, chance.choice([*places(donor)])), default=str)
            )
        else:
            parent[last] = deepcopy(chance.choice(VALUES))
    return values


def change_text(chance: random.Random, text: str) -> str:
    """Put, remove or double some characters, up to three times."""
    for _ in range(chance.randint(1, 3)):
        place = chance.randrange(len(text) + 1)
        kind = chance.randrange(4)
        if kind == 0:
            text = text[:place] + chance.choice(PIECES) + text[place:]
        elif kind == 1:
            text = text[:place] + text[place + chance.randint(1, 8) :]
        elif kind == 2:
            text = text[:place] + text[max(0, place - 20) :]
        else:
            lines = text.splitlines(keepends=True)
            chance.shuffle(lines)
            text = "".join(lines[: chance.randint(1, len(lines))]) if lines else text
    return text


def changed(chance: random.Random, file: Path) -> str:
    """The text of a config, changed in its values or letter by letter."""
    text = re.sub(
        r"(?:\.\./)+|(?<=extends: )(?=[a-z])",
        lambda found: f"{(file.parent / found[0]).resolve()}/",
        file.read_text(),
    )
    if chance.random() < 0.4:
        return change_text(chance, text)
    values = yaml.safe_load(text)
    donor = yaml.safe_load(chance.choice(SHIPPED).read_text())
    return yaml.safe_dump(change_values(chance, values, donor), allow_unicode=True)


def answer(file: Path, overrides: list[str]) -> str:
    """What `validate` answers: `valid`, or the code of the first problem.

    Raises:
        AssertionError: a problem has no words, or too many.
    """
    try:
        node = read_config(file, overrides)
        with located(node):
            experiment = parse_spec(node)
        render_problems(locate_problems(node, experiment.warnings))
    except ProblemsError as error:
        words = str(error)
        assert re.match(r"error\[[a-z0-9-]+\]: \S", words), words
        assert len(words) < 50_000, len(words)
        return error.problems[0].code
    except DlrunError as error:
        return f"{type(error).__name__}: {error.message[:20]}"
    return "valid"


def tried(count: int, seed: int, seconds: float) -> Iterator[tuple[str, str]]:
    """What becomes of each config, and where it goes wrong the config."""
    with tempfile.TemporaryDirectory() as directory:
        file = Path(directory) / "config.yaml"
        for number in range(count):
            chance = random.Random(f"{seed} {number}")
            try:
                text = changed(chance, chance.choice(SHIPPED))
                file.write_text(text, encoding="utf-8", errors="surrogateescape")
            except (UnicodeError, yaml.YAMLError, OverflowError, ValueError):
                yield "not written", ""
                continue
            overrides = []
            if chance.random() < 0.2:
                donor = yaml.safe_load(chance.choice(SHIPPED).read_text())
                path = [str(step) for step in chance.choice([*places(donor)])]
                overrides = [f"{'.'.join(path)}={chance.choice(VALUES)}"]
            start = time.process_time()
            try:
                outcome = answer(file, overrides)
            except Exception as error:
                yield "FAULT", f"#{number} {type(error).__name__}: {error}\n{text}"
                continue
            took = time.process_time() - start
            if took > seconds:
                yield "SLOW", f"#{number} {took:.1f} s\n{text[:2000]}"
            yield outcome, ""


@pytest.mark.slow
def test_changed_configs_are_valid_or_refused_with_a_place():
    found = [where for _, where in tried(400, seed=1, seconds=9.0) if where]

    assert found == []


if __name__ == "__main__":
    gc.disable()
    counts: Counter[str] = Counter()
    for outcome, where in tried(int(sys.argv[1]), int(sys.argv[2]), SECONDS):
        counts[outcome] += 1
        if counts.total() % 500 == 0:
            gc.collect()
        if where:
            print(outcome, where, flush=True)
    print(dict(counts.most_common()), flush=True)
