"""From the markers of an answer to citations that quote their documents exactly, whole or while it streams."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Sequence
from functools import cached_property

from chatbot import sentences
from chatbot.anchors import anchor_text
from chatbot.messages import Citation, Evidence, Passage
from chatbot.terms import terms

_NUMBERS = r"\d{1,4}(?:[ \t]*[-–,;][ \t]*\d{1,4})*"
_TOKEN = re.compile(
    r"(?P<ticks>`+)|(?P<blank>\n[ \t]*+\n)"
    r"|(?P<space>(?<![ \t])[ \t]*+)(?P<opens>(?:[\[【][ \t]{0,9}){1,4})"
    rf"(?P<numbers>{_NUMBERS})[ \t]*(?P<closes>[\]】]+)(?!\()"
)
"""What matters in an answer: the ends of code, the ends of paragraphs, and markers in brackets that open no link."""

_OPEN = re.compile(r"(?:(?<![ \t\n])[ \t\n]*+(?:[\[【][\d \t,;–\[【-]{0,40}[\]】]*)?|(?<!`)`++)$")
"""The end of a stream that may still become one of them."""

_SUBSCRIPTED = re.compile(r"(?<![\w.])(?:[a-z]|[A-Za-z]\w*_\w*|[A-Za-z]\w+\.[a-z]\w+|\w+\[0\])(?:\[[^\[\]]*\])*$")
"""A name as programs write it, or one letter, which a bracket behind it indexes."""

_BEGUN = re.compile(r"[\[【][\d \t,;–-]*$")
"""The beginning of a marker, which must not become a whole one when what follows it goes."""

_NAME_REACH = 60

_LONGEST_RANGE = 20


def mentioned(text: str) -> frozenset[int]:
    """The numbers that the markers of a text name. What stands in code is no marker: `items[0]`."""
    return frozenset(number for match in _markers(text) for number in _numbers(match["numbers"]))


def clean(text: str, numbers: Collection[int]) -> str:
    """`text` with its markers in the form [1][2], less those that point nowhere."""
    whole = MarkerFilter(numbers)
    return whole.feed(text) + whole.flush()


class MarkerFilter:
    """`clean` for a stream. `numbers` may grow while it runs."""

    def __init__(self, numbers: Collection[int]) -> None:
        self._numbers = numbers
        self._held = ""
        self._before = ""
        self._code = _Code()

    def feed(self, text: str) -> str:
        """What can be shown by now."""
        self._held += text
        match = _OPEN.search(self._held)
        end = match.start() if match else len(self._held)
        ready, self._held = self._held[:end], self._held[end:]
        return self._cleaned(ready)

    def flush(self) -> str:
        """The rest."""
        rest, self._held = self._held, ""
        return self._cleaned(rest)

    def _cleaned(self, text: str) -> str:
        shown, end = self._before, 0
        for token in _TOKEN.finditer(text):
            shown += text[end : token.start()]
            shown += self._shown(token, shown[-_NAME_REACH:])
            end = token.end()
        shown += text[end:]
        cleaned, self._before = shown[len(self._before) :], shown[-_NAME_REACH:]
        return cleaned

    def _shown(self, token: re.Match[str], before: str) -> str:
        if not self._code.is_marker(token, before):
            return token[0]
        kept = [number for number in _numbers(token["numbers"]) if number in self._numbers]
        if not kept:
            return " " if _BEGUN.search(before) else ""
        surplus = token["closes"][sum(map(token["opens"].count, "[【")) :]  # the marker stood inside other brackets
        return token["space"] + "".join(f"[{number}]" for number in kept) + surplus


class _Code:
    """Follows a text from one token to the next, and knows where code begins and ends."""

    def __init__(self) -> None:
        self._fence = ""

    def is_marker(self, token: re.Match[str], before: str) -> bool:
        """Whether the next token is a marker outside of code. `before`: the end of what stands before it."""
        if ticks := token["ticks"]:
            closes = ticks == self._fence or (len(self._fence) >= 3 and len(ticks) >= len(self._fence))
            self._fence = "" if closes else self._fence or ticks
            return False
        if token["blank"]:
            if len(self._fence) < 3:  # a backtick that is never closed is no code
                self._fence = ""
            return False
        return not self._fence and not _is_index(token, before)


def _is_index(token: re.Match[str], before: str) -> bool:
    """Whether the brackets index what stands right before them, as in a[0]; no passage has the number 0."""
    if token["space"]:
        return False
    return bool(_SUBSCRIPTED.search(before)) or (token["numbers"] == "0" and before[-1:].isalnum())


def _markers(text: str) -> Iterator[re.Match[str]]:
    code = _Code()
    for token in _TOKEN.finditer(text):
        if code.is_marker(token, text[max(0, token.start() - _NAME_REACH) : token.start()]):
            yield token


def _numbers(written: str) -> list[int]:
    """The numbers of a marker, each once: `1, 3` and `1-3`."""
    numbers: list[int] = []
    for part in re.split(r"[,;]", written):
        ends = [int(number) for number in re.findall(r"\d+", part)]
        is_range = len(ends) == 2 and ends[0] < ends[1] <= ends[0] + _LONGEST_RANGE
        numbers += range(ends[0], ends[1] + 1) if is_range else ends
    return list(dict.fromkeys(numbers))


def resolve(
    text: str, evidence: Sequence[Evidence], *, stale: Callable[[Passage], bool]
) -> tuple[str, tuple[Citation, ...]]:
    """The cleaned text and its citations, in the order of the text.

    Each quotes what the text before the marker takes verbatim of its passage, one sentence or several in a row; else
    the sentence of the passage that it shares most words with.
    """
    passages = {item.number: item.passage for item in evidence}
    sources = {number: _Source(passage.text) for number, passage in passages.items()}
    cleaned = clean(text, passages.keys())
    citations: dict[tuple[int, int, int], Citation] = {}
    claim, begin = _Claim(cleaned), 0
    for match in _markers(cleaned):
        if cleaned[begin : match.start()].strip():
            claim = _Claim(cleaned[begin : match.start()])
        begin = match.end()
        number = int(match["numbers"])
        start, end = claim.support(number, sources[number])
        if (number, start, end) not in citations:
            citations[number, start, end] = _citation(number, passages[number], start, end, stale)
    return cleaned, tuple(citations.values())


def _citation(number: int, passage: Passage, start: int, end: int, stale: Callable[[Passage], bool]) -> Citation:
    return Citation(
        number=number,
        quote=passage.text[start:end],
        start=passage.start + start,
        end=passage.start + end,
        line=passage.line and passage.line + passage.text.count("\n", 0, start),
        path=passage.path,
        record_id=passage.record_id,
        heading=passage.heading,
        stale=stale(passage),
        anchor=anchor_text(passage.anchors, passage.start + start, passage.start + end),
    )


class _Source:
    """A passage as its sentences, which every marker that names it is compared with."""

    def __init__(self, text: str) -> None:
        self.text = text

    @cached_property
    def spans(self) -> list[tuple[int, int]]:
        return sentences.spans(self.text) or [(0, len(self.text))]

    @cached_property
    def said(self) -> list[str]:
        return [_in_one_line(self.text[start:end]) for start, end in self.spans]

    @cached_property
    def terms(self) -> list[set[str]]:
        return [set(terms(self.text[start:end])) for start, end in self.spans]


class _Claim:
    """What stands before one or several markers, which may all name the same passages."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._support: dict[int, tuple[int, int]] = {}

    def support(self, number: int, source: _Source) -> tuple[int, int]:
        """The longest run of sentences that the claim takes verbatim, else the one that it shares most words with."""
        if number not in self._support:
            self._support[number] = self._verbatim(source) or self._nearest(source)
        return self._support[number]

    def _verbatim(self, source: _Source) -> tuple[int, int] | None:
        runs: list[tuple[int, int]] = []
        for (start, end), sentence in zip(source.spans, source.said, strict=True):
            if sentence not in self._said:
                continue
            if runs and _in_one_line(source.text[runs[-1][0] : end]) in self._said:
                runs[-1] = (runs[-1][0], end)
            else:
                runs.append((start, end))
        return max(runs, key=lambda run: (run[1] - run[0], -run[0])) if runs else None

    def _nearest(self, source: _Source) -> tuple[int, int]:
        shared = [len(self._terms & said) for said in source.terms]
        return source.spans[shared.index(max(shared))]

    @cached_property
    def _said(self) -> str:
        return _in_one_line(self._text)

    @cached_property
    def _terms(self) -> set[str]:
        return set(terms(self._text))


def _in_one_line(text: str) -> str:
    return " ".join(text.split())
