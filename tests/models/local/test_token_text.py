"""Text comes out whole: no half characters, no stop strings, nothing lost."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from chatbot.models.local.token_text import REPLACEMENT, UNSETTLED_TOKENS, TokenText

END = 256


def decode(ids) -> str:
    """As a byte-level tokenizer decodes: a token is a byte, 256 is a special one."""
    text, run = "", b""
    for token in ids:
        if token == END:
            text, run = text + run.decode("utf-8", "replace") + "<end>", b""
        else:
            run += bytes([token])
    return text + run.decode("utf-8", "replace")


def pieces(tokens, **options) -> tuple[list[str], TokenText]:
    text = TokenText(decode, **options)
    return [*(text.feed(token) for token in tokens), text.end()], text


@given(st.text())
def test_what_comes_out_is_the_text_of_the_tokens(said: str) -> None:
    assert "".join(pieces(said.encode())[0]) == said


@given(st.text(alphabet="aé漢😀", min_size=1))
def test_no_piece_holds_half_a_character(said: str) -> None:
    assert not any(REPLACEMENT in piece for piece in pieces(said.encode())[0])


def test_a_character_comes_with_the_last_of_its_tokens() -> None:
    assert pieces("é!".encode())[0] == ["", "é", "!", ""]


def test_broken_bytes_are_shown_as_such_and_hold_nothing_up() -> None:
    said, _ = pieces([0xFF] * UNSETTLED_TOKENS + list(b"ok"))
    assert "".join(said) == REPLACEMENT * UNSETTLED_TOKENS + "ok"
    assert said[UNSETTLED_TOKENS] == "o"


def test_bytes_that_never_become_a_character_are_shown_at_the_end() -> None:
    assert pieces([0xC3])[0] == ["", REPLACEMENT]


def test_hidden_tokens_are_no_text() -> None:
    assert "".join(pieces([*b"a", END, *b"b"], hidden={END})[0]) == "ab"


def test_special_tokens_that_are_not_hidden_are_text() -> None:
    assert "".join(pieces([*b"a", END])[0]) == "a<end>"


@given(st.text(alphabet="ab#", max_size=12), st.lists(st.text(alphabet="ab#", min_size=1, max_size=3), max_size=3))
def test_a_reply_ends_before_the_first_stop_string(said: str, stops: list[str]) -> None:
    shown, text = pieces(said.encode(), stops=stops)
    places = [said.find(stop) for stop in stops if stop in said]
    first_complete = min((said.find(stop) + len(stop) for stop in stops if stop in said), default=None)
    assert text.stopped is bool(places)
    if first_complete is None:
        assert "".join(shown) == said
    else:
        within = said[:first_complete]
        assert "".join(shown) == within[: min(within.find(stop) for stop in stops if stop in within)]


def test_the_beginning_of_a_stop_string_is_held_back_until_it_turns_out_to_be_none() -> None:
    assert pieces(b"a<x", stops=["<end>"])[0] == ["a", "", "<x", ""]
    assert pieces(b"a<en", stops=["<end>"])[0] == ["a", "", "", "", "<en"]


def test_nothing_comes_after_a_stop_string() -> None:
    assert pieces(b"a.b", stops=["."])[0] == ["a", "", "", ""]
