"""Appends rows to a database and says so after each commit: `write_rows.py FILE WRITER COUNT`."""

import sys
from pathlib import Path

from chatbot.database import open_database
from chatbot.errors import JournalError

ROWS = "CREATE TABLE row (id INTEGER PRIMARY KEY, writer TEXT NOT NULL, number INTEGER NOT NULL, text TEXT NOT NULL)"


def write(path: Path, writer: str, count: int) -> None:
    database = open_database(path, [ROWS], error=JournalError)
    for number in range(count):
        with database.transaction() as connection:
            connection.execute("INSERT INTO row (writer, number, text) VALUES (?, ?, ?)", (writer, number, "x" * 1000))
        print(number, flush=True)
    database.close()


if __name__ == "__main__":
    write(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]))
