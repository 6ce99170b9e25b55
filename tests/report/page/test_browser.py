from __future__ import annotations

import re
from dataclasses import replace
from urllib.parse import unquote

import pytest

from dlrun.comparison import compare
from dlrun.report.page import render_page
from dlrun.studies.search.kept import read_result

pytestmark = pytest.mark.heavy

EVIL = '</script><img src=x onerror="window.hit=1">\u202e"\'&=1+1'
TEXTS = [
    "body", "h1", ".kicker", ".lead", ".note", "summary", "td small", "thead th", "dt",
    ".tag.fine", ".tag.warned", ".word", ".readout", ".tick", ".legend li", "pre code",
    ".tools button", ".configs td b", "tr.drawn .rank",
]  # fmt: skip
CONTRASTS = """selectors => selectors.flatMap(selector => {
    const found = document.querySelector(selector);
    if (!found) return [[selector, 0]];
    const light = text => {
        const parts = text.match(/[\\d.]+/g).slice(0, 3).map(part => part / 255);
        const linear = parts.map(part =>
            part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4);
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2];
    };
    const style = getComputedStyle(found);
    const ink = found instanceof SVGElement ? style.fill : style.color;
    let paper = 'rgba(0, 0, 0, 0)';
    for (let at = found; at && paper === 'rgba(0, 0, 0, 0)'; at = at.parentElement)
        paper = getComputedStyle(at).backgroundColor;
    const [low, high] = [light(ink), light(paper)].sort((one, two) => one - two);
    return [[selector, (high + 0.05) / (low + 0.05)]];
})"""


@pytest.fixture
def show(browser, tmp_path):
    """Open a comparison; what the page asks for and complains of is kept on it."""
    contexts = []

    def open_page(comparison, width=1400, search=None, **options):
        file = tmp_path / "compare.html"
        page = render_page(comparison, search, tmp_path)
        file.write_text(page, encoding="utf-8")
        context = browser.new_context(
            viewport={"width": width, "height": 900}, **options
        )
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(5000)
        page.asked, page.complaints = [], []
        page.on("request", lambda request: page.asked.append(request.url))
        page.on("console", lambda message: page.complaints.append(message.text))
        page.on("pageerror", lambda error: page.complaints.append(str(error)))
        page.goto(file.as_uri())
        return page

    yield open_page
    for context in contexts:
        context.close()


def ranks(page):
    rows = page.locator("#table tbody tr:visible td.rank").all_inner_texts()
    return [int(rank) for rank in rows]


def column(page, head):
    heads = page.locator("#table thead th").all_inner_texts()
    place = [text.strip().split("\n")[0] for text in heads].index(head) + 1
    cells = page.locator(f"#table tbody tr:visible > :nth-child({place})")
    return cells.all_inner_texts()


def test_a_page_asks_for_nothing_and_complains_of_nothing(show, study):
    page = show(study(30, seeds=3))

    page.mouse.wheel(0, 3000)
    page.locator("svg.plot").first.hover()

    assert [url.rsplit("/", 1)[1] for url in page.asked] == ["compare.html"]
    assert page.complaints == []


def test_the_policy_lets_no_other_script_run_and_no_picture_in(show, study):
    page = show(study(3))
    refused = []
    page.on("requestfailed", lambda request: refused.append(request.failure))

    page.evaluate(
        """() => {
            document.body.insertAdjacentHTML('beforeend',
                '<img src="http://127.0.0.1:9/x.png" onerror="window.hit = 1">');
            const script = document.createElement('script');
            script.textContent = 'window.hit = 2';
            document.body.append(script);
        }"""
    )
    page.wait_for_timeout(50)

    assert page.evaluate("window.hit") is None
    assert refused == ["csp"]
    assert any("Content Security Policy" in text for text in page.complaints)


def test_a_click_on_a_head_sorts_up_then_down_then_as_before(show, study):
    page = show(study(30))
    head = page.get_by_role("button", name="after best", exact=True)

    head.click()
    up = [int(text) for text in column(page, "after best")]
    head.click()
    down = [int(text) for text in column(page, "after best")]
    head.click()

    assert up == sorted(up)
    assert down == sorted(down, reverse=True)
    assert ranks(page) == list(range(1, 31))


def test_what_has_no_value_stands_last_either_way(show, study):
    made = study(30)
    first, *others = made.groups
    unknown = replace(first, wasted_epochs=None)
    page = show(replace(made, groups=(unknown, *others)))
    head = page.get_by_role("button", name="after best", exact=True)

    head.click()
    up = ranks(page)
    head.click()
    down = ranks(page)

    assert up[-1] == down[-1] == 1


def test_the_filter_keeps_rows_that_have_every_word(show, study):
    page = show(study(30))

    page.get_by_label("Filter").fill("overfit units=512")

    names = column(page, "group")
    assert names
    assert all("units=512" in name for name in names)
    assert all("overfit" in tag for tag in column(page, "verdict"))
    assert page.locator("#shown").inner_text() == f"{len(names)} of 30 groups"


def test_the_head_of_a_long_table_stays_in_sight(show, study):
    page = show(study(30))
    box = page.locator("#groups .scroll")

    box.evaluate("one => one.scrollTo(0, 600)")

    head = page.locator("#table thead th").first.bounding_box()
    assert head["y"] == pytest.approx(box.bounding_box()["y"], abs=1)


def test_a_thousand_groups_come_a_hundred_at_a_time(show, study):
    page = show(study(1000))

    first = ranks(page)
    page.get_by_role("button", name="Next").click()
    second = ranks(page)
    sparks = page.locator("#table tbody tr:visible svg.spark").count()

    assert first == list(range(1, 101))
    assert second == list(range(101, 201))
    assert sparks == 100


def test_pointing_at_one_panel_reads_off_all_of_them(show, study):
    page = show(study(10, seeds=3))
    panel = page.locator(".panel").nth(2).locator("svg")

    panel.scroll_into_view_if_needed()
    panel.hover(position={"x": 100, "y": 60})

    readouts = page.locator(".readout").all_inner_texts()
    epochs = {re.match(r"epoch (\d+): validation \d", text)[1] for text in readouts}
    assert len(epochs) == 1
    assert page.locator("svg .cross").count() == len(readouts) == 10


def test_arrow_keys_move_along_the_epochs(show, study):
    page = show(study(3))
    panel = page.locator(".panel svg").first

    panel.focus()
    page.keyboard.press("ArrowLeft")
    before = page.locator(".readout").first.inner_text()
    page.keyboard.press("ArrowLeft")
    after = page.locator(".readout").first.inner_text()

    epochs = [int(re.match(r"epoch (\d+)", text)[1]) for text in (before, after)]
    assert epochs[1] == epochs[0] - 1


def test_a_click_on_a_row_adds_its_curves_and_another_removes_them(show, study):
    page = show(study(30, seeds=3))
    row = page.locator("#table tbody tr").nth(9)
    name = row.locator(".label").inner_text()

    row.locator("td.verdict").click()
    added = page.locator(".panel").last
    shown = (added.locator(".label").inner_text(), added.locator("path.line").count())
    row.get_by_role("button").press("Enter")

    assert shown == (name, 3)
    assert page.locator(".panel").count() == 8
    assert row.get_by_role("button").get_attribute("aria-pressed") == "false"


def test_an_added_panel_is_drawn_as_one_that_was_there(show, study):
    page = show(study(3, seeds=3))
    panel = page.locator(".panel").nth(1)
    row = page.locator("#table tbody tr").nth(1)
    lines = """one => [...one.querySelectorAll('.line')]
        .map(line => line.className.baseVal)"""

    before = panel.evaluate(lines)
    box = panel.locator("path.line.validation").bounding_box()
    row.locator("td.verdict").click()
    row.locator("td.verdict").click()

    added = page.locator(".panel").last
    again = added.locator("path.line.validation").bounding_box()
    assert added.evaluate(lines) == before
    assert again["height"] == pytest.approx(box["height"], abs=1)


@pytest.mark.parametrize("size", [1, 3, 30, 1000])
def test_nothing_is_wider_than_the_window(show, study, size):
    page = show(study(size, epochs=20))

    beyond = []
    for width in (1400, 700, 400):
        page.set_viewport_size({"width": width, "height": 900})
        beyond.append(
            page.evaluate("document.documentElement.scrollWidth - innerWidth")
        )

    assert beyond == [0] * 3


def test_long_names_wrap(show, study):
    made = study(5)
    name = "a" * 90
    long = [replace(group, name=f"{name}{group.number}") for group in made.groups]
    made = replace(made, groups=tuple(long), verdict=(f"{name} is best", name * 3))

    page = show(made, width=400)

    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") == 0


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_stands_out_from_its_ground(show, study, scheme):
    page = show(study(30, seeds=3), color_scheme=scheme)

    contrasts = dict(page.evaluate(CONTRASTS, TEXTS))

    assert {name: ratio for name, ratio in contrasts.items() if ratio < 4.5} == {}


def test_without_javascript_the_page_is_whole(show, study):
    page = show(study(30, seeds=3), java_script_enabled=False)

    assert page.locator("#table tbody tr:visible").count() == 30
    assert page.locator(".panel svg path.line").count() >= 16
    assert page.locator("#tools").is_hidden()
    page.get_by_text("The numbers of these curves").click()
    assert page.locator("#curves details tbody tr:visible").count() == 50


def test_texts_of_files_stay_texts(show, study):
    made = study(3, seeds=3)
    evil = [
        replace(group, name=f"{EVIL} {group.number}", tag=EVIL) for group in made.groups
    ]
    made = replace(made, groups=tuple(evil), caveats=(EVIL,), verdict=(EVIL, EVIL))

    page = show(made)
    page.locator("#table tbody td.score").first.click()
    page.locator("#table tbody td.score").first.click()

    assert page.evaluate("window.hit") is None
    assert page.complaints == []
    assert "\\u202e" in page.locator("h1").inner_text()
    assert "onerror" in page.locator(".panel .label").last.inner_text()
    assert page.locator("img").count() == 0


def test_the_table_and_the_curves_can_be_saved_as_csv(show, study):
    made = study(3, seeds=3)
    groups = [replace(group, name=f'=1+1,"{group.number}') for group in made.groups]
    page = show(replace(made, groups=tuple(groups)))

    texts = []
    for name in ("Table as CSV", "Curves as CSV"):
        with page.expect_download() as download:
            page.get_by_role("button", name=name).click()
        texts.append(download.value.path().read_text().splitlines())

    table, curves = texts
    assert table[0].startswith("#,group,val_loss,difference,verdict,")
    assert table[1].startswith('1,"\'=1+1,""1",')
    assert curves[0] == "group,part,epoch,val_loss,low,high"
    assert len(curves) == 1 + 3 * 2 * 50


def test_paper_is_white_has_no_buttons_and_holds_the_table(show, study):
    page = show(study(10, seeds=3), width=1030)

    page.emulate_media(media="print", color_scheme="dark")

    assert page.locator("#tools").is_hidden()
    paper = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert paper == "rgb(255, 255, 255)"
    assert page.evaluate("document.documentElement.scrollWidth") == 1030


GOALS = ["max val_accuracy", "min parameters"]
KINDS = {
    "one goal": ("max val_accuracy", lambda n: "not a number" if n == 7 else n / 40),
    "a front": (GOALS, lambda n: (n / 40, 90.0 * (n % 9))),
    "halving": ("max val_accuracy", lambda n: n / 40 if n % 9 == 0 else {4: n / 50}),
}


@pytest.fixture
def searched(make_search):
    """A search of thirty trials of a space whose names are long, and its comparison."""

    def make(kind):
        goal, score = KINDS[kind]
        rate = "compile.optimizer[1].SGD.learning_rate"
        columns = "data.columns.a_column_of_a_table_with_a_long_name"
        space = {
            "model.layers.hidden1.units": {"int": [16, 512], "log": True},
            columns: [["scale"], [{"impute": {"method": "median"}}, "scale"]],
            "compile.optimizer": [
                "adam",
                {"SGD": {"learning_rate": {"float": [0.001, 1], "log": True}}},
            ],
            **{f"vars.{name}": [1, 2, 3] for name in "abcdefgh"},
        }
        rest = {columns: 1, **{f"vars.{name}": 0 for name in "abcdefgh"}}
        trials = [
            (
                {"model.layers.hidden1.units": 16 + n, "compile.optimizer": n % 2}
                | ({rate: 0.001 * (n + 1)} if n % 2 else {})
                | rest,
                score(n),
            )
            for n in range(30)
        ]
        folder = make_search(
            space, trials, goal, name="a-search-with-a-name", runs=True
        )
        return compare(folder.runs()), read_result(folder)

    return make


@pytest.mark.parametrize("kind", KINDS)
def test_the_page_of_a_search_fits_any_window_and_shows_every_trial(
    show, searched, kind
):
    comparison, search = searched(kind)
    page = show(comparison, search=search)

    beyond = []
    for width in (1280, 800, 400):
        page.set_viewport_size({"width": width, "height": 900})
        beyond.append(
            page.evaluate("document.documentElement.scrollWidth - innerWidth")
        )
    page.get_by_text("All 30 trials").click()
    rows = page.locator("details.numbers", has_text="All 30 trials").locator("tbody tr")
    link = rows.first.get_by_role("link")

    assert beyond == [0] * 3
    assert rows.count() == 30
    assert rows.last.is_visible()
    run = unquote(link.get_attribute("href"))
    assert run == f"runs/a-search-with-a-name.search/trials/{link.inner_text()}/"
    assert page.locator(".parallel title", has_text="trial").count() == 31
    ends = page.evaluate(
        """() => [...document.querySelectorAll('.plot text, .parallel text')]
            .filter(one => {
                const box = one.getBoundingClientRect();
                const whole = one.closest('svg').getBoundingClientRect();
                return box.left < whole.left - 1 || box.right > whole.right + 1;
            }).map(one => one.textContent)"""
    )
    assert ends == []
    assert page.complaints == []
