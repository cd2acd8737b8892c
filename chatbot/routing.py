"""What kind of question it is: small talk, about the collection itself, or one to search for."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Literal

Route = Literal["small_talk", "collection", "search"]

SmallTalk = Literal["greeting", "thanks", "farewell", "assent", "identity", "abilities", "wellbeing"]

_SMALL_TALK: Mapping[SmallTalk, str] = {
    "greeting": r"hi|hello|hey|hallo|hola|bonjour|ciao|salut|good (morning|afternoon|evening|day)|greetings",
    "thanks": r"thanks|thank you|thx|merci|danke|gracias|cheers",
    "farewell": r"good ?bye|bye|see you|good night",
    "assent": r"great|ok|okay|cool|nice|perfect|got it|i see",
    "identity": r"who are you|what are you|what('s| is) your name",
    "abilities": r"what can you do( for me)?|how can you help( me)?|help( me)?|what do you do",
    "wellbeing": r"how are you( doing)?|how('s| is) it going|what's up",
}
_PHRASES: Mapping[SmallTalk, re.Pattern[str]] = {kind: re.compile(words) for kind, words in _SMALL_TALK.items()}
_FILLERS = re.compile(r"\b(there|again|so much|very much|a lot|a million|chatbot|bot|everyone|all|then|now|please)\b")
_OPENINGS = re.compile(r"^(please|can you|could you|so|and|ok|hi|hello) ")
_COLLECTION = re.compile(
    r"(what|which) (documents?|files?|sources?|topics?|material)( do you| can you| are| is| have| does|$)"
    r"|what do you (have|know)( about)?( here)?$"
    r"|(list|show)( me)?( all)?( the| your| my)? (documents?|files?|sources?|topics?)$"
    r"|(summari[sz]e|describe|outline)( to me)?( it| this| (all )?(the|these|my|your) (documents?|files?|collection|"
    r"knowledge|folder|context))( for me)?$"
    r"|what (is|are) (this|it|these|(the|these|your|my) (documents?|collection|knowledge|folder|context|files?)) about$"
    r"|what can i ask( you)?( about)?$|how many (documents?|files?) "
)


def route(question: str) -> Route:
    """The kind of `question`. In doubt it is a search: a real question is never taken for small talk."""
    if small_talk(question):
        return "small_talk"
    plain = _plain(question)
    if len(plain.split()) <= 14 and _COLLECTION.match(_OPENINGS.sub("", plain)):
        return "collection"
    return "search"


def small_talk(question: str) -> SmallTalk | None:
    """What kind of small talk `question` is, the last where it is several ("hello, how are you?"); None for none."""
    plain = _plain(question)
    left, kind = " ".join(_FILLERS.sub(" ", plain).split()), None
    if len(plain.split()) > 8:
        return None
    while left:
        found = next(((each, match) for each, phrase in _PHRASES.items() if (match := _whole(phrase, left))), None)
        if found is None:
            return None
        kind, match = found
        left = left[match.end() :].lstrip()
    return kind


def _plain(question: str) -> str:
    return " ".join(re.sub(r"[^\w\s']", " ", question.lower()).split())


def _whole(phrase: re.Pattern[str], text: str) -> re.Match[str] | None:
    """The phrase at the beginning of `text`, ending where a word ends."""
    match = phrase.match(text)
    return match if match and (match.end() == len(text) or text[match.end()] == " ") else None
