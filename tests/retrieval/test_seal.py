"""A seal holds for as long as nothing that belongs to its document has changed."""

from __future__ import annotations

import pytest
from words import Words

from chatbot.retrieval import Knowledge
from chatbot.retrieval.seal import seal_of
from chatbot.retrieval.store import Store

TEXT = "# Harbour\n\nShips lie here.\n\n## Tide\n\nTwice a day.\n"


@pytest.fixture
def store() -> Store:
    records = [{"id": "a", "text": TEXT, "metadata": {"year": 1}}, {"id": "b", "text": "Another."}]
    return Knowledge.from_records(records, embedder=Words())._store


def test_a_document_is_sealed_when_it_is_put(store: Store) -> None:
    with store.transaction() as connection:
        seals = dict(connection.execute("SELECT document, seal FROM seals"))
        assert seals == {document: seal_of(connection, document) for document in (1, 2)}
        assert seals[1] != seals[2]
    store.remove(["a"])
    with store.transaction() as connection:
        assert connection.execute("SELECT document FROM seals").fetchall() == [(2,)]


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE documents SET text = replace(text, 'Ships', 'Chips')",
        "UPDATE documents SET metadata = '{}'",
        "UPDATE labels SET value = '2'",
        "UPDATE chunks SET stop = stop - 1",
        "UPDATE chunks SET heading = '[]'",
        "UPDATE vectors SET vector = zeroblob(length(vector))",
        "UPDATE vectors SET vector = CAST(substr(vector, 1, 8) || x'01' || substr(vector, 10) AS BLOB)",
        "DELETE FROM vectors WHERE chunk = 2",
        "UPDATE terms SET packed = zeroblob(length(packed))",
        "DELETE FROM terms WHERE chunk = 2",
        "DELETE FROM chunks WHERE id = 1",
        "UPDATE documents SET text = CAST(text AS BLOB)",
    ],
)
def test_any_change_breaks_it(store: Store, change: str) -> None:
    with store.transaction() as connection:
        before = seal_of(connection, 1)
        assert connection.execute(change).rowcount
        assert seal_of(connection, 1) != before


def test_a_new_stamp_does_not(store: Store) -> None:
    with store.transaction() as connection:
        before = seal_of(connection, 1)
    store.set_stamps({"a": "new"})
    with store.transaction() as connection:
        assert seal_of(connection, 1) == before
