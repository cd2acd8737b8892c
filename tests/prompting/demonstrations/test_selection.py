"""Which demonstrations are shown, and in which order."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import get_args

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from chatbot.prompting.demonstrations import Choice, Demonstration, Pool, select, texts_to_embed
from chatbot.prompting.demonstrations.choice import Order, Select
from chatbot.prompting.demonstrations.selection import by_relevance
from chatbot.retrieval.embed import embedder

WORDS = ["apple", "pear", "train", "ship", "violin", "drum", "salt", "snow", "stone", "star"]
LABELS = "abc"


def pool_of(size: int) -> Pool:
    rows = (
        Demonstration(
            {"question": f"{WORDS[at % 10]} {at}", "level": at % 4},
            str(at),
            "because " * (at % 5),
            LABELS[at * 7 % 3],
            line=at + 1,
        )
        for at in range(size)
    )
    return Pool(Path("pool.jsonl"), tuple(rows))


def vectors_of(texts: Sequence[str]) -> NDArray[np.float32]:
    """Unit vectors that depend on the texts alone."""
    vectors = np.array([np.random.default_rng(list(text.encode())).normal(size=5) for text in texts], dtype=np.float32)
    unit: NDArray[np.float32] = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    return unit


def chosen(pool: Pool, choice: Choice, question: str = "something else") -> list[Demonstration]:
    item = {"question": question}
    texts = texts_to_embed(pool, choice, item)
    return list(select(pool, choice, item, vectors=vectors_of(texts) if texts else None, count=len))


def cost(row: Demonstration) -> int:
    return len("\n".join([*map(str, row.inputs.values()), row.rationale, row.answer]))


choices = st.builds(
    Choice,
    st.just("pool.jsonl"),
    st.integers(1, 12),
    st.sampled_from(get_args(Select)),
    st.integers(0, 5),
    st.sampled_from(get_args(Order)),
    st.none() | st.integers(1, 200),
    st.sampled_from([(), ("question",)]),
    st.sampled_from(["label", "answer", "level"]),
)


@given(st.integers(1, 30), choices, st.integers(0, 29))
def test_whatever_is_asked_for_the_bounds_hold(size: int, choice: Choice, item: int) -> None:
    pool = pool_of(size)
    question = str(pool.rows[item % size].inputs["question"])
    found = chosen(pool, choice, f" {question.upper()}!")
    assert len(found) <= choice.k
    assert len({each.line for each in found}) == len(found)
    assert all(each.inputs["question"] != question for each in found)
    assert found == chosen(pool, choice, f" {question.upper()}!")
    if choice.tokens is None:
        assert len(found) == min(choice.k, size - 1)
    else:
        assert sum(map(cost, found)) <= choice.tokens


@given(st.integers(1, 30), choices)
def test_the_budget_drops_the_least_relevant_and_no_more_than_it_must(size: int, choice: Choice) -> None:
    pool = pool_of(size)
    plain = replace(choice, order="as_selected", tokens=None)
    ranked = chosen(pool, plain)
    if choice.select in ("nearest", "diverse"):
        ranked.reverse()
    kept = chosen(pool, choice)
    assert sorted(kept, key=ranked.index) == ranked[: len(kept)]
    if choice.tokens is not None and len(kept) < len(ranked):
        assert sum(map(cost, ranked[: len(kept) + 1])) > choice.tokens


@given(st.integers(1, 30), choices)
def test_an_order_changes_only_the_order(size: int, choice: Choice) -> None:
    pool = pool_of(size)
    as_selected, shown = chosen(pool, replace(choice, order="as_selected")), chosen(pool, choice)
    match choice.order:
        case "reversed":
            assert shown == as_selected[::-1]
        case "by_file":
            assert shown == sorted(as_selected, key=lambda each: each.line)
        case "shuffled":
            assert sorted(shown, key=as_selected.index) == as_selected


@given(st.integers(3, 30), st.integers(1, 9), st.integers(0, 5), st.sampled_from(["label", "level"]))
def test_balanced_takes_from_each_label_in_turn(size: int, k: int, seed: int, label: str) -> None:
    pool, choice = pool_of(size), Choice("p", k, "balanced", seed, label=label)
    there = Counter(map(choice.label_of, pool.rows))
    shown = Counter(map(choice.label_of, chosen(pool, choice)))
    most = max(shown.values())
    assert all(shown[each] >= min(most - 1, there[each]) for each in there)


def test_no_label_stands_always_before_another() -> None:
    pool = pool_of(30)
    first = {chosen(pool, Choice("p", 3, "balanced", seed))[0].label for seed in range(30)}
    rounds = [
        "".join(each.label for each in chosen(pool, Choice("p", 12, "balanced"))[at : at + 3]) for at in (0, 3, 6)
    ]
    assert first == set(LABELS)
    assert len(set(rounds)) > 1


@given(st.integers(1, 30), st.integers(1, 9), st.text(max_size=9))
def test_relevance_alone_is_the_nearest_and_the_nearest_is_most_like_the_item(size: int, k: int, question: str) -> None:
    pool = pool_of(size)
    item = {"question": question}
    vectors = vectors_of(texts_to_embed(pool, Choice("p", k, "nearest"), item))
    likeness = dict(zip((row.line for row in pool.rows), vectors[1:] @ vectors[0], strict=True))
    ranked = by_relevance(vectors, range(size), k, relevance=1.0)
    nearest = select(pool, Choice("p", k, "nearest"), item, vectors=vectors, count=len)
    assert [pool.rows[at] for at in reversed(ranked)] == list(nearest)
    assert [likeness[row.line] for row in nearest] == sorted(likeness.values())[-k:]


@given(st.integers(2, 30), st.integers(2, 6))
def test_each_diverse_one_is_the_best_trade_by_the_papers_formula(size: int, k: int) -> None:
    vectors = vectors_of([str(at) for at in range(size + 1)])
    rows, item = vectors[1:].astype(float), vectors[0].astype(float)
    ranked = by_relevance(vectors, range(size), k, relevance=0.3)
    for place, at in enumerate(ranked):
        before = ranked[:place]
        worth = {
            each: 0.3 * (rows[each] @ item) - 0.7 * max((rows[each] @ rows[other] for other in before), default=0.0)
            for each in range(size)
            if each not in before
        }
        assert worth[at] >= max(worth.values()) - 1e-5


def test_first_keeps_the_files_order_and_random_the_same_rows_for_every_item() -> None:
    pool = pool_of(20)
    assert [each.line for each in chosen(pool, Choice("p", 3))] == [1, 2, 3]
    drawn = chosen(pool, Choice("p", 3, "random", seed=1))
    assert drawn == chosen(pool, Choice("p", 3, "random", seed=1), "quite another question")
    assert drawn != chosen(pool, Choice("p", 3, "random", seed=2))


def test_random_changes_one_row_for_an_item_of_the_pool_and_keeps_the_rest() -> None:
    pool, choice = pool_of(20), Choice("p", 4, "random")
    drawn = chosen(pool, choice)
    instead = chosen(pool, choice, str(drawn[1].inputs["question"]))
    assert len(instead) == 4
    assert instead[:3] == [drawn[0], drawn[2], drawn[3]]


# --- with the packaged encoder ----------------------------------------------------------------------------------------

BAKING = ("How do I bake bread?", "How do I bake a loaf of bread?", "How is a cake baked?", "Who built the pyramids?")


def by_meaning(select_as: Select, k: int, question: str) -> list[str]:
    rows = tuple(Demonstration({"question": each}, "x") for each in BAKING)
    pool, item, choice = Pool(Path("p"), rows), {"question": question}, Choice("p", k, select_as)
    vectors = embedder().embed(texts_to_embed(pool, choice, item))
    return [str(each.inputs["question"]) for each in select(pool, choice, item, vectors=vectors, count=len)]


def test_the_nearest_stands_last_next_to_the_question() -> None:
    assert by_meaning("nearest", 4, "What is the way to bake a cake?")[-1] == "How is a cake baked?"
    assert by_meaning("nearest", 4, "What is the way to bake a cake?")[0] == "Who built the pyramids?"


def test_the_item_itself_is_passed_over_for_the_next_nearest() -> None:
    assert by_meaning("nearest", 1, "HOW is a cake baked") != ["How is a cake baked?"]
    assert len(by_meaning("nearest", 3, "HOW is a cake baked")) == 3


def test_diverse_ones_do_not_repeat_each_other() -> None:
    assert sum("bread" in each for each in by_meaning("nearest", 2, "How do I bake?")) == 2
    assert sum("bread" in each for each in by_meaning("diverse", 2, "How do I bake?")) == 1
    assert "Who built the pyramids?" not in by_meaning("diverse", 3, "How do I bake?")


# --- what is compared -------------------------------------------------------------------------------------------------


def test_items_may_be_compared_by_one_input() -> None:
    rows = (Demonstration({"question": "a", "note": "z"}, "1"), Demonstration({"question": "b", "note": "y"}, "2"))
    pool = Pool(Path("p"), rows)
    texts = texts_to_embed(pool, Choice("p", 1, "nearest", by=("question",)), {"question": "q", "note": "n"})
    assert texts == ("q", "a", "b")
