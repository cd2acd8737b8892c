"""Words for matching: the forms of a word are one term, and function words are none."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatbot.terms import stem, terms, words


@pytest.mark.parametrize(
    "forms",
    [
        "sample samples sampled sampling",
        "tune tunes tuned tuning",
        "run runs running",
        "stop stops stopped stopping",
        "reply replies replied replying",
        "family families",
        "class classes",
        "box boxes",
        "match matches matched matching",
        "process processes processing",
        "model models modelled modelling modeling",
        "install installs installed installing",
        "agree agrees agreed agreeing",
        "need needs needed needing",
        "use uses used using",
        "embed embeds embedded embedding embeddings",
        "evaluate evaluates evaluated evaluation evaluations",
        "quantise quantised quantising quantisation quantize quantized quantization",
        "quick quickly",
        "index indices indexes indexing",
        "gpu gpus",
        "bias biases",
        "café cafe cafés",
    ],
)
def test_the_forms_of_a_word_are_one(forms: str) -> None:
    assert len({stem(form) for form in forms.split()}) == 1


@pytest.mark.parametrize(
    ("one", "other"),
    [("news", "new"), ("king", "k"), ("thing", "th"), ("bus", "bu"), ("analysis", "analysi"), ("top", "tip"),
     ("train", "trait"), ("bed", "b"), ("decoder", "code"), ("prompt", "prom"), ("3", "33")],
)  # fmt: skip
def test_other_words_are_others(one: str, other: str) -> None:
    assert stem(one) != stem(other)


def test_function_words_say_nothing() -> None:
    assert terms("What's the model's temperature, and why doesn't it change?") == [stem("model"), stem("temperature"),
                                                                                   stem("change")]  # fmt: skip


def test_where_every_word_is_a_function_word_all_count() -> None:
    assert terms("Why not this?") == ["why", "not", "this"]
    assert terms("") == []


def test_hyphens_join_no_term_but_points_in_numbers_and_names_do() -> None:
    assert terms("fine-tuning") == terms("fine tuning")
    assert terms("top-k") != terms("top-p")
    assert terms("GPT-3 at 8.1.0") == ["gpt", "3", "8.1.0"]
    assert words("Fine-tuning at 8.1.0") == ["fine-tuning", "at", "8.1.0"]


def test_names_with_underscores_are_their_parts() -> None:
    assert terms("hide_input") == terms("hide input")


def test_other_scripts_have_terms_too() -> None:
    assert set(terms("什么是量化")) & set(terms("模型的量化")) == {"量化"}
    assert terms("Было сказано") == ["было", "сказано"]
    assert terms("Müller") == terms("MULLER")


def test_a_mathematical_letter_is_the_lowercase_letter_it_draws() -> None:
    assert [stem(letter) for letter in "𝓐℡Ⅻ"] == ["a", "tel", "xii"]


@given(st.text(max_size=100))
def test_terms_are_lowercase_and_the_same_in_any_case_of_ascii(text: str) -> None:
    assert all(term == term.lower() for term in terms(text))
    plain = text.encode("ascii", "ignore").decode()
    assert terms(plain.upper()) == terms(plain.lower())


@given(st.text(st.characters(max_codepoint=127), max_size=100))
def test_a_text_has_the_same_words_beside_one_of_another_script(text: str) -> None:
    assert [*words(text), "слово"] == words(f"{text} слово")


@given(st.text("abcdefghijklmnopqrstuvwxyz", min_size=1, max_size=12))
def test_a_stem_is_never_empty_and_hardly_longer_than_its_word(word: str) -> None:
    assert 1 <= len(stem(word)) <= len(word) + 1
