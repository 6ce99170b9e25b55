from __future__ import annotations

import json
import re

from dlrun.describe.catalogue import REFERENCE_FILE
from dlrun.describe.generate import generated


def test_the_index_is_as_the_classes_are():
    files = generated()

    stale = [file.name for file, text in files.items() if file.read_text() != text]

    assert len(files) == 2
    assert stale == [], "run make index"


def test_the_type_of_a_key_is_told_in_words_and_not_in_python():
    told = {
        f"{entry['name']}.{key['name']}": key["type"]
        for entry in json.loads(REFERENCE_FILE.read_text("utf-8"))
        for key in entry["keys"]
    }

    python = re.compile(r"[|\[\]]|\b[A-Z][a-z]+")
    assert {key: words for key, words in told.items() if python.search(words)} == {}
