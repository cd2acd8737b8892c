"""What kind of answer a question asks for (a date, a number, a name, a definition), and whether a sentence holds one.

Told by words, of English: a question of which nothing is known is fitted by every sentence alike.
"""

from __future__ import annotations

import re

from chatbot.terms import STOP_WORDS, terms, words

LONGEST_SUBJECT = 4
"""Words of what a definition is asked of; a longer question asks for more than a definition."""

_DATE_ASKED = re.compile(r"\bwhen\b|\b(what|which) (year|date|day|month|century|decade)\b", re.IGNORECASE)
_NUMBER_ASKED = re.compile(
    r"\bhow (many|much|long|old|far|often|tall|big|large|high|deep|fast|wide|heavy)\b"
    r"|\b(what|which) (percent\w*|number|age|share|proportion|size|amount)\b",
    re.IGNORECASE,
)
_NAME_ASKED = re.compile(r"\b(who|whom|whose|where)\b", re.IGNORECASE)
_DEFINITION_ASKED = re.compile(
    r"\W*(?:(?:what|who)(?:['’]s| is| are| was| were)|define|explain|what do(?:es)?(?= .* (?:mean|stand for)\W*$))"
    r"(?: an?| the)? (.+?)(?: mean| stand for)?\W*$",
    re.IGNORECASE,
)

_DATE = re.compile(
    r"\b(1\d{3}|20\d\d)s?\b|\b\d\d?(st|nd|rd|th)\b|\b\d\d?:\d\d\b|\b(BC|AD|BCE|CE)\b"
    r"|\b(January|February|March|April|May|June|July|August|September|October|November|December)\b"
    r"|\b([Cc]entur(y|ies)|[Dd]ecades?)\b"
)
_NUMBER = re.compile(
    r"\d|\b(one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|dozen|hundred|thousand|million|billion|half"
    r"|third|quarter|once|twice)\b",
    re.IGNORECASE,
)
_NAME = re.compile(r"\b[A-Z][\w'’-]+")
_DEFINES = re.compile(
    r"(?: ?\([^)]*\)| (?:is|are|was|were) (?:an?|the|one|any|what|how)\b| means\b| refers to| stands for)"
)


def fits(question: str, sentence: str, *, opening: bool = False) -> float:
    """Whether the sentence holds the kind of thing that is asked for: 1 yes, 0 no, a half where it is not known.

    opening: it is the first of its passage, where definitions stand.
    """
    if _DATE_ASKED.search(question):
        return 1.0 if _DATE.search(sentence) else 0.5 if _NUMBER.search(sentence) else 0.0
    if _NUMBER_ASKED.search(question):
        return 1.0 if _NUMBER.search(sentence) else 0.0
    if subject := defined(question):
        return _defines(subject, sentence, opening=opening)
    return _names(question, sentence) if _NAME_ASKED.search(question) else 0.5


def defined(question: str) -> str:
    """What the question wants defined ("What is a reward model?"); empty where it asks for something else."""
    match = _DEFINITION_ASKED.match(question)
    subject = match[1] if match else ""
    return subject if subject and len(words(subject)) <= LONGEST_SUBJECT else ""


def _defines(subject: str, sentence: str, *, opening: bool) -> float:
    """1 where the sentence begins with the subject or its long form and says what it is; less where it only begins."""
    if re.search(rf"\({re.escape(subject)}\) (?:is|are|was|were|means)\b", sentence, re.IGNORECASE):
        return 1.0
    wanted = terms(subject)
    begin = re.compile(r"\W*(?:an? |the )?" + r"\W+".join(r"[\w'’]+" for _ in wanted), re.IGNORECASE).match(sentence)
    if begin is None or terms(begin[0]) != wanted:
        return 0.0
    return 1.0 if _DEFINES.match(sentence, begin.end()) else 0.9 if opening else 0.6


def _names(question: str, sentence: str) -> float:
    """1 where it names something that the question does not; a half for a capital at the beginning only."""
    asked = {*words(question), *STOP_WORDS}
    places = [name.start() for name in _NAME.finditer(sentence) if name[0].lower() not in asked]
    return 0.0 if not places else 1.0 if places[-1] > 0 else 0.5
