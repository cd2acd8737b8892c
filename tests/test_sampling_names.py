"""The short text that says how to decode: what it means, how it is refused, and that it survives being written."""

from __future__ import annotations

import contextlib
from dataclasses import fields

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatbot.errors import UsageError
from chatbot.sampling import Sampling
from chatbot.sampling_names import WAYS, check, decoding_text, read_decoding


@pytest.mark.parametrize(
    ("text", "sampling"),
    [
        ("", Sampling()),
        ("greedy", Sampling(temperature=0)),
        ("min-p=0.1, temperature=0.8", Sampling(min_p=0.1, temperature=0.8)),
        ("top_k=7,top-p = .5", Sampling(top_k=7, top_p=0.5)),
        ("beam=6", Sampling(beams=6, temperature=0)),
        ("beam, temperature=0.5", Sampling(beams=4, temperature=0.5)),
        ("diverse-beam=3", Sampling(beams=3, beam_groups=3, diversity_penalty=0.5, temperature=0)),
        ("diverse-beam=3, beam=6", Sampling(beams=6, beam_groups=3, diversity_penalty=0.5, temperature=0)),
        ("contrastive", Sampling(contrastive_alpha=0.6, top_k=4, temperature=0)),
        ("contrastive=0.3, top-k=8", Sampling(contrastive_alpha=0.3, top_k=8, temperature=0)),
        ("regex='[a-z]{2,3}'", Sampling(regex="[a-z]{2,3}")),
        ('choices="yes|no, never"', Sampling(choices=("yes", "no, never"))),
        (r"choices=a\|b|c", Sampling(choices=("a|b", "c"))),
        ("logit-bias=' Paris:2', logit-bias=#11:-100", Sampling(logit_bias=((" Paris", 2.0), ("#11", -100.0)))),
        (r'stop="\n", stop=END', Sampling(stop=("\n", "END"))),
        (
            "draft=local:models/small, max-tokens=9, seed=-1",
            Sampling(draft="local:models/small", max_tokens=9, seed=-1),
        ),
        ("logprobs=0", Sampling(logprobs=0)),
    ],
)
def test_a_text_names_a_way_to_decode(text: str, sampling: Sampling) -> None:
    assert read_decoding(text) == sampling


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("min_q=0.1", "did you mean 'min-p'"),
        ("temperature=warm", "a number from 0 to 100, not 'warm'"),
        ("temperature=nan", "a number from 0 to 100"),
        ("top-p=1.2", "a number from 0 to 1, not 1.2"),
        ("top-k=0", "a whole number of at least 1"),
        ("top-k=2.5", "a whole number"),
        ("greedy=1", "takes no value"),
        ("greedy, temperature=1", "stands twice"),
        ("beam=4, beam=5", "stands twice"),
        ("regex", "needs a value"),
        ("logit-bias=Paris", "not a token and a number"),
        ("logit-bias=Paris:inf", "not a token and a number"),
        ("diverse-beam=4, beam=6", "a multiple of"),
        ("diversity-penalty=1", "needs diverse-beam"),
        ("contrastive, temperature=0.5", "leave out temperature"),
        ("contrastive, beam=3", "name one"),
        ("beam, prompt-lookup", "leave out draft and prompt-lookup"),
        ("regex=a, choices=b", "name one"),
        ("temperature 0.3", "is not NAME or NAME=VALUE"),
        ("= 3", "is not NAME or NAME=VALUE"),
    ],
)
def test_what_it_cannot_mean_is_refused_with_what_to_write(text: str, wrong: str) -> None:
    with pytest.raises(UsageError) as refused:
        read_decoding(text)

    assert wrong in str(refused.value) and str(refused.value).startswith("decode: ")


@given(st.text(max_size=40))
def test_any_text_is_read_or_refused(text: str) -> None:
    with contextlib.suppress(UsageError):
        check(read_decoding(text))


words = st.text(st.characters(codec="utf-8") | st.sampled_from("|\\\"' "), min_size=1, max_size=12)
shares = st.none() | st.floats(0, 1)
samplings = st.builds(
    Sampling,
    temperature=st.none() | st.floats(0, 2),
    top_p=shares,
    top_k=st.none() | st.integers(1, 1000),
    min_p=shares,
    typical_p=shares,
    seed=st.none() | st.integers(-(2**63), 2**63 - 1),
    stop=st.lists(words, max_size=2).map(tuple),
    repetition_penalty=st.none() | st.floats(0.1, 9),
    frequency_penalty=st.none() | st.floats(-2, 2),
    logit_bias=st.lists(st.tuples(words, st.floats(-100, 100)), max_size=2).map(tuple),
    regex=st.none() | words,
    draft=st.none() | words,
    logprobs=st.none() | st.integers(0, 20),
)


@given(samplings)
def test_what_is_written_is_read_again(sampling: Sampling) -> None:
    assert read_decoding(decoding_text(sampling)) == sampling


@given(st.lists(words, max_size=3))
def test_choices_are_read_again_whatever_they_hold(choices: list[str]) -> None:
    sampling = Sampling(choices=tuple(choices))

    assert read_decoding(decoding_text(sampling)) == sampling


def test_every_field_has_a_name_and_every_name_a_field() -> None:
    assert {way.sets for way in WAYS} == {each.name for each in fields(Sampling)}


@pytest.mark.parametrize("way", [way for way in WAYS if way.usual], ids=lambda way: way.name)
def test_a_bare_name_means_something(way: object) -> None:
    name = getattr(way, "name", "")
    bare = name if name != "diversity-penalty" else "diverse-beam, diversity-penalty"
    assert read_decoding(bare).said()


def test_a_sampling_made_by_hand_is_checked_alike() -> None:
    with pytest.raises(UsageError, match="contrastive needs top-k"):
        check(Sampling(contrastive_alpha=0.6))


@pytest.mark.parametrize(
    ("before", "by", "after"),
    [
        ("contrastive", "greedy", "greedy"),
        ("diverse-beam=3", "temperature=0.7", "temperature=0.7"),
        ("beam=3, min-p=0.2, seed=4", "temperature=0.7", "temperature=0.7, seed=4, min-p=0.2"),
        ("temperature=0.7, top-p=0.9", "beam=3", "temperature=0, top-p=0.9, beam=3"),
        ("beam=3", "max-tokens=9", "temperature=0, max-tokens=9, beam=3"),
        ("choices=yes, seed=1", "regex=a", "regex=a, seed=1"),
        ("draft=local:x, seed=1", "prompt-lookup=4", "prompt-lookup=4, seed=1"),
        ("prompt-lookup=4", "beam=3", "beam=3"),
        ("prompt-lookup=4", "greedy", "greedy, prompt-lookup=4"),
    ],
)
def test_a_way_to_search_gives_way_as_a_whole(before: str, by: str, after: str) -> None:
    assert read_decoding(before).overridden(read_decoding(by)) == read_decoding(after)
