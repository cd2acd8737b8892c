"""What the conformance vectors of the format ask for, `spec/vectors/parse` and `spec/vectors/render` of
github.com/microsoft/prompty at 29d4f23, told in our own words: the same situations and outcomes.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest

from chatbot.errors import PromptError
from chatbot.messages import message
from chatbot.prompting import Prompt

Make = Callable[..., Prompt]

PARSED = {
    "single_system": ("system:\nBe kind.", [("system", "Be kind.")]),
    "system_user": ("system:\nBe kind.\n\nuser:\nHi", [("system", "Be kind."), ("user", "Hi")]),
    "system_user_assistant": (
        "system:\nBe brief.\n\nuser:\nHi\n\nassistant:\nWhat is it?",
        [("system", "Be brief."), ("user", "Hi"), ("assistant", "What is it?")],
    ),
    "multiline_content": (
        "system:\nOne.\nTwo.\nThree.\n\nuser:\nWhy?",
        [("system", "One.\nTwo.\nThree."), ("user", "Why?")],
    ),
    "multiple_user_turns": (
        "system:\nS\n\nuser:\nfirst\n\nassistant:\nreply\n\nuser:\nsecond",
        [("system", "S"), ("user", "first"), ("assistant", "reply"), ("user", "second")],
    ),
    "no_role_marker_defaults_to_system": ("No role is named here", [("system", "No role is named here")]),
    "role_marker_at_line_start_only": (
        "system:\nThen a user: said so\n\nuser:\nHi",
        [("system", "Then a user: said so"), ("user", "Hi")],
    ),
    "markdown_in_content": (
        "system:\n# Head\n\n**bold**\n\n- a\n- b\n\nuser:\nHi",
        [("system", "# Head\n\n**bold**\n\n- a\n- b"), ("user", "Hi")],
    ),
    "consecutive_newlines_between_roles": ("system:\nS\n\n\n\nuser:\nHi", [("system", "S"), ("user", "Hi")]),
    "assistant_with_code_block": (
        "assistant:\nSo:\n```python\nx = 1\n```\n\nuser:\nThanks",
        [("assistant", "So:\n```python\nx = 1\n```"), ("user", "Thanks")],
    ),
    "multiple_assistant_turns": (
        "user:\na\n\nassistant:\nb\n\nuser:\nc\n\nassistant:\nd",
        [("user", "a"), ("assistant", "b"), ("user", "c"), ("assistant", "d")],
    ),
    "role_marker_colon_in_content": (
        "system:\nA tip: be kind.\n\nuser:\nIt is 3:30",
        [("system", "A tip: be kind."), ("user", "It is 3:30")],
    ),
}
"""Bodies, and the messages they make, by the vector's name."""

RENDERED: dict[str, tuple[str, str, dict[str, object], str]] = {
    "simple_substitution": ("Hi {{name}}!", "name: {}", {"name": "Ada"}, "Hi Ada!"),
    "multiple_variables": (
        "{{a}} {{b}} is {{n}}",
        "a: {}\nb: {}\nn: {kind: integer}",
        {"a": "Ada", "b": "L.", "n": 36},
        "Ada L. is 36",
    ),
    "conditional_block": ("{% if vip %}yes{% else %}no{% endif %}", "vip: {kind: boolean}", {"vip": True}, "yes"),
    "conditional_false": ("{% if vip %}yes{% else %}no{% endif %}", "vip: {kind: boolean}", {"vip": False}, "no"),
    "for_loop": ("all: {% for x in xs %}{{x}} {% endfor %}.", "xs: {kind: array}", {"xs": ["a", "b"]}, "all: a b ."),
    "nested_object": (
        "{{who.name}} ({{who.mail}})",
        "who: {kind: object}",
        {"who": {"name": "A", "mail": "m"}},
        "A (m)",
    ),
    "html_not_escaped": ("{{text}}", "text: {}", {"text": "<b>&amp;</b>"}, "<b>&amp;</b>"),
    "whitespace_preserved": ("one\n  two\n    three", "x: {}", {}, "one\n  two\n    three"),
    "filter_basic": ("{{name|upper}}", "name: {}", {"name": "ada"}, "ADA"),
    "default_filter": ('{{name|default("you")}}', "name: {}", {}, "you"),
    "jinja2_comment": ("a{# never seen #} b", "x: {}", {}, "a b"),
    "filter_upper": ("{{ name | upper }}", "name: {}", {"name": "ada"}, "ADA"),
    "filter_lower": ("{{ name | lower }}", "name: {}", {"name": "ADA"}, "ada"),
    "filter_trim": (".{{ name | trim }}.", "name: {}", {"name": "  ada "}, ".ada."),
    "filter_join": ("{{ xs | join(', ') }}", "xs: {kind: array}", {"xs": ["a", "b"]}, "a, b"),
    "filter_length": ("{{ xs | length }}", "xs: {kind: array}", {"xs": [1, 2, 3]}, "3"),
}
"""Bodies, inputs, values, and the text they make, by the vector's name."""


@pytest.mark.parametrize("vector", PARSED)
def test_a_body_makes_the_messages_that_the_vector_asks_for(make_prompt: Make, vector: str) -> None:
    body, messages = PARSED[vector]
    assert [(each.role, each.text) for each in make_prompt(body).render()] == messages


@pytest.mark.parametrize("vector", RENDERED)
def test_a_template_makes_the_text_that_the_vector_asks_for(make_prompt: Make, vector: str) -> None:
    body, inputs, values, text = RENDERED[vector]
    assert [each.text for each in make_prompt(body, inputs=inputs).render(**values)] == [text]


def test_a_thread_stands_between_the_messages_around_it(make_prompt: Make) -> None:
    """`thread_nonce_injection`, `thread_nonce_expansion`, `role_markers_preserved`: the outcome, without the nonces."""
    prompt = make_prompt("system:\nS\n\n{{talk}}\n\nuser:\n{{question}}", inputs="question: {}\ntalk: {kind: thread}")
    talk = [message("user", "before", "user"), message("assistant", "reply", "model")]
    said = [(each.role, each.text) for each in prompt.render(question="Hi", talk=talk)]
    assert said == [("system", "S"), ("user", "before"), ("assistant", "reply"), ("user", "Hi")]


# --- where we differ, and why -----------------------------------------------------------------------------------------


def test_we_trim_blanks_at_the_ends_of_a_message_where_the_vector_keeps_them(make_prompt: Make) -> None:
    """`content_trimmed` trims line ends alone; blanks that an author cannot see are no part of a prompt here."""
    said = make_prompt("system:\n  \n  S  \n  \n\nuser:\n  Hi  ").render()
    assert [(each.role, each.text) for each in said] == [("system", "S"), ("user", "Hi")]


def test_a_role_without_text_makes_no_message_where_the_vector_has_an_empty_one(make_prompt: Make) -> None:
    """`empty_content`: services refuse empty messages, so a prompt sends none."""
    assert [(each.role, each.text) for each in make_prompt("system:\n\nuser:\nHi").render()] == [("user", "Hi")]


def test_a_missing_value_is_an_error_where_the_vector_writes_nothing(make_prompt: Make) -> None:
    """`missing_variable_renders_empty`: a prompt with a hole in it would be sent, and nobody would know."""
    with pytest.raises(PromptError, match="name"):
        make_prompt("Hi {{name}}!", inputs="name: {}").render()


@pytest.mark.parametrize("body", ["{{#show}}yes{{/show}}", "{{^show}}no{{/show}}", "{{#xs}}{{.}} {{/xs}}"])
def test_mustache_is_refused_where_the_vectors_render_it(make_prompt: Make, body: str) -> None:
    """`mustache_section`, `mustache_inverted`, `mustache_loop`: prompts here are written in one language."""
    with pytest.raises(PromptError, match=r"template\.|the template|format"):
        make_prompt(body, inputs="show: {}\nxs: {}", frontmatter="template: {format: {kind: mustache}}\n").render()
