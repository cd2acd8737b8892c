"""Facts about the user that outlive a conversation: kept in one file, shown in full, found again, and erased for good.

A fact is a sentence with where it came from: who said it, in which conversation and turn. Facts of one user are never
found for another. They are found by their words and, where something can embed, by their meaning.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from chatbot.database import Database, open_database
from chatbot.errors import NotFoundError, ProjectError, UsageError
from chatbot.terms import terms

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Embed = Callable[[Sequence[str]], "NDArray[np.float32]"]
"""Unit vectors of texts, one row each."""

FactOrigin = Literal["user", "tool"]
"""user: noted while only the user's words were in the context. tool: text of documents or tools was there, too, so that
the fact may be theirs; the user was asked before it was noted."""

MEMORY_FILE = "memory.db"
"""Name of the file in the folder of a workspace's state."""

MOST_LENGTH = 500
"""Characters of a fact: a sentence or two, not a document."""

MOST_FACTS = 1_000
"""Of one user: what can be compared with a question in a moment."""

ALIKE = 0.2
"""Cosine from which a fact is about the question. MiniLM puts a short question and the fact that answers it between 0.2
and 0.5, and most others below; a fact too many does less harm than one that is not found."""

MIGRATIONS = (
    """
    CREATE TABLE fact (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        user TEXT NOT NULL,
        text TEXT NOT NULL,
        origin TEXT NOT NULL CHECK (origin IN ('user', 'tool')),
        conversation TEXT NOT NULL,
        turn TEXT NOT NULL,
        created REAL NOT NULL,
        UNIQUE (user, text)
    );
    """,
)
"""Steps of the schema; a released one is never changed."""

_COUNT = "SELECT total(text = ?2), count(*) FROM fact WHERE user = ?1"
_KEEP = "INSERT OR IGNORE INTO fact (user, text, origin, conversation, turn, created) VALUES (?, ?, ?, ?, ?, ?)"
_FACTS = """
    SELECT id, text, user, origin, conversation, turn, created
    FROM fact WHERE ?1 IS NULL OR user = ?1 ORDER BY id
"""


@dataclass(frozen=True, slots=True)
class Fact:
    """Something about the user."""

    id: int
    """Never given again, also when the fact is erased."""
    text: str
    user: str = ""
    """Whose fact it is; empty where there is one user only."""
    origin: FactOrigin = "user"
    conversation: str = ""
    turn: str = ""
    """Trace id of the turn it was noted in."""
    created: float = 0.0


class Memory:
    """The facts in the file `path`, created when something is first remembered; None: in memory.

    Several threads and programs may use one file. Raises ProjectError: what is wrong with the file, and what to do.
    """

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._opened: Database | None = None

    def remember(
        self, text: str, *, user: str = "", origin: FactOrigin = "user", conversation: str = "", turn: str = ""
    ) -> Fact:
        """Keeps a fact; the one that is there already where the user has it in the same words.

        Raises UsageError for a text that is empty or longer than `MOST_LENGTH`, and where there is no room for more.
        """
        fact = _clean(text)
        if not fact:
            raise UsageError("there is nothing to remember", hint="say what, in a sentence")
        if len(fact) > MOST_LENGTH:
            raise UsageError(f"a fact has at most {MOST_LENGTH} characters", hint="say it in a sentence")
        row = (_clean(user), fact, origin, conversation, turn, time.time())
        with self._database().transaction() as connection:
            known, count = connection.execute(_COUNT, row[:2]).fetchone()
            if not known and count >= MOST_FACTS:
                raise UsageError(f"{count:,} facts are remembered, and no more can be", hint="forget some first")
            connection.execute(_KEEP, row)
        return next(each for each in self.facts(user=row[0]) if each.text == fact)

    def facts(self, *, user: str | None = "") -> list[Fact]:
        """All facts of the user, the oldest first; None for those of every user."""
        if not self._exists:
            return []
        return [Fact(*row) for row in self._database().read(_FACTS, (user,))]

    def find(self, query: str, *, user: str = "", embed: Embed | None = None, limit: int = 8) -> list[Fact]:
        """The user's facts that have to do with the query, the nearest first.

        embed: what finds those that say it in other words; without it their words decide alone.
        """
        facts = self.facts(user=user)
        if not facts:
            return []
        scores = _shared([terms(fact.text) for fact in facts], terms(query))
        if embed is not None:
            vectors = embed([query, *(fact.text for fact in facts)])
            near = vectors[1:] @ vectors[0]
            alike = [float(cosine) if cosine >= ALIKE else 0.0 for cosine in near]
            scores = [words + meaning for words, meaning in zip(scores, alike, strict=True)]
        ranked = sorted(zip(scores, facts, strict=True), key=lambda each: (-each[0], -each[1].id))
        return [fact for score, fact in ranked[:limit] if score > 0]

    def forget(self, ids: Collection[int], *, user: str | None = "") -> list[Fact]:
        """Erases these facts, so that nothing of them stays in the file, and returns them; None: of whichever user.

        Raises NotFoundError, and erases nothing, where one of them is not there; ProjectError where they are erased,
        and something of them stays in the file, since another program reads an older state.
        """
        known = {fact.id: fact for fact in self.facts(user=user)}
        if missing := [each for each in ids if each not in known]:
            raise NotFoundError(f"there is no fact {missing[0]}", hint="list them to see their numbers")
        if ids:
            with self._database().transaction() as connection:
                connection.executemany("DELETE FROM fact WHERE id = ?", [(each,) for each in ids])
            if not self._database().checkpoint():
                what = "what was erased stays in the file of the facts while another program reads it"
                raise ProjectError(what, hint="it goes when that has ended, and `chatbot memory list` was called")
        return [known[each] for each in dict.fromkeys(ids)]

    def close(self) -> None:
        """Closes the file."""
        if self._opened is not None:
            self._opened.close()
            self._opened = None

    @property
    def _exists(self) -> bool:
        return self._opened is not None or (self._path is not None and self._path.exists())

    def _database(self) -> Database:
        if self._opened is None:
            self._opened = open_database(self._path, MIGRATIONS, error=ProjectError)
        return self._opened


def _shared(facts: Sequence[Sequence[str]], query: Sequence[str]) -> list[float]:
    """For each fact the part of the query's words that it has, from 0 to 1; rare words weigh more."""
    weights = {word: math.log(1 + len(facts) / (1 + sum(word in fact for fact in facts))) for word in set(query)}
    whole = sum(weights.values())
    return [sum(weights[word] for word in weights.keys() & set(fact)) / whole if whole else 0.0 for fact in facts]


def _clean(text: str) -> str:
    """In one line, without what cannot be seen or stored."""
    shown = "".join(sign if sign.isprintable() else " " for sign in text.encode("utf-8", "replace").decode("utf-8"))
    return " ".join(shown.split())
