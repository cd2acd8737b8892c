"""The words by which services say why a reply ended."""

import pytest

from chatbot.models.finish_reasons import finish_of


@pytest.mark.parametrize(
    ("sender", "word", "finish"),
    [
        ("OpenAI", "stop", "complete"),
        ("OpenAI", "tool_calls", "complete"),
        ("OpenAI", "function_call", "complete"),
        ("OpenAI", "length", "length"),
        ("OpenAI", "content_filter", "filtered"),
        ("Together", "eos", "complete"),
        ("watsonx", "eos_token", "complete"),
        ("Claude", "end_turn", "complete"),
        ("Claude", "tool_use", "complete"),
        ("Claude", "max_tokens", "length"),
        ("Claude", "refusal", "filtered"),
        ("Gemini", "STOP", "complete"),
        ("Gemini", "MAX_TOKENS", "length"),
        ("Gemini", "PROHIBITED_CONTENT", "filtered"),
        ("Mistral", "model_length", "length"),
    ],
)
def test_each_senders_words_mean_what_it_says(sender: str, word: str, finish: str) -> None:
    assert finish_of(word) == finish, sender


@pytest.mark.parametrize("word", ["", "error", "abort", "stop?", " stop", "insufficient_system_resource", "OTHER"])
def test_a_word_that_nobody_says_of_a_whole_reply_means_nothing(word: str) -> None:
    assert finish_of(word) is None
