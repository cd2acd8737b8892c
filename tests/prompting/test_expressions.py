"""Expressions: the portable part and nothing else, so that there is no Python to reach from a template."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chatbot.errors import PromptError
from chatbot.messages import Segment
from chatbot.prompting import Prompt

Make = Callable[..., Prompt]

INPUTS = "name: {}\nxs: {kind: array}\nitem: {kind: object}\nflag: {kind: boolean}\nn: {kind: integer}\nabsent: {}"
VALUES = {"name": "Ada", "xs": ["a", ["b"]], "item": {"key": {"inner": "value"}, "items": "mine"}, "flag": True, "n": 3}
BODY_LINE = 10
"""Of a file with these inputs."""


def shown(make_prompt: Make, expression: str) -> str:
    return make_prompt("{{ " + expression + " }}", inputs=INPUTS).render(**VALUES)[0].text


def refusal(make_prompt: Make, body: str) -> str:
    """What is said when the body is read or rendered."""
    with pytest.raises(PromptError) as caught:
        make_prompt(body, inputs=INPUTS).render(**VALUES)
    return str(caught.value)


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("item.key.inner", "value"),
        ("item['key'].inner", "value"),
        ("item.items", "mine"),
        ("xs[1][0]", "b"),
        ("'it''s'", "its"),
        ("-1", "-1"),
        ("1.50", "1.5"),
        ("true", "true"),
        ("absent or name", "Ada"),
        ("name and n", "3"),
        ("item.nothing | default('-')", "-"),
    ],
)
def test_a_value_is_reached_by_its_path(make_prompt: Make, expression: str, value: str) -> None:
    assert shown(make_prompt, expression) == value


@pytest.mark.parametrize(
    ("test", "holds"),
    [
        ("n == 3", True),
        ("n != 3.0", False),
        ("2 < n", True),
        ("n >= 4", False),
        ("name == 'Ada'", True),
        ("'a' in xs", True),
        ("'key' in item", True),
        ("'x' not in name", True),
        ("item == item", True),
        ("null", False),
        ("absent", False),
        ("item.nothing", False),
        ("xs[7]", False),
        ("''", False),
        ("xs", True),
        ("not name", False),
        ("flag and not absent", True),
    ],
)
def test_conditions(make_prompt: Make, test: str, holds: bool) -> None:
    body = "{% if " + test + " %}yes{% else %}no{% endif %}"
    assert make_prompt(body, inputs=INPUTS).render(**VALUES)[0].text == ("yes" if holds else "no")


@pytest.mark.parametrize(
    ("expression", "said"),
    [
        ("name.__class__.__mro__", "a text has no '__class__'"),
        ("item.__class__", "there is no '__class__' here"),
        ("xs.__len__", "a list has no '__len__'"),
        ("n.real", "a number has no 'real'"),
        ("name['upper']", "a text has no 'upper'"),
        ("name[0]", "a text has no 0"),
        ("xs[-1]", "the list has no item -1: it has 2"),
        ("xs[9]", "the list has no item 9: it has 2"),
        ("xs[flag]", "a list has no True"),
        ("xs['0']", "a list has no '0'"),
        ("item.kye", "there is no 'kye' here (did you mean 'key'?)"),
        ("xs[absent]", "the input 'absent' was not given"),
        ("absent", "the input 'absent' was not given"),
        ("absent.part", "the input 'absent' was not given"),
        ("item.nothing.deeper | default('-')", "there is no 'nothing' here"),
        ("absent == 1", "the input 'absent' was not given"),
        ("null", "null cannot be written as text"),
    ],
)
def test_what_is_not_there_is_an_error_with_its_line(make_prompt: Make, expression: str, said: str) -> None:
    message = refusal(make_prompt, "one\n{{ " + expression + " }}")
    assert f"made.prompty:{BODY_LINE + 1}: " in message
    assert said in message


@pytest.mark.parametrize(
    ("expression", "said"),
    [
        ("name()", "calls"),
        ("name.upper()", "calls"),
        ("range(1000000000)", "calls"),
        ("self.__init__.__globals__", "'self' is not an input"),
        ("cycler", "'cycler' is not an input"),
        ("namespace", "'namespace' is not an input"),
        ("loop.index", "'loop' is not an input"),
        ("None.x", "null has no 'x'"),
        ("n + 1", "arithmetic"),
        ("9 ** 9", "arithmetic"),
        ("-n", "arithmetic"),
        ("name is string", "tests"),
        ("name if flag else n", "`… if … else …`"),
        ("{'a': 1}", "literals"),
        ("(1, 2)", "literals"),
        ("xs[1:]", "slices"),
        ("1 < n < 5", "chained comparisons"),
        ("name < n", "a text and a number cannot be compared"),
        ("n in n", "cannot be compared"),
        ("item in item", "cannot be compared"),
        ("1e999", "this number is too large"),
        ("9" * 5_000, "a number of too many digits"),
        ("name |", "the template is wrong"),
        ("name | map('upper')", "'map' is not a portable filter"),
        ("name | uper", "did you mean 'upper'"),
    ],
)
def test_the_rest_of_jinja_is_refused_by_name(make_prompt: Make, expression: str, said: str) -> None:
    message = refusal(make_prompt, "{{ " + expression + " }}")
    assert f"made.prompty:{BODY_LINE}: " in message
    assert said in message


@given(
    st.lists(
        st.sampled_from(
            "name xs item n flag absent loop self . .key [0] ['key'] [-1] ( ) 'x' 1 2.5 == < in not and or | upper "
            "join length default trim ('x') ~ + ** __class__ .__class__ .mro() is if else , {} []".split()
        ),
        max_size=8,
    ).map(" ".join)
)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_expression_has_a_text_or_an_error_with_its_line(make_prompt: Make, expression: str) -> None:
    values = {**VALUES, "name": Segment("Ada", "document")}
    try:
        rendered = make_prompt("{{ " + expression + " }}", inputs=INPUTS).render(**values)
    except PromptError as error:
        outcome = error.message
    else:
        assert [message.role for message in rendered] == ["system"]
        assert "object at 0x" not in rendered[0].text and "<" not in rendered[0].text
        return
    assert f"made.prompty:{BODY_LINE}: " in outcome
