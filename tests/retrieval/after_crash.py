"""What must be true of files after any crash, and how it is found out: by the program itself, and by brute force."""

from __future__ import annotations

from collections.abc import Collection
from functools import cache
from pathlib import Path

import crash_cases as cases
import numpy as np
import pytest
from words import Words

from chatbot.messages import Passage
from chatbot.retrieval import Knowledge
from chatbot.retrieval.repair import repair_index
from chatbot.retrieval.search import Ranking
from chatbot.retrieval.split import split

Scores = dict[tuple[str, int, int], float]
"""By document and place in it."""

EVERYTHING = Ranking(feedback=0, varied=False)
"""Without what depends on which of two passages with equal scores came first."""

QUESTIONS = ("harbour lighthouse", "the keel of the galley", "storm")


def assert_survived(folder: Path, change: str, done: Collection[str]) -> None:
    """What was there before and what was said to be done is there, whole, and can be gone on with."""
    folder = folder / {"create": "new", "repair": "damaged"}.get(change, "")
    if change == "repair":
        repair_index(cases.index_of(folder), Words())
    before, after = ({} if change == "create" else cases.BEFORE), cases.AFTER[change]
    knowledge = cases.opened(folder)
    held = documents_of(knowledge)
    if change in (*done, "repair"):
        assert held == after, f"{change} had been done"
    for name in before.keys() | after.keys():
        assert held.get(name) in (before.get(name), after.get(name)), f"{name} is neither as before nor as after"
    if change == "delete":
        assert held in (before, after), "a removal of several documents was halved"
    assert_searches_like_brute_force(knowledge)
    knowledge.add(cases.records({"z": cases.text("z")}))
    assert documents_of(knowledge) == {**held, "z": cases.text("z")}
    assert_searches_like_brute_force(knowledge)
    knowledge.close()


def documents_of(knowledge: Knowledge) -> dict[str, str]:
    """The texts by name, which passages must be slices of."""
    names = sorted({passage.source for passage in every_passage(knowledge)})
    return {name: knowledge.document(name) for name in names}


def every_passage(knowledge: Knowledge) -> list[Passage]:
    """All passages, as a search that is wide enough finds them."""
    found = knowledge.candidates("harbour", 10_000)
    return knowledge.passages(list(found.dense))


def assert_searches_like_brute_force(knowledge: Knowledge) -> None:
    """Every search gives what a new index of the same documents gives, and the cosines are those of the texts."""
    for question, (found, near) in expected(tuple(documents_of(knowledge).items())).items():
        assert scores(knowledge, question) == pytest.approx(found, abs=1e-5)
        assert cosines(knowledge, question) == pytest.approx(near, abs=1e-5)


@cache
def expected(documents: tuple[tuple[str, str], ...]) -> dict[str, tuple[Scores, Scores]]:
    """What a search, and what the index of vectors, must think of every passage, for each question."""
    fresh = Knowledge.from_records(cases.records(dict(documents)), embedder=Words())
    return {question: (scores(fresh, question), brute_force(dict(documents), question)) for question in QUESTIONS}


def scores(knowledge: Knowledge, question: str) -> Scores:
    """What a search thinks of every passage."""
    found = knowledge.search(question, 10_000, ranking=EVERYTHING)
    return {(passage.source, passage.start, passage.end): passage.score or 0.0 for passage in found}


def cosines(knowledge: Knowledge, question: str) -> Scores:
    """What the index of vectors thinks of every passage."""
    dense = knowledge.candidates(question, 10_000).dense
    places = zip(knowledge.passages(list(dense)), dense.values(), strict=True)
    return {(passage.source, passage.start, passage.end): score for passage, score in places}


def brute_force(documents: dict[str, str], question: str) -> Scores:
    """The cosine of every chunk, without any index."""
    embedder = Words()
    asked = embedder.embed_query(question)
    cosines = {}
    for record in cases.records(documents):
        name, text = str(record["id"]), str(record["text"])
        for chunk in split(text, window=embedder.max_tokens, token_starts=embedder.token_starts):
            vector = embedder.embed_query(chunk.searched(text))
            cosines[name, chunk.start, chunk.end] = float(np.dot(vector, asked))
    return cosines
