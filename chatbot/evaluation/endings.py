"""How a response ended, for counting: whole, or one of the ways in which a reply is not all that the model had to say.

What is not whole is never judged as an answer. It is counted by its class, and a run with too much of it gives no
headline figure: what is missing is seldom missing at random.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from chatbot.evaluation.records import Response
from chatbot.prompting.plain import without_thinking

Ending = Literal["whole", "length", "filtered", "truncated", "interrupted", "empty", "error"]
"""whole: the model said that it was done, and said something. empty: it said that it was done, and nothing else.
error: no reply came. The others are how a stream ends before its time (see `chatbot.messages.Finish`).
"""

LEAST_WHOLE = 0.99
"""Share of the replies that must be whole for a headline figure."""

REASONS: Mapping[Ending, str] = {
    "length": "the reply was cut: it reached the token limit",
    "filtered": "the service withheld the reply",
    "truncated": "the reply was cut: its stream ended without a reason",
    "interrupted": "the reply was cut: reading it was stopped",
    "empty": "the reply is empty",
}
"""Why such a reply is not judged."""


def ending_of(response: Response) -> Ending:
    """The class of a response. One that was declined is whole, whatever it says."""
    if response.error:
        return "error"
    if response.finish != "complete":
        return response.finish
    return "empty" if is_empty(response) and not response.declined else "whole"


def is_empty(response: Response) -> bool:
    """Whether there is nothing in it but perhaps the model's thinking: no word, no call, no value."""
    if response.tool_uses or response.value is not None:
        return False
    return not response.text.strip() or not without_thinking(response.text).strip()
