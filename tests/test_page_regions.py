"""The main text of a page, told from what stands around it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatbot.html_text import html_text, main_text

TEXT = "This is the text of the page, which has some sentences that go on for a while and say what it is about. "
MENU = "<ul>" + "".join(f"<li><a href='/{name}'>{name}</a></li>" for name in ("Home", "News", "Shop", "Help")) + "</ul>"


def page(body: str) -> str:
    return f"<html><head><title>The shop</title></head><body>{body}</body></html>"


@pytest.mark.parametrize(
    "body",
    [
        f"<div>{MENU}</div><main><h1>Hours</h1><p>{TEXT * 3}</p></main><div>{MENU}<p>Imprint of the shop</p></div>",
        f"<header>{MENU}</header><div class='post-content'><h1>Hours</h1><p>{TEXT * 3}</p></div><footer>End</footer>",
        f"<div id=sidebar><div>{MENU}</div><p>{TEXT[:40]}</p></div><h1>Hours</h1><p>{TEXT * 3}</p><aside>Ad</aside>",
        f"{MENU}<h1>Hours</h1><p>{TEXT * 3}</p>{MENU}<p>Imprint</p>",
        f"<div role=main><h1>Hours</h1><p>{TEXT * 3}</p></div><div role=contentinfo><p>{TEXT}</p></div>",
        f"<article><h1>Hours</h1><p>{TEXT * 3}</p><div class=share>{MENU}</div><p hidden>No</p></article>",
    ],
)
def test_what_stands_around_the_text_goes(body: str) -> None:
    assert main_text(page(body)) == f"# Hours\n\n{(TEXT * 3).strip()}\n"


@pytest.mark.parametrize(
    "body",
    [
        f"<div class='sidebar'><h1>Hours</h1><p>{TEXT * 3}</p></div><p>Imprint</p>",
        "<h1>Hours</h1><p>Nine to five.</p>",
        f"<main><p>A word</p></main><div><h1>Hours</h1><p>{TEXT * 3}</p></div>",
        f"<h1>Links</h1>{MENU}",
        "<h1>Hours</h1><table><tr><th>Day<th>Hour</tr><tr><td>Monday<td>nine</tr></table><pre>code</pre>",
    ],
)
def test_where_too_little_would_be_left_all_is_kept(body: str) -> None:
    lost = set(html_text(page(body)).split()) - set(main_text(page(body)).split())

    assert lost <= {"Imprint", "A", "word"}


def test_a_text_in_a_script_without_spaces_is_text() -> None:
    text = "すべての人間は、生まれながらにして自由であり、かつ、尊厳と権利とについて平等である。" * 6

    assert main_text(page(f"{MENU}<p>{text}</p>{MENU}")).endswith(f"{text}\n")


def test_a_few_links_in_the_text_stay_in_it() -> None:
    body = f"<main><p>{TEXT * 3}</p><ul><li><a>One</a></li><li><a>Two</a></li></ul><p>{TEXT}</p></main>"

    assert "- One\n- Two" in main_text(page(body))


PIECES = st.sampled_from(
    [
        "<main>",
        "</main>",
        "<div class=sidebar>",
        "</div>",
        "<div>",
        "<a>",
        "</a>",
        "<footer>",
        "</footer>",
        "<p>",
        "</ul>",
        MENU,
        TEXT,
        "word ",
        "<pre>",
        "</pre>",
        "<table><tr><td>",
        "</table>",
        "<h2>",
        "</h2>",
        "<article hidden>",
    ]
)


@given(st.lists(PIECES, max_size=25).map("".join))
def test_no_page_has_more_main_text_than_text_and_none_is_left_without(body: str) -> None:
    whole, main = html_text(page(body)), main_text(page(body))

    assert main.count("text") <= whole.count("text")
    assert bool(main.strip()) == bool(whole.strip())
