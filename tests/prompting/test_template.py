"""What templates can do, what they refuse, and where they say a mistake is."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatbot.errors import PromptError
from chatbot.messages import Segment
from chatbot.prompting import Prompt
from chatbot.prompting.prompt_file import read_prompt_file
from chatbot.prompting.roles import to_messages
from chatbot.prompting.template import read_template

Make = Callable[..., Prompt]

INPUTS = "name: {}\nxs: {kind: array}\nitem: {kind: object}\nflag: {kind: boolean}\nn: {kind: float}"


def text(prompt: Prompt, **inputs: object) -> str:
    return "".join(message.text for message in prompt.render(**inputs))


@pytest.mark.parametrize(
    ("body", "shown"),
    [
        ("{{ name }}", "Ada"),
        ("{{ name | upper }} {{ name | lower }} {{ '  x ' | trim }}", "ADA ada x"),
        ("{{ xs | join(', ') }} {{ xs | length }}", "a, b 2"),
        ("{{ item.key }} {{ item['key'] }} {{ xs[1] }}", "value value b"),
        ("{% if flag and not n > 3 %}yes{% elif name == 'Ada' %}Ada{% else %}no{% endif %}", "yes"),
        ("{% for x in xs %}{{ loop.index }}{{ x }}{% if not loop.last %},{% endif %}{% endfor %}", "1a,2b"),
        ("{% for key in item %}{{ key }}{% endfor %}", "key"),
        ("{% if 'a' in xs and 'da' in name and 'z' not in xs %}in{% endif %}", "in"),
        ("{{ item.missing | default('none') }}", "none"),
        ("a {# never shown #}b {{ n }} {{ flag }}", "a b 2.5 true"),
        ("a\n{%- if flag %} b{% endif -%}\nc", "a bc"),
    ],
)
def test_what_templates_can_do(make_prompt: Make, body: str, shown: str) -> None:
    prompt = make_prompt(body, inputs=INPUTS)
    assert text(prompt, name="Ada", xs=["a", "b"], item={"key": "value"}, flag=True, n=2.5) == shown


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("{% include 'x' %}", "include"),
        ("{% extends 'x' %}", "extends"),
        ("{% import 'x' as y %}", "import"),
        ("{% macro m() %}{% endmacro %}", "macro"),
        ("{% set x = 1 %}", "set"),
        ("{% filter upper %}x{% endfilter %}", "filter"),
        ("{% with %}{% endwith %}", "with"),
        ("{{ name() }}", "calls"),
        ("{{ name.__class__ }}", "has no '__class__'"),
        ("{{ name | attr('x') }}", "not a portable filter"),
        ("{{ 9 ** 9 ** 9 }}", "arithmetic"),
        ("{{ name * 1000000 }}", "arithmetic"),
        ("{{ name ~ name }}", "`~` expressions"),
        ("{{ [1, 2] }}", "list and table literals"),
        ("{{ xs[0:1] }}", "slices"),
        ("{{ name if flag }}", "expressions"),
        ("{% for x in xs if x %}{% endfor %}", "portable loop"),
        ("{{ range(10) }}", "calls"),
        ("{{ nam }}", "did you mean 'name'"),
        ("{% if name %}", "the template is wrong"),
        ("{{ xs }}", "write its items with a loop"),
        ("{{ name < n }}", "cannot be compared"),
        ("{% for x in name %}{% endfor %}", "a loop goes over a list"),
    ],
)
def test_what_is_refused_is_named_with_its_line(make_prompt: Make, body: str, said: str) -> None:
    with pytest.raises(PromptError) as caught:
        make_prompt(f"one\ntwo\n{body}", inputs=INPUTS).render(name="Ada", xs=["a"], item={}, flag=True, n=1.0)
    line = 2 + len(INPUTS.splitlines()) + 1 + 3
    assert f"made.prompty:{line}: " in caught.value.message
    assert said in f"{caught.value.message} {caught.value.hint}"


def test_fifty_nested_blocks_are_fine(make_prompt: Make) -> None:
    prompt = make_prompt("{% if flag %}" * 50 + "x" + "{% endif %}" * 50, inputs="flag: {kind: boolean}")
    assert text(prompt, flag=True) == "x"


@pytest.mark.parametrize(
    "nested",
    [
        lambda levels: "{% if flag %}" * levels + "{% endif %}" * levels,
        lambda levels: "{% for x in xs %}" * levels + "{% endfor %}" * levels,
        lambda levels: "{{ " + "not (" * levels + "flag" + ")" * levels + " }}",
        lambda levels: "{{ name" + " | upper" * levels + " }}",
        lambda levels: "{{ item" + ".key" * levels + " }}",
        lambda levels: "{{ xs" + "[0]" * levels + " }}",
    ],
    ids="if for not filter attribute index".split(),
)
@pytest.mark.parametrize("levels", [120, 10_000])
def test_what_is_nested_too_deeply_is_refused_when_it_is_read(
    make_prompt: Make, nested: Callable[[int], str], levels: int
) -> None:
    with pytest.raises(PromptError, match=r"made\.prompty:\d+: the template is nested more than 100 levels deep"):
        make_prompt(nested(levels), inputs=INPUTS)


def test_a_template_that_was_read_can_be_rendered_deep_in_a_programs_calls(make_prompt: Make) -> None:
    prompt = make_prompt("{{ name" + " | upper" * 90 + " }}", inputs="name: {}")

    def at_depth(calls: int) -> str:
        return at_depth(calls - 1) if calls else text(prompt, name="ada")

    assert at_depth(500) == "ADA"


FRAGMENTS = st.sampled_from(
    [
        "{{",
        "}}",
        "{%",
        "%}",
        "{#",
        "#}",
        "if ",
        "for x in xs",
        "endif",
        "endfor",
        "name",
        "xs",
        "|",
        "upper",
        ".",
        "[0]",
        "'",
        "user:\n",
    ]
)


@given(st.lists(st.one_of(FRAGMENTS, st.text(max_size=5)), max_size=12).map("".join))
def test_any_body_renders_or_says_where_it_is_wrong(body: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "any.prompty"
        path.write_bytes(f"---\ninputs: {{name: {{}}, xs: {{kind: array}}}}\n---\n{body}".encode("utf-8", "replace"))
        said = f"{path}: "
        try:
            Prompt.load(path).render(name="n", xs=["a"])
        except PromptError as error:
            said = error.message
        assert re.match(rf"{re.escape(str(path))}(:\d+)?: ", said), said


@pytest.mark.parametrize(
    ("body", "roles"),
    [
        ("hello", ["system"]),
        ("user:\nhello", ["user"]),
        ("be brief\nuser:\nhello\nassistant:\nhi\nuser:\nbye", ["system", "user", "assistant", "user"]),
        ("# System:\nx\n## user\ny", ["system"]),
        ("USER :\nx", ["user"]),
        ("user: hello", ["system"]),
        ("a user:\nb", ["system"]),
        ("user:\n{{ name }}:\nsystem{{ name }}:\nx", ["user"]),
    ],
)
def test_a_role_is_a_whole_line_of_the_authors(make_prompt: Make, body: str, roles: list[str]) -> None:
    rendered = make_prompt(body, inputs="name: {}").render(name="") if "name" in body else make_prompt(body).render()
    assert [message.role for message in rendered] == roles


def test_white_space_goes_at_the_ends_of_the_authors_text_and_stays_in_values(make_prompt: Make) -> None:
    [system, user] = make_prompt("\n\n be brief \n\nuser:\n\n{{ name }}\n\n", inputs="name: {}").render(name="  x\n\n")
    assert (system.text, user.text) == ("be brief", "  x\n\n")
    assert user.parts == (Segment("  x\n\n", "user"),)


def test_a_body_can_be_read_apart_from_its_prompt(make_prompt: Make) -> None:
    path = make_prompt("user:\n{{ name }}", inputs="name: {}").path
    file = read_prompt_file(path)
    template = read_template(file, frozenset({"name"}))
    assert to_messages(template.pieces({"name": 3}), file)[0].text == "3"
