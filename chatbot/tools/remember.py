"""Noting a fact about the user for later conversations.

It writes, so that in a turn that has read documents or tools it runs only when the user allows it: else a sentence in a
document could plant a "fact" that later conversations trust.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from chatbot.errors import ToolError, UsageError
from chatbot.memory import FactOrigin
from chatbot.tools.catalogue import Place
from chatbot.tools.injected import Injected
from chatbot.tools.tool import Tool


def make(options: Mapping[str, object], place: Place) -> Tool:
    """The tool for the memory of a workspace."""
    memory = place.memory()

    def remember(
        fact: str,
        user: Annotated[str, Injected()] = "",
        conversation: Annotated[object, Injected()] = "",
        turn: Annotated[str, Injected()] = "",
        tainted: Annotated[bool, Injected()] = False,
    ) -> str:
        """Note a fact about the user for later conversations. Use it when the user asks you to remember something.

        Args:
            fact: One fact, as a sentence that can be understood by itself, such as "The user is allergic to nuts."
            user: Whose fact it is, as the app says.
            conversation: In which it was said, as the app says.
            turn: In which it was said, as the app says.
            tainted: Whether text of documents or tools was in the context, as the dispatcher says.
        """
        said_in = str(getattr(conversation, "id", conversation) or "")  # a Session, or what an app names it by
        origin: FactOrigin = "tool" if tainted else "user"
        try:
            noted = memory.remember(fact, user=user, origin=origin, conversation=said_in, turn=turn)
        except UsageError as error:
            raise ToolError(error.message, hint=error.hint) from error
        return f"noted as fact {noted.id}: {noted.text}"

    return Tool.from_function(remember, impact="writes", timeout=10.0)
