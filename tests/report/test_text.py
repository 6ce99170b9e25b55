from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from dlrun.comparison import Question, compare
from dlrun.report.export import render_csv, render_json
from dlrun.report.markdown import render_markdown
from dlrun.report.run_list import list_runs, render_run_list
from dlrun.report.sections.section import Style
from dlrun.report.text import render_text
from dlrun.runs import RunFolder
from dlrun.writing import display_width

GOLDEN = Path(__file__).parents[1] / "golden" / "compare"


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


def test_each_experiment_has_decimals_of_its_own(make_run):
    small = make_run("a-001", (0.5, 0.0182))
    large = make_run(
        "a-002", (1.3e11, 1.21e11), config={"data": {"scale_labels": "standard"}}
    )

    text = render_text(compare([small, large], Question(metric="val_loss")))

    rows = [line for line in text.splitlines() if line.startswith(("1 ", "2 "))]
    assert ["0.0182" in row for row in rows] == ["a-001" in row for row in rows]
    assert any("121000000000" in row for row in rows)
