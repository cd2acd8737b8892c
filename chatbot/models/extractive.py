"""The model that works with nothing: it answers by quoting the best sentences of the passages, with their numbers.

It writes nothing of its own but small talk, the list of documents and the words of a refusal, and does not pretend to
be more than that. Which sentences it quotes, and when it declines, is decided in `sentence_choice`.
"""

from __future__ import annotations

import re
from collections.abc import AsyncGenerator, Mapping, Sequence

from chatbot import sentences
from chatbot.effects import Generate
from chatbot.events import Ended, ModelEvent, TextDelta, Used
from chatbot.messages import Evidence, Message, Usage
from chatbot.models.model import Abilities, estimate_tokens
from chatbot.models.prices import FREE
from chatbot.models.sentence_choice import ENOUGH, NEAR, Choice, Embed, Sentence, ranked
from chatbot.routing import SmallTalk, small_talk
from chatbot.terms import terms

MOST_QUOTED = 3
"""Sentences that one answer quotes at most."""

MARGIN = 0.3
"""How far below the best a sentence may score and still be quoted: 1.65 sentences an answer on XQuAD, and 0.94 of those
answers hold what was asked for."""

REPEATED = 0.75
"""The share of a sentence's words from which on another one is taken to have said it already."""

LISTED = 10
"""Documents that an overview names one by one."""

REPLIES: Mapping[SmallTalk, str] = {
    "greeting": "Hello! Ask me about your documents, or ask what documents there are.",
    "thanks": "You're welcome.",
    "farewell": "Goodbye!",
    "assent": "Good. Ask on whenever you like.",
    "identity": (
        "I am `extractive`: no language model, but a search that answers by quoting your documents word for word, with "
        "their sources."
    ),
    "abilities": (
        "I find the sentences of your documents that best answer a question, quote them word for word with their "
        "sources, and say so when nothing fits. I write no text of my own: name a language model with --model for "
        "that. Ask what documents there are to see what I can answer."
    ),
    "wellbeing": "All is well, thank you. Ask me about your documents.",
}

NO_DOCUMENTS = (
    "There are no documents here, and quoting documents is all I do: name a folder with --knowledge, or a language "
    "model with --model."
)


class Extractive:
    """Quotes. `embed` turns texts into unit vectors, one row each."""

    name = "extractive"
    abilities = Abilities(writes=False, tools=False, context_tokens=1_000_000, price=FREE)

    def __init__(self, embed: Embed) -> None:
        self._embed = embed

    async def stream(self, request: Generate) -> AsyncGenerator[ModelEvent, None]:
        """The quotation, word by word."""
        text, declined = self._answer(request)
        for piece in re.findall(r"\S+\s*", text):
            yield TextDelta(piece)
        yield Used(Usage())
        yield Ended("complete", declined)

    def count_tokens(self, text: str) -> int:
        """An estimate; nothing is sent anywhere."""
        return estimate_tokens(text)

    def _answer(self, request: Generate) -> tuple[str, bool]:
        """The text, and whether it declines to answer."""
        if request.grounding is None:
            kind = small_talk(_typed(request.messages[-1]))
            return (REPLIES[kind], False) if kind else (NO_DOCUMENTS, True)
        if request.grounding.documents is not None:
            return _overview(request.grounding.evidence, request.grounding.documents), False
        return _quotation(ranked(request.grounding, self._embed))


def _typed(message: Message) -> str:
    """What the user typed of a message."""
    return "".join(part.text for part in message.parts if part.origin == "user")


def _quotation(choices: Sequence[Choice]) -> tuple[str, bool]:
    """The best sentence and those near it, in the order of their passages; or that no sentence answers."""
    if not choices or choices[0].worth < NEAR:
        return "The documents do not say.", True
    first = choices[0].sentence.evidence.number
    if choices[0].worth < ENOUGH:
        return f"The documents do not say. The nearest passage is [{first}].", True
    quoted = _quoted(choices)
    quoted.sort(key=lambda each: (each.evidence.number != first, each.evidence.number, each.start))
    return "\n\n".join(map(_with_marker, quoted)), False


def _quoted(choices: Sequence[Choice]) -> list[Sentence]:
    """The best sentence, and others near it that say more than those before them."""
    quoted: list[Sentence] = []
    for choice in choices[: 2 * MOST_QUOTED]:
        sentence = _introduction(choice.sentence, choices)
        own = set(terms(sentence.shown))
        repeats = any(len(own & set(terms(each.shown))) >= REPEATED * len(own) for each in quoted)
        if choice.score >= choices[0].score - MARGIN and not repeats:
            quoted.append(sentence)
    return quoted[:MOST_QUOTED]


def _introduction(line: Sentence, choices: Sequence[Choice]) -> Sentence:
    """The sentence that introduces a line of code and is shown with all of the block; any other sentence itself."""
    if line.kind != "code":
        return line
    others = (choice.sentence for choice in choices if choice.sentence.evidence == line.evidence)
    return next((each for each in others if each.start < line.start < each.start + len(each.shown)), line)


def _with_marker(sentence: Sentence) -> str:
    """The quotation with its number, as Markdown: code stays code, and a number stands behind a closing fence."""
    marker, shown = f"[{sentence.evidence.number}]", sentence.shown
    if shown != sentence.text:
        return f"{shown}\n\n{marker}"
    if sentence.kind == "code":
        fence = "`" * (1 + max(map(len, re.findall("`+", shown)), default=0))
        space = " " if shown.startswith("`") or shown.endswith("`") else ""
        return f"{fence}{space}{shown}{space}{fence} {marker}"
    return f"{shown} {marker}"


def _overview(evidence: Sequence[Evidence], documents: int) -> str:
    """The documents, the first of them with the sentence that each opens with."""
    if not documents:
        return "There are no documents here yet."
    lines = [f"There are {documents} documents:" if documents > 1 else "There is one document:", ""]
    for each in evidence[:LISTED]:
        passage = each.passage
        spans = sentences.spans(passage.text)
        opening = f": {passage.text[spans[0][0] : spans[0][1]]}" if spans else ""
        lines.append(f"- **{passage.title or passage.source}**{opening} [{each.number}]")
    if documents > LISTED:
        lines += ["", f"… and {documents - LISTED} more."]
    return "\n".join(lines)
