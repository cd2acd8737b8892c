"""What a question asks for, and whether a sentence holds it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatbot.models.asked_for import defined, fits


@pytest.mark.parametrize(
    ("question", "holds", "lacks"),
    [
        ("When was it founded?", "The town was founded in 1643.", "The town was founded by monks."),
        ("What year did he die?", "He died late in March.", "He died in Vienna."),
        ("How many people live there?", "Some two thousand people live there.", "Many people live there."),
        ("How long does it take?", "It takes 30 days.", "It takes a while."),
        ("What percentage is paid back?", "All but 5 % is paid back.", "Most of it is paid back."),
        ("Who introduced LoRA?", "It was Edward Hu who introduced LoRA.", "The authors introduced LoRA."),
        ("Where is the seat?", "The seat is in Oslo.", "The seat is in the capital."),
        ("What is a fee?", "A fee is a payment for a service.", "Customers pay a fee."),
        ("What does a fee mean?", "A fee means a payment.", "Customers pay a fee."),
        ("What is LoRA?", "LoRA (low-rank adaptation) adds two matrices.", "QLoRA is a kind of LoRA."),
        ("Explain beam search", "Beam search is a search with several hypotheses.", "A beam is a stick."),
        ("What are adapters?", "An adapter is a small network.", "They are small networks."),
    ],
)
def test_the_kind_of_answer_that_is_asked_for(question: str, holds: str, lacks: str) -> None:
    assert fits(question, holds) == 1.0
    assert fits(question, lacks) == 0.0


def test_a_number_may_be_a_date_and_a_capital_at_the_beginning_a_name() -> None:
    assert fits("When was it?", "It was at 5.") == 0.5
    assert fits("Who introduced LoRA?", "Hu introduced LoRA.") == 0.5
    assert fits("Who introduced LoRA?", "They introduced LoRA.") == 0.0


def test_a_sentence_that_says_what_it_is_defines_better_than_one_that_is_about_it() -> None:
    is_one = fits("What is beam search?", "Beam search is a search with several hypotheses.")
    opens = fits("What is beam search?", "Beam search keeps several hypotheses.", opening=True)
    about = fits("What is beam search?", "Beam search suits translation.")
    assert is_one > opens > about > fits("What is beam search?", "Translation uses beam search.")


@pytest.mark.parametrize(
    ("question", "subject"),
    [
        ("What is nucleus sampling?", "nucleus sampling"),
        ("what's a KV cache", "KV cache"),
        ("Who was Ada Lovelace?", "Ada Lovelace"),
        ("What does RLAIF stand for?", "RLAIF"),
        ("What is the effect of the temperature on beam search?", ""),
        ("What does the shop sell?", ""),
        ("Why is it slow?", ""),
        ("", ""),
    ],
)
def test_what_is_to_be_defined(question: str, subject: str) -> None:
    assert defined(question) == subject


@given(st.text(max_size=80), st.text(max_size=80), st.booleans())
def test_any_text_fits_more_or_less(question: str, sentence: str, opening: bool) -> None:
    assert 0.0 <= fits(question, sentence, opening=opening) <= 1.0


@given(st.text(max_size=80))
def test_a_question_of_no_known_kind_is_fitted_by_every_sentence_alike(sentence: str) -> None:
    assert fits("Why does it repeat itself?", sentence) == 0.5


def test_an_abbreviation_is_defined_where_its_long_form_is() -> None:
    assert fits("what is DPO?", "Direct preference optimisation (DPO) is a method that needs only pairs.") == 1.0
    assert fits("what is DPO?", "Rafailov et al. compared it (DPO) with PPO.") == 0.0
