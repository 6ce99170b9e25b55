from __future__ import annotations

import json
import shutil

import pytest

from dlrun.errors import RunError
from dlrun.runs import InUseError, PlanFolder, create_run, find_runs, join_plan

NAME = "gender-0123456789ab"
VALUES = {"name": "gender", "members": [{"seed": 1}, {"seed": 2}]}


def end(plan: PlanFolder, number: int, state: str = "finished") -> None:
    """What a member leaves that has ended."""
    run = create_run(
        plan.root,
        "gender",
        lambda name: plan.note_run(number, name, has_begun=False),
    )
    plan.note_run(number, run.name, has_begun=True)
    run.write_status(state)


def test_a_plan_stays_until_every_member_is_over(tmp_path):
    with join_plan(tmp_path, NAME, VALUES) as plan:
        end(plan, 1)
    stays = plan.exists

    with join_plan(tmp_path, NAME, VALUES) as plan:
        names = [run and run.folder.name for run in plan.runs()]
        end(plan, 2, "diverged")

    assert stays
    assert names == ["gender-001", None]
    assert not plan.exists
    assert not (tmp_path / ".dlrun" / "plans").exists()
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        ".dlrun",
        "gender-001",
        "gender-002",
    ]


@pytest.mark.parametrize("state", ["failed", "interrupted", "terminated"])
def test_what_has_not_ended_well_is_not_over(tmp_path, state):
    with join_plan(tmp_path, NAME, VALUES) as plan:
        end(plan, 1)
        end(plan, 2, state)

    assert plan.exists
    assert [run is not None and run.is_over for run in plan.runs()] == [True, False]


def test_a_plan_of_which_nothing_has_begun_leaves_nothing(tmp_path):
    with join_plan(tmp_path / "runs", NAME, VALUES):
        pass

    assert list((tmp_path / "runs").iterdir()) == []


def test_what_a_plan_keeps_is_no_run(tmp_path):
    with join_plan(tmp_path, NAME, VALUES) as plan:
        end(plan, 1)
        found = find_runs(tmp_path)

    assert [run.name for run in found] == ["gender-001"]
    assert json.loads((plan.path / "plan.json").read_text()) == {"format": 1, **VALUES}


def test_other_plans_stay(tmp_path):
    with join_plan(tmp_path, "other-0123456789ab", VALUES) as other:
        end(other, 1)
    with join_plan(tmp_path, NAME, VALUES) as plan:
        end(plan, 1)
        end(plan, 2)

    assert (plan.exists, other.exists) == (False, True)


def test_a_member_belongs_to_one_process(tmp_path):
    with join_plan(tmp_path, NAME, VALUES) as plan:
        with plan.claim(1):
            holders = plan.holders()
            with pytest.raises(InUseError) as caught, plan.claim(1):
                pass
            with plan.claim(2):
                pass
        free = plan.holders()

    assert caught.value.holder in holders
    assert caught.value.holder.startswith("process ")
    assert free == []


def test_the_last_to_leave_removes_a_finished_plan(tmp_path):
    first = join_plan(tmp_path, NAME, VALUES)
    second = join_plan(tmp_path, NAME, VALUES)
    plan = first.__enter__()
    second.__enter__()
    end(plan, 1)
    end(plan, 2)

    first.__exit__(None, None, None)
    there = plan.exists
    second.__exit__(None, None, None)

    assert (there, plan.exists) == (True, False)


def test_a_plan_begins_anew_when_nobody_works_on_it(tmp_path):
    with join_plan(tmp_path, NAME, VALUES) as plan:
        end(plan, 1)
        with (
            pytest.raises(InUseError, match="is in use by"),
            join_plan(tmp_path, NAME, VALUES, anew=True),
        ):
            pass
        still = plan.runs()

    with join_plan(tmp_path, NAME, VALUES, anew=True) as plan:
        runs = plan.runs()

    assert still[0] is not None
    assert runs == [None, None]
    assert (tmp_path / "gender-001").is_dir()


def test_a_run_that_was_removed_is_not_over(tmp_path):
    with join_plan(tmp_path, NAME, VALUES) as plan:
        end(plan, 1)
        shutil.rmtree(tmp_path / "gender-001")

    assert plan.runs()[0].is_over is False


@pytest.mark.parametrize("file", ["plan.json", "0001.json"])
@pytest.mark.parametrize(
    "text", ["", "{", "[]", "{}", "\0\0", '{"format": 2, "members": [], "run": "a/b"}']
)
def test_damage_is_said_with_its_cure_and_costs_no_run(tmp_path, file, text):
    with join_plan(tmp_path, NAME, VALUES) as plan:
        end(plan, 1)
    (plan.path / file).write_text(text)

    with (
        pytest.raises(
            RunError, match=rf"{file}.* (is damaged|is of format 2)"
        ) as caught,
        join_plan(tmp_path, NAME, VALUES),
    ):
        pass

    assert "no run is lost; give --again" in (caught.value.hint or "")
    assert str(plan.path) in (caught.value.hint or "")
    assert [run.name for run in find_runs(tmp_path)] == ["gender-001"]
    with join_plan(tmp_path, NAME, VALUES, anew=True) as plan:
        assert plan.runs() == [None, None]


def test_what_a_killed_removal_has_left_is_no_plan(tmp_path):
    with join_plan(tmp_path, NAME, VALUES) as plan:
        end(plan, 1)
    (plan.path / "plan.json").unlink()
    (plan.path / ".0002-0123456789ab.json").write_text("{")

    with join_plan(tmp_path, NAME, VALUES) as plan:
        runs = plan.runs()

    assert runs == [None, None]
    assert not plan.path.exists()


def test_a_place_that_cannot_be_written_is_named(tmp_path):
    (tmp_path / "runs").write_text("")

    with (
        pytest.raises(RunError, match=r"cannot keep a plan in .*runs") as caught,
        join_plan(tmp_path / "runs", NAME, VALUES),
    ):
        pass

    assert "--runs DIR" in (caught.value.hint or "")
