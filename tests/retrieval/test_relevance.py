"""Relevance: what tells that the best passage is not good enough."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatbot import Knowledge
from chatbot.messages import Passage
from chatbot.retrieval.embed import embedder
from chatbot.retrieval.relevance import FLOORS, best_relevance, relevance, usual_floor

TEXTS = {
    "returns": "Goods can be returned within 30 days. The refund goes to the card that was charged.",
    "parcels": "Parcels to France take four days. Parcels to Norway take a week and cost twelve euros.",
    "opening": "The shop opens at nine in the morning and closes at six, and on Sundays it stays closed.",
}


@pytest.fixture(scope="module")
def knowledge() -> Knowledge:
    return Knowledge.from_records({"id": name, "text": text} for name, text in TEXTS.items())


def test_relevance_adds_the_cosine_and_the_words_in_common() -> None:
    found = Passage("Cats sleep all day.", 0, 19, 1, title="Pets", ranks={"dense": 0.5})

    assert relevance("Where do cats sleep?", found) == pytest.approx(0.7 * 0.5 + 0.3)
    assert relevance("Which pets bark?", found) == pytest.approx(0.7 * 0.5 + 0.3 / 2)
    assert relevance("zebra", found) == pytest.approx(0.7 * 0.5)


@given(st.text(max_size=30), st.text(max_size=60), st.floats(-1, 1))
def test_relevance_lies_between_nothing_and_one(question: str, text: str, cosine: float) -> None:
    found = Passage(text, 0, len(text), 1, ranks={"dense": cosine})

    assert 0 <= relevance(question, found) <= 1


def test_a_question_that_the_documents_answer_finds_passages(knowledge: Knowledge) -> None:
    for question, source in {
        "How long do parcels to Norway take?": "parcels",
        "Can I get my money back?": "returns",
        "When does the shop close?": "opening",
    }.items():
        found = knowledge.search(question)
        assert found[0].source == source
        assert best_relevance(found) >= knowledge.floor == FLOORS["minilm"]


@pytest.mark.parametrize(
    "question", ["Who wrote Hamlet?", "What is photosynthesis?", "How tall is Mount Everest?", "qwertzuiop"]
)
def test_of_what_the_documents_do_not_say_nothing_is_found(knowledge: Knowledge, question: str) -> None:
    assert knowledge.search(question) == []
    assert len(knowledge.search(question, floor=0)) == len(TEXTS), "the nearest are there for who asks for them"


def test_the_number_of_passages_asked_for_changes_nothing_of_the_decision(knowledge: Knowledge) -> None:
    for question in ("How long do parcels take?", "Who wrote Hamlet?"):
        assert len({bool(knowledge.search(question, k)) for k in (1, 2, 5, 20)}) == 1


def test_a_floor_that_is_set_is_kept(tmp_path) -> None:
    with_floor = Knowledge.from_records([{"id": "a", "text": TEXTS["returns"]}], tmp_path / "index.db")
    with_floor.floor = 0.99
    with_floor.close()

    again = Knowledge(None, index=tmp_path / "index.db")

    assert again.floor == 0.99
    assert again.search("How long can goods be returned?") == []
    again.close()


def test_embedders_whose_cosines_nobody_has_measured_have_no_floor() -> None:
    assert usual_floor(embedder("minilm").name) == FLOORS["minilm"]
    assert usual_floor("openai:text-embedding-3-small") == 0
