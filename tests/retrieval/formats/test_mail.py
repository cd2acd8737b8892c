"""E-mail: who, when, what about, the text, and what is attached."""

from __future__ import annotations

from contextlib import suppress
from email.message import EmailMessage

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatbot.errors import KnowledgeError
from chatbot.retrieval.formats.mail import convert


def message(subject: str = "Café hours", text: str = "We open at nine.\n") -> EmailMessage:
    made = EmailMessage()
    made["From"], made["To"], made["Subject"] = "Shop <shop@example.org>", "you@example.org", subject
    made["Date"] = "Mon, 02 Nov 2026 10:00:00 +0100"
    made.set_content(text)
    return made


def test_a_message_is_headed_by_its_subject_and_says_who_wrote_when() -> None:
    found = convert(message().as_bytes())

    assert found.text == (
        "# Café hours\n\nFrom: Shop <shop@example.org>\nTo: you@example.org\nDate: Mon, 02 Nov 2026 10:00:00 +0100\n"
        "\nWe open at nine.\n"
    )
    assert found.title == "Café hours"
    assert found.metadata["date"] == "2026-11-02"
    assert not found.has_lines


def test_of_text_and_page_that_say_the_same_the_text_is_read() -> None:
    made = message()
    made.add_alternative("<p>We open at <b>nine</b>, says the page.</p>", subtype="html")

    assert "says the page" not in convert(made.as_bytes()).text


def test_a_message_that_is_a_page_alone_is_read_as_a_page() -> None:
    made = message()
    made.set_content("<h1>Hours</h1><p>Nine to <b>five</b>.</p>", subtype="html", charset="iso-8859-1")

    assert "# Hours\n\nNine to five.\n" in convert(made.as_bytes()).text


def test_what_is_attached_is_named_and_a_message_in_it_is_read() -> None:
    made = message()
    made.add_attachment(b"%PDF", maintype="application", subtype="pdf", filename="menu.pdf")
    made.add_attachment(message("The first one", "It was forwarded.\n"))

    text = convert(made.as_bytes()).text

    assert "Attached: menu.pdf" in text
    assert "Subject: The first one" in text and "It was forwarded." in text


@pytest.mark.parametrize("data", [b"", b"just text", b"\0\1\2", b"\xff\xfe"])
def test_what_is_no_message_is_refused(data: bytes) -> None:
    with pytest.raises(KnowledgeError, match="no e-mail"):
        convert(data)


WHOLE = message("Seed")
WHOLE.add_alternative("<p>page</p>", subtype="html")
WHOLE.add_attachment(message("inner"))


@given(st.integers(0, len(WHOLE.as_bytes())), st.binary(max_size=12))
def test_a_damaged_message_is_read_or_refused(at: int, junk: bytes) -> None:
    data = WHOLE.as_bytes()
    for damaged in (data[:at] + junk + data[at + len(junk) :], data[:at] + junk):
        with suppress(KnowledgeError):
            assert convert(damaged).text
