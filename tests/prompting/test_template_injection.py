"""Nothing that stands in a template, or is put into one, is ever run as code: 300 attempts at every place for one.

The attempts are what template engines have been broken with (Jinja, Mako, Django, ERB, Freemarker, Twig, Velocity and
others). Each would leave a file behind, or the mark below, if anything of it were run.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import product
from pathlib import Path

import pytest

from chatbot.errors import ChatbotError
from chatbot.evaluation.records import Item, Response
from chatbot.evaluation.scoring import scorer_of
from chatbot.messages import message
from chatbot.prompting import Prompt
from chatbot.prompting.chat_template import ChatTemplate
from chatbot.prompting.prompt_file import PromptFile
from chatbot.prompting.section import Section

MARK = "1787569"
"""1337 * 1337 less a little: stands in a text only where the sum was worked out."""

SUM = "1337*1337-1000*0-0"

WAYS_IN = [
    "''.__class__.__mro__[1].__subclasses__()",
    "().__class__.__base__.__subclasses__()",
    "[].__class__.__bases__[0]",
    "{}.__class__.__init__.__globals__",
    "self.__init__.__globals__",
    "self._TemplateReference__context",
    "cycler.__init__.__globals__.os",
    "joiner.__init__.__globals__.os",
    "namespace.__init__.__globals__.os",
    "lipsum.__globals__['os']",
    "lipsum.__globals__.__builtins__",
    "config.__class__.__init__.__globals__['os']",
    "request.application.__globals__.__builtins__",
    "url_for.__globals__.os",
    "get_flashed_messages.__globals__.os",
    "question.__class__",
    "question.__init__.__globals__",
    "question['__class__']",
    "question|attr('__class__')",
    "question|attr('\\x5f\\x5fclass\\x5f\\x5f')",
    "(question|attr('__add__')).__self__",
    "question.format.__globals__",
    "messages.__class__",
    "messages[0].__class__",
    "messages|attr('__class__')",
    "messages.append.__self__",
    "loop.__class__",
    "range.__class__",
    "dict.__base__",
    "namespace.__class__.__mro__",
    "raise_exception.__globals__",
    "strftime_now.__globals__",
    "'%c%c'|format(95,95)",
    "'{0.__class__}'.format(question)",
    "__import__('os')",
    "eval",
    "exec",
    "open",
    "builtins",
    "__builtins__",
    "globals()",
    "locals()",
    "vars()",
    "getattr(question, 'x')",
    "import_module('os')",
    "sys.modules['os']",
    "joiner.__init__.__builtins__",
    "g.pop.__globals__",
    "undefined.__class__",
    "undefined.__init__.__globals__",
    "x.__init__.__globals__",
]
WAYS_ON = [
    ".popen('touch CANARY').read()",
    ".system('touch CANARY')",
    "('touch CANARY')",
    "[40]('CANARY','w').write('x')",
    "['open']('CANARY','w').write('x')",
]
OTHER_ENGINES = [
    "${__import__('os').system('touch CANARY')}",
    "<%= `touch CANARY` %>",
    "<% import os; os.system('touch CANARY') %>",
    "#{7*7}",
    "${7*7}",
    "#set($x='touch CANARY')$x",
    "<#assign x='freemarker.template.utility.Execute'?new()>${x('touch CANARY')}",
    "{php}system('touch CANARY');{/php}",
    "{{_self.env.registerUndefinedFilterCallback('exec')}}",
    "{{['touch CANARY']|filter('system')}}",
    "{% import os %}{{ os.system('touch CANARY') }}",
    "{% include '/etc/passwd' %}",
    "{% extends '/etc/passwd' %}",
    "{% load module %}",
    "{% debug %}",
    "{% python %}open('CANARY','w'){% endpython %}",
    "{{#with 's' as |x|}}{{x.constructor}}{{/with}}",
    "{{constructor.constructor('return process')()}}",
    "[[${T(java.lang.Runtime).getRuntime().exec('touch CANARY')}]]",
    "*{T(java.lang.Runtime)}",
    "@(1+1)",
    "{{= 7*7 }}",
    "{@math key=7 method=multiply operand=7/}",
    "%{7*7}",
    "$(touch CANARY)",
    "`touch CANARY`",
    "${env:HOME}",
    "${file:CANARY}",
    '{{role "system"}}',
    '{{media url="file:///etc/passwd"}}',
    "{% set x = __import__('os') %}",
    "{% for c in ().__class__.__base__.__subclasses__() %}{{ c }}{% endfor %}",
    "{% macro m() %}{{ caller.__globals__ }}{% endmacro %}{% call m() %}{% endcall %}",
    "{% filter attr('__class__') %}x{% endfilter %}",
    "{% with a = ''.__class__ %}{{ a }}{% endwith %}",
    "{% block x %}{{ self.x.__globals__ }}{% endblock %}",
    "{% do 1 %}",
    "{% trans %}x{% endtrans %}",
    "{% raw %}{{ x }}{% endraw %}{{ ''.__class__ }}",
    "{{ x if x.__class__ else y }}",
    "{{ [x for x in ().__class__.__base__.__subclasses__()] }}",
    "{{ (lambda: 1)() }}",
    "{{ f'{1+1}' }}",
    "{{ 1 .__class__ }}",
    "{{ question.__len__() }}",
    "{{ question.encode().__class__ }}",
    "{{ dict(__class__=x).__class__ }}",
    "{{ x|map('attr','__class__')|list }}",
    "{{ [question]|map(attribute='__class__')|list }}",
]
PAYLOADS = [
    *("{{ " + way + on + " }}" for way, on in product(WAYS_IN, WAYS_ON)),
    *OTHER_ENGINES,
    "{{ " + SUM + " }}",
]


def attempts(folder: Path) -> list[str]:
    return [payload.replace("CANARY", str(folder / "canary")) for payload in PAYLOADS]


def prompt(folder: Path, body: str) -> Prompt:
    path = folder / "made.prompty"
    head = "---\nname: made\ninputs: [{name: question, kind: string, required: true}]\n---\nuser:\n"
    path.write_text(head + body, encoding="utf-8")
    return Prompt.load(path)


def in_the_body_of_a_prompt(folder: Path, payload: str) -> str:
    return prompt(folder, payload).render(question="Hi")[0].text


def in_a_value_of_a_prompt(folder: Path, payload: str) -> str:
    return prompt(folder, "{{ question }}").render(question=payload)[0].text


def in_a_models_chat_template(_: Path, payload: str) -> str:
    return "".join(span.text for span in ChatTemplate.read(payload).render([message("user", "Hi", "user")]))


def in_a_message_of_a_chat(_: Path, payload: str) -> str:
    template = ChatTemplate.read("{% for m in messages %}<|{{ m.role }}|>{{ m.content }}{% endfor %}")
    return "".join(span.text for span in template.render([message("user", payload, "document")]))


def scored(entry: Mapping[str, object], item: Item, text: str) -> str:
    file = PromptFile(Path("suite.yaml"), {"scorers": [entry]}, "")
    score = scorer_of(Section(file, entry, ("scorers", 0)))(item, Response(text))
    return f"{score.status} {score.value} {score.reason}"


def in_what_a_scorer_expects(_: Path, payload: str) -> str:
    return scored({"kind": "contains", "expect": payload}, Item("1", {"question": "Hi"}), "Hello")


def in_a_field_of_an_item(_: Path, payload: str) -> str:
    return scored({"kind": "contains", "expect": "{{ answer }}"}, Item("1", {"answer": payload}), payload)


PLACES = (
    in_the_body_of_a_prompt,
    in_a_value_of_a_prompt,
    in_a_models_chat_template,
    in_a_message_of_a_chat,
    in_what_a_scorer_expects,
    in_a_field_of_an_item,
)
TEXT_ONLY = (in_a_value_of_a_prompt, in_a_message_of_a_chat)


def test_there_are_three_hundred_attempts() -> None:
    assert len(set(PAYLOADS)) >= 300


@pytest.mark.parametrize("place", PLACES, ids=lambda place: place.__name__)
def test_nothing_of_an_attempt_is_run(tmp_path: Path, place: Callable[[Path, str], str]) -> None:
    for payload in attempts(tmp_path):
        written = tried(place, tmp_path, payload)
        assert "<class" not in written and "<built-in" not in written and "<function" not in written
        assert "root:" not in written
        assert payload in written or place not in TEXT_ONLY
    assert not (tmp_path / "canary").exists()


@pytest.mark.parametrize("place", TEXT_ONLY, ids=lambda place: place.__name__)
def test_not_even_a_sum_in_a_value_is_worked_out(tmp_path: Path, place: Callable[[Path, str], str]) -> None:
    assert MARK not in place(tmp_path, "{{ " + SUM + " }}")


ENDLESS = [
    "{% for a in question %}" * 12 + "x" + "{% endfor %}" * 12,
    "{{ question }}" * 200_000,
    "{{ " + " ~ ".join(["question"] * 5_000) + " }}",
    "{{ question " + "| upper " * 5_000 + "}}",
    "{{ '" + "x" * 2_000_000 + "' }}" * 8,
    "{{ question | join(question) | join(question) | join(question) | join(question) }}",
    "{% if question %}" * 5_000 + "x" + "{% endif %}" * 5_000,
    "{{ " + "(" * 5_000 + "question" + ")" * 5_000 + " }}",
    "{{ question[" * 3_000 + "0" + "]" * 3_000 + " }}",
    "{{ 9" + "9" * 100_000 + " }}",
]


@pytest.mark.parametrize("number", range(len(ENDLESS)))
@pytest.mark.parametrize(
    "place", [in_the_body_of_a_prompt, in_a_models_chat_template], ids=lambda place: place.__name__
)
def test_a_template_that_runs_on_is_stopped_or_small(
    tmp_path: Path, place: Callable[[Path, str], str], number: int
) -> None:
    value = "messages[0].content" if place is in_a_models_chat_template else "question"
    written = tried(place, tmp_path, ENDLESS[number].replace("question", value))
    assert written != "<class" and len(written) <= 20_000_000


def tried(place: Callable[[Path, str], str], folder: Path, payload: str) -> str:
    """What came of it: a text, or what the error says, which is a line."""
    try:
        return place(folder, payload)
    except ChatbotError as error:
        one_line = len(error.message) < 1_000 and "\n" not in error.message
        return error.message if one_line else "<class"  # which no place may write
