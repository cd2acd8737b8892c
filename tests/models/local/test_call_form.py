"""A model's form of calls is read from its template, and what begins as a call can only become one that is right."""

from __future__ import annotations

import functools
import json
import random
from typing import Any

import numpy as np
import pytest

pytest.importorskip("llguidance")

from family_tokenizers import tokenizer_of
from hypothesis import given, settings
from hypothesis import strategies as st

from chatbot.effects import ToolSchema
from chatbot.events import Ended
from chatbot.json_schema import violations
from chatbot.messages import Reply
from chatbot.models.fold import Fold
from chatbot.models.local.call_form import HERMES, ID, CallForm, learned
from chatbot.models.local.chat_format import ChatFormat

PICK = ToolSchema(
    "pick",
    "Picks.",
    {
        "type": "object",
        "properties": {
            "colour": {"enum": ["red", "grün", 'a "b" \\ c']},
            "often": {"type": "boolean"},
            "times": {"type": "integer", "minimum": 1, "maximum": 99},
            "letters": {"type": "array", "items": {"type": "string", "maxLength": 3}, "maxItems": 2},
        },
        "required": ["colour", "times"],
    },
)
STOP = ToolSchema("stop", "Stops.", {"type": "object", "properties": {}})
TOOLS = {tool.name: tool for tool in (PICK, STOP)}

FORMS = {
    "chatml": CallForm(
        '\n<tool_call>\n{"name": "',
        '", "arguments": ',
        "}\n</tool_call>",
        '}\n</tool_call>\n<tool_call>\n{"name": "',
    ),
    "llama3": CallForm('{"name": "', '", "parameters": ', "}", '}{"name": "'),
    "deepseek": CallForm(
        "<｜tool▁calls▁begin｜><｜tool▁call▁begin｜>function<｜tool▁sep｜>",
        "\n```json\n",
        "\n```<｜tool▁call▁end｜><｜tool▁calls▁end｜>",
        "\n```<｜tool▁call▁end｜><｜tool▁call▁begin｜>function<｜tool▁sep｜>",
    ),
}
FAMILIES = ("chatml", "llama3", "mistral", "deepseek", "gemma", "phi", "command_r")
"""The first four call in the form of their templates, the others in the form that our words ask for."""


@functools.cache
def format_of(family: str) -> ChatFormat:
    return ChatFormat.of(tokenizer_of(family), name=family)


@functools.cache
def grammar_of(family: str) -> str:
    chat = format_of(family)
    return chat.call_grammar(tuple(TOOLS.values()), own=chat.form is not None)


@functools.cache
def vocabulary_of(family: str) -> Any:
    from llguidance.hf import from_tokenizer

    return from_tokenizer(tokenizer_of(family), eos_token=sorted(format_of(family).stops))


def matcher_of(family: str) -> Any:
    from llguidance import LLMatcher

    return LLMatcher(vocabulary_of(family), grammar_of(family), log_level=0)


def thought(family: str) -> str:
    """What a reply begins with where the prompt has opened thinking already."""
    return "So.</think>" if format_of(family).opens else ""


def is_allowed(family: str, text: str) -> bool:
    """Whether a reply may be this text, and end there."""
    text = thought(family) + text
    ids, matcher = tokenizer_of(family).encode(text, add_special_tokens=False), matcher_of(family)
    return matcher.try_consume_tokens(ids) == len(ids) and matcher.is_accepting()


def form_of(family: str) -> CallForm:
    return format_of(family).form or HERMES


def reply_of(family: str, text: str) -> Reply:
    fold, reader = Fold(), format_of(family).reader(tuple(TOOLS.values()))
    for event in (*reader.feed(thought(family) + text), *reader.end(), Ended("complete")):
        fold.add(event)
    return fold.reply()


@pytest.mark.parametrize("family", sorted(FORMS))
def test_the_form_of_calls_is_read_from_the_template(family: str) -> None:
    assert format_of(family).form == FORMS[family]


def test_the_id_of_a_call_is_no_part_of_its_form() -> None:
    template = (
        "{% for m in messages %}{% if m.tool_calls %}[TOOL_CALLS][{% for call in m.tool_calls %}"
        '{"name": "{{ call.function.name }}", "arguments": {{ call.function.arguments | tojson }}, '
        '"id": "{{ call.id }}"}'
        "{% if not loop.last %}, {% endif %}{% endfor %}]</s>"
        "{% else %}{{ m.role }}: {{ m.content }}{% endif %}{% endfor %}"
    )
    chat = ChatFormat.of(tokenizer_of("mistral", template=template), name="mistral")
    assert chat.form is not None
    assert chat.form.tail == f', "id": "{ID}"' + "}]"
    grammar = chat.call_grammar((STOP,), own=True)
    assert "[a-zA-Z0-9]{9}" in grammar and "form0000" not in grammar


@pytest.mark.parametrize("family", ["gemma", "phi", "command_r", "harmony"])
def test_a_template_without_calls_in_json_has_no_form(family: str) -> None:
    assert format_of(family).form is None


def test_a_template_that_takes_one_call_at_a_time_has_a_form_for_one() -> None:
    def answered(messages: Any, tools: Any) -> str:
        from chatbot.errors import PromptError

        said = [call for each in messages for call in each.tool_calls]
        if len(said) > 1:
            raise PromptError("one call at a time")
        written = [f"<call>{call.name}: {call.arguments}</call><end>" for call in said]
        return "".join(["hello", *written])

    assert learned(answered, {"<end>"}) is None  # nothing here reads `<call>`
    assert learned(lambda *given: answered(*given).replace("<call>", "<tool_call>"), {"<end>"}) == CallForm(
        "<tool_call>", ": ", "</call>"
    )


@pytest.mark.parametrize("family", FAMILIES)
def test_calls_of_the_offered_tools_are_allowed_and_no_others(family: str) -> None:
    form = form_of(family)
    assert is_allowed(family, form.written("pick", '{"colour": "red", "times": 7}'))
    assert is_allowed(family, form.written("stop", "{}"))
    for wrong in ('{"colour": "blue", "times": 7}', '{"times": 7}', '{"colour": "red", "times": 7, "size": 1}', "{"):
        assert not is_allowed(family, form.written("pick", wrong))
    assert not is_allowed(family, form.written("sing", "{}"))


@pytest.mark.parametrize("family", FAMILIES)
def test_several_calls_may_follow_one_another(family: str) -> None:
    form = form_of(family)
    assert form.between is not None
    text = form.written("stop", "{}" + form.between + "pick" + form.middle + '{"colour": "grün", "times": 99}')
    assert is_allowed(family, text)
    assert [call.name for call in reply_of(family, text).tool_calls] == ["stop", "pick"]


@pytest.mark.parametrize("family", FAMILIES)
def test_a_model_stays_free_to_answer_in_words(family: str) -> None:
    assert is_allowed(family, 'Nine: {"a": [1, 2]} <b> [TOOL] is all.\n\nReally')
    assert is_allowed(family, "")


@pytest.mark.parametrize("family", ["chatml", "mistral", "deepseek", "gemma", "command_r"])
def test_words_may_stand_before_a_call_that_has_a_mark(family: str) -> None:
    text = f"I look.{form_of(family).written('stop', '{}')}"
    assert is_allowed(family, text)
    assert [call.name for call in reply_of(family, text).tool_calls] == ["stop"]


def test_a_model_may_think_first_and_nothing_that_it_thinks_is_a_call() -> None:
    call, wrong = HERMES.written("stop", "{}"), HERMES.written("sing", "{}")
    assert is_allowed("chatml", f"<think>\nhm {wrong}</think>\n\n{call}")
    assert is_allowed("chatml", f"<think>hm {wrong}</think>It is 4.")
    assert not is_allowed("chatml", f"<think>hm</think>{wrong}")


def test_where_the_prompt_opens_thinking_the_reply_begins_within() -> None:
    call = form_of("deepseek").written("stop", "{}")
    assert [said.name for said in reply_of("deepseek", call).tool_calls] == ["stop"]
    assert is_allowed("deepseek", f"\n\n{call}")
    assert not is_allowed("deepseek", form_of("deepseek").written("sing", "{}"))


def test_a_schema_of_the_answer_leaves_room_for_calls() -> None:
    from llguidance import LLMatcher

    grammar = format_of("chatml").call_grammar((STOP,), own=True, answer={"type": "integer"})
    tokenizer, matcher = tokenizer_of("chatml"), LLMatcher(vocabulary_of("chatml"), grammar, log_level=0)
    for text, whole in (("42", True), (HERMES.written("stop", "{}"), True), ("forty", False)):
        matcher.reset()
        ids = tokenizer.encode(text, add_special_tokens=False)
        assert (matcher.try_consume_tokens(ids) == len(ids)) is whole


def drawn(family: str, seed: int) -> str:
    """What a model without any sense writes, once it has begun a call."""
    matcher, tokenizer, chance = matcher_of(family), tokenizer_of(family), random.Random(seed)
    ids = tokenizer.encode(thought(family) + form_of(family).head.lstrip(), add_special_tokens=False)
    assert matcher.try_consume_tokens(ids) == len(ids)
    while not matcher.is_accepting() and len(ids) < 2_000:
        allowed = np.flatnonzero(np.frombuffer(matcher.compute_logit_bias(), dtype=np.uint8)).tolist()
        ids.append(chance.choice(allowed))
        matcher.consume_token(ids[-1])
    assert matcher.is_accepting()
    text: str = tokenizer.decode(ids, skip_special_tokens=False, clean_up_tokenization_spaces=False)
    return text.removeprefix(thought(family))


@settings(max_examples=60)
@given(st.sampled_from(FAMILIES), st.integers(0, 10_000))
def test_whatever_is_drawn_behind_the_mark_is_a_call_that_fits_its_schema(family: str, seed: int) -> None:
    calls = reply_of(family, drawn(family, seed)).tool_calls
    assert calls
    for call in calls:
        closed = {**TOOLS[call.name].parameters, "additionalProperties": False}
        assert violations(json.loads(call.arguments), closed) == ""
