"""The lines of a search: which of them is damaged."""

from __future__ import annotations

import pytest

from dlrun.errors import RunError
from dlrun.runs import Journal, SearchFolder


@pytest.mark.parametrize("number", range(1, 6))
@pytest.mark.parametrize("known", [0, 2])
def test_a_damaged_line_is_told_by_its_number(tmp_path, number, known):
    journal = Journal(SearchFolder(tmp_path))
    lines = [f'{{"trial": {trial}}}' for trial in range(1, 6)]
    text = "".join(f"{line}\n" for line in lines)
    journal.file.write_text("".join(f"{line}\n" for line in lines[:known]))
    journal.refresh()

    journal.file.write_text(text.replace(lines[number - 1], '{"tri: 1}   '))

    if number <= known:  # What was read before is not read again.
        assert len(journal.refresh()) == 5 - known
        return
    with pytest.raises(RunError, match=rf"trials.jsonl is damaged: line {number} is"):
        journal.refresh()
