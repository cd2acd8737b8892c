"""P1: what is asked. The task is stated, the form of the answer told, bounds are set, and a big task has steps."""

from __future__ import annotations

import re
from collections.abc import Iterator

from chatbot.prompting.lint.finding import Fault, Rule
from chatbot.prompting.lint.subject import Subject

_PERSONA = re.compile(r"(?:you are|you're|act as|imagine you are|your (?:name|role) is)\b", re.IGNORECASE)
_DOES = re.compile(r"\b(?:who|whose|that|which|to|must|should|will|can|for)\b", re.IGNORECASE)
_LABEL = re.compile(
    r"\b(?:question|answer|text|input|output|context|documents?|passages?|article|user|review|message|q|a)\s*:", re.I
)
_FORM = re.compile(
    r"\b(?:json|xml|yaml|csv|markdown|html|latex|tables?|lists?|bullets?|lines?|sentences?|words?|paragraphs?|letters?"
    r"|numbers?|digits?|formats?|formatted|form|columns?|headings?|fields?|keys?|tags?|code block|reply|respond|return"
    r"|output|end with|begin with|start with|at most|briefly|brief|short(?:ly)?|concise(?:ly)?|in detail|at length"
    r"|cite|quote|step by step|in the (?:same )?language|in its own language|yes or no|true or false|alone|exactly"
    r"|as follows|template|structure|schema|label|score|grade|title|one of|first|translation)\b",
    re.IGNORECASE,
)
_BOUND = re.compile(
    r"\b(?:only|never|not|don't|doesn't|no|without|at most|at least|must|should|exactly|alone|unless|if|where|limit"
    r"|up to|avoid|keep|brief(?:ly)?|concise(?:ly)?|short(?:ly)?|maximum|minimum|nothing|stick to|between|within"
    r"|(?:one|two|three|four|five|ten|\d+) (?:words?|sentences?|lines?|bullets?|paragraphs?|items?|points?))\b",
    re.IGNORECASE,
)
_IN_ORDER = re.compile(
    r"\b(?:first(?:ly)?|secondly|thirdly|then|next|after (?:that|this)|afterwards|finally|lastly)\b", re.IGNORECASE
)
_LISTED = re.compile(r"^[ \t]*(?:[-*•]|\d{1,2}[.)]|step \d)", re.MULTILINE | re.IGNORECASE)
LONG_PARAGRAPH = 60
"""Words."""
MANY_STEPS = 3
TASK_INPUTS = frozenset("instructions instruction task prompt request command".split())
"""Names of inputs that bring the task along."""


def _no_task(subject: Subject) -> Iterator[Fault]:
    if subject.shows_examples or any(slot.name in TASK_INPUTS for _, slot in subject.slots):
        return
    for turn in subject.instructing:
        for sentence in re.split(r"(?<=[.!?:])\s+|\n", turn.text):
            left = _LABEL.sub(" ", re.sub(r"\{\{.*?\}\}|<[^>]*>|[#*`\"'-]", " ", sentence)).strip()
            if re.search(r"\w", left) and not (_PERSONA.match(left) and not _DOES.search(left)):
                return
    name = next((name for name in subject.prompt.inputs), "")
    example = f"Answer the {name} in at most three sentences." if name else "Name three uses of a paper clip."
    yield Fault(
        subject.first_line,
        "the text does not say what the model is to do",
        f"write the task below `system:`, as a sentence with a verb, such as:\n{example}",
    )


def _no_form(subject: Subject) -> Iterator[Fault]:
    ways_of_its_own = subject.strategy.rpartition(" ")[2] not in ("zero_shot", "one_shot", "few_shot")
    if ways_of_its_own or subject.has_schema or subject.shows_examples or not subject.english or not subject.sentences:
        return
    if not _FORM.search(subject.authored):
        yield Fault(
            subject.sentences[-1].line,
            "the text does not say what the answer should look like",
            "add a sentence on its form behind this line, such as:\nReply in one sentence, without an introduction.",
        )


def _untold_answer(subject: Subject) -> Iterator[Fault]:
    reads, text = subject.prompt.settings.answer, subject.authored.casefold()
    line = subject.line_of("metadata", "chatbot", "answer")
    if reads is None or subject.has_schema:
        return
    if reads.kind == "label":
        labels = reads.options.get("labels")
        shown = {row.answer.casefold() for row in (*subject.from_pool, *subject.in_body)}
        names = [str(each) for each in labels] if isinstance(labels, list | tuple) else []
        untold = [name for name in names if name.casefold() not in text and name.casefold() not in shown]
        if untold:
            told = f"Answer with one word alone: {', '.join(names[:-1])} or {names[-1]}."
            yield Fault(line, f"the text does not name the label {_listed(untold)}", f"name all labels, as in:\n{told}")
    if reads.kind == "after":
        marker = str(reads.options.get("marker", "Answer:")).strip()
        cot = "cot" in subject.strategy
        if marker.casefold() not in text and not (cot and marker == "Answer:"):
            told = f'End with a line "{marker}" and the answer alone.'
            yield Fault(line, f"the text does not ask for the marker {marker!r}", f"ask for it, as in:\n{told}")


def _no_bounds(subject: Subject) -> Iterator[Fault]:
    if subject.has_schema or subject.shows_examples or not subject.english or not subject.sentences:
        return
    if not any(slot.name for _, slot in subject.slots) or _BOUND.search(subject.authored):
        return
    yield Fault(
        subject.sentences[-1].line,
        "the text sets no bounds: no length, nothing to keep to, nothing to leave out",
        "say what must hold of every answer, such as:\nUse at most three sentences. Do not guess: if you do not know, "
        "say so.",
    )


def _one_lump(subject: Subject) -> Iterator[Fault]:
    for turn in subject.instructing:
        for match in re.finditer(r"(?:[^\n]|\n(?![ \t]*\n))+", turn.text):
            steps = {word.casefold() for word in _IN_ORDER.findall(match[0])}
            many = len(_IN_ORDER.findall(match[0])) >= MANY_STEPS and len(steps) > 1
            if many and len(match[0].split()) >= LONG_PARAGRAPH and not _LISTED.search(match[0]):
                yield Fault(
                    turn.line_at(match.start() + len(match[0]) - len(match[0].lstrip())),
                    f"one paragraph of {len(match[0].split())} words asks for several steps",
                    "write each step as an item of its own:\n1. (the first step)\n2. (the next one)",
                )


def _listed(names: list[str]) -> str:
    return " and ".join(map(repr, names))


RULES = (
    Rule("P101", "A model that is told who it is, or shown an input, still has to guess what is wanted.", _no_task),
    Rule("P102", "Without a form told, answers vary from call to call, and a program cannot read them.", _no_form),
    Rule("P103", "What reads the answer looks for words that the model was never told to write.", _untold_answer),
    Rule("P104", "What is not bounded grows: models pad answers, and guess where they do not know.", _no_bounds),
    Rule("P105", "Models skip steps that stand in the middle of a long paragraph.", _one_lump),
)
