"""An index of some documents, and ways to damage it."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import crash_cases as cases
from words import Words

from chatbot.retrieval import Knowledge

NAMES = tuple(f"note{number}" for number in range(40))


def build(folder: Path) -> Path:
    """An index of records; the file."""
    index = folder / "index.db"
    knowledge = Knowledge(None, index=index, embedder=Words())
    knowledge.add(cases.records({name: cases.text(name) for name in NAMES}))
    knowledge.search("harbour")
    knowledge.close()
    return index


def build_of_files(folder: Path) -> tuple[Path, Path]:
    """An index of files; their folder, and the index."""
    documents = folder / "documents"
    documents.mkdir()
    for name in NAMES:
        (documents / f"{name}.md").write_text(cases.text(name), encoding="utf-8")
    knowledge = Knowledge(documents, index=folder / "index.db", embedder=Words())
    knowledge.refresh()
    knowledge.close()
    return documents, folder / "index.db"


def execute(index: Path, *statements: str) -> None:
    """Changes rows behind the program's back."""
    with closing(sqlite3.connect(index)) as connection, connection:
        for statement in statements:
            connection.execute(statement)


FLIP_A_BIT_OF_A_VECTOR = """
    UPDATE vectors SET vector = CAST(substr(vector, 1, 8) || x'7f' || substr(vector, 10) AS BLOB)
    WHERE chunk = (SELECT MIN(chunk) FROM vectors)
"""


def page_with(index: Path, text: bytes) -> int:
    """Where in the file the page begins that holds a text."""
    at = index.read_bytes().index(text)
    return at - at % 4096


def overwrite(index: Path, at: int, data: bytes) -> None:
    """Damages the file."""
    with index.open("r+b") as file:
        file.seek(at)
        file.write(data)
