from __future__ import annotations

import pytest

from dlrun.diagnosis.reading import read_recorded
from dlrun.errors import HistoryError


@pytest.fixture
def history(tmp_path):
    """Read a history that is written so."""

    def read(text, name="history.csv"):
        file = tmp_path / name
        file.write_bytes(text if isinstance(text, bytes) else text.encode())
        return read_recorded(file).history

    return read


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('loss,note\n1,"a\n2,b\n3,c\n', "line 2 opens a quote that is never closed"),
        ('loss,note\n1,x\n2,"a"b\n', "line 3 opens a quote that is closed in the mid"),
        ("loss,loss\n1,2\n", "two columns are named `loss`"),
        (b"loss,note\n1,x\n2,\xe9\n", ":3 is no text in UTF-8"),
        ("loss,note\n1_0,x\n", "'1_0' in column `loss` is no number"),
        (f"loss\n{'1' * 200_000}\n", "line 2 has a cell of more than 131,072"),
    ],
)
def test_a_table_is_read_as_strictly_as_data_are(history, text, words):
    with pytest.raises(HistoryError) as caught:
        history(text)

    assert words in str(caught.value.problems[0].message)


def test_an_epoch_without_values_keeps_its_place(history):
    assert history("loss,val_loss\n1,2\n,\n3,4\n\n,\n") == {
        "loss": [1, None, 3],
        "val_loss": [2, None, 4],
    }


def test_what_a_comma_means_is_left_open(history):
    with pytest.raises(HistoryError) as caught:
        history('loss\n"1,200"\n')

    hint = "write 1200 if the comma groups thousands, or 1.200 if not"
    assert caught.value.problems[0].hint == hint


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('{"loss": [1], "loss": [2]}', 'the key "loss" stands twice'),
        (f'{{"loss": [{"9" * 5000}]}}', "too many digits"),
        ("[" * 100_000, "nested too deeply"),
    ],
)
def test_json_is_read_to_the_letter(history, text, words):
    with pytest.raises(HistoryError, match=words):
        history(text, "history.json")
