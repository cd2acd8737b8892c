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


def parts(*texts: str) -> EmailMessage:
    """A message of several texts with pictures between them, as mail programs of telephones write it."""
    made = message()
    made.make_mixed()
    for number, text in enumerate(texts):
        if number:
            made.add_attachment(b"\x89PNG", maintype="image", subtype="png", filename="a.png", disposition="inline")
            made.add_attachment(text, disposition="inline")
        else:
            next(made.iter_parts()).set_content(text)
    return made


def test_the_texts_between_pictures_are_read_in_their_order() -> None:
    text = convert(parts("Here is the door.\n", "Its code is 7781.\n", "Bye.\n").as_bytes()).text

    assert text.endswith("\n\nHere is the door.\n\nIts code is 7781.\n\nBye.\n")
    assert "Attached: a.png, a.png" in text


def test_so_are_those_of_a_message_that_was_forwarded_below_a_head_without_empty_lines() -> None:
    made = message()
    made.add_attachment(parts("One.\n", "Two.\n"))

    assert convert(made.as_bytes()).text.endswith(
        "We open at nine.\n\nSubject: Café hours\nFrom: Shop <shop@example.org>\nTo: you@example.org\n"
        "Date: Mon, 02 Nov 2026 10:00:00 +0100\n\nOne.\n\nTwo.\n"
    )


def test_where_the_plain_text_is_empty_the_page_is_read() -> None:
    made = message(text="\n")
    made.add_alternative("<p>The train leaves at nine.</p>", subtype="html")

    assert convert(made.as_bytes()).text.endswith("\n\nThe train leaves at nine.\n")


def test_a_text_that_is_attached_as_a_file_is_named_and_not_read() -> None:
    made = message()
    made.add_attachment("The log.\n", filename="log.txt")
    text = convert(made.as_bytes()).text

    assert "Attached: log.txt" in text
    assert "The log." not in text


@pytest.mark.parametrize("encoding", ["utf-8", "latin-1"])
def test_letters_that_stand_in_the_head_as_they_are_are_read(encoding: str) -> None:
    data = "From: Shop <shop@example.org>\nSubject: =?utf-8?q?Gr=C3=BC=C3=9Fe?= Rückgabe\n\nHallo\n".encode(encoding)

    assert convert(data).title == "Grüße Rückgabe"


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
