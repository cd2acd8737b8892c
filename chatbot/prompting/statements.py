"""Where a reply states its answer: behind "Answer:", "the answer is", "####", in a box; and where it refuses to."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

_MARKERS = re.compile(
    r"####[ \t]*"
    r"|\b(?:final|correct|right|best|my)?[ \t]*(?:answer|choice|option|result|solution)\b[^\S\n]*"
    r"(?:\([^()\n]{1,60}\)[^\S\n]*|(?:to|for|of)[^\S\n][^.:\n=]{1,80}?[^\S\n])?"
    r"(?:(?:is|was|=|:|would be|must be|should be|will be)[^\S\n]*:?|(?<=\n)[^\S\n]*)(?:\n[^\S\n]*)?",
    re.IGNORECASE,
)
_BOX = re.compile(r"\\(?:boxed|fbox)\s*\{")
_REFUSAL = re.compile(
    r"\b(?:can(?:not|['’]t| not)|could(?: not|n['’]t)|unable to|(?:im)?possible to|not able to)\b"
    r"|\bdo(?: not|n['’]t) know\b"
    r"|\b(?:not enough|insufficient|missing) (?:information|data|context)\b|\bno (?:definite |clear )?answer\b"
    r"|\b(?:unclear|unknown|undetermined|indeterminate)\b",
    re.IGNORECASE,
)
_NEGATED = re.compile(r"^\W*(?:not|never|isn['’]t|neither|cannot be|unlikely to be)\b", re.IGNORECASE)
_END = re.compile(r"\n|(?<=[^\s.])[.!?](?=\s|$)|;\s")

MAX_STATEMENT = 400
"""Characters of a statement that are read."""


def statements(text: str) -> Iterator[str]:
    """What a reply states as its answer, the last statement first; nothing where it states none.

    A statement is what follows a marker, to the end of its sentence. One that is negated ("the answer is not 5") states
    nothing.
    """
    found = [(match.end(), _sentence(text, match.end())) for match in _MARKERS.finditer(text)]
    found += [(match.end(), _braced(text, match.end())) for match in _BOX.finditer(text)]
    found += list(_json_answers(text))
    for _, statement in sorted(found, key=lambda each: each[0], reverse=True):
        if statement.strip() and not _NEGATED.match(statement):
            yield statement


def sentences(text: str) -> list[str]:
    """The sentences of a reply that assert something: questions are left out."""
    parts, start = [], 0
    for match in re.finditer(r"\n|(?<=\S)[.!?](?=\s|$)", text):
        sentence = text[start : match.end()].strip()
        start = match.end()
        if sentence and not sentence.endswith("?"):
            parts.append(sentence)
    if rest := text[start:].strip():
        parts.append(rest)
    return parts


def denies(sentence: str) -> bool:
    """Whether a sentence says what the answer is not."""
    return any(_NEGATED.match(_sentence(sentence, match.end())) for match in _MARKERS.finditer(sentence))


def refuses(text: str) -> bool:
    """Whether a reply says that it has no answer."""
    return _REFUSAL.search(text) is not None


def _sentence(text: str, start: int) -> str:
    end = _END.search(text, start)
    return text[start : min(end.start() if end else len(text), start + MAX_STATEMENT)]


def _braced(text: str, start: int) -> str:
    depth = 1
    for at in range(start, min(len(text), start + MAX_STATEMENT)):
        depth += {"{": 1, "}": -1}.get(text[at], 0)
        if depth == 0:
            return text[start:at]
    return ""


def _json_answers(text: str) -> Iterator[tuple[int, str]]:
    for match in re.finditer(
        r'"(?:final_)?(?:answer|result|choice|label)"\s*:\s*("(?:[^"\\]|\\.){0,400}"|[^\s,}\]]{1,60})', text
    ):
        value = match[1]
        try:
            yield match.end(), str(json.loads(value)) if value.startswith('"') else value
        except ValueError:
            continue
