from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from dlrun.config import load_config
from dlrun.errors import ConfigError

GOLDEN = Path(__file__).parents[1] / "golden/config/source"

BYTES = {
    "latin-1": "name: a\ndescription: café\n".encode("latin-1"),
    "latin-1-after-bom": b"\xef\xbb\xbf" + "name: café\n".encode("latin-1"),
    "utf-16": "name: a\n".encode("utf-16"),
    "utf-16-without-bom": "name: a\n".encode("utf-16-be"),
    "nul": b"name: a\ndescription: a\x00b\n",
    "escape-character": b"name: \x1b[31ma\x1b[0m\n",
    "too-large": b"#" * 1_000_001,
}


@pytest.fixture(autouse=True)
def _inside_an_empty_directory(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize("case", BYTES)
def test_bytes_that_are_no_text_are_refused(case, golden):
    Path("a.yaml").write_bytes(BYTES[case])

    with pytest.raises(ConfigError) as caught:
        load_config(Path("a.yaml"))

    golden(GOLDEN / f"{case}.txt", str(caught.value))


def test_a_missing_file_names_the_nearest(golden):
    Path("gender.yaml").touch()
    Path("notes.txt").touch()

    with pytest.raises(ConfigError) as caught:
        load_config(Path("gendre.yaml"))

    golden(GOLDEN / "missing.txt", str(caught.value))


def test_a_missing_file_like_no_other_lists_the_configs_there(golden):
    Path("gender.yaml").touch()
    Path("iris.yml").touch()

    with pytest.raises(ConfigError) as caught:
        load_config(Path("x.yaml"))

    golden(GOLDEN / "missing-unlike.txt", str(caught.value))


def test_a_file_in_a_missing_directory_says_so(golden):
    with pytest.raises(ConfigError) as caught:
        load_config(Path("configs/x.yaml"))

    golden(GOLDEN / "missing-directory.txt", str(caught.value))


def test_a_directory_is_no_config(golden):
    Path("configs").mkdir()
    Path("configs/gender.yaml").touch()

    with pytest.raises(ConfigError) as caught:
        load_config(Path("configs"))

    golden(GOLDEN / "directory.txt", str(caught.value))


def test_a_pipe_is_refused_without_waiting_for_it(golden):
    os.mkfifo("pipe.yaml")

    with pytest.raises(ConfigError) as caught:
        load_config(Path("pipe.yaml"))

    golden(GOLDEN / "pipe.txt", str(caught.value))


@pytest.mark.parametrize("name", ["/dev/zero", "a\0b", "x" * 5000, "a.yaml/b.yaml"])
def test_what_cannot_be_opened_is_a_config_error(name):
    Path("a.yaml").touch()

    with pytest.raises(ConfigError) as caught:
        load_config(Path(name))

    assert caught.value.problems[0].code in {"not-a-file", "unreadable-file"}


def test_a_byte_order_mark_is_no_part_of_the_text():
    Path("a.yaml").write_bytes(b"\xef\xbb\xbfname: a\n")

    node = load_config(Path("a.yaml"))

    assert node.value == {"name": "a"}
    assert node.locate(("name",)).column == 7


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_lines_are_counted_whatever_ends_them(end):
    Path("a.yaml").write_bytes(f"a: é日😀{end}{end}b: [1,{end}  2]{end}".encode())

    node = load_config(Path("a.yaml"))

    first, last = node.locate(("a",)), node.locate(("b", 1))
    assert (first.line, first.column, first.length, first.text) == (1, 4, 3, "a: é日😀")
    assert (last.line, last.column, last.length, last.text) == (4, 3, 1, "  2]")


def test_five_thousand_brackets_fail_at_once():
    Path("a.yaml").write_text("a: " + "[" * 5000 + "]" * 5000)
    start = time.perf_counter()

    with pytest.raises(ConfigError, match="nested deeper than 50"):
        load_config(Path("a.yaml"))

    assert time.perf_counter() - start < 0.5


def test_aliases_cannot_hide_depth():
    lines = ["a0: &a0 [x]"]
    lines += [
        f"a{i}: &a{i} [[[[[[[[[[[[[[*a{i - 1}]]]]]]]]]]]]]]" for i in range(1, 200)
    ]
    Path("a.yaml").write_text("\n".join(lines))

    with pytest.raises(ConfigError, match="nested deeper than 50"):
        load_config(Path("a.yaml"))


def test_a_thousand_problems_are_quickly_shown():
    Path("a.yaml").write_text("".join(f"k{i}: 0{i}\n" for i in range(1, 20_000)))
    start = time.perf_counter()

    with pytest.raises(ConfigError) as caught:
        load_config(Path("a.yaml"))

    assert str(caught.value).endswith("and 19979 more")
    assert time.perf_counter() - start < 5
