"""What a section has to say it says in every form, or it states why not."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from dlrun.comparison import Question, compare
from dlrun.report import export, markdown, text
from dlrun.report.drawing.markup import element
from dlrun.report.export import render_json
from dlrun.report.markdown import render_markdown
from dlrun.report.page import document, render_page
from dlrun.report.sections import SECTIONS
from dlrun.report.sections.section import (
    Heading,
    ReportSection,
    Silent,
    Style,
    View,
    headed,
    silent,
)
from dlrun.report.text import render_text
from dlrun.runs import Metrics, RecordedFinding, RoundsResult
from dlrun.studies.search.kept import read_result

FORMS = ("text", "page", "markdown", "json")


def left_out(section: ReportSection, view: View) -> Iterator[str]:
    """The forms in which a section drops without a word what it says in others."""
    answers = {form: getattr(section, form)(view) for form in FORMS}
    if any(map(has_content, answers.values())):
        for form, answer in answers.items():
            if not has_content(answer) and not gives_a_reason(answer):
                yield f"{section.name} in {form}"


def has_content(answer) -> bool:
    """Keys whose values are all empty say no more than an empty list."""
    return any(answer.values()) if isinstance(answer, dict) else bool(answer)


def gives_a_reason(answer) -> bool:
    return isinstance(answer, Silent) and len(answer.reason.split()) > 3


@pytest.fixture
def write(make_run):
    """Write a run of some losses: `write(0.5, seed=2)`."""
    numbers = iter(range(1, 1000))

    def make(*losses, **config):
        return make_run(f"run-{next(numbers):03d}", losses, config=config)

    return make


@pytest.fixture
def few(write) -> View:
    return View(compare([write(0.5, 0.4, seed=seed) for seed in (1, 2)]))


@pytest.fixture
def searches(make_search) -> list[View]:
    """A search that was confirmed, and one of two goals."""
    trials = [({"fit.batch_size": n % 2}, 0.5 + n / 100) for n in range(20)]
    search = make_search({"fit.batch_size": [4, 8]}, trials, runs=True)
    noted = {"seeds": [2, 3], "trials": [20, 19, 18], "as_it_stands": None}
    search.confirmed.write_plan(noted)
    of_search = View(compare(search.runs()), search=read_result(search))
    goals = ["max val_accuracy", "min val_loss"]
    pairs = [({"fit.batch_size": place}, (0.9 - place, 0.1)) for place in (0, 1)]
    space = {"fit.batch_size": [4, 8]}
    several = make_search(space, pairs, goals, name="pareto", runs=True)
    of_several = View(compare(several.runs()), search=read_result(several))
    return [of_search, of_several]


@pytest.fixture
def views(write, make_run, searches) -> list[View]:
    """Comparisons in which, taken together, every section has something to say."""
    units = "model/layers/0/Dense/units"
    rising = (0.9, 0.6, 0.5, 0.45, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0, 1.1, 1.2)
    bad = [write(*rising, name="bad", seed=seed) for seed in (1, 2)]
    good = [write(0.5, seed / 10, seed=seed, **{units: 8}) for seed in (1, 2, 3)]
    semi = [write(0.4, name="semi", seed=seed) for seed in (1, 2)]
    for folder in semi:
        rounds = RoundsResult(
            kept_round=2,
            rounds=2,
            ended="all 2 rounds are over",
            baseline={"val_accuracy": 0.8},
            kept={"val_accuracy": 0.9},
            gain={"val_accuracy": 0.1},
        )
        folder.write_metrics(Metrics(rounds=rounds))
    semi[0].write_finding(
        RecordedFinding(
            suspicion="UNDERFITTING",
            verdict="GOOD_FIT",
            standing="refuted",
            sentence="None of 2 references helps: the data are the limit.",
        )
    )
    torn = write(0.5, **{"fit/batch_size": 9})
    (torn.path / "history.csv").write_text("epoch,loss\nx,1\n")
    ten = [write(0.5 + number / 50, **{units: number}) for number in range(1, 11)]
    many = [
        write(0.5 + number / 50, **{units: number, "fit/batch_size": batch})
        for number in range(1, 22)
        for batch in (2, 4, 8)
    ]
    early = make_run("early", (), state="failed", reason="no memory")
    studies = [bad, [*good, *bad], [*good, *semi, torn], ten, many, [early], good[:1]]
    studies.append([make_run("heads", (0.5, 0.4), outputs=("digit", "parity"))])
    comparisons = [compare(folders) for folders in studies]
    comparisons += [
        compare(good, Question(group_by="none")),
        compare(many, Question(group_by="batch_size", sort="gap")),
    ]
    return [*map(View, comparisons), *searches]


def test_every_form_says_what_the_others_say_or_why_not(views):
    style = Style(width=60, curves=True)
    wide = [View(view.comparison, style, view.search) for view in views]

    dropped = [
        words
        for view in (*views, *wide)
        for section in SECTIONS
        for words in left_out(section, view)
    ]

    assert dropped == []


def test_the_comparisons_above_let_every_section_speak_in_every_form(views):
    answers = {
        (section.name, form): [getattr(section, form)(view) for view in views]
        for section in SECTIONS
        for form in FORMS
    }

    always = {
        key
        for key, given in answers.items()
        if all(isinstance(answer, Silent) for answer in given)
    }
    spoken = {key for key, given in answers.items() if any(map(has_content, given))}
    assert always | spoken == answers.keys()


def test_a_section_that_drops_a_form_is_noticed(few):
    dummy = ReportSection(
        name="dummy",
        heading=Heading("dummy", "Dummy"),
        text=lambda _: ["42"],
        page=lambda _: [],
        markdown=silent("it is not for a pull request"),
        json=lambda _: {"dummy": []},
    )

    assert list(left_out(dummy, few)) == ["dummy in page", "dummy in json"]


def test_a_section_that_has_nothing_to_say_may_be_empty_everywhere(few):
    mute = ReportSection(
        name="mute",
        heading=None,
        text=lambda _: [],
        page=lambda _: [],
        markdown=lambda _: [],
        json=lambda _: {},
    )

    assert list(left_out(mute, few)) == []


def test_renderings_hold_what_the_sections_say(views):
    view = views[2]
    comparison = view.comparison

    told, page = render_text(comparison), render_page(comparison)
    pasted, values = render_markdown(comparison), json.loads(render_json(comparison))

    for section in SECTIONS:
        assert "\n".join(section.text(view) or []) in told
        assert "\n\n".join(section.markdown(view) or []) in pasted
        assert (section.json(view) or {}).keys() <= values.keys()
        if section.page(view) and section.heading:
            assert f'<section id="{section.heading.id}"' in page


def test_one_line_in_the_tuple_is_a_section_in_every_form(few, monkeypatch):
    """What the growth table of docs/architecture.md promises."""
    answer = ReportSection(
        name="answer",
        heading=Heading("answer", "The answer"),
        text=lambda view: headed("the answer", ["it is 42"], view.style),
        page=lambda _: [element("p", "it is 42")],
        markdown=lambda _: ["it is 42"],
        json=lambda _: {"answer": 42},
    )
    for rendering in (text, document, markdown, export):
        monkeypatch.setattr(rendering, "SECTIONS", (*SECTIONS, answer))

    assert "\n\nthe answer\nit is 42\n" in render_text(few.comparison)
    assert ">The answer</h2><p>it is 42</p>" in render_page(few.comparison)
    assert "\n\nit is 42\n" in render_markdown(few.comparison)
    assert json.loads(render_json(few.comparison))["answer"] == 42


def test_names_of_sections_and_keys_of_their_values_are_unique(few):
    names = [section.name for section in SECTIONS]
    keys = [key for section in SECTIONS for key in section.json(few) or {}]

    assert len(names) == len(set(names))
    assert len(keys) == len(set(keys))
