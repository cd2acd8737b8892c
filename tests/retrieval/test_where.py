"""Filters by path, tag and metadata: what they take in, what they leave out, and how people write them."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st
from words import Words

from chatbot import Knowledge
from chatbot.errors import UsageError
from chatbot.messages import Metadata
from chatbot.retrieval.load import Document
from chatbot.retrieval.split import split
from chatbot.retrieval.store import Store
from chatbot.retrieval.where import labels_of, matches, parse, parse_filter

FILES: dict[str, Metadata] = {
    "guide.md": {"tags": "Draft, python"},
    "docs/guide.md": {"tags": ("draft",), "year": 2024, "author": "Kim"},
    "docs/api/index.md": {"keywords": "python", "year": 2023},
    "docs/notes.txt": {"year": "2024"},
    "docs[old]/a*b.md": {},
    "Übung/läuft.md": {"public": True},
}


@pytest.fixture(scope="module")
def store() -> Iterator[Store]:
    store, embedder = Store(None, "words"), Words()
    for source, metadata in FILES.items():
        text = f"The text of {source}."
        chunks = split(text, window=64, token_starts=embedder.token_starts)
        store.put(Document(source, text, metadata=metadata), chunks, embedder.embed([text]))
    yield store
    store.close()


def found(store: Store, where: Metadata) -> list[str]:
    return [passage.source for passage in store.passages(store.chunk_ids(where).tolist()).values()]


@pytest.mark.parametrize(
    ("where", "sources"),
    [
        ({}, list(FILES)),
        ({"path": "guide.md"}, ["guide.md"]),
        ({"path": "docs"}, ["docs/guide.md", "docs/api/index.md", "docs/notes.txt"]),
        ({"path": "docs/"}, ["docs/guide.md", "docs/api/index.md", "docs/notes.txt"]),
        ({"path": "docs/**"}, ["docs/guide.md", "docs/api/index.md", "docs/notes.txt"]),
        ({"path": "docs/*"}, ["docs/guide.md", "docs/notes.txt"]),
        ({"path": "docs/*.md"}, ["docs/guide.md"]),
        ({"path": "docs/**/*.md"}, ["docs/guide.md", "docs/api/index.md"]),
        ({"path": "**/guide.md"}, ["guide.md", "docs/guide.md"]),
        ({"path": "*.txt"}, ["docs/notes.txt"]),
        ({"path": "g?ide.md"}, ["guide.md", "docs/guide.md"]),
        ({"path": "[!a-f]uide.md"}, ["guide.md", "docs/guide.md"]),
        ({"path": "docs[old]/a*b.md"}, ["docs[old]/a*b.md"]),
        ({"path": "Übung/*"}, ["Übung/läuft.md"]),
        ({"path": ("guide.md", "*.txt")}, ["guide.md", "docs/notes.txt"]),
        ({"path": "nowhere/**"}, []),
        ({"tag": "DRAFT"}, ["guide.md", "docs/guide.md"]),
        ({"tag": "python", "path": "docs/**"}, ["docs/api/index.md"]),
        ({"tag": ("draft", "python")}, ["guide.md", "docs/guide.md", "docs/api/index.md"]),
        ({"year": 2024}, ["docs/guide.md"]),
        ({"year": (2024, "2024")}, ["docs/guide.md", "docs/notes.txt"]),
        ({"year": 2024.0}, ["docs/guide.md"]),
        ({"public": True}, ["Übung/läuft.md"]),
        ({"public": 1}, []),
        ({"author": "Kim", "year": 2023}, []),
        ({"author": ()}, []),
        ({"nothing": None}, []),
    ],
)
def test_a_filter_takes_in_what_meets_all_of_it(store: Store, where: Metadata, sources: list[str]) -> None:
    assert found(store, where) == sources


def test_what_people_write_is_read_as_words_and_filters() -> None:
    keys = ["path", "tag", "year", "author"]

    assert parse("tag:x path:docs/** how do I start", keys) == (
        "how do I start",
        {"tag": ("x",), "path": ("docs/**",)},
    )
    assert parse('year:2024 author:"Kim Lee" costs', keys) == (
        "costs",
        {"year": ("2024", 2024), "author": ("Kim Lee",)},
    )
    assert parse("tag:a tag:b", keys) == ("", {"tag": ("a", "b")})


@pytest.mark.parametrize(
    "question", ["what is error:42?", "C:\\temp is full", "see http://x.y/z", 'say "tag: x"', "12:30"]
)
def test_a_word_with_a_colon_that_is_no_filter_stays_a_word(question: str) -> None:
    assert parse(question, ["path", "tag"]) == (question, {})


def test_a_wrong_filter_is_named_with_the_nearest_key() -> None:
    with pytest.raises(UsageError, match=re.escape("'yaer:2024' is no filter (did you mean 'year'?)")):
        parse_filter("tag:x yaer:2024", ["year"])
    with pytest.raises(UsageError, match=r"'draft' is no filter \(write path:PATTERN, tag:NAME or KEY:VALUE\)"):
        parse_filter("draft", ["year"])


def test_a_value_that_cannot_be_compared_is_refused(store: Store) -> None:
    with pytest.raises(UsageError, match="'year' cannot be compared with"):
        store.chunk_ids({"year": {"gte": 2020}})  # type: ignore[dict-item]


def test_a_file_is_not_found_under_a_path_that_its_text_claims() -> None:
    labels = labels_of("real.md", {"path": "claimed.md"}, is_file=True)

    assert [value for key, value in labels if key == "path"] == ['"real.md"']


NAMES = st.text(st.sampled_from("ab.é[*?!-"), min_size=1, max_size=4)


@given(st.lists(NAMES, min_size=1, max_size=4))
def test_any_path_matches_itself_its_folders_and_everything(parts: list[str]) -> None:
    path = "/".join(parts)

    assert matches(path, path)
    assert matches("**", path) and matches("**/*", path) and matches("*", path)
    assert all(matches("/".join(parts[:depth]), path) for depth in range(1, len(parts)))


@given(st.text(st.sampled_from("ab/*?[]!-^\\.é"), max_size=12), st.text(st.sampled_from("ab/."), max_size=8))
def test_any_pattern_can_be_asked_for(pattern: str, path: str) -> None:
    assert matches(pattern, path) in (True, False)


@given(st.text(max_size=40))
def test_any_words_can_be_typed(text: str) -> None:
    rest, where = parse(text, ["year"])

    assert rest.split() == text.split() or where


def test_tags_of_records_are_lists() -> None:
    records = [
        {"id": "a", "text": "Cats sleep.", "metadata": {"tags": ["pets", "Rest"]}},
        {"id": "b", "text": "Dogs sleep.", "metadata": {"tags": ["pets"]}},
    ]
    knowledge = Knowledge.from_records(records, embedder=Words())

    assert [passage.source for passage in knowledge.search("sleep", where={"tag": "rest"})] == ["a"]
    assert knowledge.search("sleep", where={"tag": "rest"})[0].metadata == {"tags": ("pets", "Rest")}
    assert knowledge.filters() == ["tag", "tags"]
