"""The page of a view in a real browser: whole, closed to everything outside, and usable on a desk and on a phone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from html import unescape
from pathlib import Path

import pytest
from browser import PROGRAM, Browser
from decode_views import view

from chatbot.decode_view.page import page, write_page
from chatbot.errors import ProjectError

needs_browser = pytest.mark.skipif(PROGRAM is None, reason="there is no Chromium here")

SHOWN = "[...document.querySelectorAll('.step')].filter((each) => each.offsetHeight).map((each) => each.id).join()"


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("pages") / "out" / "decode.html"
    write_page(view(), path)
    return path


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with Browser() as started:
        yield started


def test_nothing_in_the_page_is_markup_but_the_pages_own(written: Path) -> None:
    text = written.read_text(encoding="utf-8")
    assert "Which &lt;i&gt;city&lt;/i&gt;?" in text and "&lt;b&gt;Paris&lt;/b&gt;" in text
    assert "<b>Paris" not in text and "<script" not in text
    policy = unescape(text.split('content="', 1)[1].split('"')[0])
    assert policy.startswith("default-src 'none'; style-src 'sha256-") and "unsafe" not in policy


def test_the_same_view_gives_the_same_page() -> None:
    assert page(view()) == page(view())


def test_a_file_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    with pytest.raises(ProjectError, match="cannot be written"):
        write_page(view(), tmp_path)


def test_a_view_without_tokens_has_a_page() -> None:
    text = page(replace(view(), steps=(), tree=(), written=(), text=""))
    assert "(nothing)" in text and "One token at a time" not in text


@needs_browser
@pytest.mark.parametrize("width", [375, 1200])
def test_it_fits_the_screen_and_asks_for_nothing(browser: Browser, written: Path, width: int) -> None:
    shown = browser.open(written, width=width)
    assert shown.value("document.documentElement.scrollWidth") <= width
    assert shown.requests == [written.as_uri()] and shown.console == []
    assert shown.value("getComputedStyle(document.querySelector('.now')).fill") == "rgb(74, 134, 200)"
    assert shown.value("Math.round(100 * document.querySelector('.whole .now').getAttribute('width')) / 100") == 52


@needs_browser
def test_a_keyboard_walks_from_token_to_token(browser: Browser, written: Path) -> None:
    shown = browser.open(written)
    assert shown.value(SHOWN) == "s1"
    shown.press("Tab")
    assert shown.value("document.activeElement.id") == "t1"
    for _ in range(2):
        shown.press("ArrowRight")
    assert shown.value(SHOWN) == "s3"
    assert "rank 2" in shown.value("document.querySelector('#s3 h3').textContent")
    shown.media(media="print")
    assert shown.value(SHOWN) == "s1,s2,s3,s4"


@needs_browser
def test_a_dark_screen_gets_a_dark_page(browser: Browser, written: Path) -> None:
    assert browser.open(written).is_dark_in_the_dark()


@needs_browser
def test_a_screen_reader_meets_every_token_and_figure(browser: Browser, written: Path) -> None:
    names = browser.open(written).names()
    assert [role for role, _ in names].count("radio") == 4
    assert ("heading", "What each strategy writes") in names
    assert any(role == "radio" and "␣capital" in name and "81.0 %" in name for role, name in names)
