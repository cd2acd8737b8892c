"""Tokens of long texts are those of the whole text, and reading them leaves other threads room."""

from __future__ import annotations

import threading

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tokenizers import Tokenizer

from chatbot.retrieval.embed_tokens import PIECE, packaged_tokens, read_encoder

WORDS = st.sampled_from(
    ["the", "  ", "\n", "\r\n", "supercalifragilistic", "不客气", "e\u0301", "\u0301", "3.14", "<#>"]
)


@pytest.fixture(scope="module")
def tokenizer() -> Tokenizer:
    return Tokenizer.from_str(read_encoder("tokenizer.json"))


@settings(max_examples=30, deadline=None)
@given(st.lists(WORDS, min_size=1, max_size=40), st.sampled_from([" ", ""]), st.integers(1, PIECE // 10))
def test_tokens_of_a_long_text_begin_where_those_of_the_whole_do(
    tokenizer: Tokenizer, words: list[str], between: str, times: int
) -> None:
    text = between.join(words * times)[: 5 * PIECE]
    whole = tokenizer.encode(text, add_special_tokens=False).offsets

    assert packaged_tokens().starts(text).tolist() == [start for start, _ in whole]


def test_other_threads_run_while_a_long_text_is_read() -> None:
    text, done, turns = "What is written here goes on for long. " * 20_000, threading.Event(), 0

    def take_turns() -> None:
        nonlocal turns
        while not done.wait(0.001):
            turns += 1

    other = threading.Thread(target=take_turns)
    other.start()
    packaged_tokens().starts(text)
    done.set()
    other.join()

    assert turns > len(text) / PIECE / 10, "it would be one or two where all is read at once"
