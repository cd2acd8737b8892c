"""Chunks that were found together and stand together are one passage."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st
from words import Words

from chatbot import Knowledge
from chatbot.messages import Passage
from chatbot.retrieval.diversity import MOST_JOINED
from chatbot.retrieval.joining import joined, runs
from chatbot.retrieval.search import Ranking

CHUNKS = Ranking(varied=False)


def chunk(heading: str = "Parcels", *, score: float = 1.0, path: str = "page.md") -> Passage:
    return Passage("text", 0, 4, 1, path=path, heading=(heading,), score=score)


def test_neighbours_of_one_section_are_a_run_in_the_place_of_the_better_one() -> None:
    assert runs([(8, chunk()), (3, chunk("Returns")), (7, chunk(score=0.6)), (9, chunk(score=0.5))]) == {
        8: (7, 9),
        3: (3, 3),
    }


def test_what_stands_apart_in_another_section_or_in_another_document_is_a_passage_of_its_own() -> None:
    found = [(8, chunk()), (10, chunk()), (7, chunk("Returns")), (9, chunk(path="other.md"))]

    assert runs(found) == {8: (8, 8), 10: (10, 10), 7: (7, 7), 9: (9, 9)}


def test_a_chunk_far_worse_than_its_neighbour_does_not_join_it() -> None:
    assert runs([(8, chunk()), (9, chunk(score=0.49))]) == {8: (8, 8), 9: (9, 9)}


def test_a_run_has_a_bound_and_takes_the_better_neighbours() -> None:
    found = [(5, chunk()), (4, chunk(score=0.9)), (3, chunk(score=0.8)), (6, chunk(score=0.7))]

    assert runs(found) == {5: (3, 5), 6: (6, 6)}
    assert MOST_JOINED == 3


def test_a_document_that_is_gone_leaves_its_passage_as_it_was() -> None:
    passage = replace(chunk(), ranks={"dense": 0.5})

    assert joined(1, passage, (1, 2), lambda key, reach: None) == passage


TEXTS = st.lists(
    st.sampled_from(["# A", "## B", "## C", "# D", "cats sleep", "dogs bark at cats", "x" * 90]), max_size=40
)


@settings(max_examples=30, deadline=None)
@given(TEXTS.map("\n\n".join), st.integers(1, 20))
def test_passages_are_slices_that_hold_what_was_found_and_do_not_overlap(text: str, k: int) -> None:
    knowledge = Knowledge.from_records([{"id": "a", "text": text}], embedder=Words())

    everything, shown = knowledge.search("cats sleep", 50), knowledge.search("cats sleep", k)

    assert [(p.start, p.end, p.score) for p in shown] == [(p.start, p.end, p.score) for p in everything[:k]]
    assert all(text[passage.start : passage.end] == passage.text for passage in shown)
    ends = sorted((passage.start, passage.end) for passage in everything)
    assert all(end <= start for (_, end), (start, _) in pairwise(ends))
    best = knowledge.search("cats sleep", 1, ranking=CHUNKS)
    assert [p.score for p in shown[:1]] == [p.score for p in best]
    assert all(p.start <= b.start and b.end <= p.end for p, b in zip(shown[:1], best, strict=True))
