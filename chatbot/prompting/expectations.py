r"""The tests that a prompt file carries: inputs, what a model would say, and what is expected of it.

    tests:
      - inputs: {question: "What is 2 + 2?"}
        replies: ["2 + 2 is 4.\nAnswer: 4"]
        assert:
          - {kind: prompt_contains, expect: "step by step"}
          - {kind: answer, expect: "4"}

Pure: how a test is run, with scripted replies or a model, is not known here.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import cast

from chatbot.errors import PromptError, nearest
from chatbot.messages import Message
from chatbot.prompting.extraction import Extraction
from chatbot.prompting.inputs import Input, bind
from chatbot.prompting.section import Section

NOT = "not_"
"""Before a kind: it must not be so."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What a test looks at."""

    messages: Sequence[Message]
    """The first request to the model."""
    text: str
    """What the prompt's strategy made of the replies."""
    answer: str | None
    """The answer read from it."""
    reads: Extraction
    """How it was read."""


@dataclass(frozen=True, slots=True)
class Expectation:
    """Something expected of a prompt or of its answer."""

    kind: str
    expect: str = ""

    def complaint(self, seen: Seen) -> str:
        """How it is not met; empty where it is."""
        negated = self.kind.startswith(NOT)
        wanted, holds = KINDS[self.kind.removeprefix(NOT)]
        if holds(self.expect, seen) != negated:
            return ""
        subject = _sent(seen) if self.kind.removeprefix(NOT).startswith("prompt_") else seen.text
        return f"{wanted.format(expect=self.expect, no='not ' if negated else '')}; it was {_brief(subject, seen)}"


@dataclass(frozen=True, slots=True)
class PromptTest:
    """One test of a prompt file."""

    line: int
    """Where in the file it stands."""
    inputs: Mapping[str, object]
    replies: tuple[str, ...]
    """What a scripted model says, in order; empty for a test that needs a model, or none."""
    expectations: tuple[Expectation, ...]

    @property
    def asks(self) -> bool:
        """Whether something is expected of the answer, and not of the prompt alone."""
        return any(not each.kind.removeprefix(NOT).startswith("prompt_") for each in self.expectations)


def read_tests(ours: Section, inputs: Mapping[str, Input]) -> tuple[PromptTest, ...]:
    """The tests of a file. Raises PromptError with the line of the first mistake."""
    return tuple(_test(part, inputs) for part in _tables(ours, "tests"))


def _test(part: Section, inputs: Mapping[str, Input]) -> PromptTest:
    part.only(("inputs", "replies", "assert"))
    given = part.section("inputs").table
    try:
        bind(inputs, given)
    except PromptError as error:
        raise part.error(f"the inputs of a test do not fit: {error.message}", "inputs", hint=error.hint) from None
    replies = part.items("replies")
    if not all(isinstance(reply, str) for reply in replies):
        raise part.error("replies must be a list of texts", "replies")
    expectations = tuple(map(_expectation, _tables(part, "assert")))
    if not expectations:
        raise part.error("the test expects nothing", hint='give it assert: [{kind: answer, expect: "4"}]')
    line = next((number for at, number in part.file.lines.items() if at == part.at), 1)
    return PromptTest(line, given, cast(tuple[str, ...], tuple(replies)), expectations)


def _expectation(part: Section) -> Expectation:
    part.only(("kind", "expect"))
    kind = part.text("kind") or ""
    if kind.removeprefix(NOT) not in KINDS:
        raise part.error(f"there is no kind of expectation {kind!r}", "kind", hint=nearest(kind, KINDS))
    expect = part.text("expect")
    if expect is None and kind.removeprefix(NOT) != "answered":
        raise part.error(f"{kind} needs `expect`, a text", hint="put numbers in quotes")
    if kind.endswith("matches"):
        try:
            re.compile(expect or "")
        except re.error as error:
            raise part.error(f"{expect!r} is no regular expression: {error}", "expect") from None
    return Expectation(kind, expect or "")


def _tables(part: Section, key: str) -> list[Section]:
    tables = []
    for number, item in enumerate(part.items(key)):
        at = (*part.at, key, number)
        if not isinstance(item, Mapping):
            raise part.file.error(f"{key} must be a list of tables", at=at)
        tables.append(Section(part.file, item, at))
    return tables


def _sent(seen: Seen) -> str:
    return "\n\n".join(f"{message.role}: {message.text}" for message in seen.messages)


def _brief(text: str, seen: Seen) -> str:
    shown = " ".join(text.split())
    shown = f"{shown[:160]}…" if len(shown) > 160 else shown
    return f"{shown!r}" + (f", read as {seen.answer!r}" if text == seen.text else "")


Holds = Callable[[str, Seen], bool]

KINDS: Mapping[str, tuple[str, Holds]] = {
    "answer": (
        "the answer should {no}be {expect!r}",
        lambda expect, seen: seen.answer is not None and seen.answer == seen.reads.gold(expect),
    ),
    "answered": ("there should {no}be an answer", lambda _, seen: seen.answer is not None),
    "contains": ("the reply should {no}contain {expect!r}", lambda expect, seen: expect in seen.text),
    "matches": (
        "the reply should {no}match {expect!r}",
        lambda expect, seen: re.search(expect, seen.text) is not None,
    ),
    "prompt_contains": ("the prompt should {no}contain {expect!r}", lambda expect, seen: expect in _sent(seen)),
    "prompt_matches": (
        "the prompt should {no}match {expect!r}",
        lambda expect, seen: re.search(expect, _sent(seen), re.MULTILINE) is not None,
    ),
}
"""Kinds of expectations: what is wanted, in words, and whether it is so."""
