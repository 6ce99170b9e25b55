from __future__ import annotations

import json
import re
from dataclasses import replace

import pytest

from dlrun.errors import RunError
from dlrun.runs import RunFolder, forget_training, training_seconds
from dlrun.writing.number import duration

pytestmark = pytest.mark.heavy

CONFIG = {
    "name": "checked",
    "seed": 2,
    "data": {
        "csv": {"path": "rows.csv", "labels": "y"},
        "split": {"validation": 0.25},
    },
    "model": {
        "layers": [
            {"Dense": {"units": 4, "activation": "tanh"}},
            {"Dropout": 0.3},
            {"Dense": {"units": 2, "activation": "softmax"}},
        ]
    },
    "compile": {"loss": "sparse_categorical_crossentropy"},
    "fit": {"epochs": 3, "batch_size": 4},
}


@pytest.fixture
def checked(tmp_path, train):
    lines = [f"{number % 5},{number % 3},{number % 2}" for number in range(16)]
    (tmp_path / "rows.csv").write_text("\n".join(["a,b,y", *lines, ""]))
    return train(CONFIG)


def check(folder, *arguments):
    from dlrun.progress import Progress
    from dlrun.training import verify

    return verify(folder, Progress(), print, *arguments)


def files_of(folder):
    return {
        path.relative_to(folder.path): path.read_bytes()
        for path in folder.path.rglob("*")
        if path.is_file()
    }


def change_hash(folder, epoch):
    """Write another hash into the history, as other weights would have left it."""
    folder.hashes.unseal(["history.csv"])
    file = folder.path / "history.csv"
    lines = file.read_text().splitlines(keepends=True)
    lines[epoch] = f"{lines[epoch][:-5]}0000\n"
    file.write_text("".join(lines))
    folder.model_file.unlink()  # Its weights have another hash than that.
    folder.hashes.forget(["model.keras"])
    folder.hashes.seal(["history.csv"])


def test_a_run_that_can_be_repeated_is_identical(checked):
    before = files_of(checked)

    result = check(checked)

    assert (result.is_identical, result.epochs, result.reasons) == (True, 3, ())
    assert files_of(checked) == before


def test_it_says_before_how_much_it_trains(checked):
    from dlrun.progress import Progress
    from dlrun.training import verify

    told = []
    verify(checked, Progress(), told.append, 2)

    took = duration(2 / 3 * training_seconds(checked))
    words = f"checked-001: 2 epochs will be trained again; the run took {took}, and "
    assert re.fullmatch(words + r"a train step holds about \d+ bytes", told[0])


def test_equal_numbers_under_other_names_are_other_data(checked, tmp_path):
    from dlrun.progress import Progress
    from dlrun.training import resume

    table = tmp_path / "rows.csv"
    table.write_text(table.read_text().replace("a,b,y", "b,a,y"))

    words = r"rows\.csv; its columns were a, b, and are b, a"
    with pytest.raises(RunError, match=words):
        check(checked)
    with pytest.raises(RunError, match=words):
        resume(checked, Progress(), print, epochs=9)


def test_what_no_memory_holds_is_not_trained_again(checked, monkeypatch):
    from dlrun.progress import Progress
    from dlrun.training import resume

    monkeypatch.setattr("dlrun.experiment.memory.machine_memory", lambda: 400)

    with pytest.raises(RunError, match=r"checked-001 cannot be trained here: a train"):
        check(checked)
    with pytest.raises(RunError, match=r"more than the memory of this machine \(400"):
        resume(checked, Progress(), print, epochs=9)


def test_the_first_epochs_alone_can_be_checked(checked):
    change_hash(checked, 3)

    first, every = check(checked, 2), check(checked)

    assert (first.is_identical, first.epochs) == (True, 2)
    assert (every.first_different, every.reasons) == (3, ())


def test_what_has_changed_since_is_named(checked):
    change_hash(checked, 2)
    environment = checked.environment()
    versions = {**environment.versions, "keras": "3.1"}
    checked.write_environment(replace(environment, versions=versions, threads=999))

    result = check(checked)

    assert result.first_different == 2
    assert [reason.partition(" was ")[0] for reason in result.reasons] == [
        "keras",
        "threads",
    ]


def test_a_run_of_no_epochs_is_compared_as_it_began(train, tmp_path, checked):
    folder = train(CONFIG, "fit.epochs=0")

    assert check(folder).is_identical


def test_a_finished_run_whose_history_is_gone_is_refused(checked, as_older_run):
    as_older_run(checked)
    (checked.path / "history.csv").unlink()

    with pytest.raises(RunError, match=r"history\.csv is missing") as caught:
        check(checked)

    config = checked.path / "config.yaml"
    cure = f"put the file back, or train again: dlrun train {config}"
    assert caught.value.hint == cure


def test_a_run_that_has_come_to_no_epoch_is_refused(checked):
    forget_training(checked)
    checked.write_status("interrupted", "killed")

    with pytest.raises(RunError, match="no epoch that could be compared") as caught:
        check(checked)

    assert caught.value.hint == f"train it: dlrun resume {checked.path}"


@pytest.fixture
def dlrun(capsys, checked):
    from dlrun.cli.app import run

    def call(*words):
        code = run(["verify", str(checked.path), "-q", *words])
        return code, capsys.readouterr()

    return call


def test_the_command_says_identical_and_ends_with_0(dlrun):
    code, said = dlrun()

    assert code == 0
    assert said.out == "checked-001: bit-identical weights after each of 3 epochs\n"


def test_the_command_says_from_which_epoch_on_and_ends_with_4(dlrun, checked):
    from dlrun.training.environment import compared

    change_hash(checked, 2)

    code, said = dlrun()
    again, in_json = dlrun("--json")
    most = compared(checked.environment())

    assert code == again == 4
    assert said.out == (
        "checked-001: other weights from epoch 2 on\n"
        f"  {', '.join(most)} and data are those of the run; "
        "nothing else was compared\n"
    )
    assert json.loads(in_json.out)["first_different"] == 2


def test_changed_data_is_named_and_ends_with_4(dlrun, checked, tmp_path):
    with (tmp_path / "rows.csv").open("a") as stream:
        stream.write("1,1,1\n")

    code, said = dlrun()

    assert code == 4
    assert "the data of checked-001 has changed" in said.err
    assert "rows.csv" in said.err
    assert isinstance(checked, RunFolder)


def test_the_repetition_goes_by_the_name_of_its_run(checked, train):
    from dlrun.progress import Progress
    from dlrun.training import verify

    class Listening(Progress):
        names: tuple[str, ...] = ()

        def begin(self, name, epochs, steps, monitor="", unit=""):
            self.names += (name,)

    second, heard = train(CONFIG), Listening()

    verify(second, heard, print)

    assert second.name == "checked-002"
    assert heard.names == ("checked-002",)
