"""Secrets that must be found nowhere: planted in the environment of all tests, and looked for when they are done.

They stand in variables that are named like keys, so that the program takes them for secrets, and begin alike, so that
one look at a file tells whether any is in it. Looked into are all files that tests wrote, what databases hold
compressed, and what was printed.
"""

from __future__ import annotations

import hashlib
import os
import sqlite3
import zlib
from collections.abc import Iterator
from pathlib import Path

MARK = "cAn4rY"
MOST = 1 << 26
NAMES = (
    *("AWS_SECRET_ACCESS_KEY", "AZURE_API_KEY", "ANTHROPIC_API_KEY", "COHERE_API_KEY", "DATABASE_PASSWORD"),
    *("GEMINI_API_KEY", "GITHUB_TOKEN", "GITLAB_TOKEN", "GROQ_API_KEY", "JIRA_API_TOKEN", "MAIL_PASSWORD"),
    *("MISTRAL_API_KEY", "NPM_TOKEN", "PYPI_TOKEN", "SENTRY_SECRET", "SHOP_SECRET_KEY", "SLACK_TOKEN"),
    *("STRIPE_SECRET_KEY", "TWILIO_TOKEN", "VAULT_TOKEN"),
)
CANARIES = {name: f"{MARK}-{hashlib.sha256(name.encode()).hexdigest()[:32]}" for name in NAMES}
"""Twenty secrets, by the variable that holds each."""


def leaks(folder: Path) -> Iterator[str]:
    """Each file below the folder that holds a secret, plain or compressed in a database, and which."""
    for place, _, names in os.walk(
        folder
    ):  # what cannot be looked into, such as a path beyond all length, is passed by
        for path in (Path(place, name) for name in sorted(names)):
            if not path.is_symlink() and path.is_file():
                yield from (f"{path}: {name}" for name in (*named(_begin(path)), *_compressed(path)))


def _begin(path: Path) -> bytes:
    """As much of a file as tests write; one that is made of nothing but a size may have terabytes."""
    try:
        with path.open("rb") as file:
            return file.read(MOST)
    except OSError:
        return b""  # a test forbade it


def named(data: bytes | str) -> list[str]:
    """The variables whose secrets are in it."""
    data = data.encode("utf-8", "surrogatepass") if isinstance(data, str) else data
    if MARK.encode() not in data:
        return []
    return [name for name, secret in CANARIES.items() if secret.encode() in data]


def _compressed(path: Path) -> Iterator[str]:
    """What a journal's compressed columns hold of them."""
    if path.suffix != ".db":
        return
    connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    try:
        tables = connection.execute("SELECT name, sql FROM sqlite_master WHERE type = 'table'").fetchall()
        for table, sql in tables:
            if "BLOB" in str(sql).upper():
                for row in connection.execute(f'SELECT * FROM "{table}"'):
                    for value in row:
                        yield from named(_inflated(value)) if isinstance(value, bytes) else ()
    except (sqlite3.DatabaseError, UnicodeDecodeError):
        return  # a test damaged it
    finally:
        connection.close()


def _inflated(data: bytes) -> bytes:
    try:
        return zlib.decompress(data) if data[:1] == b"\x78" else b""
    except zlib.error:
        return b""
