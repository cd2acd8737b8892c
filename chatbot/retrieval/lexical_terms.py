"""A text to the terms that lexical search counts: stemmed words by number, with how often each occurs.

In: any text. Out: for a chunk one value of 64 bits for each different term, for a query keys with counts. A term is
known by a hash of its stem alone, so there is no dictionary that indexing programs would have to share and that would
keep the words of documents which are gone. With 56 bits, two terms of a million fall together in one collection of a
hundred thousand.

Words joined by points, hyphens or underscores are terms as a whole and by their parts (3.11.2, max_tokens), C++ and C#
too. Scripts without spaces between words, and Korean, are read as pairs of neighbouring characters.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from functools import lru_cache
from hashlib import blake2b
from itertools import chain, pairwise
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from chatbot.terms import STOP_WORDS

if TYPE_CHECKING:
    from Stemmer import Stemmer

MOST_WORDS = 64
"""Words of a question that are looked up: each costs time, and in longer ones the first say what is asked."""

MOST_COUNTED = 255
"""A term that occurs more often in a chunk counts as often as this: there BM25 hardly grows any more."""

KEY_SHIFT = 8
"""A chunk's terms are `key << KEY_SHIFT | count`."""

_SIGNS = "\u0900-\u0963\u0966-\u0dff\u0e00-\u0eff\u1000-\u109f\u1780-\u17d3"
"""Scripts of India and its neighbours, whose vowel signs Python's `\\w` leaves out."""
_COMPOUND = re.compile(rf"[\w{_SIGNS}]+(?:[.-]+[\w{_SIGNS}]+)*(?:\+\+|#(?!\w))?")
_JOINTS = re.compile(r"[._+#-]+")
_UNSPACED = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17d3\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7a3\U00020000-\U0003ffff"
)
"""Thai, Lao, Burmese, Khmer, kana, Chinese characters and Hangul, whose spaces are not those between words."""
_SCRIPTS = re.compile(rf"([{_UNSPACED}]+)|[^{_UNSPACED}]+")
_MARKS = re.compile("[\u0300-\u036f\u0591-\u05bd\u05bf\u05c1\u05c2\u05c7\u064b-\u065f\u0670]+")
"""Accents, Hebrew points and Arabic vowel signs: people leave them out."""

_REMEMBERED = 2**15
"""Words whose terms are kept, most of those of a collection."""


def packed_terms(text: str) -> bytes:
    """The terms of a chunk, ascending, as little-endian numbers of 64 bits."""
    found = list(chain.from_iterable(map(_keys, _COMPOUND.findall(_folded(text)))))
    keys, counts = np.unique(np.array(found, dtype="<u8"), return_counts=True)
    packed: NDArray[np.uint64] = keys << np.uint64(KEY_SHIFT) | np.minimum(counts, MOST_COUNTED).astype("<u8")
    return packed.tobytes()


def content_words(query: str) -> list[str]:
    """Words of a question that are worth looking up, as often as it has them: all, where all are stop words."""
    found = [piece for compound in _COMPOUND.findall(_folded(query)) for piece in _pieces(compound)]
    return ([word for word in found if word not in STOP_WORDS] or found)[:MOST_WORDS]


def keys_of(found: Sequence[str]) -> Counter[int]:
    """Keys of `content_words`, with how often each is asked for."""
    return Counter(map(_key, found))


@lru_cache(maxsize=_REMEMBERED)
def _keys(compound: str) -> tuple[int, ...]:
    return tuple(map(_key, _pieces(compound)))


def _pieces(compound: str) -> list[str]:
    """The parts of a word, and itself where it is more than one part."""
    parts, whole = [part for part in _JOINTS.split(compound) if part], compound.strip("_")
    pieces = [piece for part in parts for piece in ([part] if part.isascii() else _by_script(part))]
    return pieces if parts in ([], [whole]) else [*pieces, whole]


def _by_script(part: str) -> list[str]:
    pieces: list[str] = []
    for run in _SCRIPTS.finditer(part):
        if run[1] and len(run[1]) > 1:
            pieces += map("".join, pairwise(run[1]))
        else:
            pieces.append(run[0])
    return pieces


def _key(piece: str) -> int:
    stemmed = _stemmer().stemWord(piece)
    return int.from_bytes(blake2b(stemmed.encode("utf-8", "surrogatepass"), digest_size=7).digest(), "little")


@lru_cache(maxsize=1)
def _stemmer() -> Stemmer:
    """The Snowball project's stemmer for English, Porter's second; other languages lose little by it."""
    from Stemmer import Stemmer

    return Stemmer("english", 0)  # it would keep 10,000 words itself, which `_keys` does better


def _folded(text: str) -> str:
    """Without case and accents, composed again where several characters are written as one."""
    text = text.casefold()
    if text.isascii():
        return text
    return unicodedata.normalize("NFC", _MARKS.sub("", unicodedata.normalize("NFKD", text)))
