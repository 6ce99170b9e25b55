from __future__ import annotations

from dlrun.describe.generate import generated


def test_the_index_is_as_the_classes_are():
    files = generated()

    stale = [file.name for file, text in files.items() if file.read_text() != text]

    assert len(files) == 2
    assert stale == [], "run make index"
