"""Counting tokens: how much of a text fits an embedder's window.

In: texts of any content. Out: token ids, counts and positions by a Hugging Face tokenizer. Nothing is truncated here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from chatbot.errors import KnowledgeError

if TYPE_CHECKING:
    from tokenizers import Tokenizer


ENCODER = Path(__file__).parent / "encoder"
PACKAGED_MAX_TOKENS = 254
"""The packaged encoder's window of 256 less its two markers. Embedders whose tokenizer is out of reach offer the same,
counted by the packaged one: documents are split alike whichever model reads them, inside every current window."""

PIECE = 4_000
"""Characters tokenized at a time: the tokenizer keeps Python's lock, so all other threads wait for as long."""

_SPACE = re.compile(r"\s")


class Tokens:
    """What embedders ask of a tokenizer.

    It works one text at a time: the batch calls of `tokenizers` start a thread per core and print a warning in every
    process forked thereafter, and tokenizing takes a twentieth of embedding.
    """

    def __init__(self, tokenizer: Tokenizer) -> None:
        tokenizer.no_truncation()
        tokenizer.no_padding()
        self._tokenizer = tokenizer

    def ids(self, text: str, *, most: int) -> list[int]:
        """The model's input for `text`, its markers included, cut to `most` ids with the closing marker kept."""
        ids = self._tokenizer.encode(without_surrogates(text)).ids
        return ids if len(ids) <= most else [*ids[: most - 1], ids[-1]]

    def count(self, texts: Sequence[str]) -> list[int]:
        """Tokens of each text, without markers."""
        encode = self._tokenizer.encode
        return [len(encode(without_surrogates(text), add_special_tokens=False)) for text in texts]

    def starts(self, text: str) -> NDArray[np.int64]:
        """The character each token begins at, ascending."""
        found = [np.empty(0, dtype=np.int64)]
        for begin, piece in _pieces(without_surrogates(text)):
            offsets = self._tokenizer.encode(piece, add_special_tokens=False).offsets
            found.append(np.fromiter((begin + start for start, _ in offsets), dtype=np.int64, count=len(offsets)))
        return np.concatenate(found)


def _pieces(text: str) -> Iterator[tuple[int, str]]:
    """A text cut before white space, where no token reaches across, and the offset of each piece."""
    begin = 0
    while begin < len(text):
        cut = _SPACE.search(text, begin + PIECE)
        end = cut.start() if cut else len(text)
        yield begin, text[begin:end]
        begin = end


def without_surrogates(text: str) -> str:
    """`text` as UTF-8 can hold it, of the same length: lone surrogates become question marks."""
    return text.encode("utf-8", "replace").decode("utf-8")


@lru_cache(maxsize=1)
def packaged_tokens() -> Tokens:
    """The packaged encoder's tokenizer, loaded once."""
    from tokenizers import Tokenizer

    return Tokens(Tokenizer.from_str(read_encoder("tokenizer.json")))


def read_encoder(name: str) -> str:
    """A text file of the packaged encoder. Raises KnowledgeError."""
    try:
        return (ENCODER / name).read_text(encoding="utf-8")
    except OSError as error:
        raise KnowledgeError(
            f"the packaged encoder cannot be read: {ENCODER / name}: {error.strerror}", hint="install chatbot again"
        ) from error
