"""Lines of a search that are damaged or gone are made again, as they were."""

from __future__ import annotations

import json
import re
import shutil

import pytest

from dlrun.errors import RunError
from dlrun.report.search import trial_line
from dlrun.runs import Journal, SearchFolder
from dlrun.studies.search.kept import read_result
from dlrun.studies.search.whole import begin_search

SPACE = """
space:
  compile.optimizer.learning_rate: {float: [0.001, 1], log: true}
  fit.batch_size: [1, 2, 4]
"""
KINDS = {
    "random": "trials: 6\nlimits: {max_params: 60}\n"
    "space: {model.layers.h1.units: {int: [1, 24]}}",
    "tpe": f"method: tpe\ntrials: 13{SPACE}",
    "grid": "method: grid\nspace: {fit.batch_size: [1, 2, 4]}",
    "several": "method: grid\nseeds: 2\nspace: {fit.batch_size: [1, 2, 4]}",
    "halving": f"trials: 5\nhalving: {{from: 2, factor: 2}}{SPACE}",
}
DAMAGE = {
    "garbled": lambda line: line.replace('"', "'"),
    "gone": lambda line: "",
    "torn": lambda line: line[: len(line) // 2] + "\n",
    "other trial": lambda line: line.replace('"trial": ', '"trial": 7'),
    "other settings": lambda line: re.sub(
        r'("chosen": {"[^"]*": )[0-9]', r"\g<1>9", line
    ),
}


def lines(folder):
    return Journal(folder).file.read_text().splitlines(keepends=True)


def known(folder):
    """What is known of each trial, without times."""
    result = read_result(folder)
    return [
        (trial_line(result.plan, one), one.trial.knew, one.trial.config_sha256)
        for one in result.trials
    ]


@pytest.mark.parametrize("kind", KINDS)
def test_whatever_line_is_damaged_everything_is_known_again(search, stub, kind):
    plan = search.plan(KINDS[kind])
    folder = search.work(plan).trials.folder
    whole, expected = lines(folder), known(folder)
    trained = [*stub.trained]
    ways = [*DAMAGE.values()]

    for number, line in [*enumerate(whole)][-12:]:
        damaged = ways[number % len(ways)](line)
        if damaged or "chosen" in line:  # What is gone of an end is made anew.
            text = [*whole[:number], damaged, *whole[number + 1 :]]
            Journal(folder).file.write_text("".join(text))

        begin_search(plan, folder)
        search.work(plan)

        assert known(folder) == expected, (number, damaged)
    assert stub.trained == trained


def test_what_was_done_is_told_and_the_damaged_lines_are_kept(search, stub):
    plan = search.plan(KINDS["grid"])
    folder = search.work(plan).trials.folder
    whole = lines(folder)
    broken = [whole[0], "???\n", *whole[2:3], *whole[4:]]
    assert [json.loads(line)["trial"] for line in whole] == [1, 1, 2, 2, 3, 3]
    Journal(folder).file.write_text("".join(broken))

    with pytest.raises(RunError) as caught:
        read_result(folder)
    (told,) = begin_search(plan, folder)
    again = begin_search(plan, folder)

    assert "line 2 is none of a trial" in str(caught.value)
    assert f"dlrun search {folder.path} makes it again" in str(caught.value)
    assert "1 line left out, of which the runs say the same" in told.message
    assert (folder.path / "trials.damaged.jsonl").read_text() == "".join(broken)
    assert again == []


def test_a_first_line_is_told_with_its_trial_and_its_run(search, stub):
    plan = search.plan(KINDS["grid"])
    folder = search.work(plan).trials.folder
    whole = lines(folder)
    Journal(folder).file.write_text("".join([*whole[:2], "{}\n", *whole[3:]]))

    (told,) = begin_search(plan, folder)

    assert told.message == (
        f"{folder.path}/trials.jsonl is damaged: line 3 is none of a trial; what trial "
        f"2 had was made again from the lines above, as in {folder.run(2).path}"
    )
    assert [json.loads(line)["trial"] for line in lines(folder)] == [1, 1, 2, 2, 3, 3]


def test_a_run_with_other_settings_is_no_run_of_the_line(search, stub):
    plan = search.plan(KINDS["grid"])
    folder = search.work(plan).trials.folder
    whole = lines(folder)
    Journal(folder).file.write_text("".join([*whole[:2], *whole[3:]]))
    shutil.rmtree(folder.run(2).path)
    shutil.copytree(folder.run(1).path, folder.run(2).path)

    with pytest.raises(RunError, match="trial 2 cannot be made again") as caught:
        begin_search(plan, folder)

    assert f"dlrun compare {folder.path}" in str(caught.value)
    assert lines(folder) == [*whole[:2], *whole[3:]]


def test_while_others_train_nothing_is_changed(search, stub):
    plan = search.plan(KINDS["grid"])
    folder = search.work(plan).trials.folder
    whole = lines(folder)
    Journal(folder).file.write_text("".join(whole[1:]))

    with (
        folder.claim(3),
        pytest.raises(RunError, match="what it says of trial 1 does not fit") as caught,
    ):
        begin_search(plan, SearchFolder(folder.path))

    assert "end them first" in str(caught.value)
    assert lines(folder) == whole[1:]


def test_a_file_that_was_replaced_is_not_read_on(search, stub):
    plan = search.plan(KINDS["grid"])
    folder = search.work(plan).trials.folder
    journal = Journal(folder)
    journal.refresh()

    journal.rewrite(journal.entries)

    with pytest.raises(RunError, match="was replaced while it was in use"):
        journal.refresh()


def test_a_plan_that_is_damaged_is_made_again_by_the_command_that_began(search, stub):
    plan = search.plan(KINDS["grid"])
    folder = search.work(plan).trials.folder
    file, expected = folder.path / "search.json", known(folder)
    whole = file.read_text()
    for text in ("", "{", "{}", whole[:-9], '{"format": 1, "config": 3, "files": {}}'):
        file.write_text(text)

        with pytest.raises(RunError) as caught:
            begin_search(plan, folder)

        assert "move search.json away, and the command that began" in str(caught.value)
    file.unlink()
    other = search.plan(KINDS["grid"].replace("1, 2, 4", "1, 2, 3"), "fit.epochs=8")
    with pytest.raises(RunError, match=r"trial 1 .* made from another config"):
        begin_search(other, folder)
    assert not file.exists()

    begin_search(plan, folder)

    assert known(folder) == expected
    assert file.read_text() == whole


def test_what_was_made_again_is_no_mistake_and_says_of_many_the_first_and_last(
    search, stub
):
    plan = search.plan(KINDS["grid"])
    folder = search.work(plan).trials.folder
    Journal(folder).file.write_text("")

    (told,) = begin_search(plan, folder)

    assert (told.severity, told.code) == ("warning", "damaged-line")
    assert "what trials 1 to 3 had was made again" in told.message
