"""Runs the tests that a prompt file carries: with the replies they script, or with a model.

What is scripted tests the file: how it renders, which demonstrations it shows, how its answer is read. A model tests
what the file is for.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator
from dataclasses import dataclass

from chatbot.effects import Generate
from chatbot.errors import ChatbotError
from chatbot.events import ModelEvent
from chatbot.messages import Usage
from chatbot.models.model import Model
from chatbot.models.scripted import Scripted
from chatbot.prompting import Prompt
from chatbot.prompting.expectations import PromptTest, Seen
from chatbot.prompting.extraction import Extraction
from chatbot.solving import solve
from chatbot.strategies.task import Outcome


@dataclass(frozen=True, slots=True)
class TestReport:
    """What came of a test."""

    __test__ = False  # so that pytest does not take it for one of its own

    line: int
    complaints: tuple[str, ...] = ()
    """What was expected and is not so; empty for a test that passed."""
    skipped: str = ""
    """Why it was not run."""
    usage: Usage = Usage()


def run_test(prompt: Prompt, test: PromptTest, model: Model | None = None) -> TestReport:
    """One test. With a model its scripted replies are left aside, and without any it needs one or is skipped."""
    if model is None and test.asks and not test.replies:
        return TestReport(test.line, skipped="it scripts no replies, so it needs --model")
    listening = _Listening(model or Scripted(*(test.replies or ("",)), repeat=not test.replies))
    try:
        outcome = solve(prompt, test.inputs, model=listening)
    except ChatbotError as error:
        return TestReport(test.line, (str(error),))
    complaints = tuple(filter(None, (each.complaint(_seen(prompt, listening, outcome)) for each in test.expectations)))
    return TestReport(test.line, complaints, usage=outcome.usage)


def _seen(prompt: Prompt, listening: _Listening, outcome: Outcome) -> Seen:
    reads = prompt.settings.answer or Extraction("text")
    return Seen(listening.requests[0].messages, outcome.text, outcome.answer, reads)


class _Listening:
    """A model, and what it was asked."""

    def __init__(self, model: Model) -> None:
        self.name = model.name
        self.abilities = model.abilities
        self.count_tokens = model.count_tokens
        self.requests: list[Generate] = []
        self._model = model

    def stream(self, request: Generate) -> AsyncGenerator[ModelEvent, None]:
        """The model's own events."""
        self.requests.append(request)
        return self._model.stream(request)
