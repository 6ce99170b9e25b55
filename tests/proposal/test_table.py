from __future__ import annotations

import random
import shutil
import subprocess
from pathlib import Path

import pytest
from pyarrow import csv, parquet

from dlrun.config import Node
from dlrun.engines import KerasDoor
from dlrun.errors import RunError
from dlrun.experiment import parse_spec, read_config
from dlrun.proposal import propose
from dlrun.rows import read_rows
from dlrun.rows.lint import inspect_rows

ROOT = Path(__file__).parents[2]
GOLDEN = ROOT / "tests/golden/proposal"
TABLES = {
    "penguins": "species",
    "cars": "Miles_per_Gallon",
    "diamonds": "price",
    "seattle_weather": "temp_max",
    "nouns": "kind",
    "verbs": "sentences",
}
HALVES = ["no", "yes"] * 50


def entry(text: str, column: str) -> str:
    """The line of a column."""
    (line,) = (
        line for line in text.splitlines() if line.strip().startswith(f"{column}:")
    )
    return line.partition("  #")[0].strip().removeprefix(f"{column}: ")


def comment(text: str, column: str) -> str:
    """What is said of a column, beside its line or above it."""
    lines = text.splitlines()
    (place,) = (
        place
        for place, line in enumerate(lines)
        if line.strip().startswith(f"{column}:")
    )
    beside = lines[place].partition("  # ")[2]
    return beside or lines[place - 1].strip().removeprefix("# ")


@pytest.mark.parametrize("name", TABLES)
def test_what_is_proposed_for_a_table_that_people_know(name, tmp_path, golden):
    shutil.copy(ROOT / f"datasets/{name}.csv", tmp_path)
    file = tmp_path / f"{name}.yaml"

    file.write_text(propose(tmp_path / f"{name}.csv", [TABLES[name]], file))

    golden(GOLDEN / f"{name}.yaml", file.read_text().rstrip())
    assert len(file.read_text().splitlines()) <= 60
    assert parse_spec(read_config(file)).warnings == ()


def test_numbers_with_gaps_tell_where_these_were(proposed, numbers):
    gappy = ["" if row % 7 == 0 else row % 50 / 3 for row in range(100)]

    text = proposed({"a": numbers(), "b": gappy, "y": HALVES}, "y")

    indicated = "[{impute: {method: median, indicator: true}}, scale]"
    assert entry(text, '"*"') == "[{impute: median}, scale]"
    assert entry(text, "b") == indicated
    assert "15 gaps (15 %)" in comment(text, "b")


def test_a_question_mark_among_numbers_is_a_gap(proposed, numbers):
    marked = ["?" if row % 9 == 0 else row % 50 / 3 for row in range(100)]

    text = proposed({"a": numbers(), "b": marked, "y": HALVES}, "y")

    assert '"?"' in entry(text, "missing")
    assert "12 gaps" in comment(text, "b")


def test_columns_of_no_use_are_dropped_with_the_reason(proposed, numbers):
    columns = {
        "a": numbers(),
        "same": ["x"] * 100,
        "nothing": [""] * 100,
        "hardly": ["", *[""] * 98, "3"],
        "row": range(100),
        "code": [f"PT-{row:04}" for row in range(100)],
        "copy": [f"{value} kg" for value in HALVES],
        "y": HALVES,
    }

    text = proposed(columns, "y")

    assert {name: comment(text, name) for name in columns if name not in "ay"} == {
        "same": "always 'x'",
        "nothing": "all cells are gaps",
        "hardly": "nearly all cells are gaps (99 %)",
        "row": "numbers the rows",
        "code": "names rows: 100 values in 100 rows",
        "copy": "says the same as 'y', in other words",
    }


def test_names_of_columns_of_any_kind_are_quoted(proposed, numbers):
    names = ["Sepal.Length", "a b", "x: y", "größe", "2020", "*", "a*", "$price", "- z"]
    names += ["true", "null", "[x]", "{x}", "#x", '"x"', "'x'", "&x", "%x", "\u2028x"]
    columns = {name: numbers(seed=place) for place, name in enumerate(names)}
    columns["co#l*"] = ["north", "south", "west", "east", "here"] * 20

    text = proposed({**columns, "$y: #": HALVES}, "$y: #")

    assert '"co#l*": {one_hot: {missing: ignore, unknown: ignore}}' in text


@pytest.mark.parametrize("many", [False, True])
def test_numbers_that_no_model_can_hold_are_cut_or_left_out(proposed, numbers, many):
    huge = [1e300 if row % (2 if many else 20) == 0 else one
            for row, one in enumerate(numbers())]  # fmt: skip

    text = proposed({"a": numbers(seed=1), "b": huge, "y": HALVES}, "y")

    assert ("b: drop" in text) == many
    assert ("clip: {x_min: -" in text) != many
    assert "too large to be learned from" in comment(text, "b")


def test_a_label_that_no_model_can_hold_is_refused(proposed, numbers):
    with pytest.raises(RunError, match="as large as 1e\\+300"):
        proposed({"a": numbers(), "y": [1e300, *numbers(99)]}, "y")


def test_a_column_without_a_name_is_left_out(proposed, numbers):
    text = proposed({"": range(100), "a": numbers(), "y": HALVES}, "y")

    assert "Note: a column without a name is left out." in text
    assert "features: [a]" in text


def test_rows_without_a_label_are_left_out(proposed, numbers):
    halves = [None if row % 10 == 0 else HALVES[row] for row in range(100)]

    text = proposed({"a": numbers(), "y": halves}, "y")

    assert "missing_labels: drop" in text
    assert "10 rows without one" in text


def test_a_thousand_columns_take_sixty_lines(proposed, numbers):
    some = ["north", "south", "west", "east"] * 25
    columns = {
        f"place {place}": some[place % 4 :] + some[: place % 4] for place in range(4)
    }
    columns |= {f"number_{place}": numbers(seed=place) for place in range(200)}
    columns |= {
        f"gappy_{place}": [
            "" if (row + place) % 7 == 0 else row * place % 83 for row in range(100)
        ]
        for place in range(1, 150)
    }

    text = proposed({**columns, "y": HALVES}, "y", reads=False)

    assert len(text.splitlines()) <= 60


def test_a_rare_class_gets_its_weight(proposed, numbers):
    text = proposed({"a": numbers(400), "y": (["no"] * 19 + ["yes"]) * 20}, "y")

    assert "class_weight: balanced" in text


def test_rows_that_repeat_are_told(proposed, numbers):
    few = numbers(10) * 10

    text = proposed({"a": few, "y": HALVES}, "y", reads=False)

    assert "Note: 90 of 100 rows (90 %) repeat another row" in text


def test_paths_begin_at_the_config(table, tmp_path, numbers):
    file = table({"a": numbers(), "y": HALVES})
    (tmp_path / "configs").mkdir()

    text = propose(file, ["y"], tmp_path / "configs/first.yaml")

    assert "path: ../table.csv" in text
    assert isinstance(read_written(text, tmp_path / "configs/first.yaml"), Node)


def read_written(text, file):
    file.write_text(text)
    node = read_config(file)
    parse_spec(node)
    return node


def test_numbers_with_decimal_commas_are_numbers(tmp_path, numbers):
    rows = zip(numbers(), HALVES, strict=True)
    lines = [f"{one};{half}".replace(".", ",") for one, half in rows]
    (tmp_path / "german.csv").write_text("\n".join(["a;y", *lines]))

    text = propose(tmp_path / "german.csv", ["y"], tmp_path / "config.yaml")

    assert entry(text, '"*"') == "[{impute: median}, scale]"


def test_columns_that_hardly_differ_are_named_once(proposed, numbers):
    metres, others = numbers(), numbers(seed=1)
    feet = [round(one * 3.28, 3) for one in metres]
    words = ["north", "south", "west", "east", "here"] * 20
    letters = [word[0] for word in words]

    columns = {"m": metres, "o": others, "feet": feet, "w": words, "l": letters}
    text = proposed({**columns, "y": HALVES}, "y")

    told = "says the same as 'm': their correlation is 1.00000 in 100 rows"
    assert comment(text, "feet") == told
    told = "says the same as 'w': 5 categories under two names in 100 rows"
    assert comment(text, "l") == told
    assert entry(text, '"*"') == "[{impute: median}, scale]"
    assert "2 columns: m" in comment(text, '"*"')


def test_of_many_rows_some_tell_that_columns_hardly_differ(proposed, numbers):
    metres = [one + place for place in range(80) for one in numbers()]
    feet = [round(one * 3.28, 3) for one in metres]

    text = proposed({"m": metres, "feet": feet, "y": HALVES * 80}, "y")

    told = "says the same as 'm': their correlation is 1.00000 in 5000 rows"
    assert comment(text, "feet") == told


def test_a_category_that_tells_the_class_is_doubted(proposed, numbers):
    names = [f"{half}{row % 32}" for row, half in enumerate(HALVES)]

    text = proposed({"a": numbers(), "name": names, "y": HALVES}, "y", reads=False)

    assert "each goes with one class alone: is it known before?" in text


@pytest.mark.parametrize("name", ["paid", "humid", "keyboard", "now", "grid"])
def test_a_word_that_ends_like_a_name_of_rows_is_none(proposed, numbers, name):
    counts = [(row * 37) % 101 for row in range(100)]

    text = proposed({"a": numbers(), name: counts, "y": HALVES}, "y")

    assert "drop" not in text


def test_names_of_people_that_recur_are_told(proposed, numbers):
    people = [f"P{row // 4}" for row in range(100)]

    text = proposed({"a": numbers(), "patient": people, "y": HALVES}, "y")

    assert entry(text, "patient") == "drop"
    assert entry(text, "split") == "{validation: 0.2, test: 0.2, by: patient}"


def test_many_texts_are_looked_up_in_an_input_of_their_own(tmp_path):
    words = [*"abcdefghijklmnop"]
    lines = [
        " ".join(words[(row * step) % 16] for step in range(1, 9)) + f" {row}"
        for row in range(20_100)
    ]
    rows = [
        f"{line},{len(line) % 7},{HALVES[row % 100]}" for row, line in enumerate(lines)
    ]
    (tmp_path / "t.csv").write_text("\n".join(["said,n,y", *rows]))
    file = tmp_path / "config.yaml"

    file.write_text(propose(tmp_path / "t.csv", ["y"], file))

    text = file.read_text()
    assert "Embedding: {from: said, input_dim: 10000, output_dim: 32}" in text
    assert "Concatenate: [numbers, said_seen]" in text
    assert parse_spec(read_config(file)).warnings == ()


def test_a_class_of_one_row_is_left_out(proposed, numbers):
    text = proposed({"a": numbers(), "y": [*HALVES[:99], "once"]}, "y")

    assert "once" in entry(text, "missing")
    assert entry(text, "missing_labels") == "drop"
    assert "Note: of once there is one row alone" in text


def test_a_class_of_one_row_that_is_a_category_is_refused(proposed, numbers):
    columns = {"a": numbers(), "b": ["once", *HALVES[:99]], "y": ["once", *HALVES[:99]]}

    with pytest.raises(RunError, match="of once there is one row alone"):
        proposed(columns, "y")


def test_a_word_among_many_numbers_is_a_gap(proposed, numbers):
    told = ["n/k" if row % 9 == 0 else row % 50 / 3 for row in range(100)]

    text = proposed({"a": numbers(), "b": told, "y": HALVES}, "y")

    assert "n/k" in entry(text, "missing")
    assert "12 gaps" in comment(text, "b")


def test_short_texts_are_known_by_the_words_that_recur(proposed, numbers):
    source = random.Random(1)
    words = ["good", "bad", "fast", "slow", "dear", "cheap", "kind", "late", "broken"]
    texts = [" ".join(source.sample(words, 3)) for _ in range(700)]
    labels = ["again" if "good" in one or "fast" in one else "never" for one in texts]

    text = proposed({"a": numbers(700), "said": texts, "y": labels}, "y")

    learned = "{text: {max_tokens: 10, output_mode: multi_hot, missing: ignore}}"
    assert entry(text, "said") == learned
    assert "9 are learned" in comment(text, "said")


def test_names_that_hardly_share_a_word_stay_names(proposed, numbers):
    names = [f"Ann{row} Lee{row}" for row in range(100)]

    text = proposed({"a": numbers(), "who": names, "y": HALVES}, "y")

    assert entry(text, "who") == "drop"


def test_columns_that_add_up_to_the_label_are_told(proposed, numbers):
    parts = {"a": numbers(), "repair cost": numbers(seed=1), "other": numbers(seed=2)}
    pairs = zip(parts["repair cost"], parts["other"], strict=True)
    total = [round(first + 2 * second, 6) for first, second in pairs]
    nearly = [
        cell + 0.1 * one for cell, one in zip(total, numbers(seed=3), strict=True)
    ]

    text = proposed({**parts, "y": total}, "y")

    told = "Note: y is a sum of repair cost, other, each times a factor"
    assert told in " ".join(text.replace("\n#", "").split())
    assert "is a sum of" not in proposed({**parts, "y": nearly}, "y")


@pytest.mark.parametrize("label", ["y", "damage"])
def test_the_word_none_may_be_a_category(proposed, numbers, label):
    damage = ["None", "None", "None", "small", "large"] * 20

    text = proposed({"a": numbers(), "damage": damage, "y": HALVES}, label)

    told = " ".join(text.replace("\n#", "").split())
    assert "Note: None is a gap in damage (60 rows); if it is a category" in told
    assert 'missing: ["", NA, NaN]' in told


@pytest.mark.parametrize("ending", ["csv", "parquet"])
@pytest.mark.parametrize("tagged", [False, True])
def test_a_table_that_is_too_large_to_ask_is_told_all_its_classes(
    ending, tagged, tmp_path, monkeypatch
):
    """The last class stands where no sample looks; the config must train as it is."""
    import pyarrow as pa
    import pyarrow.csv
    import pyarrow.parquet

    monkeypatch.setattr("dlrun.data.sampling.WHOLE", 10_000)
    monkeypatch.setattr("dlrun.data.sampling._PIECE", 256)
    monkeypatch.setattr("dlrun.data.sampling._CELLS", 1)
    for module in ("proposal.table", "components.sources.table"):
        monkeypatch.setattr(f"dlrun.{module}.READ_AT_MOST", 1)
    monkeypatch.setattr("dlrun.components.sources.table._SHORT", 1)
    kinds = [f"{'abc'[row % 3]}{';a' * (tagged and row % 2)}" for row in range(6000)]
    kinds[5700:5710] = ["late"] * 10
    rows = pa.table({"x": [row % 97 / 7 for row in range(6000)], "kind": kinds})
    file, out = tmp_path / f"large.{ending}", tmp_path / "large.yaml"
    write = {"csv": pyarrow.csv.write_csv, "parquet": pyarrow.parquet.write_table}
    write[ending](rows, file)

    out.write_text(propose(file, ["kind"], out))

    assert "were looked at.\n# Behind each # is what was seen.\n" in out.read_text()
    assert f"4 {'tags' if tagged else 'classes: '}" in out.read_text()
    assert parse_spec(read_config(out)).spec.model.layers[-1].units == 4


def weights(count: int = 200) -> list[float]:
    source = random.Random(9)
    return [round(source.gauss(3000, 700), 1) for _ in range(count)]


def warned(file: Path) -> set[str]:
    """What the linter says of the rows of a config."""
    found = inspect_rows(parse_spec(read_config(file)), KerasDoor())[2]
    return {one.code for one in found}


@pytest.mark.parametrize("learned", ["classes", "numbers"])
def test_what_the_linter_says_tells_the_label_is_left_out(
    proposed, tmp_path, numbers, learned
):
    given = weights()
    label = [int(one < 2500) for one in given]
    if learned == "numbers":
        label = [
            round(one**2 / 1e6 + row % 2 / 1e3, 4) for row, one in enumerate(given)
        ]

    text = proposed({"a": numbers(200), "weight": given, "y": label}, "y")

    assert entry(text, "weight") == "drop"
    words = " ".join(text.replace("#", " ").split())
    assert "tells 'y' alone: a" in words
    assert "remove this line if it is known before" in words
    again = warned(tmp_path / "config.yaml")
    assert "label-told" not in again
    known = tmp_path / "known.yaml"
    known.write_text(text.replace("    weight: drop\n", ""))
    assert "label-told" in warned(known)


@pytest.mark.parametrize("wide", [False, True], ids=["a line each", "in braces"])
def test_few_whole_numbers_are_sizes_unless_somebody_says_codes(
    proposed, tmp_path, numbers, wide
):
    source = random.Random(1)
    columns = {
        "race": [source.choice([1, 2, 3]) for _ in range(100)],
        "rooms": [source.choice(["", *range(2, 8)]) for _ in range(100)],
        "half": [source.choice([0, 1]) for _ in range(100)],
        "age": [source.randrange(20, 60) for _ in range(100)],
    }
    if wide:
        logs = {
            f"x{one}": [10 ** abs(n) for n in numbers(100, one)] for one in range(60)
        }
        columns |= logs

    text = proposed({**columns, "y": HALVES}, "y")

    told = "race (3), rooms (6) have few whole numbers, taken for sizes"
    assert told in " ".join(text.replace("#", " ").split())
    taken = "\n".join(
        line.replace("# ", "", 1) if "# race: {one_hot" in line else line
        for line in text.splitlines()
    )
    (tmp_path / "taken.yaml").write_text(taken)
    experiment, parts = read_rows(
        parse_spec(read_config(tmp_path / "taken.yaml")), KerasDoor()
    )
    assert experiment.warnings == ()
    plain = read_rows(parse_spec(read_config(tmp_path / "config.yaml")), KerasDoor())[1]
    widths = [one.train.row_shapes["input"][0] for one in (plain, parts)]
    assert widths[1] == widths[0] + 2


def test_a_column_that_tells_the_label_stays_where_it_is_the_only_one(proposed):
    given = weights()

    text = proposed({"weight": given, "y": [int(one < 2500) for one in given]}, "y")

    assert '"*": [{impute: median}, scale]' in text
    assert "tells 'y' alone: a class per interval is right for" in " ".join(
        text.replace("#", " ").split()
    )


def test_a_file_is_what_it_begins_like_and_not_what_it_is_called(tmp_path, numbers):
    rows = "".join(
        f"{one},{half}\n" for one, half in zip(numbers(), HALVES, strict=True)
    )
    (tmp_path / "text.parquet").write_text(f"a,y\n{rows}")
    table = csv.read_csv(tmp_path / "text.parquet")
    parquet.write_table(table, tmp_path / "binary.csv")

    for name, key in (("text.parquet", "csv"), ("binary.csv", "parquet")):
        text = propose(tmp_path / name, ["y"], tmp_path / "config.yaml")

        assert f"  {key}: {{path: {name}, labels: y}}" in text


def test_another_encoding_is_cured_without_a_config(tmp_path):
    file = tmp_path / "old table.csv"
    file.write_text("вес,y\n1,no\n", "cp1251")

    with pytest.raises(RunError) as error:
        propose(file, ["y"], tmp_path / "config.yaml")

    _, _, cure = (error.value.hint or "").partition(": ")
    subprocess.run(["/bin/sh", "-c", cure], check=True)
    written = tmp_path / "old table_utf8.csv"
    assert written.read_text("utf-8") == "вес,y\n1,no\n"


def test_numbers_with_marks_that_mean_two_things_are_told(proposed, numbers):
    prices = [f"{1 + row}.{100 + row},50" for row in range(100)]

    text = proposed({"price": prices, "a": numbers(), "y": HALVES}, "y", reads=False)

    assert "price: drop" in text
    assert "marks between thousands, as 1.100,50: write them without" in text


def test_few_rows_are_told_before_what_their_labels_are(proposed):
    with pytest.raises(RunError, match="3 rows with a label: too few") as error:
        proposed({"x": ["1", "2", "3"], "y": ["a", "b", "a"]}, "y", reads=False)

    assert error.value.hint == "collect at least 5"


def test_a_line_of_units_is_noted(proposed, numbers):
    columns = {"a": ["cm", *numbers()], "b": ["kg", *numbers(seed=1)]}

    text = proposed({**columns, "y": ["no", *HALVES]}, "y", reads=False)

    assert "# Note: if line 2 is a second header line, as of units, remove it." in text


def test_numbers_in_the_first_line_are_doubted(proposed, numbers):
    text = proposed({"-0.5": numbers(), "no": HALVES}, "no")

    assert "Note: if its first line is a row, add a line above it" in text


def test_a_second_header_is_no_row_and_is_told(proposed, numbers):
    columns = {"a": ["Place", *numbers()], "b": ["Value", *numbers(seed=1)]}

    text = proposed({**columns, "": ["Good", *HALVES]}, "b")

    assert "Note: if line 2 names the columns, remove what is above it" in text
    assert {"Place", "Value"} <= {*entry(text, "missing").strip("[]").split(", ")}


def test_a_doubtful_first_line_is_told_where_the_label_cannot_be_learned(
    proposed, numbers
):
    names = [f"name {row}" for row in range(100)]
    columns = {"a": ["Place", *numbers()], "b": ["Value", *numbers(seed=1)]}

    with pytest.raises(RunError) as caught:
        proposed({**columns, "": ["Good", *HALVES], "c": ["Who", *names]}, "c")

    assert "if line 2 names the columns, remove what is above it" in caught.value.hint


def test_columns_of_one_name_are_told_where_nothing_else_is_left(tmp_path, numbers):
    rows = "".join(f"{number},1,2,{number > 0}\n" for number in numbers())
    (tmp_path / "t.csv").write_text(f"x,same,x,y\n{rows}")

    with pytest.raises(RunError) as caught:
        propose(tmp_path / "t.csv", ["y"], tmp_path / "c.yaml")

    assert "2 columns are called 'x', and are left out" in caught.value.hint


@pytest.mark.parametrize("is_label", [False, True])
def test_a_few_numbers_far_from_all_others_are_told(proposed, numbers, is_label):
    far = [1e7 if row % 40 == 0 else one for row, one in enumerate(numbers())]

    text = proposed(
        {"a": numbers(seed=1), "b": far, "y": HALVES}, "b" if is_label else "y"
    )

    if is_label:
        assert "3 rows have a b far from all others, as 1e+07: remove" in text
    else:
        assert "clip: {x_min: -5, x_max: 5}" in text


def test_rows_without_a_label_say_nothing_of_columns(proposed, numbers):
    columns = {"a": [*numbers(), *[""] * 30], "b": [*HALVES, *["only here"] * 30]}

    text = proposed({**columns, "y": [*HALVES[1:], "no", *[""] * 30]}, "y")

    assert "130 rows." in text
    assert "30 rows without one" in text
    assert "gap" not in text.partition("columns:")[2]
    assert "only here" not in text
    assert "repeat another row" not in text


def test_what_marks_a_gap_among_labels_is_left_out(proposed, numbers):
    labels = ["#DIV/0!" if row % 9 == 0 else one for row, one in enumerate(numbers())]

    text = proposed({"a": numbers(seed=1), "y": labels}, "y")

    assert "12 rows without one" in text
    assert '"#DIV/0!"' in entry(text, "missing")
    assert "loss: mean_squared_error" in text
