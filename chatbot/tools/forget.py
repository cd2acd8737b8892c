"""Erasing what was noted about the user, for good."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from chatbot.errors import NotFoundError, ToolError
from chatbot.tools.catalogue import Place
from chatbot.tools.injected import Injected
from chatbot.tools.tool import Tool


def make(options: Mapping[str, object], place: Place) -> Tool:
    """The tool for the memory of a workspace."""
    memory = place.memory()

    def forget(number: int, user: Annotated[str, Injected()] = "") -> str:
        """Erase a fact about the user for good. Use it when the user asks you to forget something.

        Args:
            number: The fact's number, as recall shows it.
            user: Whose fact it is, as the app says.
        """
        try:
            (fact,) = memory.forget([number], user=user)
        except NotFoundError as error:
            raise ToolError(error.message, hint="recall shows the numbers") from error
        return f"forgotten: {fact.text}"

    return Tool.from_function(forget, impact="writes", timeout=10.0)
