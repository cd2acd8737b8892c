"""What kind of question it is: small talk, about the collection itself, or one to search for."""

from __future__ import annotations

import re
from typing import Literal

Route = Literal["small_talk", "collection", "search"]

_SMALL_TALK = re.compile(
    r"(hi|hello|hey|hallo|hola|bonjour|ciao|salut|good (morning|afternoon|evening|day)|greetings"
    r"|thanks|thank you|thx|merci|danke|gracias|great|ok|okay|cool|nice|perfect|good ?bye|bye|see you|cheers"
    r"|who are you|what are you|what('s| is) your name|what can you do( for me)?|how can you help( me)?|help( me)?"
    r"|how are you)"
)
_FILLERS = re.compile(r"\b(there|again|so much|very much|a lot|a million|chatbot|bot|everyone|all|then|now|please)\b")
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
    plain = " ".join(re.sub(r"[^\w\s']", " ", question.lower()).split())
    said = " ".join(_FILLERS.sub(" ", plain).split())
    words = len(plain.split())
    if words <= 8 and said and re.fullmatch(rf"{_SMALL_TALK.pattern}( {_SMALL_TALK.pattern})*", said):
        return "small_talk"
    if words <= 14 and _COLLECTION.match(re.sub(r"^(please|can you|could you|so|and|ok|hi|hello) ", "", plain)):
        return "collection"
    return "search"
