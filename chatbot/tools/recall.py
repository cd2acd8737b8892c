"""Finding again what was noted about the user, each fact with its number, its age and where it came from."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated

from chatbot.memory import Fact
from chatbot.tools.catalogue import Place
from chatbot.tools.injected import Injected
from chatbot.tools.tool import Tool

SHOWN = 20
"""Most facts in one result."""


def make(options: Mapping[str, object], place: Place) -> Tool:
    """The tool for the memory of a workspace."""
    memory = place.memory()

    def recall(query: str = "", user: Annotated[str, Injected()] = "") -> str:
        """Look up what was noted about the user in earlier conversations, such as names, likes, habits and plans.

        Args:
            query: What about, such as "food the user cannot eat"; empty for the latest facts.
            user: Whose facts, as the app says.
        """
        every = memory.facts(user=user)
        if not every:
            return "nothing is remembered about the user yet"
        asked = bool(query.strip())
        found = memory.find(query, user=user, embed=place.embed, limit=SHOWN) if asked else every[: -SHOWN - 1 : -1]
        lines = [line(fact) for fact in found] or ["nothing is remembered about that"]
        left = len(every) - len(found)
        return "\n".join([*lines, f"({left} more facts are remembered)"] if left else lines)

    return Tool.from_function(recall, impact="reads", timeout=30.0)


def line(fact: Fact) -> str:
    """A fact as a model and a person read it."""
    day = datetime.fromtimestamp(fact.created).astimezone().date()
    came = "said by the user" if fact.origin == "user" else "noted while reading documents or tools"
    return f"[{fact.id}] {fact.text} ({came}, {day})"
