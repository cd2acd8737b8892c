"""Which demonstrations are shown, and in which order."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatbot.errors import PromptError
from chatbot.prompting import Prompt
from chatbot.prompting.demonstrations import Choice, Demonstration, Pool, select, texts_to_embed
from chatbot.retrieval.embed import embedder

WORDS = ["apple", "pear", "train", "ship", "violin", "drum", "salt", "snow", "stone", "star"]
LABELS = "abc"


def pool_of(size: int) -> Pool:
    rows = (
        Demonstration({"question": f"{WORDS[at % 10]} {at}"}, str(at), label=LABELS[at * 7 % 3], line=at + 1)
        for at in range(size)
    )
    return Pool(Path("pool.jsonl"), tuple(rows))


def chosen(pool: Pool, choice: Choice, question: str = "something else") -> list[Demonstration]:
    item = {"question": question}
    texts = texts_to_embed(pool, choice, item)
    vectors = np.array([[len(text), sum(map(ord, text)) % 97, 1.0] for text in texts], dtype=np.float32)
    unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True) if texts else None
    return list(select(pool, choice, item, vectors=unit, count=len))


choices = st.builds(
    Choice,
    st.just("pool.jsonl"),
    st.integers(1, 12),
    st.sampled_from(["first", "random", "nearest", "diverse", "balanced"]),
    st.integers(0, 5),
    st.sampled_from(["as_selected", "reversed", "shuffled"]),
    st.none() | st.integers(1, 200),
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
        assert sum(len(f"{each.text} {each.rationale} {each.answer}") for each in found) <= choice.tokens


@given(st.integers(3, 30), st.integers(1, 9), st.integers(0, 5))
def test_balanced_takes_from_each_label_in_turn(size: int, k: int, seed: int) -> None:
    pool = pool_of(size)
    there = Counter(each.label for each in pool.rows)
    shown = Counter(each.label for each in chosen(pool, Choice("p", k, "balanced", seed)))
    assert all(count >= max(shown.values()) - 1 or count == there[label] for label, count in shown.items())


def test_first_keeps_the_files_order_and_random_the_same_rows_for_every_item() -> None:
    pool = pool_of(20)
    assert [each.line for each in chosen(pool, Choice("p", 3))] == [1, 2, 3]
    drawn = chosen(pool, Choice("p", 3, "random", seed=1))
    assert drawn == chosen(pool, Choice("p", 3, "random", seed=1), "quite another question")
    assert drawn != chosen(pool, Choice("p", 3, "random", seed=2))


def test_orders_are_those_of_the_same_rows() -> None:
    pool = pool_of(9)
    plain = chosen(pool, Choice("p", 5, "random"))
    assert chosen(pool, Choice("p", 5, "random", order="reversed")) == plain[::-1]
    shuffled = chosen(pool, Choice("p", 5, "random", order="shuffled"))
    assert shuffled != plain and sorted(shuffled, key=plain.index) == plain


def by_meaning(select_as: str, k: int) -> list[str]:
    questions = [
        "How do I bake bread?",
        "How do I bake a loaf of bread?",
        "How is a cake baked?",
        "Who built the pyramids?",
    ]
    rows = tuple(Demonstration({"question": each}, "x") for each in questions)
    pool, item = Pool(Path("p"), rows), {"question": "What is the way to bake rye bread?"}
    choice = Choice("p", k, select_as)  # type: ignore[arg-type]
    vectors = embedder().embed(texts_to_embed(pool, choice, item))
    return [str(each.inputs["question"]) for each in select(pool, choice, item, vectors=vectors, count=len)]


def test_the_nearest_stands_last_next_to_the_question() -> None:
    *_, last = by_meaning("nearest", 3)
    assert "bread" in last
    assert "Who built the pyramids?" not in by_meaning("nearest", 3)


def test_diverse_ones_do_not_repeat_each_other() -> None:
    assert sum("bread" in each for each in by_meaning("nearest", 2)) == 2
    assert sum("bread" in each for each in by_meaning("diverse", 2)) == 1


def test_items_may_be_compared_by_one_input() -> None:
    rows = (Demonstration({"question": "a", "note": "z"}, "1"), Demonstration({"question": "b", "note": "y"}, "2"))
    pool = Pool(Path("p"), rows)
    texts = texts_to_embed(pool, Choice("p", 1, "nearest", by=("question",)), {"question": "q", "note": "n"})
    assert texts == ("q", "a", "b")


@pytest.mark.parametrize(
    ("examples", "said"),
    [
        ("{k: 3}", "examples need a file"),
        ("{from: pool.jsonl, k: 0}", "k must be at least 1"),
        ("{from: pool.jsonl, select: nearst}", "did you mean 'nearest'"),
        ("{from: pool.jsonl, order: sorted}", "order must be one of"),
        ("{from: pool.jsonl, number: 3}", "unknown key 'number'"),
    ],
)
def test_every_mistake_in_a_file_is_told_with_its_line(
    make_prompt: Callable[..., Prompt], examples: str, said: str
) -> None:
    with pytest.raises(PromptError, match=rf"made\.prompty:\d+: .*{said}"):
        make_prompt("user:\nx", frontmatter=f"metadata: {{chatbot: {{examples: {examples}}}}}\n")
