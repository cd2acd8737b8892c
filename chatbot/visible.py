"""Text of strangers as people should see it: characters that nobody can see are written out.

What is approved by a person must be what a model reads, so both are shown this form, `visible`. For reading there is
`readable`: it leaves the joiners, marks of direction and variation selectors where the scripts and emoji that need them
stand before them, and the blanks and signs that are no disguise.
"""

from __future__ import annotations

import json
import re
import unicodedata

INVISIBLE = (
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u2800\u3164"
    "\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)
"""Characters that draw nothing, of which a hidden message can be made, as in a regular expression's brackets: what
formats, joins, turns, shapes or tags, and letters and marks that draw a blank. Controls and surrogates are left out."""

_HIDDEN = re.compile(f"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff{INVISIBLE}]")

_SPACES = re.compile("[\u2000-\u200a\u202f\u205f]")
"""Of all widths."""

_CATEGORIES = frozenset({"Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp"})
"""Controls, formatting, tags, unassigned, private, surrogates, and the two unusual ends of line."""

_JOINERS, _DIRECTIONS, _SHAPES = "\u200c\u200d", "\u200e\u200f\u061c", "\ufe0e\ufe0f"


def visible(text: str) -> str:
    """The text with each character that cannot be seen written as `⟨U+200B⟩`; line ends and tabs stay."""
    return "".join(_written_out(each) if _is_unseen(each) else each for each in text)


def readable(text: str, before: str = "") -> str:
    """The text with what commands a terminal or hides written out: controls as `␛`, others as `⟨U+202E⟩`.

    Carriage returns that end a line are dropped. `before`: the character that stands before the text.
    """
    if text.isascii() and text.isprintable():
        return text
    text = text.replace("\r\n", "\n")
    return _HIDDEN.sub(lambda found: _shown(found, before), text)


def hidden(text: str) -> list[str]:
    """What `readable` writes out of a text, as it writes it, each once in the order of the text."""
    found = _HIDDEN.finditer(text.replace("\r\n", "\n"))
    return list(dict.fromkeys(shown for each in found if (shown := _shown(each)) != each[0]))


def unseen_escaped(text: str) -> str:
    """JSON text with what `readable` writes out as escapes: the values stay what they are."""
    return _HIDDEN.sub(lambda found: json.dumps(found[0])[1:-1] if found[0] != "\x7f" else "\\u007f", text)


class Readable:
    """A text that comes in pieces: shown as the whole would be, wherever it is cut."""

    def __init__(self) -> None:
        self._before = self._held = ""

    def piece(self, text: str) -> str:
        """The next piece, `readable`. A carriage return at its end waits for what follows."""
        text = self._held + text
        self._held = "\r" if text.endswith("\r") else ""
        text = text.removesuffix("\r")
        shown = readable(text, self._before)
        self._before = text[-1:] or self._before
        return shown


def _is_unseen(character: str) -> bool:
    if character in "\n\t":
        return False
    if _HIDDEN.match(character) or _SPACES.match(character):
        return True
    return unicodedata.category(character) in _CATEGORIES


def _shown(found: re.Match[str], opening: str = "") -> str:
    """A character of `_HIDDEN` for people. `opening`: what stands before the text."""
    character, before = found[0], found.string[found.start() - 1] if found.start() else opening
    if character < " ":
        return chr(0x2400 + ord(character))
    if character == "\x7f":
        return "␡"
    return character if before and _is_needed(character, before) else _written_out(character)


def _is_needed(character: str, before: str) -> bool:
    """Whether writing needs the character there: one that joins, turns or shapes what stands before it."""
    kind = unicodedata.category(before)
    if character in _SHAPES:
        return kind in ("So", "Sm", "Sk", "Po", "Nd")
    if character in _JOINERS:  # of emoji, and of the scripts whose letters change where they meet
        return kind in ("So", "Sk") or before == "\ufe0f" or (before > "\u0590" and kind[0] in "LM")
    return character in _DIRECTIONS and unicodedata.bidirectional(before) in ("R", "AL")


def _written_out(character: str) -> str:
    return f"⟨U+{ord(character):04X}⟩"
