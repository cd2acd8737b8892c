"""A seal holds for as long as nothing that belongs to its document has changed."""

from __future__ import annotations

import pytest
from words import Words

from chatbot.errors import KnowledgeError
from chatbot.retrieval import Knowledge
from chatbot.retrieval.seal import Seals, seal_of
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


def test_a_seal_that_was_made_once_holds_in_every_later_version(store: Store) -> None:
    with store.transaction() as connection:
        for table in ("terms", "vectors"):
            connection.execute(f"DELETE FROM {table}")  # they come from an embedder and a stemmer, which may change
        connection.execute("INSERT INTO vectors VALUES (1, x'00ff3d0a')")
        connection.execute("UPDATE documents SET format = 'markdown', hash = 'ab', text = 'Ships lîe here.'")
        connection.execute("DELETE FROM chunks WHERE id > 1")
        connection.execute("UPDATE chunks SET content = x'01', stop = 26, anchors = '[]'")
        assert connection.execute("SELECT * FROM labels WHERE document = 1").fetchall()
        assert seal_of(connection, 1).hex() == "dc67a4c101d0d71ca43c90cd273b160c4aa9933b21149c3a1a4768747a89fc0c"


def test_whether_a_seal_holds_is_known_of_each_document(store: Store) -> None:
    seals = Seals(store._database)
    assert seals.numbers() == [1, 2]
    assert [seals.source(number) for number in (1, 2, 3)] == ["a", "b", ""]
    with store.transaction() as connection:
        connection.execute("UPDATE documents SET title = 'Another' WHERE id = 2")
    assert [seals.holds(number) for number in (1, 2, 3)] == [True, False, None]


def test_documents_from_before_there_were_seals_get_theirs_as_they_are(store: Store) -> None:
    seals = Seals(store._database)
    with store.transaction() as connection:
        connection.execute("UPDATE documents SET title = 'Another'")
        connection.execute("DELETE FROM seals WHERE document = 2")
    assert [seals.holds(number) for number in (1, 2)] == [False, None]
    seals.add_missing()
    assert [seals.holds(number) for number in (1, 2)] == [False, True]


def test_a_row_that_cannot_be_read_is_said(store: Store) -> None:
    with store.transaction() as connection:
        connection.execute("UPDATE documents SET title = CAST(x'ff41' AS TEXT) WHERE id = 1")
    with pytest.raises(KnowledgeError, match="Could not decode"):
        Seals(store._database).holds(1)


def test_a_new_stamp_does_not(store: Store) -> None:
    with store.transaction() as connection:
        before = seal_of(connection, 1)
    store.set_stamps({"a": "new"})
    with store.transaction() as connection:
        assert seal_of(connection, 1) == before
