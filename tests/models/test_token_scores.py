"""Log-probabilities as servers write them become scores, and what is none is refused."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatbot.errors import ModelProtocolError
from chatbot.messages import TokenScore
from chatbot.models.token_scores import LEAST, read_scores

tokens = st.tuples(st.text(st.characters(exclude_categories=["Cs"])), st.floats(LEAST, 0))


def entry(text: str, logprob: float, *others: tuple[str, float]) -> dict[str, object]:
    """A token as OpenAI writes it."""
    top = [{"token": each, "logprob": value, "bytes": list(each.encode())} for each, value in others]
    return {"token": text, "logprob": logprob, "bytes": list(text.encode()), "top_logprobs": top}


@given(st.lists(st.tuples(tokens, st.lists(tokens, max_size=3)), max_size=4))
def test_every_token_comes_with_its_alternatives_likeliest_first(drawn: list[tuple[tuple[str, float], list]]) -> None:  # type: ignore[type-arg]
    told = {"content": [entry(*token, *others) for token, others in drawn], "refusal": None}
    read = read_scores(told)
    assert [(score.text, score.logprob) for score in read] == [token for token, _ in drawn]
    for score, (_, others) in zip(read, drawn, strict=True):
        assert sorted(score.alternatives) == sorted(others)
        assert [value for _, value in score.alternatives] == sorted((value for _, value in others), reverse=True)


def test_the_tokens_of_a_refusal_are_scored_too() -> None:
    assert read_scores({"content": None, "refusal": [entry("No", -1.5)]}) == (TokenScore("No", -1.5),)


@pytest.mark.parametrize("told", [None, {}, {"content": None}, {"content": []}, [], {"tokens": ["a"]}])
def test_a_server_that_tells_nothing_has_no_scores(told: object) -> None:
    assert read_scores(told) == ()


@pytest.mark.parametrize(("written", "read"), [(0, 0.0), (-math.inf, LEAST), (-12_000, LEAST), (1e-7, 0.0)], ids=str)
def test_a_logprob_lies_between_the_least_and_zero(written: float, read: float) -> None:
    assert read_scores({"content": [entry("a", written)]}) == (TokenScore("a", read),)


def test_half_a_character_can_be_written_down() -> None:
    (score,) = read_scores({"content": [{"token": "\ud83d", "logprob": -1}]})
    assert score.text.encode() == b"?"


@pytest.mark.parametrize(
    "broken", ["a", {"token": "a"}, {"token": 7, "logprob": -1}, {"token": "a", "logprob": math.nan}, {"logprob": -1}]
)
def test_what_is_no_token_breaks_the_protocol(broken: object) -> None:
    with pytest.raises(ModelProtocolError, match="no token with a log-probability"):
        read_scores({"content": [broken]})
