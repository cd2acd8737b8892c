"""The report of a run in a real browser: whole, closed to everything outside, and usable on a desk and on a phone."""

from __future__ import annotations

from collections.abc import Iterator
from html import unescape
from pathlib import Path

import pytest
from browser import PROGRAM, Browser, Page
from reported import reported

from chatbot.errors import ProjectError
from chatbot.evaluation.report import write_report
from chatbot.evaluation.report.page import page, report_of

needs_browser = pytest.mark.skipif(PROGRAM is None, reason="there is no Chromium here")


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("report")
    bench, record = reported(folder)
    path = folder / "out" / "report.html"
    write_report(bench, record, path, changed=("the items changed since",))
    return path


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with Browser() as started:
        yield started


def opened(browser: Browser, path: Path, width: int = 1280) -> Page:
    shown = browser.open(path, width=width)
    shown.wait("document.documentElement.dataset.ready")
    return shown


COUNT = "document.querySelector('.count').textContent"


def choose(page: Page, label: str, value: str) -> None:
    """Sets a filter, as a person does."""
    found = f"[...document.querySelectorAll('.filters label')].find((each) => each.textContent.startsWith('{label}'))"
    page.value(
        f"(() => {{ const field = {found}.querySelector('select, input'); field.value = '{value}';"
        " for (const kind of ['input', 'change']) field.dispatchEvent(new Event(kind)); })()"
    )


def test_the_same_run_gives_the_same_page(tmp_path: Path) -> None:
    bench, record = reported(tmp_path, items=6)
    assert page(report_of(bench, record)) == page(report_of(bench, record))


def test_a_file_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    bench, record = reported(tmp_path, items=2)
    with pytest.raises(ProjectError, match="cannot be written"):
        write_report(bench, record, tmp_path)


def test_the_page_forbids_every_other_script_and_every_request(written: Path) -> None:
    text = written.read_text(encoding="utf-8")
    policy = unescape(text.split('content="', 1)[1].split('"')[0])
    assert policy.startswith("default-src 'none'; style-src 'sha256-") and "unsafe" not in policy
    assert "<script>document.title" not in text and "Sums &lt;b&gt;in four ways" in text


@needs_browser
@pytest.mark.parametrize("width", [1280, 375])
def test_it_opens_without_an_error_a_request_or_a_sideways_scroll(browser: Browser, written: Path, width: int) -> None:
    shown = opened(browser, written, width)
    shown.value("for (const each of document.querySelectorAll('.list details')) each.open = true")
    shown.wait("document.querySelectorAll('.opened').length >= 50")
    assert shown.console == [] and shown.requests == [written.as_uri()]
    assert shown.value("document.documentElement.scrollWidth") <= width
    assert shown.value("document.title").startswith("sums: steps is better than direct")


@needs_browser
def test_the_verdict_stands_first_and_every_section_has_its_heading(browser: Browser, written: Path) -> None:
    shown = opened(browser, written)
    assert shown.value("document.querySelector('h1').textContent").startswith("steps is better than direct, by ")
    headings = shown.value("[...document.querySelectorAll('h2')].map((each) => each.textContent)")
    assert headings == [
        "Variants", "Differences", "What an answer takes", "By tag", "Items", "To repeat this run",
    ]  # fmt: skip
    assert "the items changed since" in shown.value("document.querySelector('header').textContent")


@needs_browser
def test_items_are_filtered_by_what_came_of_them_and_by_their_words(browser: Browser, written: Path) -> None:
    shown = opened(browser, written)
    assert shown.value(COUNT) == "120 of 120 items"
    choose(shown, "Show", "discordant")
    shown.wait(f"{COUNT} !== '120 of 120 items'")
    ends = "[...document.querySelectorAll('.list .ends')].map((each) => [...each.children].slice(0, 2)"
    differing = shown.value(f"{ends}.map((end) => end.className))")
    assert differing and all(one != two for one, two in differing)
    choose(shown, "Show", "unscored")
    shown.wait("document.querySelectorAll('.list > li').length < 5")
    assert "i17" in shown.value("document.querySelector('.list').textContent")
    choose(shown, "Show", "all")
    choose(shown, "Tag", "large")
    shown.wait(f"{COUNT} === '60 of 120 items'")
    choose(shown, "Search", "What is 77 + 77")
    shown.wait(f"{COUNT} === '1 of 120 items'")


@needs_browser
def test_an_item_shows_both_replies_with_what_is_new_and_its_whole_transcript(browser: Browser, written: Path) -> None:
    shown = opened(browser, written)
    shown.value("document.querySelector('.list details').open = true")
    shown.wait("document.querySelector('.opened')")
    assert shown.value("document.querySelectorAll('.opened .side').length") >= 2
    shown.value(
        "[...document.querySelectorAll('.opened details')].forEach((each) => { each.open = true; })",
    )
    shown.wait("document.querySelector('.effect')")
    told = shown.value("document.querySelector('.effect').textContent")
    assert "generate" in told and "answer with a sum" in told


@needs_browser
def test_words_of_models_and_datasets_never_become_markup(browser: Browser, written: Path) -> None:
    shown = opened(browser, written)
    choose(shown, "Search", "stolen")
    shown.wait(f"{COUNT} === '2 of 120 items'")
    shown.value("for (const each of document.querySelectorAll('details')) each.open = true")
    shown.wait("document.querySelectorAll('.opened').length === 2")
    assert shown.value("document.querySelectorAll('.opened script, .opened img, .opened h1').length") == 0
    assert "onerror" in shown.value("document.querySelector('.list').textContent")
    assert shown.value("document.title").startswith("sums: ") and shown.requests == [written.as_uri()]


@needs_browser
def test_it_can_be_used_with_a_keyboard_and_read_aloud(browser: Browser, written: Path) -> None:
    shown = opened(browser, written)
    shown.value("document.querySelector('.list summary').focus()")
    shown.press("Enter")
    shown.wait("document.querySelector('.opened')")
    roles = shown.names()
    assert ("heading", "Differences") in roles and ("searchbox", "Search") in roles
    assert any(role == "rowheader" and name == "steps" for role, name in roles)
    assert not any(role == "img" and not name for role, name in roles)


@needs_browser
def test_on_paper_there_are_no_controls_and_in_the_dark_it_is_dark(browser: Browser, written: Path) -> None:
    shown = opened(browser, written)
    shown.media(media="print")
    assert shown.value("getComputedStyle(document.querySelector('.filters')).display") == "none"
    assert shown.is_dark_in_the_dark()


@needs_browser
def test_of_a_run_too_large_for_a_page_the_most_telling_items_are_held(browser: Browser, tmp_path: Path) -> None:
    bench, record = reported(tmp_path, items=60, more="repeats: 2\n")
    path = tmp_path / "part.html"
    path.write_text(page(report_of(bench, record, most=1)), encoding="utf-8")
    shown = opened(browser, path)
    assert shown.value(COUNT) == "50 of 50 items"
    assert "Of 60 items the page holds 50" in shown.value("document.querySelector('main').textContent")
    assert "Samples" in shown.value("document.querySelector('main').textContent")
