from __future__ import annotations

import base64
import hashlib
import re
import time
import tomllib
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest

from dlrun.comparison.reading import Gain
from dlrun.report.page import render_page

ROOT = Path(__file__).parents[3]
EVIL = "</script><script>alert(1)</script>\u202e\"'<!--"


class Reader(HTMLParser):
    """Collects the tags, attributes and words of a page, and sees to their nesting."""

    VOID = frozenset({"br", "col", "input", "link", "meta", "wbr"})

    def __init__(self, text):
        super().__init__()
        self.open, self.tags, self.attributes, self.words = [], [], [], []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.tags.append(tag)
        self.attributes += [(tag, *pair) for pair in attributes]
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.words.append(data)


def test_the_same_comparison_gives_the_same_bytes(study):
    pages = [render_page(study(30, seeds=3)) for _ in range(2)]

    assert pages[0] == pages[1]


@pytest.mark.parametrize(
    ("groups", "seeds", "most"),
    [(30, 1, 200_000), (10, 3, 200_000), (6, 5, 200_000), (1000, 1, 2e6)],
)
def test_a_page_is_small_and_quick(study, groups, seeds, most):
    made = study(groups, seeds)

    start = time.process_time()
    page = render_page(made)
    seconds = time.process_time() - start

    assert len(page.encode()) < most
    assert seconds < 3


@pytest.mark.parametrize("groups", [1, 2, 3, 12, 70])
def test_a_page_is_well_formed_and_its_ids_are_unique(study, groups):
    reader = Reader(render_page(study(groups, seeds=2)))

    ids = [value for _, name, value in reader.attributes if name == "id"]
    assert reader.open == []
    assert len(ids) == len(set(ids))


def test_the_policy_allows_this_style_and_this_script_alone(study):
    page = render_page(study(3))

    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', page)[1]
    digests = [
        base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        for text in (
            re.search(r"<style>(.*?)</style>", page, re.S)[1],
            re.search(r"<script>(.*?)</script>", page, re.S)[1],
        )
    ]
    assert policy.replace("&#x27;", "'") == (
        f"default-src 'none'; style-src 'sha256-{digests[0]}'; "
        f"script-src 'sha256-{digests[1]}'; img-src data:; base-uri 'none'; "
        "form-action 'none'"
    )


def test_nothing_on_a_page_is_blocked_by_its_policy(study):
    reader = Reader(render_page(study(30, seeds=3)))

    names = {name for _, name, _ in reader.attributes}
    assert not {name for name in names if name == "style" or name.startswith("on")}
    assert not names & {"src", "href"}


def test_texts_of_files_are_escaped(study):
    made = study(3, seeds=2)
    groups = [
        replace(
            one,
            name=f"{EVIL}{one.number}",
            tag=EVIL,
            settings=dict.fromkeys(one.settings, EVIL),
        )
        for one in made.groups
    ]
    rows = [replace(row, run=EVIL, reason=EVIL) for row in made.rows]
    made = replace(
        made, groups=tuple(groups), rows=tuple(rows), metric=EVIL, caveats=(EVIL,)
    )

    page = render_page(made)

    assert "alert(1)</script>" not in page
    assert "\u202e" not in page
    assert Reader(page).tags.count("script") == 2


def test_an_option_in_a_sentence_is_not_broken_behind_its_hyphens(study):
    made = study(3, seeds=1)
    words = "none is called better; train with --seeds 5 to tell."

    page = render_page(replace(made, verdict=(words, f"so --json: {EVIL}")))

    assert 'train with <span class="option">--seeds 5</span> to tell.' in page
    assert 'so <span class="option">--json</span>: ' in page
    assert ".option { white-space: nowrap; }" in page


def test_every_picture_has_words_or_stands_beside_them(study):
    reader = Reader(render_page(study(70, seeds=2)))

    pictures = [
        value for tag, name, value in reader.attributes
        if tag == "svg" and name in {"aria-label", "aria-hidden"}
    ]  # fmt: skip
    assert len(pictures) == reader.tags.count("svg")
    labels = [value for value in pictures if value not in {"true", ""}]
    assert any("best validation" in label for label in labels)


def test_sections_come_in_the_order_of_their_weight(study):
    reader = Reader(render_page(study(12, seeds=3)))

    sections = [
        value
        for tag, name, value in reader.attributes
        if (tag, name) == ("section", "id")
    ]
    assert sections == [
        "warnings", "groups", "curves", "landscape", "effects", "configs", "advice",
        "origin",
    ]  # fmt: skip


def test_the_gains_of_pseudo_labels_are_a_section_with_a_picture_per_group(study):
    made = study(3, seeds=2)
    gain = Gain({"val_accuracy": 0.8}, {"val_accuracy": 0.1}, 2)
    rows = [replace(row, gain=gain if row.group < 3 else None) for row in made.rows]

    page = render_page(replace(made, rows=tuple(rows)))

    assert Reader(page).open == []
    (section,) = re.findall(r'<section id="gains".*?</section>', page, re.S)
    assert section.count('class="interval"') == 2
    assert "val_accuracy, by which rounds were chosen" in section
    assert 'id="gains"' not in render_page(made)


def test_a_line_stands_below_the_groups_that_are_tied_with_the_best(study):
    made = study(16, seeds=3)

    page = render_page(made)
    again = render_page(replace(made, groups=made.groups[::-1]))

    assert re.findall(r'<tr data-g="(\d+)" class="cut">', page) == ["3"]
    assert "cut" not in re.findall(r'<tr data-g="\d+" class="(\w+)">', again)


def test_groups_without_any_number_have_a_page(study):
    made = study(2, seeds=2)
    bare = [
        replace(
            group, score=None, train=None, gap=None, gap_at_end=None, best_epoch=None,
            epochs=0, onset=None, wasted_epochs=None, tag="", parameters=None,
            seconds_per_epoch=None, difference=None,
        )
        for group in made.groups
    ]  # fmt: skip
    empty = replace(made.canned[0], train=None, validation=None)

    page = render_page(
        replace(made, groups=tuple(bare), canned=(empty, empty), effects=(), verdict=())
    )

    assert "Nothing to compare yet" in page


def test_of_very_many_effects_the_largest_are_on_the_page(study):
    made = study(10, 3)
    many = made.effects * (300 // len(made.effects) + 1)

    page = render_page(replace(made, effects=many))

    words = "".join(Reader(page).words)
    assert f"The 200 largest of {len(many)} effects; all: --json." in words
    assert "176 smaller effects" in page


def test_style_and_script_are_in_the_package():
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())

    patterns = settings["tool"]["setuptools"]["package-data"]["dlrun"]
    package = ROOT / "src" / "dlrun"
    packed = {path for pattern in patterns for path in package.glob(pattern)}
    assert {
        package / "report/page/style.css",
        package / "report/page/script.js",
    } <= packed
