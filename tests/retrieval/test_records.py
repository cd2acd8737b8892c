"""Records to documents: right ones taken as they are, wrong ones refused by name."""

from __future__ import annotations

import math

import pytest

from chatbot.errors import KnowledgeError
from chatbot.retrieval.records import documents_of


def test_a_record_becomes_a_document() -> None:
    (document,) = documents_of([{"id": "a", "text": "t", "title": "T", "metadata": {"year": 2020, "open": None}}])

    assert (document.source, document.text, document.title, document.is_file) == ("a", "t", "T", False)
    assert document.metadata == {"year": 2020, "open": None}


def test_title_and_metadata_may_be_missing_or_none_and_other_keys_do_not_matter() -> None:
    (document,) = documents_of([{"id": "a", "text": "", "title": None, "metadata": None, "author": ["x"]}])

    assert (document.title, document.metadata) == ("", {})


def test_what_sqlite_cannot_hold_is_replaced_character_by_character() -> None:
    (document,) = documents_of([{"id": "a", "text": "x\ud83dy\0z", "title": "\udc00", "metadata": {"k": "\ud800"}}])

    assert document.text == "x�y\ufffdz"
    assert (document.title, document.metadata) == ("\ufffd", {"k": "?"})


@pytest.mark.parametrize(
    ("record", "message"),
    [
        ({"text": "t"}, "record 2 has the id None"),
        ({"id": 7, "text": "t"}, "record 2 has the id 7"),
        ({"id": " ", "text": "t"}, "record 2 has the id ' '"),
        ({"id": "\ud800", "text": "t"}, "record 2 has the id"),
        ({"id": "x"}, "the text of record 'x' is None"),
        ({"id": "x", "text": b"t"}, "the text of record 'x' is a bytes"),
        ({"id": "x", "text": "t", "title": 5}, "the title of record 'x' is 5"),
        ({"id": "x", "text": "t", "metadata": ["a"]}, "the metadata of record 'x' is a list"),
        ({"id": "x", "text": "t", "metadata": {"tags": [["a"]]}}, "the metadata 'tags' of record 'x' is a list"),
        ({"id": "x", "text": "t", "metadata": {"n": math.nan}}, "the metadata 'n' of record 'x' is nan"),
        ({"id": "x", "text": "t", "metadata": {1: "a"}}, "the metadata of record 'x' has the key 1"),
        ({"id": "first", "text": "t"}, "two records have the id 'first'"),
        ("text", "record 2 is of type str"),
    ],
)
def test_a_wrong_record_is_named_in_a_line(record: object, message: str) -> None:
    with pytest.raises(KnowledgeError) as caught:
        documents_of([{"id": "first", "text": "t"}, record])  # type: ignore[list-item]

    assert str(caught.value).startswith(message)
    assert "\n" not in str(caught.value)
