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


@pytest.mark.parametrize(
    "front",
    [
        "",
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
    text = f"---\n{front}\n---\ntext\n"

    assert convert(text.encode()).text == text
