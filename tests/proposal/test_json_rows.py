"""What `init --data` says of a file of JSON: a command that makes a table of it."""

from __future__ import annotations

import json
import shlex
import subprocess
import sys

import pytest

from dlrun.errors import RunError
from dlrun.proposal import propose

ROWS = [{"a": row / 7, "b c": "xy"[row % 2], "y": row % 2} for row in range(30)]
WRITTEN = {
    "list.json": json.dumps(ROWS),
    "lines.jsonl": "\n".join(map(json.dumps, ROWS)),
    "lines.json": "\n".join(map(json.dumps, ROWS)) + "\n",
    "within.json": json.dumps({"version": 1, "rows": ROWS}, indent=2),
    "columns.json": json.dumps({key: [row[key] for row in ROWS] for key in ROWS[0]}),
    "by index.json": json.dumps(
        {key: {str(at): row[key] for at, row in enumerate(ROWS)} for key in ROWS[0]}
    ),
    "deep.ndjson": "\n".join(json.dumps({**row, "d": row["a"]}) for row in ROWS),
    "it's.json": json.dumps(ROWS),
}


@pytest.mark.parametrize("name", WRITTEN)
def test_the_command_that_is_named_makes_a_table_of_it(tmp_path, name):
    file = tmp_path / name
    file.write_text(WRITTEN[name], encoding="utf-8")

    with pytest.raises(RunError) as error:
        propose(file, ["y"], tmp_path / "c.yaml")
    command = shlex.split(error.value.hint.removeprefix("make a table of it: "))
    assert command[0] == "python"
    subprocess.run([sys.executable, *command[1:]], check=True)

    text = propose(file.with_suffix(".csv"), ["y"], tmp_path / "c.yaml")
    assert ": 30 rows." in text
    assert "2 classes" in text


@pytest.mark.parametrize("text", ["", "{", "[1, 2]", '{"a": 1}', "[[1, 2], [3, 4]]"])
def test_a_file_of_which_the_rows_cannot_be_told_is_to_be_written_anew(tmp_path, text):
    (tmp_path / "odd.json").write_text(text)

    with pytest.raises(RunError) as error:
        propose(tmp_path / "odd.json", ["y"], tmp_path / "c.yaml")

    assert error.value.hint == "write the rows as CSV or Parquet, a column for each key"


def test_the_file_itself_is_not_written_over(tmp_path):
    (tmp_path / "rows.csv").write_text('[{"a": 1, "y": 2}]')

    with pytest.raises(RunError, match="is JSON, not a table") as caught:
        propose(tmp_path / "rows.csv", ["y"], tmp_path / "c.yaml")

    assert "rows_rows.csv" in caught.value.hint
