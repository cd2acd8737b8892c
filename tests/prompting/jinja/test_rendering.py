"""A template writes what Jinja, set up as transformers sets it up, writes; what fails there is refused in a line here.

The reference is Jinja's own compiler in its immutable sandbox, which these tests trust with harmless templates only.
"""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jinja2.exceptions import TemplateError
from jinja2.ext import loopcontrols
from jinja2.sandbox import ImmutableSandboxedEnvironment

from chatbot.errors import PromptError
from chatbot.messages import message
from chatbot.prompting.chat_template import ChatTemplate

MESSAGES = [
    message("system", " Be brief. ", "author"),
    message("user", "Hi <b>&'\"", "user"),
    message("assistant", "<think>x</think>\n\nHello", "model"),
    message("user", "Straße\nis\n\nlong", "document"),
]
PARAMETERS = {"a": {"type": "string", "items": {"type": "x"}}, "b": {"type": "integer", "enum": [1, 2.5, None, True]}}
TOOLS = [{"type": "function", "function": {"name": "f", "description": "dé", "parameters": {"properties": PARAMETERS}}}]


def reference(source: str) -> str:
    """What Jinja writes. Raises TemplateError, and whatever Python raises."""

    def refuse(said: str) -> None:
        raise TemplateError(said)

    jinja = ImmutableSandboxedEnvironment(trim_blocks=True, lstrip_blocks=True, extensions=[loopcontrols])
    jinja.filters["tojson"] = lambda value, ensure_ascii=False, **options: json.dumps(
        value, ensure_ascii=ensure_ascii, **options
    )
    jinja.globals["raise_exception"] = refuse
    messages = [{"role": said.role, "content": said.text} for said in MESSAGES]
    return jinja.from_string(source).render(messages=messages, tools=TOOLS, add_generation_prompt=True, bos_token="<s>")


def rendered(source: str) -> str:
    return "".join(span.text for span in ChatTemplate.read(source).render(MESSAGES, tools=TOOLS, bos_token="<s>"))


TEMPLATES = [
    template
    for group in re.split(
        r"^==== .*\n", (Path(__file__).parent / "templates.txt").read_text(encoding="utf-8"), flags=re.M
    )
    for template in group.split("\n----\n")
    if template
]


@pytest.mark.parametrize("source", TEMPLATES)
def test_a_template_writes_what_jinja_writes(source: str) -> None:
    assert rendered(source) == reference(source)


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("{{ raise_exception('no:\n' + bos_token) }}", "the template refuses the conversation: no: <s>"),
        ("{{ nope.x }}", "'nope' is undefined"),
        ("{{ messages[0].nope + 'x' }}", "a table has no 'nope'"),
        ("{{ 'a' + 1 }}", "a text + a number is not possible"),
        ("{{ 1 < 'a' }}", "a number < a text is not possible"),
        ("{{ messages.append(1) }}", "a list has no 'append'"),
        ("{{ messages[0].update({}) }}", "a table has no 'update'"),
        ("{{ ns }}{% set ns.x = 1 %}", "'ns' is not a namespace"),
        ("{{ 5 % 0 }}", "5 % 0 is no number"),
        ("{{ 5 | length }}", "a number has no length"),
        ("{{ ', '.join(['a', 1]) }}", "a text is needed here, not a number"),
        ("{% macro f(a) %}{% endmacro %}{{ f(1, 2) }}", "'f' is given more than it takes"),
        ("{% macro f(a) %}{% endmacro %}{{ f(b=2) }}", "'f' does not take 'b'"),
        ("{{ 'a'.split(1, 2, 3) }}", "split cannot be called so"),
        ("{{ 'a' | replace('b') }}", "'replace' cannot be used so: missing 1 required positional argument"),
        ("{% set a, b = [1] %}", "2 names cannot stand for 1 values"),
        ("{% for x in 5 %}{% endfor %}", "a number has no items to go through"),
        ("{{ [] in {} }}", "a list cannot be the key of a table"),
        ("{{ '%s %s' % 'a' }}", "more places than there are values"),
        ("{{ namespace() | tojson }}", "a namespace cannot be written as JSON"),
    ],
)
def test_what_fails_in_jinja_is_refused_in_a_line_that_says_what_and_where(source: str, said: str) -> None:
    with pytest.raises((TemplateError, TypeError, ValueError, ArithmeticError)):
        reference(source)
    with pytest.raises(PromptError) as caught:
        rendered("\n\n" + source)
    assert re.match(r"chat template:[34]: ", caught.value.message) and "\n" not in caught.value.message
    assert said in caught.value.message


# --- any template -----------------------------------------------------------------------------------------------------

NAMES = (
    "messages[1].content messages[0] messages tools nope x 'abc' 'ß' '' 3 0 -1 2.5 true none [1,2] ['b','a'] {'k':1} ()"
).split()
SUFFIXES = (
    ".role .content .nope [0] [-1] [1:] [::-1] ['k'] .strip() .upper() .split() .split('b') .items()|list .get('k') "
    ".replace('b','') .count('b') .title() |trim |upper |length |list |first |last |default('d') |tojson |string |int "
    "|join(',') |reverse|list |sort |unique|list |title |replace('b','cc') |e |map(attribute='role')|list |select|list "
    "|indent"
).split()
atoms = st.sampled_from(NAMES)
expressions = st.recursive(
    atoms,
    lambda inner: st.one_of(
        st.builds(lambda subject, suffix: f"({subject}){suffix}", inner, st.sampled_from(SUFFIXES)),
        st.builds(
            lambda left, sign, right: f"({left} {sign} {right})",
            inner,
            st.sampled_from("+ - * // % ~ == != in and or".split()),
            inner,
        ),
        st.builds(
            lambda left, test: f"({left} is {test})", inner, st.sampled_from("string defined mapping none".split())
        ),
        st.builds(lambda yes, test, no: f"({yes} if {test} else {no})", inner, inner, inner),
    ),
    max_leaves=6,
)
statements = st.recursive(
    st.one_of(expressions.map("{{{{ {} }}}}".format), st.sampled_from(["text\n", "  ", "{% set x = 1 %}", "{{ x }}"])),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map("".join),
        st.builds("{{% if {} %}}{}{{% else %}}-{{% endif %}}\n".format, expressions, inner),
        st.builds("{{% for x in {} %}}{}{{{{ loop.index }}}}{{%- endfor %}}".format, expressions, inner),
        st.builds("{{% set x = {} %}}{}".format, expressions, inner),
        st.builds("{{% set x %}}{}{{% endset %}}{{{{ x }}}}".format, inner),
        st.builds("{{% macro f(x, y=2) %}}{}{{% endmacro %}}{{{{ f({}) }}}}".format, inner, expressions),
    ),
    max_leaves=5,
)


def check_any_template(source: str) -> None:
    try:
        written = rendered(source)
    except PromptError:
        written = None
    try:
        expected = reference(source)
    except (TemplateError, TypeError, ValueError, ArithmeticError, LookupError, AttributeError):
        return
    if not re.search(
        r"<(built-in|bound|function|Macro|generator|list_)|dict_(items|keys|values)", expected
    ):  # shown Python, which we are not
        assert written == expected


@pytest.mark.filterwarnings("ignore::SyntaxWarning")  # of what Jinja compiles
@settings(max_examples=300)
@given(statements)
def test_any_template_writes_what_jinja_writes_and_never_fails_but_in_a_line(source: str) -> None:
    check_any_template(source)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::SyntaxWarning")
@settings(max_examples=20_000, suppress_health_check=list(HealthCheck))
@given(statements)
def test_20000_templates_write_what_jinja_writes_and_never_fail_but_in_a_line(source: str) -> None:
    check_any_template(source)
