from __future__ import annotations

from pathlib import Path

import pytest

from dlrun.errors import ConfigError, render_problems
from dlrun.experiment import read_config

SECRET = "hunter2-geheim"


def problems(file: str) -> str:
    with pytest.raises(ConfigError) as caught:
        read_config(Path(file))
    return "\n".join(
        render_problems(caught.value.problems, style)
        for style in ("full", "concise", "github")
    )


FOREIGN = {
    "shadow": f"root:{SECRET}:19000:0:99999:7:::\ndaemon:*:19000::::::\n",
    "words": f"{SECRET}\n",
    "ini": f"[section]\npassword = {SECRET}\n",
    "secret.yaml": f"apiVersion: v1\nkind: Secret\ndata:\n  password: {SECRET}\n",
    "token.yml": f"password: {SECRET}\nuser: me\n",
    "torn.yaml": f"password: {SECRET}\n  user: [me\n",
    "list.yaml": f"- {SECRET}\n- 2\n",
    "key": f"-----BEGIN PRIVATE KEY-----\n{SECRET}:\n\t{SECRET}\n",
    "netrc": f"machine x login y password {SECRET}\n",
    "binary": f"\x7fELF{SECRET}\x01\x02\n",
    "latin": f"name = {SECRET} \xe9\n",
    "env": f"TOKEN={SECRET}\nNAME: {SECRET}\n",
    "tabs": f"\tpassword: {SECRET}\n",
    "two": f"--- {SECRET}\n--- {SECRET}\n",
    "tag": f"!secret {SECRET}\n",
}


@pytest.mark.parametrize("name", FOREIGN)
def test_a_file_that_is_extended_and_no_config_is_not_quoted(
    tmp_path, monkeypatch, name
):
    monkeypatch.chdir(tmp_path)
    Path(name).write_bytes(FOREIGN[name].encode("latin-1"))
    Path("a.yaml").write_text(f"extends: {name}\nname: a\n")

    text = problems("a.yaml")

    assert SECRET not in text
    assert "geheim" not in text
    assert f"extends: {name}" in text
    assert f"`{name}` is no config" in text


@pytest.mark.parametrize("name", [name for name in FOREIGN if "." not in name])
def test_a_file_that_is_named_and_no_config_is_not_quoted(tmp_path, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    Path(name).write_bytes(FOREIGN[name].encode("latin-1"))

    assert SECRET not in problems(name)


@pytest.mark.parametrize(
    "text",
    [
        "fit: {epochs: [}\n",
        "name: b\nmodel:\n\tlayers: []\n",
        '{"name": "b", "fit": [}\n',
    ],
)
def test_a_base_with_a_mistake_is_shown_where_it_is(tmp_path, monkeypatch, text):
    monkeypatch.chdir(tmp_path)
    Path("base").write_text(text)
    Path("a.yaml").write_text("extends: base\nname: a\n")

    assert "base:" in problems("a.yaml")
