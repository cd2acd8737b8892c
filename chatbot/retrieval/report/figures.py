"""What is told of an index, as figures: its documents by type and size, its chunks, its map, and what was left out.

In: a store, the embedder that reads for it, and what the last look at the folder left out. Out: `Figures`, plain data.
All of it is of one state of the index. Of a large collection the chunks' lengths and the map are those of a sample
drawn evenly over all of it. Changes nothing, and reads no file.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

import numpy as np

from chatbot.retrieval.report.flat_map import flat_map
from chatbot.terms import STOP_WORDS, stem, words

if TYPE_CHECKING:
    from chatbot.messages import Passage
    from chatbot.retrieval.embed import Embedder
    from chatbot.retrieval.report.flat_map import Places
    from chatbot.retrieval.store import Ids, Profile, Store

MAPPED = 600
"""Passages on the map: as many as a page can show apart, in a second or two of work."""

MEASURED = 2_000
"""Passages whose tokens are counted: shares of a histogram are then right to about two percent."""

SLOWEST = 10
REGIONS = 3
"""The map is divided into this many bands each way to be labelled."""

LABELLED = 8
"""Passages that a region needs for its words to say something."""

TOLD = 2
"""Words of a label."""

KILOBYTE = 1_000
SIZES = (KILOBYTE, 10 * KILOBYTE, 100 * KILOBYTE, 1_000 * KILOBYTE, 10_000 * KILOBYTE)
"""Bounds in bytes between the classes of size."""


@dataclass(frozen=True, slots=True)
class TypeOfFile:
    """The documents of one type."""

    name: str
    sizes: tuple[int, ...]
    """Documents of each class: below the first of `SIZES`, between the first and the second, and so on."""
    bytes: int
    chunks: int
    seconds: float

    @property
    def documents(self) -> int:
        """All of them."""
        return sum(self.sizes)


@dataclass(frozen=True, slots=True)
class Dot:
    """A passage on the map."""

    name: str
    """Title and headings, and where it stands."""
    x: float
    y: float


@dataclass(frozen=True, slots=True)
class Label:
    """What a region of the map is about."""

    words: tuple[str, ...]
    x: float
    y: float


@dataclass(frozen=True, slots=True)
class Figures:
    """Everything that the page shows."""

    place: str
    """Of the documents."""
    embedder: str
    documents: int
    chunks: int
    types: tuple[TypeOfFile, ...]
    """The most frequent first."""
    skipped: tuple[tuple[str, tuple[str, ...]], ...]
    """A reason with its files, the most frequent first."""
    lengths: tuple[int, ...]
    """Tokens of the passages that were measured."""
    window: int
    """Most tokens that the embedder reads of one."""
    dots: tuple[Dot, ...]
    labels: tuple[Label, ...]
    slowest: tuple[Profile, ...]


def figures_of(store: Store, embedder: Embedder, *, place: str, skipped: Iterable[tuple[str, str]] = ()) -> Figures:
    """The figures of an index. `skipped`: files that are not in it, each with the reason."""
    with store.snapshot():
        profiles, ids = store.profiles(), store.chunk_ids()
        mapped = _sample(ids, MAPPED)
        passages = store.passages(mapped.tolist())
        vectors = store.vectors(mapped)
        measured = store.passages(_sample(ids, MEASURED).tolist())
    shown = [passages[key] for key in mapped.tolist()]
    places = flat_map(vectors)
    return Figures(
        place,
        embedder.name,
        len(profiles),
        len(ids),
        _types(profiles),
        _reasons(skipped),
        tuple(embedder.count_tokens([passage.text for passage in measured.values()])),
        embedder.max_tokens,
        tuple(Dot(_name(each), float(x), float(y)) for each, (x, y) in zip(shown, places, strict=True)),
        tuple(_labels(shown, places)),
        tuple(sorted(profiles, key=lambda each: (-each.seconds, each.source))[:SLOWEST]),
    )


def type_of(profile: Profile) -> str:
    """The name of a document's format, told by its ending where an older index does not hold it."""
    if not profile.is_file:
        return "record"
    return profile.format or PurePosixPath(profile.source).suffix.lower() or "file"


def _sample(ids: Ids, most: int) -> Ids:
    """Evenly drawn, in their order."""
    if len(ids) <= most:
        return ids
    chosen: Ids = ids[np.linspace(0, len(ids) - 1, most).astype(np.int64)]
    return chosen


def _types(profiles: Sequence[Profile]) -> tuple[TypeOfFile, ...]:
    groups: dict[str, list[Profile]] = {}
    for each in profiles:
        groups.setdefault(type_of(each), []).append(each)
    found = [
        TypeOfFile(
            name,
            tuple(_counted(sum(each.size >= bound for bound in SIZES) for each in group)),
            sum(each.size for each in group),
            sum(each.chunks for each in group),
            sum(each.seconds for each in group),
        )
        for name, group in groups.items()
    ]
    return tuple(sorted(found, key=lambda each: (-each.documents, each.name)))


def _counted(classes: Iterable[int]) -> list[int]:
    counted = Counter(classes)
    return [counted[place] for place in range(len(SIZES) + 1)]


def _reasons(skipped: Iterable[tuple[str, str]]) -> tuple[tuple[str, tuple[str, ...]], ...]:
    groups: dict[str, list[str]] = {}
    for source, reason in skipped:
        groups.setdefault(reason, []).append(source)
    return tuple(sorted(((reason, tuple(files)) for reason, files in groups.items()), key=lambda each: -len(each[1])))


def _name(passage: Passage) -> str:
    parts = list(dict.fromkeys(part for part in (passage.title, *passage.heading) if part))
    return f"{' › '.join(parts)} ({passage.place})" if parts else passage.place


def _labels(passages: Sequence[Passage], places: Places) -> list[Label]:
    """The words by which the passages of each region differ most from the rest."""
    cells = np.minimum((places * REGIONS).astype(np.int64), REGIONS - 1)
    said = [{word for word in words(each.text) if len(word) > 2 and word not in STOP_WORDS} for each in passages]
    everywhere = Counter(word for each in said for word in each)
    labels = []
    for cell in sorted({(int(x), int(y)) for x, y in cells}):
        inside = (cells == cell).all(axis=1)
        if inside.sum() >= LABELLED:
            here = Counter(word for each, holds in zip(said, inside, strict=True) if holds for word in each)
            telling = _telling(here, everywhere, int(inside.sum()), len(passages))
            x, y = places[inside].mean(axis=0)
            labels.append(Label(telling, float(x), float(y)))
    return labels


def _telling(here: Counter[str], everywhere: Counter[str], count: int, total: int) -> tuple[str, ...]:
    """Two words, by how much information their presence gives on the region (a term of the G test)."""

    def gain(word: str) -> float:
        expected = everywhere[word] * count / total
        return here[word] * math.log(here[word] / expected) if here[word] > 1 else 0.0

    best = sorted((word for word in here if not word.isdigit()), key=lambda word: (-gain(word), word))
    forms: dict[str, str] = {}
    for word in best[: 2 * TOLD]:
        forms.setdefault(stem(word), word)
    return tuple(forms.values())[:TOLD]
