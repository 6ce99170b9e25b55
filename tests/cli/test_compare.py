from __future__ import annotations

import csv
import io
import json
import os
import subprocess
import sys

import pytest

from dlrun.cli.app import run
from dlrun.runs import Metrics, RunFolder, Summary, create_run, forget_training


@pytest.fixture
def runs(dlrun, here):
    """Two runs of a config, the second with a larger learning rate and better."""
    for rate, losses in ((0.001, (0.9, 0.8)), (0.01, (0.7, 0.4))):
        setting = f"compile.optimizer={{Adam: {rate}}}"
        shown = dlrun("show", "people.yaml", "-s", setting, "--json").out
        folder = create_run(here / "runs", "people")
        folder.write_config("name: people", json.loads(shown))
        folder.write_summary(Summary(parameters=42, monitor="val_loss"))
        for epoch, loss in enumerate(losses, 1):
            row = {"epoch": epoch, "seconds": 0.5, "learning_rate": rate}
            row |= {"train_loss": loss / 2, "val_loss": loss, "weights_sha256": "a"}
            folder.append_history(row)
        folder.write_status("finished")
    return here / "runs"


def names(outcome) -> list[str]:
    return [row["run"] for row in csv.DictReader(io.StringIO(outcome.out))]


@pytest.mark.parametrize(
    "targets",
    [["runs"], ["people-001", "people-002"], ["runs/people-001", "runs/people-002"]],
)
def test_runs_are_given_as_a_folder_by_name_or_by_path(dlrun, runs, targets):
    outcome = dlrun("compare", *targets)

    assert outcome.code == 0
    assert outcome.out.startswith("No difference is shown between people-002")


def test_csv_json_and_markdown_hold_the_same_runs(dlrun, runs):
    as_csv = dlrun("compare", "runs", "--csv")
    as_json = json.loads(dlrun("compare", "runs", "--json").out)
    as_markdown = dlrun("compare", "runs", "--md").out

    assert sorted(names(as_csv)) == ["people-001", "people-002"]
    assert {run["run"]: run["best"] for run in as_json["runs"]} == {
        "people-001": 0.8,
        "people-002": 0.4,
    }
    assert "| people-002 |" in as_markdown


def test_what_differs_is_a_column(dlrun, runs):
    rows = list(csv.DictReader(io.StringIO(dlrun("compare", "runs", "--csv").out)))

    rates = [row["compile.optimizer.Adam.learning_rate"] for row in rows]
    assert sorted(rates) == ["0.001", "0.01"]


def test_the_order_follows_a_column(dlrun, runs):
    best = dlrun("compare", "runs", "--csv", "--sort", "best")
    by_name = dlrun("compare", "runs", "--csv", "--sort", "run")

    assert names(best) == ["people-002", "people-001"]
    assert names(by_name) == ["people-001", "people-002"]


def test_an_unknown_column_is_answered_with_those_there_are(dlrun, runs):
    outcome = dlrun("compare", "runs", "--sort", "score")

    assert (outcome.code, outcome.out) == (2, "")
    assert "no run has the column 'score'" in outcome.err
    assert "there are " in outcome.err
    assert "best" in outcome.err


def test_another_metric_can_be_compared(dlrun, runs):
    outcome = dlrun("compare", "runs", "--metric", "train_loss", "--json")

    assert json.loads(outcome.out)["metric"] == "train_loss"


def test_a_run_that_is_not_there_is_named(dlrun, runs):
    outcome = dlrun("compare", "people-001", "people-009")

    assert (outcome.code, outcome.out) == (3, "")
    assert "no run 'people-009'" in outcome.err


def test_a_filter_leaves_runs_out(dlrun, runs):
    outcome = dlrun("compare", "runs", "--filter", "learning_rate > 0.005", "--csv")

    assert names(outcome) == ["people-002"]


def test_a_mistyped_filter_is_shown_where_it_is_wrong(dlrun, runs):
    outcome = dlrun("compare", "runs", "--filter", "val_los > 1")

    assert (outcome.code, outcome.out) == (2, "")
    assert "no run has the column 'val_los'\n  val_los > 1\n  ^" in outcome.err
    assert "did you mean val_loss?" in outcome.err


def test_a_failed_check_names_the_groups_and_exits_with_4(dlrun, runs):
    outcome = dlrun("compare", "runs", "--fail-if", "gap > 0.3")

    assert outcome.code == 4
    assert outcome.out.startswith("No difference is shown between people-002")
    assert "check failed: people-001: gap > 0.3" in outcome.err
    assert "check failed: people-002" not in outcome.err


def test_a_check_that_holds_is_silent(dlrun, runs):
    outcome = dlrun("compare", "runs", "--fail-if", "gap > 1")

    assert (outcome.code, outcome.err) == (0, "")


def stop_before_the_first_epoch(path):
    folder = RunFolder(path)
    forget_training(folder)
    folder.write_status("interrupted")


def test_a_check_that_nobody_can_judge_names_the_run_and_exits_with_4(dlrun, runs):
    stop_before_the_first_epoch(runs / "people-002")

    outcome = dlrun("compare", "runs", "--fail-if", "val_loss > 1")

    assert outcome.code == 4
    assert "check not judged: people-002: " in outcome.err
    assert "has no val_loss" in outcome.err
    assert "check failed" not in outcome.err


def test_a_filter_that_cannot_be_judged_of_a_run_says_so_and_exits_with_4(dlrun, runs):
    stop_before_the_first_epoch(runs / "people-002")

    outcome = dlrun("compare", "runs", "--filter", "val_loss < 1", "--csv")

    assert (outcome.code, names(outcome)) == (4, ["people-001"])
    assert "filter not judged: people-002: " in outcome.err


def test_a_mistyped_check_is_a_wrong_command_line(dlrun, runs):
    assert dlrun("compare", "runs", "--fail-if", "gap >").code == 2


def test_test_scores_are_shown_on_request_and_each_look_is_counted(dlrun, runs):
    folder = RunFolder(runs / "people-001")
    folder.write_metrics(Metrics(epochs=2))
    folder.count_test_look("evaluate", {"loss": 0.75, "accuracy": 0.5})

    hidden = dlrun("compare", "runs")
    shown = dlrun("compare", "runs", "--test")

    assert "0.7500" not in hidden.out
    assert "0.7500" in shown.out
    assert folder.metrics().test_looks_by == {"evaluate": 1, "compare": 1}
    assert "looks at the test rows of these runs so far: 2" in shown.out


def test_a_baseline_that_is_not_there_is_named(dlrun, runs):
    outcome = dlrun("compare", "runs", "--baseline", "people-003")

    assert outcome.code == 2
    assert "did you mean people-002?" in outcome.err


def test_watching_ends_when_nothing_runs(dlrun, runs):
    outcome = dlrun("compare", "runs", "--watch")

    assert (outcome.code, outcome.err) == (0, "")
    assert outcome.out.count("where this comes from") == 1


def test_ctrl_c_ends_watching_without_a_word(dlrun, runs, monkeypatch):
    RunFolder(runs / "people-001").write_status("running")

    def interrupt(_):
        raise KeyboardInterrupt

    monkeypatch.setattr("time.sleep", interrupt)
    outcome = dlrun("compare", "runs", "--watch")

    assert outcome.code == 0
    assert outcome.err == "watching; Ctrl-C ends it\n"


@pytest.mark.parametrize(
    "options", [["--csv", "--md"], ["--watch", "--json"], ["--top", "0"]]
)
def test_options_that_exclude_each_other_are_refused(dlrun, runs, options):
    assert dlrun("compare", "runs", *options).code == 2


def test_a_narrow_encoding_gets_plain_characters(runs):
    program = "from dlrun.cli.app import run; run(['compare', 'runs'])"

    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=runs.parent,
        env=os.environ | {"PYTHONIOENCODING": "ascii"},
        capture_output=True,
        check=True,
    )

    assert done.stdout.decode("ascii").startswith("No difference is shown between ")
    assert done.stderr == b""


def test_comparing_real_folders_imports_nothing_heavy(runs):
    program = """
import sys
from dlrun.cli.app import run
run(["compare", "runs", "--fail-if", "gap > 1", "--curves"])
print(*sys.modules, sep="\\n", file=sys.stderr)
"""

    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=runs.parent,
        capture_output=True,
        check=True,
        text=True,
    )

    modules = {name.partition(".")[0] for name in done.stderr.split()}
    assert "dlrun" in modules
    assert modules & {"keras", "numpy", "pandas", "scipy", "tensorflow"} == set()


def test_a_page_is_written_beside_the_answer(dlrun, runs):
    outcome = dlrun("compare", "runs", "--html", "page.html")

    page = (runs.parent / "page.html").read_text(encoding="utf-8")
    assert outcome.code == 0
    assert outcome.out.startswith("No difference is shown between people-002")
    assert outcome.err == "the page is in page.html\n"
    assert "<h1>No difference is shown between people-002 and people-001</h1>" in page


def test_a_page_that_cannot_be_written_is_an_error_with_its_cure(dlrun, runs):
    outcome = dlrun("compare", "runs", "--html", "nowhere/page.html")

    assert runs.is_dir()
    assert outcome.code == 3
    assert "cannot write nowhere/page.html" in outcome.err
    assert "name a file in a folder that exists" in outcome.err


def test_writing_a_page_imports_nothing_heavy(runs):
    program = """
import sys
from dlrun.cli.app import run
run(["compare", "runs", "--html", "page.html"])
print(*sys.modules, sep="\\n", file=sys.stderr)
"""

    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=runs.parent,
        capture_output=True,
        check=True,
        text=True,
    )

    modules = {name.partition(".")[0] for name in done.stderr.split()}
    assert modules & {"keras", "numpy", "pandas", "scipy", "tensorflow"} == set()


def test_a_run_of_a_newer_dlrun_is_skipped_even_where_it_is_named(dlrun, runs):
    file = runs / "people-002/status.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | {"format": 99}))

    named = dlrun("compare", "people-001", "people-002")
    alone = dlrun("show", "people-002")

    assert named.code == 0
    assert "skipped: people-002: runs/people-002 was written by a newer" in named.out
    assert alone.code != 0
    assert "pip install --upgrade dlrun" in alone.err


def test_a_page_can_be_all_that_is_asked_for(make_run, tmp_path, capsys):
    folder, page = make_run("a-001"), tmp_path / "page.html"

    code = run(["compare", str(folder.path), "--html", str(page), "-q"])
    lone = run(["compare", str(folder.path), "-q"])

    told = capsys.readouterr()
    assert (code, lone) == (0, 2)
    assert page.read_text().startswith("<!doctype html>")
    assert told.out == ""
    assert "the page is in" not in told.err


def test_a_page_is_not_written_over_a_table(make_run, tmp_path, capsys):
    folder, table = make_run("a-001"), tmp_path / "rows.csv"
    table.write_text("a,b\n")

    code = run(["compare", str(folder.path), "--html", str(table)])

    assert code == 2
    assert "must end in .html" in capsys.readouterr().err
    assert table.read_text() == "a,b\n"


def test_a_directory_of_nothing_is_no_damaged_run(make_run, tmp_path, capsys):
    (tmp_path / "nothing").mkdir()
    folder = make_run("a-001").path
    for name in ("status.json", "config.json"):
        (folder / name).unlink()

    assert run(["compare", str(tmp_path / "nothing")]) == 3
    assert "there is no run to compare" in capsys.readouterr().err
    assert run(["compare", str(folder)]) == 3
    assert "status.json is missing" in capsys.readouterr().err


def test_a_search_is_judged_by_its_goal_and_has_a_page_of_its_own(
    dlrun, here, make_search
):
    trials = [({"fit.batch_size": n % 2}, 0.9 - n / 10) for n in range(4)]
    make_search({"fit.batch_size": [4, 8]}, trials, "min val_accuracy", runs=True)

    outcome = dlrun("compare", "people.search", "--html", "page.html")
    values = json.loads(dlrun("compare", "runs/people.search", "--json").out)
    other = dlrun("compare", "people.search", "--metric", "val_loss", "--json")

    page = (here / "page.html").read_text()
    assert outcome.out.startswith(
        "people: trial 4 of 4 has reached val_accuracy 0.6000.\n"
    )
    assert "best so far\nval_accuracy: 0.9000 (trial 1) -> " in outcome.out
    assert (values["metric"], values["mode"]) == ("val_accuracy", "min")
    assert [one["trial"] for one in values["best_so_far"]] == [1, 2, 3, 4]
    assert values["search"]["trials"][0]["settings"] == {"fit.batch_size": 4}
    assert json.loads(other.out)["metric"] == "val_loss"
    assert '<a href="runs/people.search/trials/people-0004/">' in page
    assert "<h1>people: trial 4 of 4 has reached val_accuracy 0.6000</h1>" in page
