from __future__ import annotations

import pytest

from dlrun.comparison import Question, compare
from dlrun.report.run_list import list_runs, render_run_list
from dlrun.report.sections.finding import FINDINGS
from dlrun.report.sections.section import Style, View
from dlrun.runs import (
    RecordedDiagnosis,
    RecordedFinding,
    RecordedReference,
    RowGain,
)

SLOW = RecordedFinding(
    suspicion="UNDERFITTING",
    verdict="SLOW_CONVERGENCE",
    standing="changed",
    cause="longer",
    sentence="With 3 -> 12 epochs, val_loss falls by 50 % (0.6 to 0.3): it was still "
    "learning when it ended.",
    references=(
        RecordedReference(
            name="longer",
            sentence="3 -> 12 epochs",
            run="x-longer-001",
            state="finished",
            value=0.3,
            gain=RowGain(0.3, 0.25, 0.35),
            helps=True,
        ),
    ),
)
UNCLEAR = RecordedFinding(
    suspicion="UNDERFITTING", verdict="GOOD_FIT", standing="not shown"
)


@pytest.fixture
def underfit(make_run):
    """A run whose curves say UNDERFITTING."""

    def make(seed=1, **settings):
        name = f"run-{len(settings)}{seed:02d}"
        folder = make_run(name, (0.6,), config={"seed": seed, **settings})
        folder.write_diagnosis(
            RecordedDiagnosis(verdict="UNDERFITTING", tag="underfit")
        )
        return folder

    return make


def test_a_finding_stands_beside_the_suspicion_in_every_form(underfit):
    folder = underfit()
    folder.write_finding(SLOW)

    comparison = compare([folder])
    view = View(comparison, Style(width=60))

    assert comparison.groups[0].tag == "underfit; checked: slow"
    head, *lines = FINDINGS.text(view)
    assert head == "what references have found"
    assert "not UNDERFITTING but SLOW_CONVERGENCE" in " ".join(lines)
    assert max(map(len, lines)) <= 60
    assert "SLOW\\_CONVERGENCE" in FINDINGS.markdown(view)[0]
    assert SLOW.sentence.replace(">", "&gt;") in str(FINDINGS.page(view)[0])
    assert "<td>+0.3000 [+0.2500, +0.3500]</td>" in str(FINDINGS.page(view)[0])
    (found,) = FINDINGS.json(view)["findings"]
    assert found == {"run": folder.name} | SLOW.to_json()


def test_seeds_say_how_many_were_checked(underfit):
    folders = [underfit(seed) for seed in (1, 2, 3)]
    folders[0].write_finding(SLOW)
    folders[1].write_finding(UNCLEAR)

    group = compare(folders).groups[0]

    assert group.tag == "underfit 3/3; checked: slow 1, ok? 1"


def test_runs_can_be_filtered_by_what_was_found(underfit):
    first, second = underfit(), underfit(**{"fit/batch_size": 9})
    first.write_finding(SLOW)
    second.write_finding(UNCLEAR)

    found = compare([first, second], Question(where="finding == slow"))

    assert [row.run for row in found.rows] == [first.name]


def test_a_list_of_runs_says_what_was_found_where_a_run_was_checked(underfit):
    first, second = underfit(), underfit(seed=2)
    before = render_run_list(list_runs([first, second]))
    first.write_finding(SLOW)

    after = render_run_list(list_runs([first, second]))

    assert "checked" not in before
    assert "checked" in after.splitlines()[0]
    assert after.splitlines()[1].endswith("  slow")
