"""Nearest vectors among many: inverted lists of bytes, of which a search looks into the nearest, and exact cosines.

In: ids, and a function that reads their vectors. Out: a segment. Each vector lies in the list of the nearest of some
centres, as a byte for each dimension (FAISS: IVF with SQ8). What the lists find is scored again by the vectors
themselves, so a cosine is never approximate; what can be missed is a vector in a list that was not looked into. How
many lists that needs is measured where they are made, by questions made for it, against a scan of all vectors.

Why lists and not a graph: `eval/benchmarks/vector_indexes.py`. It knows nothing of documents, generations and files.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from chatbot.retrieval.array_file import ArrayFile, write_arrays
from chatbot.retrieval.index_files import Sink
from chatbot.retrieval.store import Ids, Vectors
from chatbot.retrieval.vector_flat import best, cosines
from chatbot.retrieval.vector_search import NO_IDS, places_of

if TYPE_CHECKING:
    import faiss

LISTS = "lists"

RECALL = 0.99
"""Share of the best ten that a search is to find; the promise, 0.98, and room for questions unlike the ones made."""

LEAST_PROBES = 16

QUESTIONS = 300
"""Made to measure it: the standard error of 0.99 is below 0.2 points."""

MORE = 20
"""Candidates beyond those asked for: bytes confuse the order of neighbours a little."""

DEEP = 4
"""Vectors in the lists looked into, at least, for each one asked for."""

EXACTLY = 1_000
"""Among so many chunks all vectors are read and compared: that takes as long as looking into lists."""

SAMPLE = 100_000
"""Vectors that the centres are found by, 150 MB of them: more change the centres little."""

PER_CENTRE = 39
"""Vectors of the sample for each centre; FAISS warns of fewer."""

BATCH = 4_096
"""Vectors read at a time."""

Read = Callable[[Ids], tuple[Ids, Vectors]]
"""Those of the ascending ids that are there, and their vectors: `Store.vectors_there`."""


@dataclass(frozen=True, slots=True)
class Lists:
    """A segment of inverted lists."""

    ids: Ids
    numbers: NDArray[np.int32]
    """The list that each id is in."""
    index: faiss.IndexIVF
    read: Read
    probes: int
    """Lists that a search looks into."""
    recall: float
    """Share of the best ten found so."""
    measured: int
    """Vectors there were when that was measured."""
    data: NDArray[np.uint8] | None = None
    """What `index` is a view of, to keep it."""

    def nearest(
        self, query: Vectors, limit: int, *, among: Ids | None = None, gone: Ids = NO_IDS
    ) -> tuple[Ids, Vectors]:
        """See `Segment.nearest`. Of few chunks among which to look, none is missed."""
        if among is None:
            found = self._candidates(query, limit + MORE, 1.0, _without(gone))
        else:
            places = places_of(among, self.ids)
            among = self.ids[places]
            found = among if len(among) <= EXACTLY else self._among(query, limit + MORE, places)
        ids, rows = self.read(np.sort(found))
        return best(ids, cosines(rows, query), limit)

    def changed(self, gone: Ids, new: Ids) -> Lists:
        """Lists without some ids and with others, which are all higher, in memory. The centres stay as they are."""
        faiss = _faiss()
        index = faiss.clone_index(self.index) if self.data is None else faiss.deserialize_index(self.data)
        index.remove_ids(faiss.IDSelectorBatch(gone))
        for ids, rows in _batches(self.read, new):
            index.add_with_ids(rows, ids)
        return Lists(*_members(index), index, self.read, self.probes, self.recall, self.measured)

    def write(self, sink: Sink) -> None:
        """Writes it for `lists_of`; FAISS's own bytes come last, and are not gathered in memory."""
        faiss = _faiss()
        facts = {"kind": LISTS, "probes": self.probes, "recall": self.recall, "measured": self.measured}
        write_arrays(sink, {"ids": self.ids, "numbers": self.numbers}, facts)
        failures: list[OSError] = []

        def forward(data: bytes) -> int:
            try:
                return sink.write(data)
            except OSError as error:  # FAISS forgets which it was
                failures.append(error)
                raise

        try:
            faiss.write_index(self.index, faiss.PyCallbackIOWriter(forward))
        except RuntimeError as error:
            raise failures[0] if failures else error from None

    def _among(self, query: Vectors, limit: int, places: NDArray[np.int64]) -> Ids:
        """Candidates among some: of the lists that hold any, as many more as they lie thinner in them."""
        faiss = _faiss()
        only, holding = _marks(self.ids[places]), _marks(np.unique(self.numbers[places]))
        lists = faiss.SearchParameters(sel=faiss.IDSelectorBitmap(holding))
        thinner = len(self.ids) / len(places)
        return self._candidates(query, limit, thinner, faiss.IDSelectorBitmap(only), quantizer_params=lists)

    def _candidates(self, query: Vectors, limit: int, thinner: float, chosen: Any, **more: object) -> Ids:
        """Ids in the nearest lists; of lists that hold fewer of those asked for, more are looked into."""
        faiss = _faiss()
        wanted = max(self.probes, DEEP * limit * self.index.nlist / len(self.ids)) * thinner
        probes = min(self.index.nlist, math.ceil(wanted))
        parameters = faiss.SearchParametersIVF(nprobe=probes, **more)
        parameters.sel = chosen
        _, found = self.index.search(query.reshape(1, -1), min(limit, len(self.ids)), params=parameters)
        there: Ids = found[0][found[0] >= 0]
        return there


def build(read: Read, ids: Ids) -> Lists:
    """Lists of these vectors, in memory, where they take a quarter of the vectors' size and 12 bytes each.

    Vectors are read in batches; those that are gone meanwhile are left out.
    """
    faiss = _faiss()
    chance = np.random.default_rng(0)
    _, sample = read(np.sort(chance.choice(ids, min(SAMPLE, len(ids)), replace=False)))
    centres = max(1, min(int(2 * math.sqrt(len(ids))), len(sample) // PER_CENTRE))
    width = sample.shape[1]
    kind = faiss.ScalarQuantizer.QT_8bit
    index = faiss.IndexIVFScalarQuantizer(faiss.IndexFlatIP(width), width, centres, kind, faiss.METRIC_INNER_PRODUCT)
    index.cp.niter = 10
    index.train(sample)
    scan = _Scan(questions_like(sample, chance))
    del sample
    for present, rows in _batches(read, ids):
        index.add_with_ids(rows, present)
        scan.see(present, rows)
    probes, recall = _probes(index, scan)
    return Lists(*_members(index), index, read, probes, recall, index.ntotal)


def lists_of(file: ArrayFile, read: Read) -> Lists:
    """The segment that was written; FAISS works on the mapped file."""
    faiss = _faiss()
    index = faiss.read_index(faiss.ZeroCopyIOReader(faiss.swig_ptr(file.rest), len(file.rest)))
    facts = file.facts
    ids, numbers = file.arrays["ids"], file.arrays["numbers"]
    return Lists(ids, numbers, index, read, facts["probes"], facts["recall"], facts["measured"], file.rest)


def questions_like(sample: Vectors, chance: np.random.Generator) -> Vectors:
    """Vectors about as far from the nearest of the sample as people's questions are.

    A vector moved by the difference of two others. Measured with 300 questions to 30,000 passages of Cranfield, CISI,
    XQuAD and the Click manual: the lists that find 0.971 and 0.993 of the questions' best ten find 0.979 and 0.993 of
    theirs; of vectors as they are in the sample they find 0.990 and 0.997.
    """
    some = [sample[chance.integers(0, len(sample), QUESTIONS)] for _ in range(3)]
    moved = some[0] + np.float32(0.8) * (some[1] - some[2])
    norms = np.linalg.norm(moved, axis=1, keepdims=True)
    questions: Vectors = moved / np.maximum(norms, np.float32(1e-12))
    return questions


class _Scan:
    """The true best ten of each question, while vectors pass by."""

    BEST = 10

    def __init__(self, questions: Vectors) -> None:
        self.questions = questions
        self.ids = np.full((len(questions), self.BEST), -1, dtype=np.int64)
        self._scores = np.full((len(questions), self.BEST), -np.inf, dtype=np.float32)

    def see(self, ids: Ids, rows: Vectors) -> None:
        scores = np.concatenate([self._scores, self.questions @ rows.T], axis=1)
        keys = np.concatenate([self.ids, np.broadcast_to(ids, (len(self.questions), len(ids)))], axis=1)
        at = np.argpartition(-scores, self.BEST - 1, axis=1)[:, : self.BEST]
        self._scores, self.ids = np.take_along_axis(scores, at, 1), np.take_along_axis(keys, at, 1)

    def recall(self, found: NDArray[np.int64]) -> float:
        """Share of the best ten that are among what was found for each question."""
        hits = (self.ids[:, :, None] == found[:, None, :]) & (self.ids >= 0)[:, :, None]
        return float(hits.any(axis=2).sum() / max(1, (self.ids >= 0).sum()))


def _probes(index: faiss.IndexIVF, scan: _Scan) -> tuple[int, float]:
    """How many lists to look into, in steps of a quarter, and the recall that this has."""
    faiss = _faiss()
    probes = min(LEAST_PROBES, index.nlist)
    while True:
        chosen = faiss.SearchParametersIVF(nprobe=probes)
        _, found = index.search(scan.questions, scan.BEST + MORE, params=chosen)
        recall = scan.recall(found)
        if recall >= RECALL or probes == index.nlist:
            return probes, recall
        probes = min(index.nlist, probes + -(-probes // 4))


def _members(index: faiss.IndexIVF) -> tuple[Ids, NDArray[np.int32]]:
    """The ids in the lists, ascending, and the number of the list that each is in."""
    faiss = _faiss()
    lists = index.invlists
    assert lists is not None, "an inverted file has lists"
    sizes = [lists.list_size(number) for number in range(index.nlist)]
    ids = np.empty(sum(sizes), dtype=np.int64)
    at = 0
    for number, size in enumerate(sizes):
        if size:
            ids[at : at + size] = faiss.rev_swig_ptr(lists.get_ids(number), size)
        at += size
    order = np.argsort(ids)
    return ids[order], np.repeat(np.arange(index.nlist, dtype=np.int32), sizes)[order]


def _batches(read: Read, ids: Ids) -> Iterator[tuple[Ids, Vectors]]:
    for start in range(0, len(ids), BATCH):
        present, rows = read(ids[start : start + BATCH])
        if len(present):
            yield present, rows


def _faiss() -> Any:
    """FAISS, when it is needed: it takes a tenth of a second to import. Its type stubs lack what is used here."""
    import faiss

    return faiss


def _without(gone: Ids) -> Any:
    faiss = _faiss()
    return faiss.IDSelectorNot(faiss.IDSelectorBatch(gone)) if len(gone) else None


def _marks(numbers: NDArray[Any]) -> NDArray[np.uint8]:
    """A bit for each number up to the highest; they are ascending."""
    bits = np.zeros(int(numbers[-1]) + 1 if len(numbers) else 1, dtype=bool)
    bits[numbers] = True
    return np.packbits(bits, bitorder="little")
