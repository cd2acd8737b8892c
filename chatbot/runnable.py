"""A chatbot as a LangChain runnable: a question in, the answer's text out, whole or in the pieces it streams in.

It takes text, or a prompt value, which becomes text; each question is asked in a conversation of its own.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator
from contextlib import aclosing, closing
from typing import TYPE_CHECKING, Any, Protocol

from chatbot.errors import UsageError
from chatbot.events import TextDelta, TurnEvent
from chatbot.extras import brought_by
from chatbot.messages import Answer

if TYPE_CHECKING:
    from langchain_core.runnables import RunnableConfig, RunnableGenerator


class Asked(Protocol):
    """A conversation that can be asked in four ways: `Chatbot`."""

    def ask(self, question: str) -> Answer:
        """The answer."""

    def stream(self, question: str) -> Iterator[TurnEvent]:
        """What happens in the turn."""

    async def aask(self, question: str) -> Answer:
        """The answer, on an event loop."""

    def astream(self, question: str) -> AsyncGenerator[TurnEvent, None]:
        """What happens in the turn, on an event loop."""


def runnable(conversation: Callable[[], Asked]) -> RunnableGenerator[object, str]:
    """The runnable of a chatbot; `conversation` begins a new one. Raises UsageError without LangChain."""
    with brought_by("langchain", "LangChain's runnables"):
        from langchain_core.runnables import RunnableGenerator

    def pieces(parts: Iterator[object]) -> Iterator[str]:
        with closing(conversation().stream("".join(map(_text, parts)))) as events:  # type: ignore[type-var]
            yield from (event.text for event in events if isinstance(event, TextDelta))

    async def apieces(parts: AsyncIterator[object]) -> AsyncIterator[str]:
        question = "".join([_text(part) async for part in parts])
        async with aclosing(conversation().astream(question)) as events:
            async for event in events:
                if isinstance(event, TextDelta):
                    yield event.text

    def ask(question: object) -> str:
        return conversation().ask(_text(question)).text

    async def aask(question: object) -> str:
        return (await conversation().aask(_text(question))).text

    class Whole(RunnableGenerator[object, str]):
        """Streams in pieces; where nobody streams, the answer alone, without what was said before a tool ran."""

        def invoke(self, input: object, config: RunnableConfig | None = None, **kwargs: Any) -> str:  # noqa: A002
            return self._call_with_config(ask, input, config, **kwargs)

        async def ainvoke(self, input: object, config: RunnableConfig | None = None, **kwargs: Any) -> str:  # noqa: A002
            return await self._acall_with_config(aask, input, config, **kwargs)

    return Whole(pieces, apieces, name="chatbot")


def _text(question: object) -> str:
    if isinstance(question, str):
        return question
    if hasattr(question, "to_string"):
        return str(question.to_string())
    raise UsageError(f"a chatbot takes a question as text, not {type(question).__name__}", hint="ask with a str")
