"""Markdown: as it stands, with what its front matter says of it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatbot.retrieval.formats.markdown import convert


def test_front_matter_gives_title_and_metadata_and_stays_in_the_text() -> None:
    text = "---\ntitle: Opening  hours\ntags: [shop, summer]\ndate: 2026-11-02\ndraft: false\nrank: 2\n---\n# Hours\n"

    found = convert(text.encode())

    assert found.text == text
    assert found.title == "Opening hours"
    assert found.metadata == {"tags": ("shop", "summer"), "date": "2026-11-02", "draft": False, "rank": 2}


def test_so_does_that_of_pages_written_for_hugo() -> None:
    text = '+++\ntitle = "Opening hours"\ntags = ["shop"]\ndate = 2026-11-02\n[params]\nrank = 2\n+++\nText.\n'
    found = convert(text.replace("\n", "\r\n").encode())

    assert (found.title, found.metadata) == ("Opening hours", {"tags": ("shop",), "date": "2026-11-02"})


@pytest.mark.parametrize(
    "front",
    [
        "",
        "+++\ntitle = \n+++\n",
        "+++\ntitle = 'A'\n",
        "+++\na = " + "[" * 5_000 + "\n+++\n",
        "---\n[1, 2]\n---\n",
        "---\na: [\n---\n",
        "---\ndate: 2026-99-99\n---\n",
        "---\ntitle: A\n",
        "text\n---\ntitle: A\n---\n",
        "---\na: &a [x, x]\nb: &b [*a, *a]\n---\n",
        "---\n1: 2\nx: {y: z}\nnothing:\n---\n",
        "---\n!!python/object:os.system x\n---\n",
        "---\n" + "[" * 5_000 + "\n---\n",
    ],
)
def test_what_is_no_front_matter_is_text_like_any_other(front: str) -> None:
    found = convert(f"{front}# A\n".encode())

    assert found.text == f"{front}# A\n"
    assert (found.title, dict(found.metadata)) == ("", {})


@given(st.text(st.sampled_from("ab:-[]{}\"'!&*#|> \n1.,"), max_size=60))
def test_front_matter_of_any_kind_is_read_or_passed_over(front: str) -> None:
    for mark in ("---", "+++"):
        text = f"{mark}\n{front}\n{mark}\ntext\n"

        assert convert(text.encode()).text == text
