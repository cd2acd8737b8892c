"""Reading, embedding and committing at the same time: what an index holds does not depend on how they meet."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from words import Words

from chatbot.retrieval.building import BATCH, Incoming, put_all
from chatbot.retrieval.embed import Progress, Vectors
from chatbot.retrieval.load import Document
from chatbot.retrieval.store import Origin, Store


def incoming(name: str, sections: Sequence[int]) -> Incoming:
    text = f"# {name}\n\n" + "".join(f"## Section {each}\n\nIt says {each}.\n\n" for each in sections)
    return Incoming(Document(name, text), Origin(size=len(text)))


class Meeting(Words):
    """Goes on with a batch only when the one before has been committed and the next is being read."""

    def __init__(self) -> None:
        super().__init__()
        self.reading, self.met = threading.Event(), False

    def embed(self, texts: Sequence[str], progress: Progress | None = None) -> Vectors:
        if not self.embedded:
            self.met = self.reading.wait(60)
        return super().embed(texts, progress)


def test_the_next_documents_are_read_while_the_first_are_embedded() -> None:
    meeting = Meeting()

    def documents() -> Iterator[Incoming]:
        yield incoming("first", [1])
        meeting.reading.set()
        yield incoming("second", [2])

    put_all(documents(), 100, Store(None, "words"), meeting)

    assert meeting.met


@settings(max_examples=25, deadline=None)
@given(st.lists(st.lists(st.integers(0, 6), max_size=5), max_size=12))
def test_every_text_is_embedded_once_and_every_chunk_has_the_vector_of_its_text(parts: list[list[int]]) -> None:
    store, words = Store(None, "words"), Words()
    documents = [incoming("the same", sections) for sections in parts]
    named = [Incoming(Document(str(n), each.document.text), each.origin) for n, each in enumerate(documents)]

    put_all(named, sum(each.origin.size for each in named), store, words)

    assert len(words.embedded) == len(set(words.embedded))
    assert [stored.source for stored in store.documents()] == sorted(str(n) for n in range(len(parts)))
    ids = store.chunk_ids()
    for key, vector in zip(ids.tolist(), store.vectors(ids), strict=True):
        passage = store.passages([key])[key]
        lead = " > ".join(passage.heading)
        assert np.allclose(vector, words.embed_query(f"{lead}\n{passage.text}"), atol=1e-6)


def test_an_interruption_loses_only_what_was_being_embedded() -> None:
    class Interrupted(Words):
        calls = 0

        def embed(self, texts: Sequence[str], progress: Progress | None = None) -> Vectors:
            self.calls += 1
            if self.calls == 3:
                raise KeyboardInterrupt
            return super().embed(texts, progress)

    store, interrupted = Store(None, "words"), Interrupted()
    documents = [incoming(f"{number:02}", range(number * 100, number * 100 + 100)) for number in range(20)]

    with pytest.raises(KeyboardInterrupt):
        put_all(documents, 1, store, interrupted)

    kept = [stored.source for stored in store.documents()]
    assert kept == [f"{number:02}" for number in range(len(kept))] and kept
    assert len(interrupted.embedded) == store.count()[1]
    assert not [thread.name for thread in threading.enumerate() if thread.name.startswith(("ahead", "commit"))]


def test_little_is_read_ahead_of_what_is_committed() -> None:
    store, sections, leads = Store(None, "words"), 16, []

    def documents() -> Iterator[Incoming]:
        for number in range(100):
            leads.append(number * sections - store.count()[1])
            yield incoming(f"{number:03}", range(number * sections, (number + 1) * sections))

    put_all(documents(), 1, store, Words())

    assert store.count() == (100, 100 * sections)
    assert max(leads) <= 4 * BATCH  # one batch waits, one is embedded, one committed, and one document is at the door


def test_documents_that_cannot_be_committed_end_it() -> None:
    class Full(Store):
        def put(self, *_: object, **__: object) -> None:
            raise OSError("no space")

    with pytest.raises(OSError, match="no space"):
        put_all([incoming(str(n), range(BATCH)) for n in range(4)], 1, Full(None, "words"), Words())
