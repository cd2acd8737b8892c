"""Where a reply states its answer, and what of the rest of it may count as one.

Goes through a reply once, sentence by sentence. A sentence states an answer ("The answer is 5"), refuses one ("I cannot
tell"), takes back what was said ("Wait, that is wrong"), rejects ("One might think that the answer is 5"), asks, is
polite, or tells something on the way. What an answer is, a number or a letter, is not known here: that is read from the
statements, the last one first, and from what is told only where no statement can be read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from chatbot.prompting.json_values import stated_values
from chatbot.prompting.phrases import (
    ANSWERS,
    ANSWERS_BEFORE,
    ASIDE,
    ASKS,
    CONTRADICTS,
    DOUBTS,
    HEADING,
    NEGATES,
    NO_ANSWER,
    OFFERS,
    PLANS,
    REFUSES,
    RETRACTS,
    SUPPOSES,
    TOPICS,
)
from chatbot.prompting.plain import BOXED, END_BOXED, LINE, plain

LONGEST = 2_000
"""Characters of a sentence that are read; no answer is stated in a longer one."""


@dataclass(frozen=True, slots=True)
class Statement:
    """What a reply states as its answer, or that it has none."""

    text: str
    """What follows "the answer is", to the end of the sentence."""
    alone: bool = False
    """It has a box, a line or a value of JSON to itself, so it is an answer as a whole or not at all."""
    before: bool = False
    """It stands before "is the answer", and its end counts."""
    negated: bool = False
    """It says what the answer is not. Only a label can begin so ("not hateful")."""
    refuses: bool = False
    """It may say that there is no answer: "unknown", "none", or nothing at all."""


@dataclass(slots=True)
class Said:
    """A reply, sorted."""

    stated: list[Statement] = field(default_factory=list)
    """The last one first; nothing that was said before a refusal, or taken back."""
    told: list[str] = field(default_factory=list)
    """Sentences that assert something else, in order; none where the reply ends with a question or a refusal."""
    questions: int = 0
    asked: list[bool] = field(default_factory=list)
    """For each sentence told: whether it follows a question."""


def read(text: str, *, topics: bool = False) -> Said:
    """A reply, sorted. With `topics`, "sentiment: …" and the like state an answer too."""
    said, ends_open = Said(), False
    after_question = False
    for sentence in sentences(plain(text)):
        if RETRACTS.match(sentence) and (said.told or said.stated):
            rest = RETRACTS.sub("", sentence, count=1)
            said = Said(told=[rest], asked=[False], questions=said.questions)
            continue
        if _asks(sentence):
            if OFFERS.match(sentence):
                continue
            said.questions += 1
            ends_open = after_question = True
            continue
        if after_question and sentence.startswith("(") and sentence.endswith((")", ").")):
            continue  # it says more about the question
        found, rejected = _statement(sentence, topics)
        if found is None and REFUSES.search(sentence):
            found = Statement("", refuses=True)
        if found:
            ends_open = False
            _add(said, found)
        elif (
            not rejected and not ASIDE.search(sentence) and not SUPPOSES.search(sentence) and not PLANS.match(sentence)
        ):
            ends_open = False
            said.told.append(sentence)
            said.asked.append(after_question)
        after_question = False
    said.stated.extend(Statement(value, alone=True, refuses=not value) for value in stated_values(text))
    said.stated.reverse()
    if ends_open or (said.stated and said.stated[0].refuses):
        said.told, said.asked = [], []
    return said


def _add(said: Said, found: Statement) -> None:
    if found.refuses:
        said.stated.clear()
    said.stated.append(found)
    if found.refuses or not (found.alone or found.before or found.negated):
        said.told, said.asked = ([], []) if found.refuses else ([found.text], [False])


def sentences(text: str) -> Iterator[str]:
    """The sentences of a plain text, without marks of lists and headings; a heading that announces the answer is one
    with the line behind it.
    """
    heading = ""
    for line in text.split("\n"):
        line = _LIST_MARK.sub("", line.strip())
        if not line.strip(" *_-=|$"):
            continue
        line, heading = heading + line, ""
        if HEADING.fullmatch(line):
            heading = line.rstrip(" :*") + ": "
            continue
        start = 0
        for end in _END.finditer(line):
            if end[1] is None or _ABBREVIATED.search(line[max(0, end.start() - 12) : end.end() + 1]):
                continue
            if start < end.start() and not _LONE.fullmatch(line[start : end.start()].strip()):
                yield line[start : end.end()].strip()[:LONGEST]
                start = end.end()
        if rest := line[start:].strip():
            yield rest[:LONGEST]


_LIST_MARK = re.compile(r"^(?:(?:#{1,3}|#{5,6}|>|[-*+•])\s+|\|\s*)*(?:\(?\d{1,2}[.)]\s+(?=\D))?")
_END = re.compile(rf"{BOXED}[^{BOXED}{END_BOXED}]*{END_BOXED}|([.!?;])[.!?;]*[\"')\]]*(?:\s+|$)")
_ABBREVIATED = re.compile(
    r"\b(?:(?:rs|approx|i\.e|e\.g|mr|mrs|ms|dr|vs|ca|u\.s)\.\s+\S?|(?:no|fig|eq|re)\.\s+\d)$", re.IGNORECASE
)
_LONE = re.compile(r"\W*(?:\w|\d{1,2})", re.ASCII)
_BUT = re.compile(r"\b(?:but|however|though|while|whereas)\b|;", re.IGNORECASE)
_BOX = re.compile(rf"{BOXED}([^{BOXED}{END_BOXED}]*)")


def _asks(sentence: str) -> bool:
    return sentence.rstrip(" \"')]*").endswith("?") or bool(ASKS.match(sentence) and "=" not in sentence)


def _statement(sentence: str, topics: bool) -> tuple[Statement | None, bool]:
    """What a sentence states, and whether it rejects something instead."""
    boxes = list(_BOX.finditer(sentence))
    if boxes and not _doubted(sentence[: boxes[-1].start()], sentence[boxes[-1].end() :]):
        content = boxes[-1][1].strip()
        inner, _ = _statement(content, topics)
        return inner or _made(content, alone=True), False
    matches = list(ANSWERS.finditer(sentence))
    if topics and not matches:
        matches = list(TOPICS.finditer(sentence))
    end = len(sentence)
    for match in reversed(matches):
        behind = sentence[match.end() : end]
        end = match.start()
        if match["maybe"] or _doubted(sentence[: match.start()], behind):
            continue
        return _made(behind.strip(), negated=match["negated"] is not None), False
    before = ANSWERS_BEFORE.match(sentence)
    if before and not _doubted(before[1], ""):
        return Statement(before[1], before=True), False
    if sentence.startswith(LINE):
        return _made(sentence[len(LINE) :].strip(), alone=True), False
    return None, bool(boxes or matches)


def _doubted(before: str, behind: str) -> bool:
    clause = _BUT.split(before)[-1]
    return bool(DOUBTS.search(clause) or SUPPOSES.search(clause) or CONTRADICTS.search(behind))


def _made(text: str, *, alone: bool = False, negated: bool = False) -> Statement:
    text = f"not {text}" if negated else text
    negated = negated or NEGATES.match(text) is not None
    return Statement(text, alone=alone, negated=negated, refuses=NO_ANSWER.match(text) is not None)
