"""Of which texts it is certain that they are in the letters of Western Europe."""

from __future__ import annotations

import pytest

from dlrun.engines import KerasDoor
from dlrun.errors import RunError
from dlrun.experiment import parse_spec, read_config
from dlrun.proposal import propose
from dlrun.proposal.old_encoding import old_encoding
from dlrun.rows import read_rows


@pytest.mark.parametrize(
    "text",
    [
        "größe,Köln,häßlich,Ü,Ø 5 mm,12 m²,5 °C,3 €",
        "naïve,œuvre,São Paulo,L\u2019été,Ñandú,1½,l·l",
        "ÅRSDAG,Þór,MÜNCHEN",
    ],
)
def test_words_of_western_europe_are_known(tmp_path, text):
    (tmp_path / "t.csv").write_bytes(text.encode("cp1252"))

    assert old_encoding(tmp_path / "t.csv")


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("Привет,мир", "cp1251"),
        ("θάλασσα", "cp1253"),
        ("miała,łódź", "cp1250"),
        ("München,schön", "mac_roman"),
        ("München,schön", "cp850"),
        ("日本語テキスト", "shift_jis"),
        ("中文测试", "gbk"),
    ],
)
def test_other_letters_are_not_guessed(tmp_path, text, encoding):
    (tmp_path / "t.csv").write_bytes(text.encode(encoding))

    assert old_encoding(tmp_path / "t.csv") is None


def test_a_damaged_text_is_none_of_another_encoding(tmp_path):
    (tmp_path / "t.csv").write_bytes("größe,schön".encode() + b",\xf6l")

    assert old_encoding(tmp_path / "t.csv") is None


@pytest.mark.parametrize("encoding", ["cp1252", "utf-16-le"])
def test_an_encoding_is_written_where_it_is_certain(tmp_path, encoding):
    rows = "".join(
        f"{row * 7 % 31},{('schön', 'häßlich')[row % 3 % 2]}\n" for row in range(90)
    )
    (tmp_path / "t.csv").write_bytes(f"größe,urteil\n{rows}".encode(encoding))
    file = tmp_path / "c.yaml"

    file.write_text(propose(tmp_path / "t.csv", ["urteil"], file), "utf-8")

    assert f"    encoding: {encoding}" in file.read_text("utf-8")
    assert "schön 60" in file.read_text("utf-8")
    experiment, _ = read_rows(parse_spec(read_config(file)), KerasDoor())
    assert experiment.facts.classes == {"output": ("häßlich", "schön")}


def test_where_it_is_not_certain_it_is_to_be_named(tmp_path):
    (tmp_path / "t.csv").write_bytes("a,y\n1,добрый\n".encode("cp1251"))

    with pytest.raises(RunError) as caught:
        propose(tmp_path / "t.csv", ["y"], tmp_path / "c.yaml")

    assert "iconv -f cp1251" in caught.value.hint
