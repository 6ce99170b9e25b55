from __future__ import annotations

from pathlib import Path

import pytest

from dlrun.data.moved import DataRoot, current_root, data_below
from dlrun.errors import RunError


def fill(directory: Path, *names: str) -> None:
    for name in names:
        file = directory / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(name)


@pytest.mark.parametrize(
    ("there", "root", "found"),
    [
        ("data/rows.csv", ".", "data/rows.csv"),
        ("data/rows.csv", "data", "data/rows.csv"),
        ("old/project/data/rows.csv", ".", "old/project/data/rows.csv"),
        ("rows.csv", ".", "rows.csv"),
    ],
    ids=["its folder", "the file itself", "the whole path", "its name alone"],
)
def test_the_longest_end_of_a_path_that_is_there_counts(tmp_path, there, root, found):
    fill(tmp_path, there, "rows.tsv", "a/b/rows.csv")

    place = DataRoot(tmp_path / root).place(Path("/old/project/data/rows.csv"))

    assert place == tmp_path / found


def test_a_path_is_first_taken_as_it_was_written(tmp_path):
    fill(tmp_path, "data/rows.csv", "project/data/rows.csv")

    written = DataRoot(tmp_path, ["data/rows.csv"])
    unknown = DataRoot(tmp_path)

    recorded = Path("/old/project/data/rows.csv")
    assert written.place(recorded) == tmp_path / "data/rows.csv"
    assert unknown.place(recorded) == tmp_path / "project/data/rows.csv"


def test_the_folder_of_the_config_is_taken_for_what_was_written_from_it(tmp_path):
    fill(tmp_path, "data/rows.csv", "configs/a.yaml")

    root = DataRoot(tmp_path / "configs", ["../data/rows.csv"])

    assert root.place(Path("/old/data/rows.csv")) == tmp_path / "data/rows.csv"


def test_what_is_below_the_folder_beats_what_is_beside_it(tmp_path):
    fill(tmp_path, "data/rows.csv", "other/rows.csv")

    root = DataRoot(tmp_path / "other", ["../data/rows.csv"])

    assert root.place(Path("/old/data/rows.csv")) == tmp_path / "other/rows.csv"


def test_a_pattern_is_where_it_matches(tmp_path):
    fill(tmp_path, "2024/part-1.csv", "2024/part-2.csv")

    root = DataRoot(tmp_path)

    assert root.place(Path("/old/data/2024/part-*.csv")) == tmp_path / "2024/part-*.csv"
    assert not root.missing


def test_what_is_nowhere_is_looked_for_by_its_name_and_remembered(tmp_path):
    root = DataRoot(tmp_path)

    place = root.place(Path("/old/data/rows.csv"))

    assert place == tmp_path / "rows.csv"
    assert root.missing == [Path("/old/data/rows.csv")]
    assert root.recorded({"paths": [str(place)]}) == {"paths": ["/old/data/rows.csv"]}


def test_one_file_does_not_stand_for_two(tmp_path):
    fill(tmp_path, "rows.csv")
    root = DataRoot(tmp_path)
    root.place(Path("/old/train/rows.csv"))

    with pytest.raises(RunError, match="two files of the run") as caught:
        root.place(Path("/old/test/rows.csv"))

    assert "--data-root" in str(caught.value)


def test_a_folder_holds_for_its_block_alone(tmp_path):
    with data_below(DataRoot(tmp_path)) as nothing:
        inside = current_root()

    assert (nothing, current_root()) == (None, None)
    assert inside == DataRoot(tmp_path)
