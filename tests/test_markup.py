"""Markup: nobody's words become a tag."""

from __future__ import annotations

from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatbot.markup import Markup, closed_page, fit, joined, tag

HOSTILE = st.text() | st.text(st.sampled_from("<>&\"'/=`abc \0\ud800\x1b"))


class Read(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data


def read(markup: Markup) -> Read:
    reader = Read()
    reader.feed(markup)
    reader.close()
    return reader


@given(HOSTILE, HOSTILE)
def test_any_text_stays_text_inside_an_element_and_an_attribute(text: str, value: str) -> None:
    found = read(tag("p", text, title=value))
    assert found.tags == [("p", {"title": fit(value)})]
    assert found.text == fit(text)


def test_markup_is_not_escaped_twice_and_nothing_is_nothing() -> None:
    assert tag("p", "2 < 3 ", tag("b", "&"), None, [1, "x"]) == "<p>2 &lt; 3 <b>&amp;</b>1x</p>"
    assert tag("input", type="text", disabled=True, hidden=False) == '<input type="text" disabled>'
    assert tag("label", "a", for_="b", data_label="c") == '<label for="b" data-label="c">a</label>'
    assert joined("<", Markup("<br>")) == "&lt;<br>"


def test_characters_that_no_page_can_hold_are_replaced() -> None:
    assert fit("a\0b\ud800c\x1b") == "a\ufffdb\ufffdc\ufffd" and fit("tab\tline\n") == "tab\tline\n"


def test_names_that_are_none_are_refused() -> None:
    with pytest.raises(ValueError, match="no element"):
        tag("p><script")
    with pytest.raises(ValueError, match="no attribute"):
        tag("p", **{"on x": "y"})


def test_a_closed_page_allows_its_own_style_and_script_and_no_other() -> None:
    page = closed_page("5 < 6", "p {}", tag("p", "Hello"), script="run()")
    assert page.count("sha256-") == 2 and "default-src &#x27;none&#x27;" in page
    assert "<title>5 &lt; 6</title>" in page and page.endswith("<script>run()</script></body></html>\n")
    assert "script" not in closed_page("t", "p {}", tag("p", "Hello"))
