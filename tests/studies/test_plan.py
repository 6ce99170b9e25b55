from __future__ import annotations

import pickle
import subprocess
import sys
from pathlib import Path

from dlrun.config import load_config, located
from dlrun.errors import Problem, SpecError, TrainingError
from dlrun.experiment import parse_spec
from dlrun.runs import RunFolder, create_run
from dlrun.studies.plan import Member, Plan, config_key, find_finished
from dlrun.studies.task import Ending, Order, report_of

GENDER = Path(__file__).parents[2] / "configs" / "gender.yaml"


def member(*overrides: str) -> Member:
    node = load_config(GENDER, overrides)
    with located(node):
        return Member(node, parse_spec(node))


def plan(*overrides: str, command: str = "dlrun train gender.yaml") -> Plan:
    members = [member(*overrides, f"seed={seed}") for seed in (1, 2)]
    return Plan("gender", members, command)


def test_a_plan_is_what_its_configs_are():
    same = plan(command="dlrun train gender.yaml --jobs 2")
    others = [
        plan("fit.epochs=3"),
        plan("name=other"),
        Plan("gender", plan().members[:1]),
        Plan("gender", plan().members[::-1]),
    ]

    assert plan().identity == same.identity
    assert len({plan().identity, *(other.identity for other in others)}) == 5


def test_a_plan_is_kept_beside_its_runs_under_its_name(tmp_path):
    known = plan()

    assert known.folder(tmp_path).path == (
        tmp_path / ".dlrun" / "plans" / f"gender-{known.identity[:12]}"
    )
    assert known.to_values(anew=False)["command"] == "dlrun train gender.yaml"
    assert [entry["seed"] for entry in known.to_values(anew=False)["members"]] == [1, 2]


def test_the_shape_of_a_row_is_no_other_config():
    values = member().experiment.spec.values()
    shaped = {**values, "model": {**values["model"], "input_shape": [2]}}

    assert config_key(values) == config_key(shaped)


def test_the_newest_finished_run_of_a_config_is_found(tmp_path):
    wanted = member()
    values = wanted.experiment.spec.values()
    for state in ("finished", "finished", "failed"):
        folder = create_run(tmp_path, "gender")
        folder.write_config("", values)
        folder.write_status(state)
    (tmp_path / "gender-001" / "config.json").write_text("{}")

    found = find_finished(tmp_path, [config_key(values), "other"])

    assert {key: run.name for key, run in found.items()} == {
        config_key(values): "gender-002"
    }


def test_a_task_is_the_same_in_another_process():
    wanted = member("fit.epochs=3")

    order = pickle.loads(pickle.dumps(Order(2, wanted.node, 1, 4)))

    task = order.task()
    assert (task.number, task.position, task.tasks) == (2, 1, 4)
    assert task.member.experiment.spec == wanted.experiment.spec
    assert task.member.node.sources == wanted.node.sources


def test_an_ending_comes_back_with_its_error_and_its_problems(tmp_path):
    class RanOutError(TrainingError):
        """Of a module that only the other process imports."""

    RanOutError.__module__ = "dlrun.training.elsewhere"
    problem = Problem(("data",), "no rows", hint="add some")
    run = RunFolder(tmp_path / "gender-001")
    known = member()
    for error in (RanOutError("out of memory", hint="less"), SpecError(problem)):
        ending = Ending(1, known, "failed", run, error)

        report = pickle.loads(pickle.dumps(report_of(ending)))

        back = report.ending(ending, tmp_path)
        assert str(back.error) == str(error)
        assert isinstance(back.error, TrainingError | SpecError)
        assert back.error.exit_code == error.exit_code
        assert (back.state, back.folder) == ("failed", run)


def test_who_hands_out_the_members_needs_no_backend():
    program = "import sys, dlrun.cli.execution, dlrun.studies.crew; print(*sys.modules)"

    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )

    assert {"keras", "numpy", "tensorflow"}.isdisjoint(done.stdout.split())
