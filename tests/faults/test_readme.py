from __future__ import annotations

import re
from pathlib import Path

README = Path(__file__).with_name("README.md")
ROOT = README.parents[2]


def test_every_test_that_the_page_names_exists():
    missing: list[str] = []

    for line in README.read_text().splitlines():
        file = README
        for name in re.findall(r"`([^`\s]+)`", line):
            if name.endswith(".py"):
                file = ROOT / name if "/" in name else README.with_name(name)
                missing += [] if file.is_file() else [name]
            elif name.startswith("test_") and not name.endswith("..."):
                found = file.is_file() and f"def {name}(" in file.read_text()
                missing += [] if found else [f"{file.name}: {name}"]

    assert missing == []
