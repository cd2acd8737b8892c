"""Numbers in English words, where they are certain: "twenty-five", "one hundred and five", "two thousand"."""

from __future__ import annotations

import re
from fractions import Fraction

_SMALL = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen"
).split()
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety".split()
_VALUES = {word: value for value, word in enumerate(_SMALL)} | {word: 10 * tens for tens, word in enumerate(_TENS, 2)}
_SCALES = {"thousand": 10**3, "million": 10**6, "billion": 10**9}

_WORD = rf"(?:{'|'.join(sorted((*_VALUES, 'hundred', *_SCALES), key=len, reverse=True))})"
_PHRASE = re.compile(rf"\b{_WORD}\b(?:(?:[ -]|,\s|\sand\s){_WORD}\b){{0,12}}", re.IGNORECASE)
_LEAD = re.compile(
    r"\W*(?:(?:about|approximately|exactly|only|just|a\s+total\s+of|equal\s+to|it\s+is|it's)\s+)?(?P<minus>(?:minus|negative)\s+)?",
    re.IGNORECASE,
)
_UNCERTAIN = re.compile(
    r"\W*(?:of|or|who|that|which|which|thing|by|more|less|point|half|halves|thirds?|fourths?|and|to)\b", re.IGNORECASE
)


def leading_number(text: str, *, within: bool = False) -> Fraction | None:
    """The number in words that a text begins with; `within`: the only one in it, where that is not just "one"."""
    phrases = list(_PHRASE.finditer(text[:500]))
    lead = _LEAD.match(text)
    if not phrases or lead is None:
        return None
    first = phrases[0]
    certain = first.start() == lead.end() or (within and len(phrases) == 1 and first[0].lower() != "one")
    if not certain or _UNCERTAIN.match(text, first.end()):
        return None
    value = _value(first[0])
    return -value if value and lead["minus"] and first.start() == lead.end() else value


def _value(phrase: str) -> Fraction | None:
    """None for words that do not form one number, such as "five six"."""
    total, part, last = 0, 0, 10**12
    for word in re.findall(r"[a-z]+", phrase.lower()):
        if word == "and":
            continue
        if word in _SCALES:
            total, part, last = total + (part or 1) * _SCALES[word], 0, 10**12
        elif word == "hundred":
            part, last = (part or 1) * 100, 100
        else:
            value = _VALUES[word]
            if value >= last or (last < 100 and (last < 20 or value >= 10)):
                return None
            part, last = part + value, value or 1
    return Fraction(total + part)
