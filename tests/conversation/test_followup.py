"""A follow-up carries the conversation's subject to the search; a question that stands alone is left alone."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatbot import Chatbot, Knowledge
from chatbot.conversation import standalone
from chatbot.conversation.followup import SUBJECT_WORDS, content_words, leans
from chatbot.messages import Message, Segment, message
from chatbot.workspace import find_workspace


def said(*texts: str) -> list[Message]:
    """A history: question, answer, question, …"""
    roles = ("user", "assistant")
    return [message(roles[n % 2], text, "model" if n % 2 else "user") for n, text in enumerate(texts)]


BEAM = said("How does beam search work?", "It keeps the best beams.")


@pytest.mark.parametrize(
    ("question", "rewritten"),
    [
        ("why?", "why? (beam search)"),
        ("how much does it cost?", "how much does it cost? (beam search)"),
        ("and the cost?", "and the cost? (beam search)"),
        ("and in Norway?", "and in Norway? (beam search)"),
        ("What are its drawbacks?", "What are its drawbacks? (beam search)"),
        ("which licence?", "which licence? (beam search)"),
        ("the price?", "the price? (beam search)"),
        ("tell me more", "tell me more (beam search)"),
        ("In Python?", "In Python? (beam search)"),
        ("can you give an example?", "can you give an example? (beam search)"),
        ("what's the difference?", "what's the difference? (beam search)"),
        ("Is that slow?", "Is that slow? (beam search)"),
        ("and how much does it cost?", "and how much does it cost? (beam search)"),
        ("and why?", "and why? (beam search)"),
        ("Is beam search slow, and why does it do that?", "Is beam search slow, and why does it do that?"),
    ],
)
def test_a_follow_up_carries_the_subject(question: str, rewritten: str) -> None:
    assert standalone(question, BEAM) == rewritten


@pytest.mark.parametrize(
    "question",
    [
        "What is LoRA?",
        "and what does shipping to Norway cost?",
        "But who invented the transformer?",
        "Explain quantisation",
        "quantisation",
        "Who invented the transformer?",
        "How much memory does a 7B model need?",
        "What is the difference between top-k and nucleus sampling?",
        "Why do language models hallucinate and how can they be kept from it?",
        "Where was Tesla born, and when did he emigrate?",
        "Does chain of thought help small models?",
        "Was ist Quantisierung bei Sprachmodellen?",
        "什么是量化",
        "???",
        "",
    ],
)
def test_a_question_that_stands_alone_is_left_as_it_is(question: str) -> None:
    assert standalone(question, BEAM) == question


def test_without_a_history_nothing_is_added() -> None:
    assert standalone("why?", []) == "why?"
    assert standalone("why?", [message("assistant", "Hello!", "model")]) == "why?"


def test_the_subject_is_followed_through_questions_that_lean_themselves() -> None:
    history = [*BEAM, *said("and in Norway?", "There too.", "why?", "Because.")]
    assert standalone("how much does it cost?", history) == "how much does it cost? (Norway beam search)"


@pytest.mark.parametrize(
    ("before", "question", "rewritten"),
    [
        ("How does beam search work?", "and top-k?", "How does top-k work?"),
        ("How does beam search work?", "What about nucleus sampling?", "How does nucleus sampling work?"),
        ("What is DPO?", "And PPO", "What is PPO?"),
        ("What does shipping to Norway cost?", "how about Sweden?", "What does shipping to Sweden cost?"),
        ("How long can goods be returned?", "and shoes?", "and shoes? (goods returned)"),
        ("What is DPO?", "and the drawbacks?", "and the drawbacks? (DPO)"),
        ("What is DPO?", "and its drawbacks?", "and its drawbacks? (DPO)"),
    ],
)
def test_a_question_that_names_another_subject_is_the_last_one_asked_of_that(
    before: str, question: str, rewritten: str
) -> None:
    assert standalone(question, said(before, "An answer.")) == rewritten


@pytest.mark.parametrize(
    ("before", "question", "rewritten"),
    [
        (["What is nucleus sampling?"], "why?", "why? (nucleus sampling)"),
        (["What is nucleus sampling?"], "and what about top-k?", "What is top-k?"),
        (["What is perplexity?"], "how is it computed?", "how is it computed? (perplexity)"),
        (["What is LoRA?"], "who wrote it?", "who wrote it? (LoRA)"),
        (["What is LoRA?"], "Does it slow down inference?", "Does it slow down inference? (LoRA)"),
        (["What is LoRA?", "How much memory does it need?"], "and QLoRA?", "What is QLoRA?"),
        (["What is DPO?"], "How does this differ from PPO?", "How does this differ from PPO? (DPO)"),
        (["What is quantisation?"], "in 8 bits?", "in 8 bits? (quantisation)"),
        (
            ["Who was Marie Curie?", "Where was she born?"],
            "why did she leave?",
            "why did she leave? (born Marie Curie)",
        ),
        (["How long can goods be returned?"], "and who pays?", "and who pays? (goods returned)"),
        (["How do I add a flag?"], "can it be required?", "can it be required? (add flag)"),
        (["Hello", "What is RLAIF?", "thanks"], "why is it used?", "why is it used? (RLAIF)"),
        (["What is LoRA?"], "How does beam search work?", "How does beam search work?"),
        (["What is LoRA?", "why?"], "What does DPO cost?", "What does DPO cost?"),
    ],
)
def test_dialogues(before: list[str], question: str, rewritten: str) -> None:
    history = [turn for asked in before for turn in said(asked, "An answer.")]
    assert standalone(question, history) == rewritten


@pytest.fixture(scope="module")
def handbook(starter: Path) -> Iterator[Knowledge]:
    workspace = find_workspace(starter)
    with closing(Knowledge(workspace.knowledge, index=workspace.index_of(workspace.knowledge))) as indexed:
        yield indexed


@pytest.mark.parametrize(
    ("questions", "page", "held"),
    [
        (
            ["What is nucleus sampling?", "and what about top-k sampling?"],
            "decoding-strategies",
            "k most likely tokens",
        ),
        (["What is perplexity?", "how is it computed?"], "pre-training", "exponential"),
        (["What is LoRA?", "who introduced it?"], "lora-and-adapters", "Hu et al. introduced LoRA"),
        (["What is the Bradley-Terry model?", "What is beam search?"], "decoding-strategies", "Beam search"),
        (["What is beam search?", "why?", "What is catastrophic forgetting?"], "fine-tuning", "earlier abilities"),
    ],
)
def test_answers_follow_the_subject(handbook: Knowledge, questions: list[str], page: str, held: str) -> None:
    conversation = Chatbot("extractive", knowledge=handbook, durable=False).conversation()
    *_, answer = [conversation.ask(question) for question in questions]
    assert f"{page}.md" in {citation.path for citation in answer.citations}
    assert held in answer.text


def test_the_subject_that_was_named_last_is_the_subject() -> None:
    assert standalone("why?", [*BEAM, *said("and top-k?", "It cuts the tail.")]) == "why? (top-k)"


def test_a_new_subject_replaces_the_old_one() -> None:
    history = [*BEAM, *said("What is quantisation?", "Fewer bits.")]
    assert standalone("why?", history) == "why? (quantisation)"


def test_an_ordinal_points_at_the_list_in_the_last_answer() -> None:
    listed = said(
        "Which decoding methods are there?", "Three:\n\n1. greedy decoding\n2. nucleus sampling\n3. beam search\n"
    )
    assert "nucleus sampling" in standalone("and the second one?", listed)
    assert "beam search" in standalone("what about the last one?", listed)
    assert "greedy" not in standalone("and the second one?", listed)
    assert standalone("and the second one?", BEAM) == "and the second one? (beam search)"


def test_passages_sent_along_with_a_question_are_not_its_subject() -> None:
    sent = Message("user", (Segment("How does beam search work?", "user"), Segment("[1] unrelated text", "document")))
    assert standalone("why?", [sent]) == "why? (beam search)"


@given(st.text(max_size=60), st.lists(st.text(max_size=60), max_size=6))
def test_a_rewritten_question_keeps_what_was_asked_and_adds_little(question: str, texts: list[str]) -> None:
    rewritten = standalone(question, said(*texts))
    assert set(content_words(question)) <= set(content_words(rewritten))
    assert len(rewritten.split()) <= len(question.split()) + max(
        SUBJECT_WORDS, *(len(text.split()) for text in texts), 0
    )


QUESTIONS = Path(__file__).parents[2] / "../shared/data/xquad_en/questions.jsonl"


@pytest.mark.skipif(not QUESTIONS.exists(), reason="the data is not on this machine")
def test_nearly_all_questions_that_were_written_to_stand_alone_do() -> None:
    lines = QUESTIONS.read_text(encoding="utf-8").splitlines()
    taken_for_follow_ups = sum(leans(json.loads(line)["question"]) for line in lines)
    assert taken_for_follow_ups < 0.05 * len(lines)
