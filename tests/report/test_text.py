from __future__ import annotations

import csv
import io
import json
import subprocess
import sys
from pathlib import Path

import pytest

from dlrun.comparison import compare
from dlrun.report.export import render_csv, render_json
from dlrun.report.markdown import render_markdown
from dlrun.report.run_list import list_runs, render_run_list
from dlrun.report.sections.section import Style
from dlrun.report.text import render_text
from dlrun.runs import RunFolder
from dlrun.writing import Column, display_width, layout, number, wants_color

GOLDEN = Path(__file__).parents[1] / "golden" / "compare"
DROPOUT = {"Dropout": {"rate": 0.5}}
DENSE = {"Dense": {"units": 16, "activation": "relu"}}
OUTPUT = {"Dense": {"units": 2, "activation": "sigmoid"}}


@pytest.fixture
def study(make_run):
    """A few runs of each kind that a comparison may meet."""
    deeper = {"model/layers": [DENSE, DROPOUT, OUTPUT]}
    steps = {"compile/optimizer": {"SGD": {"learning_rate": 0.01}}}
    folders = [
        make_run("gender-001"),
        make_run("gender-002", (0.8, 0.5, 0.4, 0.42), config=deeper),
        make_run(
            "sgd-001", (1.1, 0.9), config=steps, state="failed", reason="no memory"
        ),
        make_run("sgd-002", (1.2, float("nan")), config=steps, state="diverged"),
        make_run("torn-001"),
    ]
    (folders[-1].path / "history.csv").write_text("epoch,loss\nx,1\n")
    return folders


@pytest.fixture
def seeds(make_run):
    """Two configs with three seeds each."""
    names = {"valid": (0.5, 0.45), "same": (0.42, 0.4)}
    layers = {
        padding: [
            {"Conv2D": {"name": name, "padding": padding}} for name in ("c1", "c2")
        ]
        for padding in names
    }
    return [
        make_run(
            f"cnn-{padding}-{seed:03d}",
            tuple(loss + seed / 100 for loss in losses),
            config={"model/layers": layers[padding], "seed": seed},
            summary={"split_hash": str(seed)},
        )
        for padding, losses in names.items()
        for seed in (1, 2, 3)
    ]


@pytest.mark.parametrize("width", [80, 100, None])
def test_a_comparison_reads_like_this(study, golden, tmp_path, monkeypatch, width):
    monkeypatch.chdir(tmp_path)
    folders = [RunFolder(folder.path.relative_to(tmp_path)) for folder in study]

    text = render_text(compare(folders), Style(width=width))

    golden(GOLDEN / f"study-{width or 'wide'}.txt", text.rstrip())


def test_several_seeds_read_like_this(seeds, golden, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    folders = [RunFolder(folder.path.relative_to(tmp_path)) for folder in seeds]

    text = render_text(compare(folders), Style(width=100))

    golden(GOLDEN / "seeds.txt", text.rstrip())


def test_markdown_reads_like_this(seeds, golden):
    golden(GOLDEN / "seeds.md", render_markdown(compare(seeds)).rstrip())


def test_the_list_of_runs_reads_like_this(study, golden):
    text = render_run_list(list_runs(study[:4]), 100)

    golden(GOLDEN / "runs.txt", text.rstrip())


@pytest.mark.parametrize("width", [60, 80, 100, 120, 200])
def test_no_line_of_the_table_is_wider_than_the_terminal(study, width):
    lines = render_text(compare(study), Style(width=width)).splitlines()

    assert max(display_width(line) for line in lines if "/runs" not in line) <= width


def test_many_runs_show_twenty_and_quartiles(make_run):
    folders = [
        make_run(
            f"a-{index:03d}", (1.0 + index / 100,), config={"fit/batch_size": index}
        )
        for index in range(1, 41)
    ]

    text = render_text(compare(folders))

    assert text.count("  a-0") == 20
    assert "20 more: quartiles of val_loss 1.258 / 1.305 / 1.353" in text


def test_a_single_run_is_not_judged_by_its_seed(make_run):
    text = render_text(compare([make_run("a-001")]))

    assert "seed" not in text


def test_nothing_measured_yet_is_said(make_run):
    text = render_text(compare([make_run("a-001", (), state="failed", reason="early")]))

    assert text.startswith("No run has a val_loss yet.\n")


def test_strings_from_files_cannot_steer_a_terminal(make_run):
    evil = {"compile/loss": "\x1b[31m\u202e|<script>", "fit/monitor": "val_loss"}
    folders = [
        make_run("a-001", config=evil),
        make_run("a-002", state="failed", reason="\x9b1m"),
    ]
    comparison = compare(folders)

    for text in (
        render_text(comparison),
        render_markdown(comparison),
        render_csv(comparison),
        render_json(comparison),
        render_run_list(list_runs(folders)),
    ):
        assert not {"\x1b", "\x9b", "\u202e"} & set(text)
    assert "\\|\\<script\\>" in render_markdown(comparison)


def test_csv_has_every_number_in_full_and_no_formula(make_run):
    folders = [
        make_run("a-001", (1 / 3,)),
        make_run("a-002", config={"compile/loss": "=1+1"}),
    ]

    rows = list(csv.DictReader(io.StringIO(render_csv(compare(folders)))))

    assert rows[0]["run"] == "a-001"
    assert float(rows[0]["best"]) == 1 / 3
    assert rows[0]["metric"] == "val_loss"
    assert rows[1]["compile.loss"] == "'=1+1"


def test_json_is_strict_and_whole(study):
    values = json.loads(render_json(compare(study)), parse_constant=pytest.fail)

    assert values["runs"][0]["settings"]["model.layers.Dense1+.Dropout"] == 0.5
    assert values["runs"][-1]["status"] == "diverged"
    assert values["skipped"][0]["run"] == "torn-001"
    assert len(values["runs"]) == 4


def test_a_damaged_run_is_listed(study):
    entry = list_runs(study)[-1]

    assert (entry.run, entry.state) == ("torn-001", "damaged")
    assert "line 2" in str(entry.reason)


def test_no_runs_are_said():
    assert render_run_list([]) == "There are no runs yet.\n"


def test_wide_characters_line_up():
    lines = layout(
        [Column("a", ("größe", "漢字")), Column("b", ("1", "2"), is_number=True)]
    )

    assert lines == ["a      b", "größe  1", "漢字   2"]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "-"),
        (0.0, "0.0000"),
        (0.41234, "0.4123"),
        (12.3456, "12.35"),
        (1234.5, "1234"),
        (1e-5, "1.00e-05"),
        (123456789.0, "1.23e+08"),
        (-0.5, "-0.5000"),
    ],
)
def test_numbers_have_four_digits(value, text):
    assert number(value) == text


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("stream", "environ", "expected"),
    [
        (Terminal(), {"TERM": "xterm"}, True),
        (Terminal(), {"NO_COLOR": "1"}, False),
        (Terminal(), {"TERM": "dumb"}, False),
        (io.StringIO(), {}, False),
    ],
)
def test_color_is_for_terminals_that_want_it(stream, environ, expected):
    assert wants_color(stream, environ) is expected


def test_failed_runs_say_nothing_about_the_seed(make_run):
    folders = [make_run("a-001"), make_run("a-002", (9.0,), state="failed")]

    assert "differs by" not in render_text(compare(folders))


def test_a_comparison_loads_no_libraries():
    heavy = "{'numpy', 'pandas', 'pydantic', 'rich', 'tensorflow', 'keras', 'yaml'}"
    imports = "import sys, dlrun.report.text, dlrun.report.export, dlrun.report.page"
    code = f"{imports}; print(sorted({heavy} & set(sys.modules)))"

    answer = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )

    assert answer.stdout == "[]\n"
