"""Keeps the item under test, and what is nearly the same, from being shown as its own demonstration.

Two items are the same one if every input that both have is: equal but for case, spacing, marks and the way of writing
numbers; or one with words put before or after the other; or a copy of it with a few words changed, moved or left out.

A problem that differs from another in its numbers only is another problem: its answer differs, and to show it teaches
the method, which demonstrations are for. Figures, and what the rules miss: `eval/benchmarks/leak_guard.py`.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from chatbot.messages import Segment

SAME_NUMBERS = 0.4
"""Share of word triples in common from which two texts with the same two or more numbers are one. Between different
stories with the same numbers the highest share is 0.06 in GSM8K, 0.03 in MultiArith and 0.23 in SVAMP; what lies above
0.4 in SVAMP are the same story told again."""

WITHOUT_NUMBERS = 0.6
"""The same for texts with fewer numbers, which say less about what is the same: in a coin-flip problem, where only the
names differ, two items share up to 0.47."""

SHORT = 15
"""Words below which one that differs makes another item: the symbol of sodium is not the symbol of potassium."""

WRAPPED = 6
"""Words from which a text that stands whole in another is the same one with something around it."""

KEPT = 20_000
"""Texts of which the words are remembered: a pool is the same for every item. About 20 MB of word problems."""

_WORD = re.compile(
    r"(?<=\d)\s*(?P<operator>[-*/%^])\s*(?=\d)"
    r"|(?P<number>(?:(?<!\w)-)?(?:\d+(?:,\d{3})+|\d+)(?:\.\d+)?)"
    r"|(?P<word>[^\W\d]+)"
    r"|(?P<mark>[^\w\s])"
)
_SIGNS = str.maketrans("−×÷", "-*/")
_NUMBER_WORDS = {
    word: str(value)
    for value, word in enumerate("two three four five six seven eight nine ten eleven twelve".split(), start=2)
}
"""Not "one", which is mostly a pronoun."""


def gives_away(item: Mapping[str, object], other: Mapping[str, object]) -> bool:
    """Whether to show `other` would give the item away. Items that share no input are different ones."""
    shared = [name for name in item if item[name] is not None and other.get(name) is not None]
    return bool(shared) and all(same(_as_text(item[name]), _as_text(other[name])) for name in shared)


def same(
    first: str, second: str, *, same_numbers: float = SAME_NUMBERS, without_numbers: float = WITHOUT_NUMBERS
) -> bool:
    """Whether two texts are one but for their writing or a few words. The same in both directions."""
    one, two = _outline(first), _outline(second)
    if one.words == two.words:
        return True
    fewer, more = sorted((one, two), key=lambda each: each.size)
    if fewer.size >= WRAPPED and fewer.words in more.words:
        return True
    if one.numbers != two.numbers or fewer.size < SHORT:
        return False
    threshold = same_numbers if len(one.numbers) > 1 else without_numbers
    triples, others = _triples(one.words), _triples(two.words)
    return len(triples & others) >= threshold * len(triples | others)


@dataclass(frozen=True, slots=True)
class _Outline:
    """A text without what may differ between copies."""

    words: str
    """With a space before and after each, so that one text's words can be looked for in another's."""
    size: int
    numbers: tuple[str, ...]


@lru_cache(maxsize=KEPT)
def _outline(text: str) -> _Outline:
    words = list(_words(text))
    return _Outline(f" {' '.join(words)} ", len(words), tuple(sorted(filter(_is_number, words))))


def _words(text: str) -> Iterator[str]:
    """Words, numbers in one way of writing, and signs that mean something: 5 - 3 is not 5 / 3, a smile no frown."""
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    visible = "".join(each for each in folded if unicodedata.category(each) != "Cf").translate(_SIGNS)
    for match in _WORD.finditer(visible):
        found = match[match.lastgroup or 0]
        if match.lastgroup == "number":
            yield _number(found)
        elif match.lastgroup != "mark":
            yield _NUMBER_WORDS.get(found, found)
        elif unicodedata.category(found) in ("Sm", "So"):
            yield found


def _is_number(word: str) -> bool:
    return word[-1].isdigit()


def _number(text: str) -> str:
    """`1,000.50` as `1000.5`."""
    whole, _, part = text.replace(",", "").partition(".")
    part = part.rstrip("0")
    return f"{whole}.{part}" if part else whole


@lru_cache(maxsize=KEPT // 10)
def _triples(words: str) -> frozenset[tuple[str, ...]]:
    apart = words.split()
    return frozenset(tuple(apart[at : at + 3]) for at in range(max(1, len(apart) - 2)))


def _as_text(value: object) -> str:
    """A value as text; of a list or table its parts in an order of their own, since options are often shuffled."""
    match value:
        case str():
            return value
        case Segment():
            return value.text
        case Mapping():
            return "\n".join(sorted(f"{key} {_as_text(each)}" for key, each in value.items()))
        case Sequence():
            return "\n".join(sorted(map(_as_text, value)))
    return str(value)
