"""Replies of models that the journal may hold already, so that they are not asked for, and paid for, again."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from typing import Protocol

from chatbot import codec
from chatbot.effects import Generate
from chatbot.journal.ledger import Ledger
from chatbot.messages import Reply, Usage


class Recollection(Protocol):
    """Decides what is recalled, and what of it counts."""

    def key(self, model: str, request: Generate) -> str | None:
        """Under which the reply is kept; None for one that serves once."""

    def reply(self, key: str) -> Reply | None:
        """The reply that was kept under the key, as the one who asks shall see it; None: ask."""

    def kept(self, key: str) -> None:
        """A new reply has been kept under the key."""


@dataclass(frozen=True, slots=True)
class Summaries:
    """Of a chat: a summary of the same messages serves again, and costs nothing then."""

    ledger: Ledger

    def key(self, model: str, request: Generate) -> str | None:
        """Of summaries only."""
        return request_key(model, request) if request.purpose == "summary" else None

    def reply(self, key: str) -> Reply | None:
        """The latest that was kept."""
        known = self.ledger.recall(key)
        return replace(codec.build(Reply, known.result), usage=Usage()) if known else None

    def kept(self, key: str) -> None:
        """The journal says as much."""


def request_key(model: str, request: Generate, place: str = "") -> str:
    """Stands for a request to a model; equal requests have equal keys. `place`: what sets equal ones apart."""
    return hashlib.sha256(f"{model}\n{place}\n{codec.encode(request)}".encode()).hexdigest()
