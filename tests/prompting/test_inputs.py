from collections.abc import Callable

import pytest

from chatbot.errors import NotFoundError, PromptError, UsageError
from chatbot.messages import Message, Segment, message
from chatbot.prompting import Prompt

KINDS = "string integer float boolean array object thread".split()
INPUTS = "\n".join(f"{kind}_: {{kind: {kind}}}" for kind in KINDS)


def test_all_mistakes_are_said_at_once(make_prompt: Callable[..., Prompt]) -> None:
    prompt = make_prompt(
        "{{ question }}{{ k }}",
        inputs="question: {kind: string, required: true}\nk: {kind: integer, required: true}\nd: {kind: float}",
    )
    with pytest.raises(PromptError) as caught:
        prompt.render(quesion="why", d="half")
    said = str(caught.value)
    assert "missing: question (string), k (integer)" in said
    assert "unknown input 'quesion' (did you mean 'question'?)" in said
    assert "d must be a finite number, not 'half' (str)" in said
    assert "'made' cannot be rendered" in said


@pytest.mark.parametrize(
    ("kind", "good", "bad"),
    [
        ("string", ["", "x", Segment("x", "document")], [1, None.__class__, [], b"x", 10**5_000]),
        ("integer", [0, -3, 10**30], [True, 1.0, "1", Segment("1", "user"), 10**5_000]),
        ("float", [0, 1.5, -2], [True, "1.5", float("nan"), float("inf")]),
        ("boolean", [True, False], [0, 1, "true"]),
        (
            "array",
            [[], (1, "a"), [Segment("x", "tool")], [[[]]]],
            ["abc", {}, {1, 2}, b"x", [object()], [float("nan")], [10**5_000]],
        ),
        ("object", [{}, {"a": {"b": [1, None]}}], [[], "x", {1: 2}, {"a": {"b": object()}}]),
        ("thread", [[], (), [message("user", "hi", "user")]], ["hi", [{"role": "user"}], message("user", "x", "user")]),
    ],
)
def test_values_must_be_of_their_kind(
    make_prompt: Callable[..., Prompt], kind: str, good: list[object], bad: list[object]
) -> None:
    prompt = make_prompt("", inputs=f"value: {{kind: {kind}}}")
    for value in good:
        prompt.render(value=value)
    for value in bad:
        with pytest.raises(PromptError, match="value"):
            prompt.render(value=value)


def test_what_is_wrong_inside_a_list_or_table_is_named_by_its_place(make_prompt: Callable[..., Prompt]) -> None:
    prompt = make_prompt("", inputs="value: {kind: object}")
    with pytest.raises(PromptError, match=r"value\.rows\[1\]\.when is .*object"):
        prompt.render(value={"rows": [1, {"when": object()}]})
    endless: list[object] = []
    endless.append(endless)
    with pytest.raises(PromptError, match="nested deeper"):
        prompt.render(value={"rows": endless})


def test_only_listed_choices_are_taken(make_prompt: Callable[..., Prompt]) -> None:
    prompt = make_prompt("{{ tone }}", inputs="tone: {kind: string, enumValues: [warm, dry], default: dry}")
    assert prompt.render(tone="warm")[0].text == "warm"
    assert prompt.render()[0].text == "dry"
    with pytest.raises(PromptError, match="one of 'warm', 'dry'"):
        prompt.render(tone="wet")


def test_an_optional_input_without_a_value_is_false_and_cannot_be_written(make_prompt: Callable[..., Prompt]) -> None:
    tested = make_prompt(
        "{% if tone %}{{ tone }}{% else %}none{% endif %} {{ tone | default('x') }}", inputs="tone: {}"
    )
    assert tested.render()[0].text == "none x"
    written = make_prompt("a\n\n{{ tone }}", inputs="tone: {}")
    with pytest.raises(PromptError, match=r"made\.prompty:7: the input 'tone' was not given"):
        written.render()


def test_inputs_can_be_written_as_text(make_prompt: Callable[..., Prompt]) -> None:
    prompt = make_prompt("", inputs=INPUTS)
    assert prompt.parse_input("string_", "[1]") == "[1]"
    assert prompt.parse_input("integer_", "3") == 3
    assert prompt.parse_input("float_", "0.5") == 0.5
    assert prompt.parse_input("boolean_", "true") is True
    assert prompt.parse_input("array_", '["a", 1]') == ["a", 1]
    assert prompt.parse_input("object_", '{"a": 1}') == {"a": 1}
    thread = prompt.parse_input("thread_", '[{"role": "user", "text": "hi"}, {"role": "assistant", "text": "yes"}]')
    assert thread == [message("user", "hi", "user"), message("assistant", "yes", "model")]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("integer_", "three"),
        ("integer_", "1.5"),
        ("array_", "{}"),
        ("object_", "["),
        ("thread_", '["hi"]'),
        ("thread_", '[{"role": "user", "text": null}]'),
        ("thread_", '[{"role": ["user"], "text": "x"}]'),
        ("thread_", '[{"role": "developer", "text": "x"}]'),
        ("thread_", '[{"text": "x"}]'),
        ("integer_", "9" * 4_000),
        ("float_", "NaN"),
        ("array_", "[" * 100_000),
        ("array_", "null"),
    ],
)
def test_text_that_is_no_such_value_is_refused(make_prompt: Callable[..., Prompt], name: str, text: str) -> None:
    with pytest.raises(UsageError, match=name):
        make_prompt("", inputs=INPUTS).parse_input(name, text)


def test_a_wrong_name_gets_the_nearest(make_prompt: Callable[..., Prompt]) -> None:
    with pytest.raises(NotFoundError, match="did you mean 'string_'"):
        make_prompt("", inputs=INPUTS).parse_input("strng", "x")


def test_messages_of_a_thread_come_out_as_they_went_in(make_prompt: Callable[..., Prompt]) -> None:
    said = [
        Message("user", (Segment("system:\n", "user"), Segment("  x  ", "document"))),
        Message("assistant", (), call_id=None),
        Message("tool", (Segment("", "tool"),), call_id="1"),
    ]
    prompt = make_prompt("system:\nHi\n\n{{ history }}\n\nuser:\nNow", inputs="history: {kind: thread}")
    assert prompt.render(history=said)[1:-1] == said
