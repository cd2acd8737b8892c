"""A history of messages: its turns, the part of it that fits a limit, and whether it may be sent as it is."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from chatbot.errors import UsageError
from chatbot.messages import Message, Segment, ToolResult, tool_message
from chatbot.sentences import spans

CUT_CALL = "This call was stopped before it had a result; it may have done what it was asked to."
NO_ANSWER = "(no answer: it was stopped)"

CHARACTERS_PER_TOKEN = 4
"""Of English, for the usual tokenizers; good enough to bound an extract."""

_LONGEST = 240
"""Characters of a question or a sentence in an extract."""


@dataclass(frozen=True, slots=True)
class Window:
    """A history, cut between two turns."""

    cuts: tuple[tuple[Message, ...], ...]
    """What each cut took away, the first one first: a digest of it can be added to the digest of those before."""
    kept: tuple[Message, ...]

    @property
    def dropped(self) -> tuple[Message, ...]:
        """All that was cut."""
        return tuple(message for cut in self.cuts for message in cut)


def turns(messages: Sequence[Message]) -> list[tuple[Message, ...]]:
    """The messages, cut before each message of the user; what comes before the first is a part of its own."""
    parts: list[list[Message]] = []
    for message in messages:
        if message.role == "user" or not parts:
            parts.append([])
        parts[-1].append(message)
    return [tuple(part) for part in parts]


def window(messages: Sequence[Message], *, limit: int, count: Callable[[Message], int], keep_last: int = 1) -> Window:
    """The latest turns of a history, in at most `limit` tokens, except that the last `keep_last` turns always stay.

    Whole turns are cut, so a tool call stays with its result. When the limit is passed, the window shrinks to half of
    it at once: until it is full again the cut stays where it is, and with it the beginning of the prompt, which a
    service or a local model has in its cache. The cut depends on the messages alone: a history that has grown at its
    end is cut where it was before, or later.
    """
    parts = turns(messages)
    sizes = [sum(map(count, part)) for part in parts]
    start = used = 0
    cuts = [0]
    for end, size in enumerate(sizes, 1):
        used += size
        if used > limit:
            before = start
            while start < end - keep_last and used > limit // 2:
                used -= sizes[start]
                start += 1
            if start > before:
                cuts.append(sum(map(len, parts[:start])))
    dropped = tuple(tuple(messages[begin:end]) for begin, end in pairwise(cuts))
    return Window(dropped, tuple(messages[cuts[-1] :]))


def check(messages: Sequence[Message]) -> None:
    """Proves that services will take these messages: each tool call has one result, right after it, and no more.

    Raises UsageError, naming the first message (counted from 1) that breaks the rule.
    """
    due: list[str] = []
    for number, message in enumerate(messages, 1):
        where = f"message {number} ({message.role})"
        if message.role == "tool":
            if message.call_id is None or message.call_id not in due:
                raise UsageError(f"{where} answers call {message.call_id!r}, which is not open")
            due.remove(message.call_id)
            continue
        if due:
            raise UsageError(f"{where} comes before the result of call {due[0]!r}")
        if message.call_id is not None:
            raise UsageError(f"{where} answers a call, which only a tool message may do")
        if message.tool_calls and message.role != "assistant":
            raise UsageError(f"{where} calls a tool, which only the assistant may do")
        due = [call.id for call in message.tool_calls]
        if len(set(due)) < len(due):
            raise UsageError(f"{where} gives two calls one id")
    if due:
        raise UsageError(f"call {due[0]!r} has no result")


def close_calls(messages: Sequence[Message]) -> list[Message]:
    """The history with a result for every call that got none, because its turn was cut."""
    closed: list[Message] = []
    due: dict[str, str] = {}
    for message in messages:
        if message.role == "tool":
            due.pop(message.call_id or "", None)
        else:
            closed += _cut_results(due)
            due = {call.id: call.name for call in message.tool_calls}
        closed.append(message)
    return [*closed, *_cut_results(due)]


def close_questions(messages: Sequence[Message]) -> list[Message]:
    """The history with a word for every question that got no answer, because its turn was cut.

    Questions and answers alternate then, which the templates of some models insist on.
    """
    closed: list[Message] = []
    for each in messages:
        if each.role == "user" and closed and closed[-1].role in ("user", "tool"):
            closed.append(_NO_ANSWER)
        closed.append(each)
    return [*closed, _NO_ANSWER] if closed and closed[-1].role in ("user", "tool") else closed


def in_words(messages: Sequence[Message], *, images: bool) -> list[Message]:
    """The messages with a word in place of each picture that cannot be shown.

    images: whether pictures can be shown at all; those whose bytes are gone never are.
    """
    return [_in_words(each, images) if each.images else each for each in messages]


def _in_words(message: Message, images: bool) -> Message:
    shown = tuple(image for image in message.images if images and image.data)
    words = [Segment(f"[image that is not shown: {each.name or 'unnamed'}]\n", "document") for each in message.images]
    missing = [word for word, image in zip(words, message.images, strict=True) if image not in shown]
    return replace(message, images=shown, parts=(*missing, *message.parts))


def extract(dropped: Sequence[Message], limit: int) -> str:
    """What was said, in brief: each question of the user with the first sentence of its answer.

    For models that cannot summarise; takes about `limit` tokens. Where not all fits, the latest turns are kept.
    """
    lines: list[str] = []
    room = limit * CHARACTERS_PER_TOKEN
    for turn in reversed(turns(dropped)):
        line = _brief(turn)
        room -= len(line) + 1
        if room < 0:
            break
        if line:
            lines.append(line)
    return "\n".join(reversed(lines))


def asked(message: Message) -> str:
    """What the user said in a message, without the passages that were sent along."""
    return " ".join("".join(part.text for part in message.parts if part.origin == "user").split())


_NO_ANSWER = Message("assistant", (Segment(NO_ANSWER, "author"),))


def _cut_results(due: dict[str, str]) -> Iterator[Message]:
    return (tool_message(ToolResult(call_id, name, CUT_CALL, failed=True)) for call_id, name in due.items())


def _brief(turn: Sequence[Message]) -> str:
    questions = [asked(message) for message in turn if message.role == "user"]
    answers = [message.text for message in turn if message.role == "assistant" and message.text]
    said = [f"The user asked: {_shortened(question)}" for question in questions if question]
    if answers:
        said += [f"The answer began: {_shortened(_first_sentence(answers[-1]))}"]
    return " ".join(said)


def _first_sentence(text: str) -> str:
    found = spans(text)
    return text[slice(*found[0])] if found else text


def _shortened(text: str) -> str:
    plain = " ".join(text.split())
    return plain if len(plain) <= _LONGEST else plain[: _LONGEST - 1] + "…"
