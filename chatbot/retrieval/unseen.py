"""Text of documents without what nobody can see, so that people and models read the same.

In: what a converter made of a file, or the text of a record. Out: the same without controls, marks of direction, tags,
fillers, soft hyphens and the like, in which a message for a model can hide, and without the bytes of pictures that are
written into it, of which a page of Markdown may have megabytes; anchors move with the text. What cannot be
seen stays where it carries meaning: the joiners of emoji, and of Arabic, Indic and other scripts whose letters they
shape, the spaces without width of scripts that write none, and the mark that makes a symbol an emoji, one at a time.
Spaces of all kinds and line ends stay; lone surrogates become U+FFFD. Linear in the text.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from dataclasses import replace
from itertools import accumulate

from chatbot.messages import Metadata, Plain
from chatbot.retrieval.formats.converted import Converted
from chatbot.visible import INVISIBLE

_COLOURS = r"\x1b\[[0-9;?]{0,40}[A-Za-z]"
"""How terminals are told of colours, in logs."""

_UNSEEN = re.compile(rf"(?:{_COLOURS}|[\x01-\x08\x0e-\x1f\x7f-\x84\x86-\x9f{INVISIBLE}])+|[\ud800-\udfff]")
_EMBEDDED = re.compile(rf"(?<=;base64,)[A-Za-z0-9+/=_%-]{{100,}}|{_UNSEEN.pattern}")
"""Beside these the bytes of a picture or font: `data:image/png;base64,iVBORw0…`."""

_BLANK = re.compile("[\u2800\u3164\uffa0]+")
"""Letters that draw a space."""

_LONGEST_RUN = 3
"""Characters that carry meaning together, as between two emoji; more of them hide something."""

_JOINERS, _SPACE = "\u200c\u200d", "\u200b"
_EMOJI_MARKS = "\ufe0e\ufe0f"
_KEYS = "#*0123456789\u203c\u2049\u2139\u3030\u303d\u3297\u3299"
"""Characters other than symbols that a mark makes an emoji."""

_SHAPED = (("\u0600", "\u109f"), ("\u1780", "\u18af"), ("\ua840", "\uabff"), ("\U00011000", "\U00011fff"))
"""Where scripts stand whose letters change with their neighbours: Arabic, Indic, Tibetan, Khmer, Mongolian."""

_VIRAMA = 9
"""The combining class of the sign that joiners follow in Indic scripts."""


def cleaned(found: Converted) -> Converted:
    """A document without what nobody can see, its anchors at the same places of the text."""
    removed: list[tuple[int, int]] = []
    text = _without(found.text, removed)
    ends = [end for end, _ in removed]
    gone = [0, *accumulate(length for _, length in removed)]
    anchors = tuple(
        replace(
            anchor,
            start=min(len(text), anchor.start - gone[bisect_right(ends, anchor.start)]),
            name=seen(anchor.name),
            group=seen(anchor.group),
        )
        for anchor in found.anchors
    )
    return replace(found, text=text, title=seen(found.title), anchors=anchors, metadata=seen_metadata(found.metadata))


def seen(text: str) -> str:
    """A text without what nobody can see."""
    return _without(text, [])


def seen_metadata(metadata: Metadata) -> Metadata:
    """Metadata without what nobody can see in its names and texts."""
    return {
        seen(key): tuple(_plain(each) for each in value) if isinstance(value, tuple) else _plain(value)
        for key, value in metadata.items()
    }


def _plain(value: Plain) -> Plain:
    return seen(value) if isinstance(value, str) else value


def _without(text: str, removed: list[tuple[int, int]]) -> str:
    """Adds to `removed`, for each place where something goes, its end in the text and how many characters go."""
    parts: list[str] = []
    end = 0
    for run in (_EMBEDDED if ";base64," in text else _UNSEEN).finditer(text):
        parts.append(text[end : run.start()])
        kept = _kept(run[0], text[run.start() - 1 : run.start()], text[run.end() : run.end() + 1])
        parts.append(kept)
        removed.append((run.end(), len(run[0]) - len(kept)))
        end = run.end()
    return "".join([*parts, text[end:]]) if parts else text


def _kept(run: str, before: str, after: str) -> str:
    """What stays of characters that cannot be seen, between those that can."""
    if "\ud800" <= run[0] <= "\udfff":
        return "\ufffd"
    if _BLANK.fullmatch(run):
        return " "
    if len(run) > _LONGEST_RUN:
        return ""
    kept = ""
    for number, character in enumerate(run):
        if _means_something(character, kept[-1:] or before, run[number + 1 : number + 2] or after):
            kept += character
    return kept


def _means_something(character: str, before: str, after: str) -> bool:
    if not before:
        return False
    if character in _JOINERS:
        if unicodedata.combining(before) == _VIRAMA:
            return True
        return (_is_shaped(before) and _is_shaped(after)) or (
            character == _JOINERS[1] and _is_emoji(before) and _is_emoji(after)
        )
    if character == _SPACE:
        return _needs_spaces(before) and _needs_spaces(after)
    if character in _EMOJI_MARKS:
        return unicodedata.category(before) in ("So", "Sm") or before in _KEYS
    return "\u180b" <= character <= "\u180f" and "\u1820" <= before <= "\u18aa"  # forms of Mongolian letters


def _is_shaped(character: str) -> bool:
    return any(first <= character <= last for first, last in _SHAPED)


def _needs_spaces(character: str) -> bool:
    """Whether it is of a script that writes no spaces between words: Thai, Lao, Myanmar, Khmer."""
    return any(
        first <= character <= last for first, last in (("\u0e00", "\u0eff"), ("\u1000", "\u109f"), ("\u1780", "\u17ff"))
    )


def _is_emoji(character: str) -> bool:
    return character == _EMOJI_MARKS[1] or unicodedata.category(character or " ") in ("So", "Sk", "Sm")
