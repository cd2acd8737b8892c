from collections.abc import Callable, Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from chatbot.effects import Grounding
from chatbot.messages import Evidence, Passage
from chatbot.models.sentence_choice import CANDIDATES, ENOUGH, ranked
from chatbot.retrieval.embed import embedder

RETURNS = "Goods can be returned within 30 days. Do you pay the postage? The customer pays the postage of a return."
SHIPPING = "Shipping to Norway takes four working days. The parcel costs 12 euros. Anna Berg runs the warehouse."

Embed = Callable[[Sequence[str]], NDArray[np.float32]]


@pytest.fixture(scope="module")
def embed() -> Embed:
    return embedder("minilm").embed


def grounding(question: str, *texts: str, title: str = "") -> Grounding:
    """Evidence that a search liked in this order."""
    passages = [Passage(t, 0, len(t), 1, path=f"{n}.md", title=title, score=1 / n) for n, t in enumerate(texts, 1)]
    return Grounding(question, tuple(Evidence(number, passage) for number, passage in enumerate(passages, 1)))


@pytest.mark.parametrize(
    ("question", "best"),
    [
        ("How long can goods be returned?", "Goods can be returned within 30 days."),
        ("Who pays for the postage?", "The customer pays the postage of a return."),
        ("How many days does a parcel to Norway take?", "Shipping to Norway takes four working days."),
        ("Who is in charge of the warehouse?", "Anna Berg runs the warehouse."),
    ],
)
def test_the_sentence_that_answers_stands_first(embed: Embed, question: str, best: str) -> None:
    choices = ranked(grounding(question, RETURNS, SHIPPING), embed)
    assert choices[0].sentence.text == best
    assert choices[0].worth >= ENOUGH


@pytest.mark.parametrize("question", ["Who won the 1998 World Cup?", "What is the capital of France?"])
def test_sentences_on_another_subject_are_worth_too_little(embed: Embed, question: str) -> None:
    assert ranked(grounding(question, RETURNS, SHIPPING), embed)[0].worth < ENOUGH


def test_a_question_in_the_text_is_no_answer(embed: Embed) -> None:
    choices = ranked(grounding("Do you pay the postage?", RETURNS), embed)
    assert "Do you pay the postage?" not in [choice.sentence.text for choice in choices]


@pytest.mark.parametrize(
    "markup", [".. note::", "::: {.warning}", "{% include 'x' %}", "![Postage](a.png)", "---|---", "42 %"]
)
def test_markup_is_not_quoted(embed: Embed, markup: str) -> None:
    choices = ranked(grounding("What is the postage?", f"{markup}\n\nThe postage is four euros.\n"), embed)
    assert [choice.sentence.text for choice in choices] == ["The postage is four euros."]


def test_a_word_of_the_passages_title_counts(embed: Embed) -> None:
    text = "It takes four working days."
    [plain] = ranked(grounding("How long is shipping to Norway?", text), embed)
    [titled] = ranked(grounding("How long is shipping to Norway?", text, title="Shipping to Norway"), embed)
    assert titled.worth > plain.worth


def test_a_sentence_that_stands_twice_is_quoted_from_the_better_passage(embed: Embed) -> None:
    choices = ranked(grounding("How long can goods be returned?", RETURNS, RETURNS), embed)
    assert {choice.sentence.evidence.number for choice in choices} == {1}


def test_one_call_embeds_the_question_and_a_bounded_number_of_sentences() -> None:
    calls: list[int] = []

    def counting(texts: Sequence[str]) -> NDArray[np.float32]:
        calls.append(len(texts))
        return np.full((len(texts), 4), 0.5, dtype=np.float32)

    many = " ".join(f"Sentence number {number} speaks of parcels." for number in range(500))
    assert len(ranked(grounding("What of parcel 400?", many), counting)) == CANDIDATES
    assert calls == [CANDIDATES + 1]


def test_no_evidence_is_no_sentence(embed: Embed) -> None:
    assert ranked(grounding("Anything?"), embed) == []


@given(st.text(max_size=60), st.lists(st.text(max_size=200), max_size=4))
def test_every_sentence_is_an_exact_slice_of_its_passage(question: str, texts: list[str]) -> None:
    def flat(several: Sequence[str]) -> NDArray[np.float32]:
        return np.ones((len(several), 2), dtype=np.float32)

    for choice in ranked(grounding(question, *texts), flat):
        sentence = choice.sentence
        text = sentence.evidence.passage.text
        assert text[sentence.start : sentence.start + len(sentence.text)] == sentence.text


COURSES = """| Course | Date | Places |
|---|---|---|
| Welding for beginners | 2026-09-23 | 4 |
| Bicycle brakes | 2026-05-06 | 10 |
| Mending clothes by hand | 2026-10-14 | 12 |"""


def test_a_row_of_figures_answers_by_the_names_of_its_columns(embed: Embed) -> None:
    best, *_ = ranked(grounding("On which date is the course on bicycle brakes?", COURSES, SHIPPING), embed)

    assert best.sentence.shown == "| Bicycle brakes | 2026-05-06 | 10 |"
    assert best.sentence.read == "| Course | Date | Places |\n| Bicycle brakes | 2026-05-06 | 10 |"
