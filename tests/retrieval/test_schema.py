"""An index of any released version becomes one of this version, as if it had been made by it."""

from __future__ import annotations

from pathlib import Path

import pytest

from chatbot.database import open_database
from chatbot.errors import KnowledgeError
from chatbot.retrieval.schema import MIGRATIONS
from chatbot.retrieval.store import Store


def tables(index: Path) -> list[tuple[str, str]]:
    database = open_database(index, MIGRATIONS, error=KnowledgeError)
    try:
        return database.read("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY name")
    finally:
        database.close()


@pytest.mark.parametrize("version", range(1, len(MIGRATIONS)))
def test_an_upgraded_index_has_the_tables_of_a_new_one(tmp_path: Path, version: int) -> None:
    open_database(tmp_path / "old.db", MIGRATIONS[:version], error=KnowledgeError).close()
    Store(tmp_path / "old.db", "words").close()
    Store(tmp_path / "new.db", "words").close()

    assert tables(tmp_path / "old.db") == tables(tmp_path / "new.db")


def test_an_older_program_refuses_a_newer_index_and_leaves_it_as_it_is(tmp_path: Path) -> None:
    Store(tmp_path / "new.db", "words").close()
    before = (tmp_path / "new.db").read_bytes()

    with pytest.raises(KnowledgeError, match="newer version"):
        open_database(tmp_path / "new.db", MIGRATIONS[:-1], error=KnowledgeError)
    assert (tmp_path / "new.db").read_bytes() == before
