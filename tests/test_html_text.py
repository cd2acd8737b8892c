"""HTML to text with Markdown's marks."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatbot.html_text import decode_html, html_text


def text_of(html: str) -> str:
    return decode_html(html.encode())


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<h1>A</h1><p>One\n  two.</p><p>Three.</p>", "# A\n\nOne two.\n\nThree.\n"),
        ("<h2>B <em>b</em></h2>text", "## B b\n\ntext\n"),
        ("<p>one<br>two</p>", "one\ntwo\n"),
        ("<p>5 &lt; 6 &amp; &#x41;</p>", "5 < 6 & A\n"),
        ("<p>a<b>b</b>c <a href='x'>link</a>.</p>", "abc link.\n"),
        ("<div><div><div>deep</div></div></div>", "deep\n"),
        ("<ul><li>one<li>two</ul><p>after", "- one\n- two\n\nafter\n"),
        ("<ol><li>one</li><li><p>two</p></li></ol>", "1. one\n2. two\n"),
        ("<ul><li>a<ul><li>b</li></ul></li><li>c</li></ul>", "- a\n  - b\n- c\n"),
        (
            "<table><tr><th>Name<th>Price</tr><tr><td>Tea</td><td><p>2 €</p></td></tr></table>after",
            "| Name | Price |\n|---|---|\n| Tea | 2 € |\n\nafter\n",
        ),
        (
            "<table><caption>Fees</caption><thead><tr><th>Day<th>Fee</thead><tbody><tr><td>1<td>2</tbody></table>",
            "Fees\n\n| Day | Fee |\n|---|---|\n| 1 | 2 |\n",
        ),
        (
            "<table><tr><td>A<td><p>One.</p><p>Two.</p><tr><td>x<br>y<td><ul><li>b|c<li>d</ul></table>",
            "| A | One. Two. |\n|---|---|\n| x y | b\\|c; d |\n",
        ),
        (
            "<table><tr><td><a>Home</a><td><h1>Hours</h1><p>Nine.</p><table><tr><td>1<td>2</table></table>end",
            "Home\n\n# Hours\n\nNine.\n\n| 1 | 2 |\n|---|---|\n\nend\n",
        ),
        ("<table><tr><td><pre>1\n2</pre><td><pre>a = 1\nb = 2</pre></table>", "```\na = 1\nb = 2\n```\n"),
        ("<h1>One<br>name</h1>text", "# One name\n\ntext\n"),
        ("<ol start=5><li>five<li value=8>eight<li>nine</ol>", "5. five\n8. eight\n9. nine\n"),
        ("<p># apt install</p><p>```</p><p>===</p>text", "    # apt install\n\n\\```\n\n    ===\n\ntext\n"),
        ("<pre>def f():\n    return 1\n</pre>", "```\ndef f():\n    return 1\n```\n"),
        ("<pre>a\n```\nb</pre>", "````\na\n```\nb\n````\n"),
        ("<p>a<script>alert('<p>x</p>')</script><style>p {}</style><nav><a>menu</a></nav>b</p>", "ab\n"),
        ("<title>The page</title><body>text", "# The page\n\ntext\n"),
        ("<title>The page</title><h1>Its heading</h1>text", "# Its heading\n\ntext\n"),
        ("<p>unclosed <b>bold", "unclosed bold\n"),
        ("plain", "plain\n"),
    ],
)
def test_a_page_becomes_text_with_its_structure(html: str, text: str) -> None:
    assert text_of(html) == text


def test_the_encoding_is_the_one_that_the_page_names() -> None:
    page = "<meta http-equiv='Content-Type' content='text/html; charset=iso-8859-1'><p>café</p>"

    assert decode_html(page.encode("iso-8859-1")) == "café\n"
    assert decode_html("\ufeff<meta charset=iso-8859-1><p>café".encode()) == "café\n"
    for name in (b"nonsense", b"rot13", b"utf-7"):
        assert decode_html(b"<meta charset=" + name + b"><p>caf\xc3\xa9") == "café\n"


def test_a_page_in_another_encoding_than_it_says_is_refused() -> None:
    with pytest.raises(UnicodeDecodeError):
        decode_html(b"<p>caf\xe9</p>")


TAGS = "h1 p div ul ol li table tr td th pre br b script title nav svg".split()
MARKUP = st.lists(
    st.one_of(
        st.sampled_from([f"<{tag}>" for tag in TAGS] + [f"</{tag}>" for tag in TAGS]),
        st.sampled_from(["word ", "<", "&amp;", "<!--", "-->", "\n\n", "  ", "<!DOCTYPE html>", "<![CDATA[", "<p"]),
        st.sampled_from(
            ["<![", "]>", "]]>", "<?", "?>", "<!", "</", "'", '"', "=", f"&#{'9' * 5_000};", "&#x", "\ud800"]
        ),
    ),
    max_size=40,
).map("".join)


@given(MARKUP)
def test_no_page_is_too_broken_to_read(html: str) -> None:
    text = html_text(html)

    assert text.endswith("\n")
    assert text.count("word") <= html.count("word")


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<p>a<![endif]>b<![if x]>c<![CDATA[d]]>e", "abce\n"),
        ("<p>a <!-- <![x]> --> b", "a b\n"),
        (f"<p>a&#{'9' * 5_000};b&#x{'f' * 5_000};c", "a\ufffdb\ufffdc\n"),
        ("<p>1 < 2 <3 <> <- <b>bold</b>", "1 < 2 <3 <> <- bold\n"),
    ],
)
def test_what_no_page_should_hold_is_read_as_browsers_do(html: str, text: str) -> None:
    assert html_text(html) == text


@pytest.mark.parametrize("element", ["button", "nav", "svg", "object", "select"])
def test_what_a_page_opens_and_never_closes_hides_nothing(element: str) -> None:
    assert text_of(f"<p>One <{element}><p>Two<p>Three").split() == ["One", "Two", "Three"]
    assert text_of(f"<p>One <{element}>Two</{element}><p>Three").split() == ["One", "Three"]


def test_deep_nesting_is_no_danger() -> None:
    assert "text" in text_of("<div>" * 50_000 + "text")
    assert text_of("<ul><li>" * 10_000 + "item").rstrip().endswith("- item")
    assert text_of("<table><tr><td>x" * 10_000 + "text").split() == ["x"] * 9_999 + ["xtext"]


@pytest.mark.parametrize("begun", ["<!--", "<a ", "<a href='", "<", "</", "<![CDATA[", "<script>", "&#"])
def test_what_is_begun_a_thousand_times_and_never_ended_is_read_in_linear_time(begun: str) -> None:
    assert decode_html(b"<p>text</p>" + begun.encode() * 50_000).startswith("text")
