"""Tokens to text while they come: characters that lie across tokens, and stop strings that lie across pieces.

A byte-level token may hold a part of a character, and a word's tokens may look different beside each other than alone,
so text is decoded from a little before the new token on and let go of only once it cannot change any more.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence

Decode = Callable[[Sequence[int]], str]
"""The tokenizer's text of tokens, special ones included."""

REPLACEMENT = "\ufffd"
"""What stands for bytes that make no whole character yet."""

UNSETTLED_TOKENS = 16
"""Most tokens that are held back for a character to be completed: no character has more than four bytes, and a token
at least one; what lasts longer is a broken sequence of the model's and is shown as such."""


class TokenText:
    """The text of one reply, piece by piece.

    hidden: special tokens that are no text. stops: strings before which the reply ends.
    """

    def __init__(self, decode: Decode, *, hidden: Collection[int] = (), stops: Sequence[str] = ()) -> None:
        self._decode = decode
        self._hidden = hidden
        self._stops = [stop for stop in stops if stop]
        self._ids: list[int] = []
        self._start = 0
        """Where the tokens begin that new ones are decoded with."""
        self._shown = 0
        """How many tokens have been turned into text."""
        self._held = ""
        """Text that may be the beginning of a stop string."""
        self.stopped = False
        """A stop string has come: there is nothing more to say."""

    def feed(self, token: int) -> str:
        """The text that is settled with this token; may be empty."""
        if token in self._hidden or self.stopped:
            return ""
        self._ids.append(token)
        before = self._decode(self._ids[self._start : self._shown])
        now = self._decode(self._ids[self._start :])
        incomplete = now.endswith(REPLACEMENT) and len(self._ids) - self._shown < UNSETTLED_TOKENS
        if incomplete or len(now) < len(before):
            return ""
        self._start, self._shown = self._shown, len(self._ids)
        return self._released(now[len(before) :])

    def end(self) -> str:
        """The rest, when no token comes any more."""
        if self.stopped:
            return ""
        before = self._decode(self._ids[self._start : self._shown])
        rest = self._released(self._decode(self._ids[self._start :])[len(before) :])
        held, self._held = self._held, ""
        return rest + held

    def _released(self, text: str) -> str:
        """What can be said of the held text and this."""
        text = self._held + text
        places = [at for stop in self._stops if (at := text.find(stop)) >= 0]
        if places:
            self.stopped = True
            self._held = ""
            return text[: min(places)]
        keep = max((_overlap(text, stop) for stop in self._stops), default=0)
        self._held = text[len(text) - keep :]
        return text[: len(text) - keep]


def _overlap(text: str, stop: str) -> int:
    """Length of the longest end of `text` that `stop` begins with."""
    return next((size for size in range(min(len(text), len(stop) - 1), 0, -1) if text.endswith(stop[:size])), 0)
