"""Writes notes one after the other, however many fail, while each call is watched: `keep_writing.py SOCKET FILE`.

Out: the watcher's descriptor on the socket; then, in JSON on a pipe that only the watcher sees, what was kept, what was
refused and why, and what can be read at the end and when the file is opened anew.
"""

import json
import os
import socket
import sys
from pathlib import Path

from system_calls import hand_over

from chatbot.database import open_database
from chatbot.errors import ChatbotError, JournalError

NOTES = "CREATE TABLE note (text TEXT NOT NULL)"
COUNT = 8


def keep_writing(path: Path) -> dict[str, object]:
    """What became of the notes."""
    kept: list[str] = []
    refused: list[str] = []
    database = open_database(path, [NOTES], error=JournalError)
    for number in range(COUNT):
        note = f"note {number} " + "x" * 3_000
        try:
            with database.transaction() as connection:
                connection.execute("INSERT INTO note VALUES (?)", (note,))
            if number % 3 == 2:
                database.checkpoint()
            kept.append(note[:6])
        except JournalError as error:
            refused.append(str(error))
    read = [text[:6] for (text,) in database.read("SELECT text FROM note ORDER BY rowid")]
    database.close()
    again = open_database(path, [NOTES], error=JournalError)
    found = [text[:6] for (text,) in again.read("SELECT text FROM note ORDER BY rowid")]
    again.write("INSERT INTO note VALUES ('after')")
    again.check()
    return {"kept": kept, "refused": refused, "read": read, "found": found}


if __name__ == "__main__":
    _, pipe = os.pipe()
    socket.send_fds(socket.socket(fileno=int(sys.argv[1])), [b"watch"], [hand_over()])
    try:
        told = keep_writing(Path(sys.argv[2]))
    except ChatbotError as error:
        told = {"not opened": str(error)}
    os.write(pipe, json.dumps(told).encode())
