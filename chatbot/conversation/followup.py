"""A follow-up as a question that stands alone, for retrieval where no model can rewrite it.

Rules for English, by words: a question that points back ("how much does it cost?"), that goes on ("and in Norway?"), or
that says too little ("why?") gets the words that carry the conversation's subject. One that only names another subject
("and beam search?") is the last question, asked of that. One that stands alone is left as it is. In other languages
only questions of one or two words are taken for follow-ups.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from chatbot.conversation.history import asked
from chatbot.messages import Message

SUBJECT_WORDS = 8
"""Most words that are carried over: a question's worth."""

_WORD = re.compile(r"\w+(?:['’-]\w+)*")


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_FUNCTION_WORDS = _words(
    "a about above after again all also am an and another any anything are aren't as at be because been before being "
    "below between both but by can can't cannot could did didn't do does doesn't doing don't down during each either "
    "else even ever few for from further had has hasn't have haven't having he her here hers him his how how's i i'd "
    "i'll i'm i've if in instead into is isn't it it's its itself just let's may maybe me might mine more most much "
    "must my neither no nor not now of off on one ones only or other others our ours out over own perhaps same shall "
    "she should shouldn't so some something still such than that that's the their theirs them then there there's these "
    "they they're this those through to too under until up upon us very was wasn't we were weren't what what's when "
    "when's where where's whether which while who who's whom whose why will with within without won't would wouldn't "
    "yes yet you your yours first second third last former latter"
)

_TALK = _words(
    "actually briefly call called compare describe detail details elaborate example examples exactly explain find get "
    "give go going good got happen happens happened help kind know like list look make makes many mean means meant "
    "need please really right say says see show simple simply sort sure tell thank thanks thing things think true try "
    "understand use used using want way ways well work works worked wrong"
)
"""Words in which people ask rather than what they ask about."""

_BACK = _words("it its it's itself they them their theirs they're he him his she her hers those these")
_WEAKLY_BACK = _words("this that that's one ones other others another same such former latter")
_MEASURES = _words("long far often old big large tall fast soon deep wide high heavy")
"""Words that after "how" ask for a measure and say nothing of a subject."""
_PREPOSITIONS = _words("in for with without on at from to of by during after before under over since")
_ORDINALS = {"first": 0, "second": 1, "third": 2, "last": -1, "former": 0, "latter": -1}

_GOES_ON = re.compile(
    r"(and|but|or|also|so|then|plus|ok(ay)?|what about|how about|what else|anything else|why not|what if)\b"
)
_AND_ASKS = re.compile(
    r"\s*(?:and|but|also|so|then|ok(?:ay)?)[\s,]+((?:what|how|who|whose|where|when|which|why|does|do|did|is|are|was|were|can)\b"
    r"(?! about\b| if\b| not\b| else\b).+)",
    re.IGNORECASE | re.DOTALL,
)
"""A question that goes on only by its first word."""

_ASKS = _words("how which when where who whose why what can could does do did is are was were will any in for the")
_DEFINES = re.compile(r"(what('s| is| are| was| were)|who('s| is| are| was| were)|define|explain|describe)\b(?! the\b)")
_OTHER_SUBJECT = re.compile(
    r"\s*(?:(?:and|but|or|also|ok(?:ay)?|so)[\s,]+)?(?:(?:what|how) about\s+)?(.+?)[\s?!.]*$", re.IGNORECASE
)
_COUNTS = re.compile(r"\bthe (first|second|third|last|former|latter)( (one|ones|point|item|option|method))?$")
_ITEM = re.compile(r"^\s*(?:[-*+•]|\d{1,2}[.)])\s+(.+)$", re.MULTILINE)


def standalone(question: str, history: Sequence[Message]) -> str:
    """The question, with the conversation's subject in brackets where it leans on what was said before.

    history: the messages before it. The subject is taken from the user's last question that stands alone and those
    after it, and from the answer's list where the question points at an item of it ("the second one"). A question that
    only names another subject becomes the one before it, with that subject.
    """
    words = _WORD.findall(question)
    if not words or not leans(question):
        return question
    if other := _asked_of_another(question, history):
        return other
    carried = [*_pointed_at(words, history), *_subject(history)]
    known = {word.lower() for word in words}
    fresh = [word for word in dict.fromkeys(carried) if word.lower() not in known][:SUBJECT_WORDS]
    return f"{question.rstrip()} ({' '.join(fresh)})" if fresh else question


def leans(question: str) -> bool:
    """Whether a question cannot be understood without what was said before it."""
    if whole := _AND_ASKS.match(question):
        return leans(whole[1])
    plain = " ".join(_WORD.findall(question.lower().replace("’", "'")))
    words = _WORD.findall(question)
    content = content_words(question)
    first = plain.partition(" ")[0].partition("'")[0]
    if not content or (len(words) <= 2 and first in _ASKS) or (len(words) <= 4 and first in _PREPOSITIONS):
        return True
    if _GOES_ON.match(plain) and len(content) <= 4:
        return True
    if _points_back(words):
        return True
    if len(content) <= 3 and any(word.lower() in _WEAKLY_BACK for word in words):
        return True
    if _COUNTS.search(plain):
        return True
    return len(content) == 1 and first in _ASKS and not _DEFINES.match(plain)


def content_words(text: str) -> list[str]:
    """The words that say what a text is about, as they are written there."""
    found = _WORD.findall(text.replace("’", "'"))
    measures = {at + 1 for at, word in enumerate(found[:-1]) if word.lower() == "how" and found[at + 1] in _MEASURES}
    plain = _FUNCTION_WORDS | _TALK
    return [word for at, word in enumerate(found) if word.lower() not in plain and at not in measures]


def _points_back(words: Sequence[str]) -> bool:
    """A pronoun stands where nothing before it in the question can be what it means."""
    before = 0
    for number, word in enumerate(words):
        if word.lower() in _BACK:
            return True
        if word.lower() not in _FUNCTION_WORDS and word.lower() not in _TALK:
            before += 1
            if before > 1 or (number > 0 and word[0].isupper()):
                return False
    return False


def _other_subject(question: str) -> str:
    """What a question such as "and top-k?" names, if that is all it says; a "the" would speak of the same subject."""
    match = _OTHER_SUBJECT.match(question)
    if match is None or match.start(1) == 0 or not _GOES_ON.match(question.strip().lower()):
        return ""
    words = _WORD.findall(match[1])
    return match[1] if 0 < len(words) <= 4 and content_words(match[1]) == words else ""


def _asked_of_another(question: str, history: Sequence[Message]) -> str:
    """The last question that stands alone, asked of the other subject; empty where what to replace is not clear."""
    other = _other_subject(question)
    before = next((text for text in _questions(history) if not leans(text)), "") if other else ""
    names = _runs(before, lambda word: word[0].isupper()) if other[:1].isupper() else []
    places = names if len(names) == 1 else _runs(before, lambda word: True)
    if len(places) != 1:
        return ""
    start, end = places[0]
    return f"{before[:start]}{other}{before[end:]}"


def _runs(question: str, counts: Callable[[str], bool]) -> list[tuple[int, int]]:
    """Where the content words stand that count, neighbours together."""
    runs: list[tuple[int, int]] = []
    for word in _WORD.finditer(question):
        if not content_words(word.group()) or not counts(word.group()):
            continue
        if runs and question[runs[-1][1] : word.start()].isspace():
            runs[-1] = (runs[-1][0], word.end())
        else:
            runs.append(word.span())
    return runs


def _questions(history: Sequence[Message]) -> list[str]:
    """What the user said, the latest first."""
    return [text for message in reversed(history) if message.role == "user" and (text := asked(message))]


def _subject(history: Sequence[Message]) -> list[str]:
    """Content words of the user's questions back to the last one that stands alone, the latest question first."""
    carried: list[str] = []
    for question in _questions(history):
        carried += content_words(question)
        if not leans(question) or _other_subject(question):
            break
    return carried


def _pointed_at(words: Sequence[str], history: Sequence[Message]) -> list[str]:
    """Content words of the item in the last answer's list that the question counts to."""
    counts = [_ORDINALS[word.lower()] for word in words if word.lower() in _ORDINALS]
    answers = [message.text for message in history if message.role == "assistant" and message.text]
    items = _ITEM.findall(answers[-1]) if answers else []
    if not counts or not -len(items) <= counts[0] < len(items):
        return []
    return content_words(items[counts[0]])[: SUBJECT_WORDS // 2]
