"""Text that knows, for each of its characters, who wrote it, through every operation that templates perform on text.

Compares, hashes and sorts like its characters. What is cut out or joined keeps its origins exactly. Where an operation
leaves no way to tell (a change of case that changes the length of a mixed text), all of the result counts as what was
inserted: never as the template's. Nothing here decides what a text means, and nothing bounds it (`budget` does).
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import total_ordering
from typing import Literal

from chatbot.messages import Origin, Segment

Writer = Origin | Literal["template"]
"""Who wrote a text: a model's chat template itself, or whoever wrote it in a message."""


@dataclass(frozen=True, slots=True)
class Span:
    """A run of rendered text. Special tokens are special in the template's own spans, and in no others."""

    text: str
    writer: Writer


@total_ordering
@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Traced:
    """A text in runs, each of one writer."""

    text: str = ""
    runs: tuple[tuple[int, Writer], ...] = ()
    """For each run the offset of its end, and its writer; no run is empty, and neighbours differ."""

    def __repr__(self) -> str:
        return f"Traced({[(span.writer, span.text) for span in self.spans]})"

    def __eq__(self, other: object) -> bool:
        if isinstance(other, Traced):
            return self.text == other.text
        return self.text == other if isinstance(other, str) else NotImplemented

    def __lt__(self, other: object) -> bool:
        return self.text < other.text if isinstance(other, Traced) else NotImplemented

    def __hash__(self) -> int:
        return hash(self.text)

    def __len__(self) -> int:
        return len(self.text)

    @property
    def spans(self) -> tuple[Span, ...]:
        """The runs with their texts."""
        starts = (0, *(end for end, _ in self.runs))
        return tuple(
            Span(self.text[start:end], writer) for start, (end, writer) in zip(starts, self.runs, strict=False)
        )

    @property
    def writer(self) -> Writer:
        """Who answers for the text as a whole: the template, or else the author, only where nobody else has written."""
        writers = [writer for _, writer in self.runs]
        others = (writer for writer in writers if writer not in ("template", "author"))
        return next(others, "author" if "author" in writers else "template")

    # --- cutting and joining --------------------------------------------------------------------------------------

    def cut(self, start: int, end: int) -> Traced:
        """The characters from `start` to before `end`, which must lie within the text."""
        if start >= end:
            return EMPTY
        if len(self.runs) == 1:
            return Traced(self.text[start:end], ((end - start, self.runs[0][1]),))
        first = bisect_right(self.runs, start, key=lambda run: run[0])
        last = bisect_right(self.runs, end - 1, key=lambda run: run[0])
        inside = [(stop - start, writer) for stop, writer in self.runs[first:last]]
        return Traced(self.text[start:end], (*inside, (end - start, self.runs[last][1])))

    def slice(self, wanted: slice) -> Traced:
        """What a slice of the text with these bounds is."""
        start, stop, step = wanted.indices(len(self.text))
        if step == 1:
            return self.cut(start, stop)
        return joined(self.cut(index, index + 1) for index in range(start, stop, step))

    def characters(self) -> Iterator[Traced]:
        """Each character by itself."""
        return (self.cut(index, index + 1) for index in range(len(self.text)))

    def strip(self, characters: str | None = None, *, left: bool = True, right: bool = True) -> Traced:
        """Without white space, or without these characters, at its ends."""
        start = len(self.text) - len(self.text.lstrip(characters)) if left else 0
        end = len(self.text.rstrip(characters)) if right else len(self.text)
        return self.cut(start, end)

    def split(self, separator: str | None = None, most: int = -1, *, from_right: bool = False) -> list[Traced]:
        """As `str.split` and `str.rsplit` do. Raises ValueError for an empty separator."""
        pieces = self.text.rsplit(separator, most) if from_right else self.text.split(separator, most)
        found, at = [], 0
        for piece in pieces:
            start = self.text.find(piece, at) if separator is None else at
            found.append(self.cut(start, start + len(piece)))
            at = start + len(piece) + len(separator or "")
        return found

    def lines(self, *, keep_ends: bool = False) -> list[Traced]:
        """As `str.splitlines` does."""
        found, at = [], 0
        for whole, bare in zip(self.text.splitlines(True), self.text.splitlines(), strict=True):
            found.append(self.cut(at, at + len(whole if keep_ends else bare)))
            at += len(whole)
        return found

    def replaced(self, old: str, new: Traced, most: int = -1) -> Traced:
        """As `str.replace` does; what is put in keeps its own writers."""
        if not old:
            characters = list(self.characters())
            count = len(characters) + 1 if most < 0 else min(most, len(characters) + 1)
            pieces = [piece for character in characters[:count] for piece in (new, character)]
            return joined([*pieces, *characters[count:], *([new] if count > len(characters) else [])])
        return joined(between(self.split(old, most), new))

    # --- changing -------------------------------------------------------------------------------------------------

    def changed(self, change: Callable[[str], str]) -> Traced:
        """The text as `change` makes it; a mixed text whose length changes is the template's no more."""
        text = change(self.text)
        if len(text) == len(self.text):
            return Traced(text, self.runs)
        return traced(text, self.writer)


EMPTY = Traced()


def traced(text: str, writer: Writer) -> Traced:
    """A text of one writer."""
    return Traced(text, ((len(text), writer),)) if text else EMPTY


def from_parts(parts: Sequence[Segment]) -> Traced:
    """The text of a message's parts."""
    return joined(traced(part.text, part.origin) for part in parts)


def joined(pieces: Iterable[Traced]) -> Traced:
    """The pieces one behind another."""
    texts: list[str] = []
    runs: list[tuple[int, Writer]] = []
    length = 0
    for piece in pieces:
        texts.append(piece.text)
        for end, writer in piece.runs:
            if runs and runs[-1][1] == writer:
                runs.pop()
            runs.append((length + end, writer))
        length += len(piece.text)
    return Traced("".join(texts), tuple(runs))


def between(pieces: Sequence[Traced], separator: Traced) -> Iterator[Traced]:
    """The pieces with the separator between each two."""
    for index, piece in enumerate(pieces):
        if index:
            yield separator
        yield piece
