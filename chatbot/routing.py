"""What kind of question it is: small talk, about the collection itself, or one to search for."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Literal

Route = Literal["small_talk", "collection", "search"]

SmallTalk = Literal["greeting", "thanks", "farewell", "assent", "identity", "abilities", "wellbeing"]

_SMALL_TALK: Mapping[SmallTalk, str] = {
    "greeting": r"hi|hello|hey|hiya|yo|hallo|hola|bonjour|ciao|salut|good (morning|afternoon|evening|day)|greetings",
    "thanks": r"thanks|thank you|thx|merci|danke|gracias|cheers|that (helps|helped)",
    "farewell": r"good ?bye|bye|see you( later| soon| tomorrow)?|good night",
    "assent": r"great|ok|okay|cool|nice|perfect|got it|i see",
    "identity": (
        r"who are you|what are you|what('s| is) your name|who (made|built|wrote|created) you"
        r"|are you( an?)?( (real|human|person|robot|machine|ai|chatgpt|language model))*"
    ),
    "abilities": r"what can you do( for me)?|how can you help( me)?|help( me)?|what do you do",
    "wellbeing": r"how are you( doing)?( today)?|how('s| is) it going|what's up",
}
_PHRASES: Mapping[SmallTalk, re.Pattern[str]] = {
    kind: re.compile(rf"(?:{words})(?= |$)") for kind, words in _SMALL_TALK.items()
}
_FILLERS = re.compile(r"\b(there|again|so much|very much|a lot|a million|chatbot|bot|everyone|all|then|now|please)\b")
_OPENINGS = re.compile(r"^(please|can you|could you|so|and|ok|hi|hello) ")
_ALL = (
    r"(all )?((of )?(the|this|these|my|your) )?(whole )?"
    r"(documents?|files?|sources?|collection|knowledge( base)?|folder|context|handbook)"
)
_THEMES = r"(documents?|files?|sources?|topics?|subjects?|material)"
_COLLECTION = re.compile(
    rf"(what|which) {_THEMES}"
    r"( (do you|can you|can i|does|are|is)( \w+){0,3}? (have|know|use|hold|cover|contain|read|see|search|quote|ask"
    r"|there|here|available|indexed|covered|included|loaded)( of| about| here| there)?)?$"
    r"|what (do|can) you (have|know|tell me)( about)?( here)?$|tell me what you (have|know)$"
    rf"|(list|show)( me)?( all)?( the| your| my)? {_THEMES}( you have| there are)?$"
    rf"|(summari[sz]e|describe|outline)( to me)? (it|this|everything|{_ALL})( for me)?$"
    rf"|((give|show) me )?(an? )?(overview|summary|tl dr)( of (it|this|everything|{_ALL}))?$"
    rf"|what (is|are) (this|it|these|{_ALL})( here)? about$|what('s| is| are)( there)? in {_ALL}$"
    r"|what can i ask( you)?( about)?$|how many (documents?|files?)( do you have| are there| are in .*)?$"
)


def route(question: str) -> Route:
    """The kind of `question`. In doubt it is a search: a real question is never taken for small talk."""
    if small_talk(question):
        return "small_talk"
    plain = _plain(question)
    if len(plain.split()) <= 14 and _COLLECTION.match(_OPENINGS.sub("", plain).removesuffix(" please")):
        return "collection"
    return "search"


def small_talk(question: str) -> SmallTalk | None:
    """What kind of small talk `question` is, the last where it is several ("hello, how are you?"); None for none."""
    plain = _plain(question)
    left, kind = " ".join(_FILLERS.sub(" ", plain).split()), None
    if len(plain.split()) > 8:
        return None
    while left:
        found = next(((each, match) for each, phrase in _PHRASES.items() if (match := phrase.match(left))), None)
        if found is None:
            return None
        kind, match = found
        left = left[match.end() :].lstrip()
    return kind


def _plain(question: str) -> str:
    return " ".join(re.sub(r"[^\w\s']", " ", question.lower()).split())
