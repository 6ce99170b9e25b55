"""Files that are no longer what was written: never taken for numbers."""

from __future__ import annotations

import random
import shutil

import pytest

from dlrun.errors import RunError
from dlrun.runs import RunFolder, round_of

FILES = ("weights.npz", "optimizer.npz", "state.json", "manifest.json")
FLIPS = 200


def of(folder, name):
    return folder.path / "checkpoints" / "0003" / name


def test_every_file_of_a_checkpoint_is_damaged_here(folder):
    directory = folder.path / "checkpoints" / "0003"

    assert {path.name for path in directory.iterdir()} == set(FILES)


@pytest.mark.parametrize("name", FILES)
def test_each_of_200_flipped_bits_is_noticed(folder, name):
    file, chance = of(folder, name), random.Random(name)
    whole = file.read_bytes()

    for place in chance.sample(range(8 * len(whole)), FLIPS):
        data = bytearray(whole)
        data[place // 8] ^= 1 << place % 8
        file.write_bytes(data)
        found = folder.find_checkpoint()
        assert found.checkpoint.epoch == 2, place
        assert found.skipped[0].startswith("the checkpoint of epoch 3 is left out: ")

    file.write_bytes(whole)
    assert folder.find_checkpoint().checkpoint.epoch == 3


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("share", [0, 0.01, 0.25, 0.5, 0.75, 0.9, 0.99, 1])
def test_a_truncated_file_is_noticed(folder, name, share, require_whole):
    file = of(folder, name)
    data = file.read_bytes()
    file.write_bytes(data[: min(len(data) - 1, int(share * len(data)))])

    found = folder.find_checkpoint()

    assert found.checkpoint.epoch == 2
    assert "epoch 3 is left out" in found.skipped[0]
    require_whole(folder, 2)


@pytest.mark.parametrize("name", FILES)
def test_a_missing_file_is_noticed(folder, name):
    of(folder, name).unlink()

    found = folder.find_checkpoint()

    assert found.checkpoint.epoch == 2
    assert name in found.skipped[0]


@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", "null", "{}", '{"format": 2, "files": {}}', "\0" * 50, "[" * 9999],
)
def test_a_garbled_manifest_counts_as_not_committed(folder, text):
    of(folder, "manifest.json").write_text(text)

    assert folder.find_checkpoint().checkpoint.epoch == 2


def test_a_manifest_that_leads_out_of_its_directory_is_refused(folder):
    file = of(folder, "manifest.json")
    file.write_text(file.read_text().replace("weights.npz", "../w.npz"))

    assert folder.find_checkpoint().checkpoint.epoch == 2


def test_a_renamed_checkpoint_is_not_taken_for_another_epoch(folder):
    shutil.copytree(
        folder.path / "checkpoints" / "0003", folder.path / "checkpoints" / "0009"
    )

    found = folder.find_checkpoint()

    assert found.checkpoint.epoch == 3
    assert "it is" not in found.skipped[0]
    assert "0009 is that of epoch 3, renamed" in found.skipped[0]


def test_damaged_checkpoints_do_not_push_whole_ones_out(
    folder, end_epoch, require_whole
):
    for epoch in (2, 3):
        (folder.path / "checkpoints" / f"000{epoch}" / "state.json").unlink()

    require_whole(folder, 1)
    end_epoch(folder, 2)

    assert sorted(p.name for p in (folder.path / "checkpoints").iterdir()) == [
        "0001",
        "0002",
    ]
    require_whole(folder, 2)


def test_without_any_whole_checkpoint_each_is_named(folder):
    for epoch in (1, 2, 3):
        (folder.path / "checkpoints" / f"000{epoch}" / "state.json").unlink()

    found = folder.find_checkpoint()

    assert found.checkpoint is None
    assert len(found.skipped) == 3


@pytest.mark.parametrize("torn", ["4,0.2", "4,0.25,ab", "\0\0\0", "4,"])
def test_a_torn_last_line_of_the_history_is_dropped(
    folder, torn, end_epoch, require_whole
):
    with (folder.path / "history.csv").open("a") as stream:
        stream.write(torn)

    require_whole(folder, 3)
    end_epoch(folder, 4)

    assert folder.history()["epoch"] == [1, 2, 3, 4]


def test_rows_after_the_checkpoint_are_trained_again_not_kept_twice(
    folder, end_epoch, require_whole
):
    for epoch in (4, 5):
        row = {"epoch": epoch, "loss": 9.0, "weights_sha256": "cd"}
        folder.append_history(row)

    require_whole(folder, 3)
    end_epoch(folder, 4)

    assert folder.history()["loss"][-1] == 0.25


@pytest.mark.slow
def test_each_flipped_bit_of_the_history_is_noticed(folder):
    file = folder.path / "history.csv"
    whole = file.read_bytes()
    chance = random.Random(1)

    for place in chance.sample(range(8 * len(whole)), FLIPS):
        data = bytearray(whole)
        data[place // 8] ^= 1 << place % 8
        file.write_bytes(data)
        found = folder.find_checkpoint()
        assert found.checkpoint is None or found.checkpoint.epoch < 3
        assert "no longer starts with its 3 rows" in found.skipped[0]


def test_a_lost_history_is_no_start(folder):
    (folder.path / "history.csv").unlink()

    found = folder.find_checkpoint()

    assert found.checkpoint is None
    assert "history.csv is missing" in found.skipped[0]
    with pytest.raises(RunError, match=r"history\.csv"):
        folder.write_checkpoint(found.checkpoint or _any(), 1)


def _any():
    from dlrun.runs import Checkpoint, CheckpointState

    return Checkpoint(4, CheckpointState(), {})


def test_a_moved_folder_reads_as_before(folder, tmp_path, require_whole):
    folder.path.rename(tmp_path / "elsewhere")

    assert require_whole(RunFolder(tmp_path / "elsewhere"), 3) == 3


def test_a_stale_lock_is_no_obstacle(folder):
    (folder.path / "run.lock").write_text("process 1 on another-host\n")

    with folder.lock():
        assert "process 1 on" not in (folder.path / "run.lock").read_text()


READERS = {
    "history.csv": RunFolder.history,
    "diagnostics/layers.csv": RunFolder.probes,
    "diagnostics/outputs.csv": RunFolder.probes,
    "status.json": RunFolder.status,
}
LATER = {
    "history.csv": b"4,0.25,cd\n",
    "diagnostics/layers.csv": b"4,a,,,0.25,,,,,\n",
    "diagnostics/outputs.csv": b"4,,false\n",
}


@pytest.mark.parametrize("name", READERS)
def test_what_a_run_has_written_is_vouched_for_before_it_ends(folder, name):
    file, read = folder.path / name, READERS[name]
    whole, known = file.read_bytes(), read(folder)
    chance = random.Random(5)

    for place in chance.sample(range(8 * len(whole)), 50):
        data = bytearray(whole)
        data[place // 8] ^= 1 << place % 8
        file.write_bytes(data)
        with pytest.raises(RunError, match=r"damaged|not UTF-8|newer"):
            read(folder)
    file.unlink()
    with pytest.raises(RunError, match="is missing"):
        read(folder)
    file.write_bytes(whole)
    assert read(folder) == known


def test_rows_after_the_checkpoint_are_read(folder):
    for name, row in LATER.items():
        with (folder.path / name).open("ab") as stream:
            stream.write(row)

    assert folder.history()["epoch"] == [1, 2, 3, 4]
    assert [probe["epoch"] for probe in folder.probes()] == [1, 2, 3, 4]


@pytest.mark.parametrize("name", ["diagnostics/layers.csv", "diagnostics/outputs.csv"])
def test_a_probe_that_was_changed_is_not_gone_on_with(folder, name):
    file = folder.path / name
    file.write_bytes(file.read_bytes().replace(b"\n2,", b"\n1,"))

    told = folder.return_to(folder.find_checkpoint().checkpoint)

    assert [sentence.partition(":")[0] for sentence in told] == [
        f"{file.name} is begun anew"
    ]
    assert file.read_bytes() == b""


def test_a_run_whose_probes_were_removed_goes_on(folder, end_epoch):
    shutil.rmtree(folder.path / "diagnostics")

    told = folder.return_to(folder.find_checkpoint().checkpoint)
    end_epoch(folder, 4)

    assert len(told) == 2
    assert [probe["epoch"] for probe in folder.probes()] == [4]


def test_a_status_that_is_written_again_and_again_has_few_lines(folder):
    for _ in range(5):
        folder.write_status("running")
        assert folder.status().state == "running"

    lines = (folder.path / "SHA256SUMS").read_text().splitlines()
    assert sum(line.endswith("  status.json") for line in lines) == 2
    folder.write_status("finished")
    lines = (folder.path / "SHA256SUMS").read_text().splitlines()
    assert sum(line.endswith("  status.json") for line in lines) == 1
    assert folder.status().state == "finished"


@pytest.mark.parametrize(
    ("state", "command"),
    [
        ("interrupted", "dlrun resume {run}"),
        ("failed", "dlrun resume {run}"),
        ("finished", "dlrun train {run}/config.yaml"),
        ("diverged", "dlrun train {run}/config.yaml"),
    ],
)
@pytest.mark.parametrize("kind", ["gone", "cut"])
def test_a_history_that_no_hash_lists_names_a_way_that_its_state_has(
    folder, as_older_run, state, command, kind
):
    folder.write_status(state)
    as_older_run(folder)
    file = folder.path / "history.csv"
    file.unlink() if kind == "gone" else file.write_text("epoch\n")

    with pytest.raises(RunError) as caught:
        folder.history()

    expected = "is missing" if kind == "gone" else "is damaged or foreign"
    assert f"{file} {expected}" in caught.value.message
    assert caught.value.hint.endswith(command.format(run=folder.path))


def test_damage_in_a_round_names_the_config_of_its_run(folder):
    number = round_of(folder, 0)
    number.start_over()
    number.hashes.write_text("pool.csv", "id,label,confidence\n")
    (number.path / "pool.csv").write_text("id,label\n")

    with pytest.raises(RunError) as caught:
        number.pool(["a"])

    assert caught.value.hint.endswith(f"dlrun train {folder.path}/config.yaml")
