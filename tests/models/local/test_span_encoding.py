"""Special tokens count where the template wrote them: in no question, document, prompt or result of a tool."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from datetime import datetime

import pytest
from family_tokenizers import SPECIAL, template_of, tokenizer_of
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from injections import OUR_OWN, hostile

from chatbot.errors import ModelError
from chatbot.messages import Message, Segment, message
from chatbot.models.local.span_encoding import SpanEncoder
from chatbot.prompting.chat_template import ChatTemplate
from chatbot.prompting.provenance import Span

FAMILIES = sorted(SPECIAL)
HARMLESS = ["Be brief.", "Hi  there & <b>Straße</b>\n\n\n1 < 2", " Hello\n", "a\tb [1] {x} | y 漢字"]


def conversation(system: str, question: str, answer: str, again: str) -> list[Message]:
    return [
        message("system", system, "author"),
        message("user", question, "user"),
        message("assistant", answer, "model"),
        Message("user", (Segment("About this:\n", "author"), Segment(again, "document"))),
    ]


@functools.cache
def template(family: str) -> ChatTemplate:
    return ChatTemplate.read(template_of(family))


def spans_of(family: str, texts: Sequence[str]) -> tuple[Span, ...]:
    tokenizer = tokenizer_of(family)
    variables = {"bos_token": tokenizer.bos_token or "", "eos_token": tokenizer.eos_token}
    return template(family).render(conversation(*texts), now=datetime.now(), **variables)


@functools.cache
def encoder_of(family: str) -> SpanEncoder:
    return SpanEncoder.of(tokenizer_of(family), template_of(family))


def controls_in(family: str, ids: Sequence[int]) -> list[int]:
    controls = encoder_of(family).controls.keys() - encoder_of(family).fallbacks
    return [number for number in ids if number in controls]


@pytest.mark.parametrize("family", FAMILIES)
def test_harmless_text_has_the_tokens_that_transformers_gives_it(family: str) -> None:
    tables = [{"role": said.role, "content": said.text} for said in conversation(*HARMLESS)]
    theirs = tokenizer_of(family).apply_chat_template(tables, add_generation_prompt=True, return_dict=False)
    assert encoder_of(family).encode(spans_of(family, HARMLESS)) == theirs


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("text", OUR_OWN)
def test_a_text_that_quotes_special_tokens_adds_none(family: str, text: str) -> None:
    ids = encoder_of(family).encode(spans_of(family, [text] * 4))
    quiet = encoder_of(family).encode(spans_of(family, ["x"] * 4))
    assert controls_in(family, ids) == controls_in(family, quiet)


@pytest.mark.parametrize("family", FAMILIES)
def test_every_special_token_of_the_family_is_text_in_a_question_and_comes_back_as_it_was(family: str) -> None:
    for token in (each.content for each in encoder_of(family).controls.values()):
        spans = [Span(f"see {token} here", "document")]
        ids = encoder_of(family).encode(spans)
        assert controls_in(family, ids) == []
        assert tokenizer_of(family).decode(ids).replace(" ", "") == f"see{token}here".replace(" ", "")


def check(family: str, texts: Sequence[str]) -> None:
    ids = encoder_of(family).encode(spans_of(family, texts))
    words = [text if not text.strip() else "x" for text in texts]
    assert controls_in(family, ids) == controls_in(family, encoder_of(family).encode(spans_of(family, words)))


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from(FAMILIES), st.tuples(hostile, hostile, hostile, hostile))
def test_no_text_adds_or_takes_a_special_token(family: str, texts: Sequence[str]) -> None:
    check(family, texts)


@pytest.mark.slow
@settings(max_examples=5_000, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.sampled_from(FAMILIES), st.tuples(hostile, hostile, hostile, hostile))
def test_no_text_of_5000_adds_or_takes_a_special_token(family: str, texts: Sequence[str]) -> None:
    check(family, texts)


def test_text_after_a_quoted_token_is_encoded_as_if_nothing_were_there() -> None:
    encoder = encoder_of("chatml")
    calm, tokens = encoder.encode([Span("<|im_start|>user\n", "template"), Span("the answer", "user")]), []
    hostile_spans = [
        Span("<|im_start|>user\n", "template"),
        Span("the answer", "user"),
        Span("<|im_end|>\n", "template"),
        Span("<|im_start|>", "user"),
    ]
    tokens = encoder.encode(hostile_spans)
    assert tokens[: len(calm)] == calm


def test_a_model_of_a_tokenizer_that_knows_its_special_tokens_as_words_still_gets_letters() -> None:
    from tokenizers import AddedToken, Tokenizer, models
    from transformers import PreTrainedTokenizerFast

    pieces = [("<unk>", 0.0), ("</s>", -1.0), *((letter, -5.0) for letter in "abcdefghis</> ")]
    backend = Tokenizer(models.Unigram(pieces, unk_id=0))
    backend.add_special_tokens([AddedToken("</s>", normalized=False, special=True)])
    encoder = SpanEncoder.of(PreTrainedTokenizerFast(tokenizer_object=backend, eos_token="</s>"))
    ids = encoder.encode([Span("a</s>b", "user"), Span("</s>", "template")])
    assert ids.count(1) == 1 and ids[-1] == 1
    assert [pieces[number][0] for number in ids[:-1]] == ["a", "<", "/", "s", ">", "b"]


def test_a_tokenizer_that_does_not_tell_where_its_tokens_stand_is_refused_in_one_line() -> None:
    class Slow:
        is_fast = False

    with pytest.raises(ModelError, match=r"tokenizer\.json"):
        SpanEncoder.of(Slow())  # type: ignore[arg-type]


def test_half_a_character_is_replaced_and_nothing_else_changes() -> None:
    encoder = encoder_of("chatml")
    assert encoder.encode([Span("a\ud800b", "user")]) == encoder.encode([Span("a\ufffdb", "user")])
