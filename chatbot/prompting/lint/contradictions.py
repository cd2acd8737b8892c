"""P5: instructions that cannot all be followed.

Only sentences that always hold are compared: one with an "if", one in an `if` block and two steps of a numbered list
may well differ.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator
from itertools import product

from chatbot.prompting.lint.finding import Fault, Rule
from chatbot.prompting.lint.subject import Sentence, Subject

_NEGATED = re.compile(r"\b(?:not|never|no|without|n't|avoid|rather than|nor)\b[^,.;:]*$|n't\b[^,.;:]*$", re.IGNORECASE)

_BRIEF = re.compile(
    r"\b(?:briefly|concisely|be (?:very )?(?:brief|concise)|keep (?:it|your answers?|answers) (?:short|brief|concise)"
    r"|(?:a |in )?(?:short|brief|concise) (?:answers?|repl(?:y|ies)|responses?)"
    r"|in (?:one|a single) (?:word|sentence|line)"
    r"|in a few words|as (?:short|briefly|concisely) as possible)\b",
    re.IGNORECASE,
)
_DETAILED = re.compile(
    r"\b(?:in (?:great |full |much |more )?detail|at (?:great )?length|thoroughly|exhaustively|comprehensively"
    r"|elaborate on|as (?:detailed|long|thoroughly) as possible"
    r"|(?:detailed|comprehensive|thorough|exhaustive|in-depth|lengthy|long) (?:answers?|repl(?:y|ies)|responses?"
    r"|explanations?|analys[ie]s))\b",
    re.IGNORECASE,
)
_ALONE = re.compile(
    r"\b(?:only|just|nothing but) (?:with |in |as )?(?:the |a |one |valid |raw |single )*"
    r"(?:json|xml|yaml|csv|html|number|letter|label|word|integer|code|answer)\b"
    r"|\b(?:json|xml|yaml|csv|html|number|letter|label|word|integer|answer) (?:object |array )?(?:only|alone)\b"
    r"|\bno (?:other|additional|extra|further) text\b|\bwithout (?:any |an? )?(?:explanations?|reasoning|comments?)\b"
    r"|\b(?:do not|don't|never) (?:explain|justify|show your (?:work|reasoning))\b",
    re.IGNORECASE,
)
_AT_THE_END = re.compile(r"\b(?:ends?|last|final(?:ly)?|then|after(?:wards)?|follow(?:ed|s)?|begins?|first)\b", re.I)
_EXPLAINED = re.compile(
    r"\b(?:explain (?:your|why|how|the|each|in|what)|justify|show your (?:work|working|reasoning|steps)|think aloud"
    r"|give (?:a |your |the )?(?:reasons?|reasoning|explanation|justification)"
    r"|provide (?:a |an |your |the )?(?:reasons?|reasoning|explanation|justification)"
    r"|say why|reason (?:step by step|first|aloud)|think (?:it through )?step by step)\b",
    re.IGNORECASE,
)
_INSIDE = re.compile(r"\b(?:fields?|keys?|json|property|properties|comments?|attributes?|elements?)\b|[\"'`]", re.I)
_LANGUAGES = (
    "english german french spanish italian portuguese dutch polish russian ukrainian czech swedish danish norwegian "
    "finnish greek turkish arabic hebrew hindi chinese japanese korean vietnamese thai indonesian hungarian romanian "
    "latin catalan"
).split()
_OUTPUT_LANGUAGE = re.compile(
    r"\b(?:answer|reply|respond|write|speak|output)(?: always| only| everything| (?:your |the |all )?(?:answers?|text"
    rf"|repl(?:y|ies)|responses?|output))* (?:only )?in (?:(?P<named>{'|'.join(_LANGUAGES)})\b"
    r"|(?P<asked>the (?:same )?language of the (?:question|user|text|conversation|message)|its own language"
    r"|the (?:user|question)'s language|the same language))",
    re.IGNORECASE,
)
_ALWAYS = re.compile(r"\b(?:always|make sure to|be sure to|you must|must)\s+(?!not\b|never\b)(.+)", re.IGNORECASE)
_NEVER = re.compile(r"\b(?:never|do not|don't|must not|you may not)\s+(.+)", re.IGNORECASE)
_FILLERS = frozenset("the a an any your all ever always please".split())


def _length(subject: Subject) -> Iterator[Fault]:
    yield from _opposed(subject, _BRIEF, _DETAILED, "asks for little, and {other} for much")


def _form(subject: Subject) -> Iterator[Fault]:
    alone = [each for each in _that_say(subject, _ALONE, negatable=False) if not _AT_THE_END.search(each.text)]
    explained = [each for each in _that_say(subject, _EXPLAINED) if not _INSIDE.search(each.text)]
    for first, second in product(alone, explained):
        if _both_hold(first, second) and not _AT_THE_END.search(second.text):
            yield _fault(first, second, "wants the answer alone, and {other} an explanation")
            return
    if alone and "cot" in subject.strategy:
        line = subject.line_of("metadata", "chatbot", "strategy")
        yield Fault(
            alone[0].line,
            f"{_quoted(alone[0])} wants the answer alone, and the strategy {subject.strategy} (line {line}) the steps",
            f"take this sentence away, or ask directly:\nstrategy: {subject.strategy.replace('_cot', '')}",
        )


def _language(subject: Subject) -> Iterator[Fault]:
    found = [
        (sentence, (match["named"] or "the asker's language").casefold())
        for sentence in subject.sentences
        if not sentence.conditional
        for match in _OUTPUT_LANGUAGE.finditer(sentence.text)
        if not _NEGATED.search(sentence.text[: match.start()])
    ]
    for sentence, language in found[1:]:
        if language != found[0][1] and _both_hold(found[0][0], sentence):
            yield _fault(found[0][0], sentence, "sets one language, and {other} another")
            return


def _always_never(subject: Subject) -> Iterator[Fault]:
    wanted = [(each, clause) for each in subject.sentences for clause in _wanted(each)]
    refused = [(each, clause) for each in subject.sentences for clause in _clauses(_NEVER, each)]
    for (first, positive), (second, negative) in product(wanted, refused):
        if positive == negative and _both_hold(first, second):
            yield _fault(first, second, "wants what {other} forbids")
            return


def _opposed(subject: Subject, left: re.Pattern[str], right: re.Pattern[str], message: str) -> Iterator[Fault]:
    for first, second in product(_that_say(subject, left), _that_say(subject, right)):
        in_turn = _AT_THE_END.search(first.text) or _AT_THE_END.search(second.text)
        if _both_hold(first, second) and not in_turn:
            yield _fault(first, second, message)
            return


def _that_say(subject: Subject, pattern: re.Pattern[str], *, negatable: bool = True) -> list[Sentence]:
    """Sentences that always hold and say this without a "not" before it."""
    return [
        sentence
        for sentence in subject.sentences
        if not sentence.conditional
        and (match := pattern.search(sentence.text))
        and not (negatable and _NEGATED.search(sentence.text[: match.start()]))
    ]


def _both_hold(first: Sentence, second: Sentence) -> bool:
    if first.conditional or second.conditional or first.excludes(second):
        return False
    return first.text != second.text and not (first.item and second.item and first.item != second.item)


def _wanted(sentence: Sentence) -> Iterator[tuple[str, ...]]:
    """What is to be done: after "always", or the sentence itself where it begins with the verb."""
    yield from _clauses(_ALWAYS, sentence)
    if not _NEVER.match(sentence.text):
        yield from _clauses(re.compile(r"^(?:[-*•]\s*|\d+[.)]\s*)?(.+)"), sentence)


def _clauses(pattern: re.Pattern[str], sentence: Sentence) -> Iterator[tuple[str, ...]]:
    """The content words of a clause; one word alone is too little to compare."""
    if match := pattern.search(sentence.text):
        clause = re.split(r"[.,;:!?()]|\s(?:and|or|but|because|so that)\s", match[1])[0]
        words = tuple(word for word in re.findall(r"[\w'-]+", clause.casefold()) if word not in _FILLERS)
        if len(words) >= 2:
            yield words


def _fault(first: Sentence, second: Sentence, message: str) -> Fault:
    kept = min(first, second, key=lambda sentence: sentence.line)
    what = f"{_quoted(first)} {message.format(other=f'{_quoted(second)} (line {second.line})')}"
    return Fault(first.line, what, f"keep one of the two, such as:\n{kept.text}")


def _quoted(sentence: Sentence, room: int = 60) -> str:
    cut = textwrap.shorten(sentence.text, room, placeholder=" …")
    return f'"{cut}"'


_WHY = "The model can follow only one of them, and which one changes from call to call."

RULES = (
    Rule("P501", _WHY, _length),
    Rule("P502", _WHY, _form),
    Rule("P503", _WHY, _language),
    Rule("P504", _WHY, _always_never),
)
