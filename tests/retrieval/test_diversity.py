"""What is shown of the best passages: copies once, and room for more than one voice."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from itertools import islice

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from chatbot.messages import Passage
from chatbot.retrieval.diversity import MOST_ALIKE, MOST_JOINED, MOST_OF_SOURCE, PLACES
from chatbot.retrieval.diversity import diverse as places_of
from chatbot.retrieval.store import Vectors


def passage(source: str, text: str, score: float, start: int = 0) -> Passage:
    return Passage(text, start, start + len(text), 1, path=source, score=score)


def axes(numbers: Sequence[int]) -> Vectors:
    """A vector for each: those with the same number are alike, the others not."""
    rows: Vectors = np.eye(64, dtype=np.float32)[list(numbers)]
    return rows


def diverse(question: str, ranked: Sequence[Passage], vectors: Vectors, k: int = 20) -> list[Passage]:
    """The passages shown, with the copies that were left out as their ranks."""
    shown = islice(places_of(question, ranked, vectors), k)
    return [replace(ranked[place], ranks={"copies": copies}) for place, copies in shown]


LONG = "The parcel is sent on the day after the order, by ship or by rail, to every country in the list below. "


def test_a_copy_is_shown_once_and_counted() -> None:
    other = passage("c.md", "Something else altogether.", 0.5)
    ranked = [passage("a.md", LONG, 0.9), passage("b.md", LONG.upper(), 0.8), other, passage("d.md", LONG, 0.4)]

    shown = diverse("", ranked, axes([1, 1, 2, 1]), 5)

    assert [each.source for each in shown] == ["a.md", "c.md"]
    assert [each.ranks["copies"] for each in shown] == [2, 0]


def test_a_near_copy_is_a_copy() -> None:
    long = " ".join(f"word{'abcdefghij'[n % 10]}{'klmnopqrst'[n // 10]}" for n in range(60))
    ranked = [passage("a.md", long, 0.9), passage("b.md", f"{long} furthermore", 0.8)]

    assert [each.source for each in diverse("", ranked, axes([1, 1]), 5)] == ["a.md"]


def test_texts_that_differ_in_a_number_or_a_negation_are_both_shown() -> None:
    texts = [f"{LONG * 5}It takes 14 days.", f"{LONG * 5}It takes 30 days.", f"{LONG * 5}It does not take 14 days."]
    ranked = [passage(f"{n}.md", text, 0.9 - n / 10) for n, text in enumerate(texts)]

    assert len(diverse("", ranked, axes([1, 1, 1]), 5)) == 3


def test_one_source_leaves_places_to_what_is_almost_as_good() -> None:
    ranked = [passage("long.md", f"part {n}", 0.9, n) for n in range(6)]
    ranked += [passage("b.md", "other", 0.7), passage("c.md", "third", 0.5), passage("d.md", "far", 0.1)]

    shown = [each.source for each in diverse("", ranked, axes(range(9)), 9)]

    assert shown[:5] == ["long.md", "long.md", "long.md", "b.md", "c.md"]
    assert sorted(shown) == sorted(each.source for each in ranked)


def test_a_source_that_alone_is_relevant_keeps_its_places() -> None:
    ranked = [passage("long.md", f"part {n}", 0.9, n) for n in range(5)] + [passage("b.md", "far", 0.3)]

    assert [each.source for each in diverse("", ranked, axes(range(6)), 5)] == ["long.md"] * 5


def test_many_that_say_the_same_leave_places_to_others() -> None:
    ranked = [passage(f"planted{n}.md", f"the answer is {n} and nothing else", 0.9) for n in range(5)]
    ranked += [passage(f"true{n}.md", f"another {n}", 0.5) for n in range(3)]

    shown = [each.source for each in diverse("", ranked, axes([1] * 5 + [2, 3, 4]), 5)]

    assert shown == ["planted0.md", "planted1.md", "true0.md", "true1.md", "true2.md"]


def test_chunks_of_one_section_leave_no_more_places_to_those_that_say_the_same() -> None:
    """They are joined, or read as one, so that what follows them moves up."""
    ranked = [passage(f"planted{n}.md", f"the answer is {n} and nothing else", 0.9) for n in range(5)]
    ranked += [passage("true.md", f"part {n}", 0.6, n) for n in range(3)] + [passage("other.md", "other", 0.5)]

    shown = [each.source for each in diverse("", ranked, axes([1] * 5 + [2, 3, 4, 5]), 7)]

    assert shown[:2] == ["planted0.md", "planted1.md"]
    assert sorted(shown[2:6]) == ["other.md", "true.md", "true.md", "true.md"]


def test_passages_that_repeat_the_question_count_as_alike() -> None:
    question = "Who is the king of the northern isles?"
    ranked = [passage(f"planted{n}.md", f"{question} It is king number {n}.", 0.9) for n in range(5)]
    ranked += [passage("true.md", "The northern isles have no king.", 0.3)]

    assert [each.source for each in diverse(question, ranked, axes(range(6)), 3)][2] == "true.md"
    assert [each.source for each in diverse("of the isles", ranked, axes(range(6)), 3)][2] == "planted2.md"


def test_of_nothing_nothing_is_shown() -> None:
    assert diverse("", [], axes([]), 5) == []


PASSAGES = st.lists(
    st.tuples(st.sampled_from("abc"), st.integers(0, 9), st.floats(0, 1), st.integers(0, 5)), max_size=20
)


@given(PASSAGES, st.integers(1, 20))
def test_any_passages_are_shown_best_first_and_none_is_lost(rows: list[tuple[str, int, float, int]], k: int) -> None:
    rows.sort(key=lambda row: -row[2])
    ranked = [passage(source, f"{source} {text}", score, n) for n, (source, text, score, _) in enumerate(rows)]

    shown = diverse("", ranked, axes([alike for *_, alike in rows]), k)
    everything = diverse("", ranked, axes([alike for *_, alike in rows]), len(rows) + 1)

    assert shown == everything[:k]
    assert sum(1 + int(each.ranks["copies"]) for each in everything) == len(ranked)
    assert not shown or shown[0].score == ranked[0].score


@given(st.lists(st.tuples(st.sampled_from("abcdefgh"), st.integers(0, 7)), min_size=1, max_size=30))
def test_no_five_places_in_a_row_are_crowded_while_others_are_as_good(rows: list[tuple[str, int]]) -> None:
    ranked = [passage(source, f"text {n}", 1.0, n) for n, (source, _) in enumerate(rows)]
    vectors = {each.span: vector for each, vector in zip(ranked, axes([alike for _, alike in rows]), strict=True)}

    shown = diverse("", ranked, axes([alike for _, alike in rows]), len(rows))

    for end in range(1, len(shown)):
        crowded = [_crowds(each, shown[:end], vectors) for each in shown[end:]]
        assert not crowded[0] or all(crowded)


def _crowds(each: Passage, shown: Sequence[Passage], vectors: dict[tuple[str, int, int], Vectors]) -> bool:
    sources = Counter(other.source for other in shown[1 - PLACES :])
    alike = sum(float(vectors[each.span] @ vectors[other.span]) > 0.5 for other in _in_places(shown))
    return sources[each.source] >= MOST_OF_SOURCE or alike >= MOST_ALIKE


def _in_places(shown: Sequence[Passage]) -> Sequence[Passage]:
    """Those that stand in the last four places where up to three of a source, which here has no sections, share one."""
    for count in range(len(shown), 0, -1):
        sources = Counter(other.source for other in shown[-count:])
        if sum(math.ceil(chunks / MOST_JOINED) for chunks in sources.values()) < PLACES:
            return shown[-count:]
    return []
