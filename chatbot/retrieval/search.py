"""Hybrid search: cosine and BM25, each measured by its best candidate and added with one weight for all collections.

A side's score divided by the best of that side says how near a passage comes to the best match there is, which holds
for collections where one side is far better than the other; reciprocal ranks forget by how much. The candidates of both
sides are then compared once more with the question moved towards the three best of them (Rocchio's feedback, in the
space of vectors): what the best passages have in common speaks for a passage that says it in other words.

Figures of `eval/benchmarks/retrieval_quality.py`, beside those of reciprocal rank fusion and of this fusion without
feedback: nDCG@10 on Cranfield 0.587 (0.561, 0.574) and on CISI 0.476 (0.458, 0.471), recall at 1 and 5 on XQuAD 0.956
(0.943, 0.952) and 0.999 (0.992, 0.999). They lie on a plateau: with weights from 0.6 to 0.75 and feedback from 0.2 to
0.4 no figure falls by more than 0.005, but for CISI's with its 46 questions, which falls by up to 0.019.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import TYPE_CHECKING

import numpy as np

from chatbot.messages import Metadata, Passage
from chatbot.retrieval.diversity import diverse
from chatbot.retrieval.expand import expanded
from chatbot.retrieval.joining import AMONG, joined, runs
from chatbot.retrieval.lexical import LexicalIndex
from chatbot.retrieval.lexical_terms import content_words
from chatbot.retrieval.relevance import relevance
from chatbot.retrieval.rerank import RERANKED
from chatbot.retrieval.vector_flat import cosines
from chatbot.terms import STOP_WORDS, words

if TYPE_CHECKING:
    from chatbot.retrieval.embed import Embedder
    from chatbot.retrieval.rerank import Reranker
    from chatbot.retrieval.store import Store, Vectors
    from chatbot.retrieval.vector_search import VectorSearch

POOL = 100
"""Candidates taken from each side, or as many as are wanted in all."""

DENSE_WEIGHT = 0.65

DEPTH = 50
"""The best passages, among which copies and crowds are looked for; far more than anybody reads."""

FEEDBACK = 0.3
"""How far the question moves towards the best passages."""

FEEDBACK_PASSAGES = 3

FEEDBACK_WORDS = 10
"""Words of the best passages that join a question which is compared by words alone."""


@dataclass(frozen=True, slots=True)
class Ranking:
    """How candidates are put in order; the default is the one that the figures above are of."""

    dense: float = DENSE_WEIGHT
    """Weight of the cosine, from 0 to 1; the rest is BM25's. At 1 and 0 the other side has no say."""
    feedback: float = FEEDBACK
    """How far the question is expanded by the best passages: 0 leaves it as it was asked.

    Its vector moves towards theirs. Where words alone count, those that are frequent in them are looked up too.
    """

    varied: bool = True
    """Copies are shown once, no source and no group of passages that say the same takes all places, neighbours are one
    passage: see `diversity` and `joining`. False shows every chunk in the order of its score."""


HYBRID = Ranking()


@dataclass(frozen=True, slots=True)
class Candidates:
    """What a search considered, each side best first: chunk ids, with cosine and BM25."""

    dense: Mapping[int, float]
    lexical: Mapping[int, float]
    ids: Sequence[int]
    """All of them, each once."""
    rows: Vectors
    """A vector for each of the `ids`, in their order."""
    question: Vectors


class Searcher:
    """Searches one index."""

    def __init__(self, store: Store, index: VectorSearch, embedder: Embedder, reranker: Reranker | None = None) -> None:
        self._store, self._index, self._embedder, self._reranker = store, index, embedder, reranker
        self._lexical = LexicalIndex(store)

    def search(
        self,
        query: str,
        k: int,
        where: Metadata | None = None,
        *,
        ranking: Ranking = HYBRID,
        expand: int = 0,
    ) -> list[Passage]:
        """The best `k` passages, best first, with what each side thought of them and their relevance in `ranks`.

        expand: tokens that a passage may grow to by what surrounds it.
        """
        question = self._embedder.embed_query(query)
        with self._store.snapshot():
            candidates = self._candidates(query, question, max(POOL, k), where)
            if not ranking.dense and ranking.feedback:
                candidates = self._with_more_words(query, candidates, ranking.feedback, where)
            ranked = self._ranked(candidates, ranking, max(k + AMONG, DEPTH))
        self._index.write()
        self._lexical.write()
        if self._reranker is not None:
            ranked = _reranked(query, ranked, self._reranker)
        order = _varied(query, ranked, candidates) if ranking.varied else iter(ranked)
        if expand:
            near = [(key, _with_relevance(query, passage)) for key, passage in islice(order, 2 * k)]
            with self._store.snapshot():
                return expanded(near, expand, self._store.around)[:k]
        head = list(islice(order, AMONG))
        made = runs(head) if ranking.varied else {}
        best = [(key, passage) for key, passage in head if key in made or not ranking.varied][:k]
        best += islice(order, k - len(best))
        told = [(key, _with_relevance(query, passage)) for key, passage in best]
        with self._store.snapshot():
            return [joined(key, passage, made.get(key, (key, key)), self._store.around) for key, passage in told]

    def settle(self) -> None:
        """Makes the files that searches of words read, after much has changed. Raises KnowledgeError."""
        self._lexical.settle()

    def _ranked(self, found: Candidates, ranking: Ranking, limit: int) -> list[tuple[int, Passage]]:
        """The best of the candidates, with their passages."""
        scores, ranks = fuse(found, ranking), _ranks(found)
        best = sorted(scores, key=lambda key: (-scores[key], key))[:limit]
        passages = self._store.passages(best)
        return [(key, replace(passages[key], score=scores[key], ranks=ranks[key])) for key in best]

    def candidates(self, query: str, size: int = POOL) -> Candidates:
        """What `search` puts in order, `size` from each side."""
        question = self._embedder.embed_query(query)
        with self._store.snapshot():
            return self._candidates(query, question, size, None)

    def sample(self, count: int) -> list[tuple[Passage, Vectors]]:
        """Some passages with their vectors, the same ones for the same index, in random order."""
        with self._store.snapshot():
            ids = np.random.default_rng(0).permutation(self._store.chunk_ids())[:count].tolist()
            passages = self._store.passages(ids)
            vectors = self._index.vectors(ids) if ids else ()
        return [(passages[key], vector) for key, vector in zip(ids, vectors, strict=True)]

    def _candidates(self, query: str, question: Vectors, size: int, where: Metadata | None) -> Candidates:
        among = self._store.chunk_ids(where) if where else None
        dense = dict(self._index.search(question, size, among))
        lexical = dict(self._lexical.search(content_words(query), size, among))
        ids = list(dict.fromkeys([*dense, *lexical]))
        return Candidates(dense, lexical, ids, self._vectors(ids, question), question)

    def _vectors(self, ids: Sequence[int], question: Vectors) -> Vectors:
        return self._index.vectors(ids) if ids else np.empty((0, len(question)), dtype=np.float32)

    def _with_more_words(self, query: str, found: Candidates, feedback: float, where: Metadata | None) -> Candidates:
        """The candidates with BM25 of the question, and in part of the words that its best passages have in common."""
        best = self._store.passages(list(found.lexical)[:FEEDBACK_PASSAGES])
        added = feedback_words(query, [passage.text for passage in best.values()])
        if not added:
            return found
        among = self._store.chunk_ids(where) if where else None
        more = _shares(dict(self._lexical.search(content_words(" ".join(added)), POOL, among)))
        own = _shares(found.lexical)
        both = {key: (1 - feedback) * own.get(key, 0.0) + feedback * more.get(key, 0.0) for key in own | more}
        new = [key for key in both if key not in found.lexical and key not in found.dense]
        rows = np.concatenate([found.rows, self._vectors(new, found.question)])
        return replace(found, lexical=both, ids=[*found.ids, *new], rows=rows)


def _reranked(query: str, ranked: Sequence[tuple[int, Passage]], by: Reranker) -> list[tuple[int, Passage]]:
    """The best of them in the order of the reranker's scores; the rest behind them, in the order they had."""
    head, rest = ranked[:RERANKED], ranked[RERANKED:]
    scores = by.scores(query, ["\n".join((p.title, *p.heading, p.text)) for _, p in head]).tolist()
    told = [
        (key, replace(passage, score=score, ranks={**passage.ranks, "rerank": score, "fused": passage.score}))
        for (key, passage), score in zip(head, scores, strict=True)
    ]
    told.sort(key=lambda each: (-each[1].score, -each[1].ranks["fused"], each[0]))
    lowest = told[-1][1].score if told else 0.0
    return [*told, *((key, replace(passage, score=lowest * passage.score)) for key, passage in rest)]


def _varied(query: str, ranked: Sequence[tuple[int, Passage]], found: Candidates) -> Iterator[tuple[int, Passage]]:
    """The best of them without copies and crowds, and then the rest."""
    head = ranked[:DEPTH]
    place_of = {key: place for place, key in enumerate(found.ids)}
    rows = found.rows[[place_of[key] for key, _ in head]]
    for place, copies in diverse(query, [passage for _, passage in head], rows):
        yield head[place][0], _with_copies(head[place][1], copies)
    yield from ranked[DEPTH:]


def _with_copies(passage: Passage, copies: int) -> Passage:
    return replace(passage, ranks={**passage.ranks, "copies": copies}) if copies else passage


def _with_relevance(query: str, passage: Passage) -> Passage:
    return replace(passage, ranks={**passage.ranks, "relevance": relevance(query, passage)})


def fuse(found: Candidates, ranking: Ranking = HYBRID) -> dict[int, float]:
    """Scores of all candidates. What BM25 did not find has 0 on its side, and is left out where only words count."""
    scores = _weighted(found, found.question, ranking.dense)
    if not ranking.dense:
        return {key: score for key, score in scores.items() if key in found.lexical}
    if not ranking.feedback or not scores:
        return scores
    best = sorted(scores, key=lambda key: (-scores[key], key))[:FEEDBACK_PASSAGES]
    towards = np.mean([found.rows[found.ids.index(key)] for key in best], axis=0)
    moved = (1 - ranking.feedback) * found.question + ranking.feedback * towards
    return _weighted(found, moved, ranking.dense)


def feedback_words(query: str, texts: Sequence[str]) -> list[str]:
    """Content words that the texts have most of for their length, and that the question has not.

    A relevance model (Lavrenko and Croft 2001) in which all the texts weigh the same.
    """
    asked, shares = set(words(query)), Counter[str]()
    for text in texts:
        found = words(text)
        shares.update({word: count / len(found) for word, count in Counter(found).items()})
    told = (word for word, _ in shares.most_common() if word not in STOP_WORDS and word not in asked)
    return [word for _, word in zip(range(FEEDBACK_WORDS), told, strict=False)]


def _weighted(found: Candidates, question: Vectors, weight: float) -> dict[int, float]:
    dense = _shares(_cosines(found, question))
    lexical = _shares(found.lexical)
    return {key: weight * dense[key] + (1 - weight) * lexical.get(key, 0.0) for key in dense}


def _cosines(found: Candidates, question: Vectors) -> dict[int, float]:
    return dict(zip(found.ids, cosines(found.rows, question).tolist(), strict=True))


def _shares(scores: Mapping[int, float]) -> dict[int, float]:
    best = max(scores.values(), default=0.0)
    return {key: max(0.0, score / best) if best > 0 else 0.0 for key, score in scores.items()}


def _ranks(found: Candidates) -> dict[int, dict[str, float | int]]:
    """For each candidate its cosine, its BM25 where it has one, and its rank on the sides that found it."""
    ranks: dict[int, dict[str, float | int]] = {key: {} for key in found.ids}
    for rank, key in enumerate(found.dense, 1):
        ranks[key]["dense_rank"] = rank
    for rank, (key, score) in enumerate(found.lexical.items(), 1):
        ranks[key] |= {"lexical_rank": rank, "lexical": score}
    for key, cosine in _cosines(found, found.question).items():
        ranks[key]["dense"] = cosine
    return ranks
