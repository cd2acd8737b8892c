"""From the markers of an answer to citations that quote their documents exactly, whole or while it streams."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Sequence

from chatbot import sentences
from chatbot.messages import Citation, Evidence, Passage
from chatbot.terms import terms

MARKER = re.compile(r"[\[【](\d{1,4}(?:\s*[,;]\s*\d{1,4})*)[\]】](?!\()")
_OPEN = re.compile(r"[ \t]*[\[【][\d\s,;]{0,40}$|[ \t]+$|[ \t]*[\[【]\d[\d\s,;]{0,40}[\]】]$")
"""The end of a stream that may still become a marker."""


def mentioned(text: str) -> frozenset[int]:
    """The numbers that the markers of a text name."""
    return frozenset(int(number) for match in MARKER.finditer(text) for number in re.findall(r"\d+", match[1]))


def clean(text: str, numbers: Collection[int]) -> str:
    """`text` with its markers in the form [1][2], less those that point nowhere."""

    def normal(match: re.Match[str]) -> str:
        kept = [number for number in re.findall(r"\d+", match[2]) if int(number) in numbers]
        return match[1] + "".join(f"[{int(number)}]" for number in kept) if kept else ""

    return re.sub(rf"([ \t]*){MARKER.pattern}", normal, text)


class MarkerFilter:
    """`clean` for a stream. `numbers` may grow while it runs."""

    def __init__(self, numbers: Collection[int]) -> None:
        self._numbers = numbers
        self._held = ""

    def feed(self, text: str) -> str:
        """What can be shown by now."""
        self._held += text
        match = _OPEN.search(self._held, max(0, len(self._held) - 60))
        end = match.start() if match else len(self._held)
        ready, self._held = self._held[:end], self._held[end:]
        return clean(ready, self._numbers)

    def flush(self) -> str:
        """The rest."""
        rest, self._held = self._held, ""
        return clean(rest, self._numbers)


def resolve(
    text: str, evidence: Sequence[Evidence], *, stale: Callable[[Passage], bool]
) -> tuple[str, tuple[Citation, ...]]:
    """The cleaned text and its citations, in the order of the text.

    Each quotes the sentence of its passage that the sentence before the marker takes verbatim, else the one it shares
    most words with.
    """
    passages = {item.number: item.passage for item in evidence}
    cleaned = clean(text, passages.keys())
    citations: list[Citation] = []
    claim, begin = cleaned, 0
    for match in MARKER.finditer(cleaned):
        if cleaned[begin : match.start()].strip():
            claim = cleaned[begin : match.start()]
        begin = match.end()
        number = int(match[1])
        passage = passages[number]
        start, end = _supporting(claim, passage.text)
        citation = Citation(
            number=number,
            quote=passage.text[start:end],
            start=passage.start + start,
            end=passage.start + end,
            line=passage.line + passage.text.count("\n", 0, start),
            path=passage.path,
            record_id=passage.record_id,
            heading=passage.heading,
            stale=stale(passage),
        )
        if citation not in citations:
            citations.append(citation)
    return cleaned, tuple(citations)


def _supporting(claim: str, passage: str) -> tuple[int, int]:
    spans = sentences.spans(passage) or [(0, len(passage))]
    wanted = set(terms(claim))
    said = " ".join(claim.split())
    quoted = [span for span in spans if " ".join(passage[span[0] : span[1]].split()) in said]
    if quoted:
        return max(quoted, key=lambda span: (span[1] - span[0], -span[0]))
    return max(spans, key=lambda span: (len(wanted & set(terms(passage[span[0] : span[1]]))), -span[0]))
