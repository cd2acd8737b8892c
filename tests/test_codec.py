"""Values of ours survive the way into JSON and back, and nothing else is ever built."""

from __future__ import annotations

import json
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatbot import codec
from chatbot.effects import Generate, Grounding, Overview, Retrieve, ToolSchema
from chatbot.messages import (
    Answer,
    Citation,
    Evidence,
    Image,
    Message,
    Passage,
    Reply,
    Segment,
    TokenScore,
    ToolCall,
    ToolResult,
    ToolUse,
    Usage,
)
from chatbot.sampling import Sampling

texts = st.text(st.characters(codec=None), max_size=20)  # any code point, lone surrogates too
names = st.text(max_size=8)
atoms = st.one_of(texts, st.integers(), st.floats(allow_nan=False), st.booleans(), st.none())

segments = st.builds(Segment, texts, st.sampled_from(["author", "user", "document", "tool", "model"]))
calls = st.builds(ToolCall, names, names, texts)
results = st.builds(ToolResult, names, names, texts, st.booleans())
pictures = st.builds(
    Image, names, st.sampled_from(["image/jpeg", "image/png"]), st.integers(), st.integers(), names, data=st.binary()
)
messages = st.builds(
    Message,
    st.sampled_from(["system", "user", "assistant", "tool"]),
    st.lists(segments, max_size=3).map(tuple),
    st.lists(calls, max_size=2).map(tuple),
    st.none() | names,
    st.lists(pictures, max_size=2).map(tuple),
)
passages = st.builds(Passage, texts, *[st.integers()] * 3, names | st.none(), metadata=st.dictionaries(names, atoms))
citations = st.builds(Citation, st.integers(), texts, *[st.integers()] * 3, heading=st.lists(texts).map(tuple))
usages = st.builds(Usage, cost=st.none() | st.floats(allow_nan=False), seconds=st.floats(allow_nan=False))
evidence = st.builds(Evidence, st.integers(), passages)
answers = st.builds(
    Answer,
    texts,
    st.lists(citations, max_size=2).map(tuple),
    st.lists(st.builds(ToolUse, calls, results), max_size=2).map(tuple),
    usages,
)
requests = st.builds(
    Generate,
    st.lists(messages, max_size=3).map(tuple),
    tools=st.tuples(st.builds(ToolSchema, names, texts, st.dictionaries(names, st.lists(atoms) | atoms))),
    sampling=st.builds(
        Sampling,
        st.none() | st.floats(0, 2),
        stop=st.lists(texts).map(tuple),
        logit_bias=st.lists(st.tuples(texts, st.floats(-9, 9))).map(tuple),
    ),
    grounding=st.none() | st.builds(Grounding, texts, st.lists(evidence, max_size=2).map(tuple)),
)
logprobs = st.floats(-100, 0)
scores = st.builds(TokenScore, texts, logprobs, st.lists(st.tuples(texts, logprobs), max_size=2).map(tuple))
replies = st.builds(
    Reply, texts, st.lists(calls, max_size=2).map(tuple), usage=usages, scores=st.lists(scores, max_size=2).map(tuple)
)
values = st.one_of(messages, answers, requests, replies, evidence, results)


def joined(text: str) -> str:
    """The text with surrogates that stand side by side joined to the character they spell, as JSON readers do."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "surrogatepass")


def round_trip(value: object) -> object:
    text = codec.encode(codec.plain(value))
    text.encode("utf-8")
    assert "\0" not in text
    return codec.build(type(value), codec.decode(text))


@given(values)
def test_a_value_comes_back_equal(value: object) -> None:
    again = round_trip(value)
    assert codec.plain(again) == json.loads(json.dumps(codec.plain(value)))
    assert codec.encode(value) == codec.encode(codec.plain(value))


@given(texts)
def test_any_text_survives_even_lone_surrogates_and_nul(text: str) -> None:
    again = round_trip(Segment(text, "model"))
    assert isinstance(again, Segment)
    assert again.text == joined(text)


def test_metadata_and_ranks_survive_though_they_do_not_count_for_equality() -> None:
    passage = Passage(
        "a", 0, 1, 1, path="a.md", ranks={"dense": 0.5}, metadata={"year": 1999, "open": True, "by": None}
    )
    again = round_trip(Overview(1, 2, (passage,)))
    assert isinstance(again, Overview)
    assert (again.openings[0].ranks, again.openings[0].metadata) == (passage.ranks, passage.metadata)


def test_data_written_before_a_field_existed_takes_its_default() -> None:
    assert codec.build(Reply, {"text": "yes"}) == Reply("yes")


@pytest.mark.parametrize(
    ("data", "complaint"),
    [
        ({"text": "a"}, "Segment: origin missing"),
        ({"text": "a", "origin": "user", "__class__": "os.system"}, "Segment: unknown __class__"),
        ({"text": 1, "origin": "user"}, "Segment: expected str, got 1"),
        ({"text": "a", "origin": "root"}, "expected one of 'author', 'user', 'document', 'tool', 'model', got 'root'"),
        ({"text": "a", "origin": ["user"]}, "got \\['user'\\]"),
        ([], "Segment: expected an object, got \\[\\]"),
        (None, "Segment: expected an object, got None"),
    ],
)
def test_data_that_does_not_fit_is_refused(data: object, complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        codec.build(Segment, data)


def test_a_refusal_names_the_way_to_the_place() -> None:
    with pytest.raises(ValueError, match="Evidence: Passage: expected int, got '3'"):
        codec.build(Evidence, {"number": 1, "passage": {"text": "", "start": "3", "end": 1, "line": 1}})


def test_a_number_is_not_a_truth_value() -> None:
    with pytest.raises(ValueError, match="expected bool, got 1"):
        codec.build(ToolResult, {"call_id": "", "name": "", "text": "", "failed": 1})


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: (
        st.lists(inner, max_size=5)
        | st.dictionaries(st.sampled_from(["lc", "__class__", "$ref", "!!python", "id"]), inner)
    ),
)


@given(st.dictionaries(st.sampled_from(["lc", "__class__", "$ref", "!!python", "k"]), json_values))
def test_free_data_stays_data_whatever_its_keys(data: dict[str, object]) -> None:
    assert round_trip(Retrieve("q", where={})) == Retrieve("q")
    assert codec.build(ToolSchema, codec.plain(ToolSchema("n", "d", data))).parameters == data


class Stranger:
    pass


@dataclass
class Unclear:
    said: Segment | ToolCall


@pytest.mark.parametrize("value", [Stranger(), {1: "a"}, {"a"}, b"bytes", [Stranger()], {"a": (Stranger(),)}])
def test_what_json_cannot_hold_is_refused(value: object) -> None:
    with pytest.raises(TypeError):
        codec.plain(value)


def test_a_union_of_two_dataclasses_is_refused_because_the_data_names_no_class() -> None:
    with pytest.raises(TypeError, match="does not tell which"):
        codec.build(Unclear, {"said": {}})


@pytest.mark.parametrize("data", [["#5"], ["#5", 1.0, 2], ["#5", "much"], "#5"])
def test_a_row_of_another_length_or_kind_is_refused(data: object) -> None:
    with pytest.raises(ValueError, match="Sampling"):
        codec.build(Sampling, {"logit_bias": [data]})


def test_a_field_that_is_kept_apart_is_neither_written_nor_read() -> None:
    image = Image("abc", "image/png", 2, 3, "a.png", data=b"\x89PNG")
    written = codec.encode(image)
    assert "data" not in json.loads(written) and codec.plain(image) == json.loads(written)
    assert codec.build(Image, codec.decode(written)).data == b""
    with pytest.raises(ValueError, match="unknown data"):
        codec.build(Image, {**codec.plain(image), "data": ""})
