"""What models write in place of a call: the first action or the answer is read, and nothing that was made up."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from driving import spoken, task
from hypothesis import given
from hypothesis import strategies as st

from chatbot.effects import ToolSchema
from chatbot.sampling import Sampling
from chatbot.strategies.react_text import STOP, Written, asking, read

SEARCH = ToolSchema("search", "Searches.", {"type": "object", "properties": {"query": {"type": "string"}}})


@pytest.mark.parametrize(
    "written",
    [
        "Thought: Who?\nAction: search\nAction Input: Apollo 11",
        "Thought 1: Who?\nAction 1: search[Apollo 11]",
        "Who?\nAction: search(Apollo 11)",
        "Thought: Who?\nAction: search[Apollo 11] to find the crew",
        "**Thought:** Who?\n**Action:** `search`\n**Action Input:** Apollo 11",
        "**Thought**: Who?\n**Action**: search\n**Action Input**: Apollo 11",
        "```\nThought: Who?\nAction: search\nAction Input: Apollo 11\n```",
        "Thought: Who?\nAction: search\nAction Input:\n```\nApollo 11\n```",
        "Thought: Who?\nAction: search\nApollo 11",
        "Thought: Who?\nAction: search: Apollo 11",
        "Thought: Who?\nAction: [search]\nAction Input: Apollo 11",
        "Thought: Who? Action: search[Apollo 11]",
        "thought: Who?\nACTION: search\naction input: Apollo 11",
        "- Thought: Who?\n- Action: search\n- Action Input: Apollo 11",
        'Thought: Who?\nAction: {"name": "search", "arguments": "Apollo 11"}',
        'Thought: Who?\nAction:\n```json\n{"action": "search", "action_input": "Apollo 11"}\n```',
        'Who?\n<tool_call>\n{"name": "search", "arguments": "Apollo 11"}\n</tool_call>',
        "<think>Let me see.\nAction: calculate</think>\nThought: Who?\nAction: search\nAction Input: Apollo 11",
    ],
)
def test_an_action_is_read_however_it_is_written(written: str) -> None:
    found = read(written)
    assert (found.thought, found.action, found.argument, found.final) == ("Who?", "search", "Apollo 11", None)


@pytest.mark.parametrize(
    "made_up",
    [
        "\nObservation: Armstrong\nThought: Good.\nFinal Answer: Armstrong",
        "\nObservation 1: Armstrong",
        "\n**Observation:** Armstrong",
        "\nThought: Now the next.\nAction: search\nAction Input: Gemini 8",
        " Observation: Armstrong",
    ],
)
def test_what_follows_an_action_is_cut_off(made_up: str) -> None:
    action = 'Thought: Who?\nAction: search\nAction Input: {"query": "Apollo 11"}'
    assert read(action + made_up) == Written("Who?", "search", '{"query": "Apollo 11"}', kept=action)


def test_a_label_inside_an_input_is_a_part_of_it() -> None:
    said = '{"query": "He said so. Action: none. Observation: none"}'
    assert read(f"Action: search\nAction Input: {said}").argument == said
    assert read(f"Action: search({said})").argument == said


@pytest.mark.parametrize(
    ("written", "final"),
    [
        ("Thought: I know.\nFinal Answer: 7", "7"),
        ("I know. Final Answer: 7", "7"),
        ("**Final Answer:** 7", "7"),
        ("Final Answer:\n7\nand no more", "7\nand no more"),
        ("```\nThought: I know.\nFinal Answer: 7\n```", "7"),
        ("Final Answer:\n```py\n7\n```", "```py\n7\n```"),
        ("Thought: I know.\nAnswer: 7", "7"),
        ("Final Answer: 7\nThought: What next?", "7"),
        ("Final Answer: 7\nObservation: right", "7"),
        ("Final Answer: do this.\nAction: restart it", "do this.\nAction: restart it"),
        ("It is 7.", "It is 7."),
        ("<think>Hm. Action: x</think>It is 7.", "It is 7."),
    ],
)
def test_an_answer_is_all_that_follows_its_label_or_the_whole_of_a_plain_reply(written: str, final: str) -> None:
    assert read(written).final == final
    assert not read(written).action


def test_an_answer_before_an_action_is_taken_for_a_note_of_the_model() -> None:
    found = read("Thought: Hm.\nAnswer: not known yet\nAction: search\nAction Input: Apollo 11")
    assert (found.action, found.final) == ("search", None)


@pytest.mark.parametrize(
    "written", ["", "  \n", "Thought: I am stuck.", "Observation: 7", "<think>Hm", "Action Input: x"]
)
def test_what_is_neither_action_nor_answer_is_neither(written: str) -> None:
    found = read(written)
    assert (found.action, found.final) == ("", None)


def test_an_answer_in_json_is_no_action() -> None:
    assert read('{"name": "Ann", "age": 7}').final == '{"name": "Ann", "age": 7}'
    assert read('{"name": "search", "arguments": {"query": "x"}}').action == "search"


def test_a_request_shows_the_tools_their_schemas_and_the_form() -> None:
    request = replace(task().request, tools=(SEARCH,))
    asked = asking(request)
    said = spoken(asked)[-1][1]
    assert f"- search: Searches.\n  schema: {json.dumps(SEARCH.parameters)}" in said
    assert "Action Input:" in said and "Final Answer:" in said
    assert asked.messages[-1].parts[-1].origin == "author"
    assert (asked.tools, asked.purpose, asked.sampling.stop) == ((), "step", (STOP,))


def test_a_request_that_has_all_the_stops_there_are_gets_no_more() -> None:
    full = replace(task().request, tools=(SEARCH,), sampling=Sampling(stop=("a", "b", "c", "d")))
    assert asking(full).sampling.stop == ("a", "b", "c", "d")
    some = replace(full, sampling=Sampling(stop=("a",)))
    assert asking(some).sampling.stop == ("a", STOP)


PIECES = ["Thought:", "Action:", "Action 1:", "Action Input:", "Observation:", "Final Answer:", "Answer:", "search"]
PIECES += [
    "**",
    "```",
    "```json",
    "<think>",
    "</think>",
    "<tool_call>",
    "Finish",
    '{"action": "x", "action_input": {}}',
]
PIECES += list("[](){}\"':,.\n é\u2028\ud800")


@given(st.text() | st.lists(st.sampled_from(PIECES), max_size=40).map("".join))
def test_whatever_the_text_it_never_fails_and_keeps_only_what_was_written(text: str) -> None:
    found = read(text)
    assert found.kept in text
    assert not (found.action and found.final)
    assert "\nObservation:" not in found.kept


@given(st.from_regex(r"[a-z]{1,10}( [a-z0-9]{1,10}){0,5}", fullmatch=True), st.text())
def test_an_action_in_the_asked_form_is_read_exactly(thought: str, query: str) -> None:
    given_input = json.dumps({"query": query})
    found = read(f"Thought: {thought}\nAction: search\nAction Input: {given_input}")
    assert found == Written(thought, "search", given_input, kept=found.kept)


OPENINGS = ["", "Action: ", "Action: search[", "Action: search\nAction Input: ", "Final Answer: "]
JUNK = ["Action: ", "Thought: a. ", "[", "{", "(", "\n", " ", "`", "```\n", "<think>", "x.\t", "*"]


@pytest.mark.parametrize("opening", OPENINGS)
@pytest.mark.parametrize("piece", JUNK)
def test_long_junk_is_read_in_linear_steps(opening: str, piece: str) -> None:
    """Anything but linear would take minutes."""
    read(opening + piece * 30_000)
