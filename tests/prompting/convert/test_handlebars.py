"""Handlebars as it is written by others: what its tags mean, what they take with them, and what is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from chatbot.errors import PromptError
from chatbot.prompting.convert.handlebars import read_handlebars
from chatbot.prompting.convert.jinja_text import write_jinja
from chatbot.prompting.prompt_file import PromptFile


def jinja(text: str) -> str:
    """What a template is in our language; turns and threads are taken elsewhere."""
    return write_jinja(read_handlebars(PromptFile(Path("made.prompt"), {}, text))[0])


@pytest.mark.parametrize(
    ("text", "ours"),
    [
        ("{{name}} {{{name}}} {{&name}}", "{{ name }} {{ name }} {{ name }}"),
        ("{{a.b}} {{xs.0}} {{a.[b c]}}", '{{ a.b }} {{ xs[0] }} {{ a["b c"] }}'),
        ("{{#if a}}x{{else}}y{{/if}}", "{% if a %}x{% else %}y{% endif %}"),
        ("{{#if a}}x{{else if b}}y{{else}}z{{/if}}", "{% if a %}x{% elif b %}y{% else %}z{% endif %}"),
        ("{{#unless a}}x{{/unless}}", "{% if not a %}x{% endif %}"),
        ('{{#ifEquals a "b"}}x{{/ifEquals}}', '{% if a == "b" %}x{% endif %}'),
        ("{{#unlessEquals a 3}}x{{/unlessEquals}}", "{% if a != 3 %}x{% endif %}"),
        ("{{#each xs}}{{this}}{{@index}}{{/each}}", "{% for item in xs %}{{ item }}{{ loop.index0 }}{% endfor %}"),
        ("{{#each xs}}{{a}}{{../b}}{{@root.c}}{{/each}}", "{% for item in xs %}{{ item.a }}{{ b }}{{ c }}{% endfor %}"),
        ("{{#each xs as |x i|}}{{x.a}}{{i}}{{/each}}", "{% for x in xs %}{{ x.a }}{{ loop.index0 }}{% endfor %}"),
        ("{{#each xs}}a{{else}}b{{/each}}", "{% if xs %}{% for item in xs %}a{% endfor %}{% else %}b{% endif %}"),
        ("a{{! never }}b{{!-- }} --}}c", "abc"),
        (r"\{{name}} and {{name}}", '{{ "{{" }}name}} and {{ name }}'),
        (r"a\\{{name}}", r"a\{{ name }}"),
        ("a  {{~name~}}  b", "a{{ name }}b"),
        ("one\n{{#if a}}\ntwo\n{{/if}}\nthree", "one\n{% if a %}two\n{% endif %}three"),
        ("one\n  {{#if a}}  \ntwo\n  {{else}}\nthree\n{{/if}}", "one\n{% if a %}two\n{% else %}three\n{% endif %}"),
        ("one\n{{! gone }}\ntwo", "one\ntwo"),
        ("one {{#if a}}\ntwo{{/if}}", "one {% if a %}\ntwo{% endif %}"),
    ],
)  # fmt: skip
def test_what_a_template_means(text: str, ours: str) -> None:
    assert jinja(text) == ours


@pytest.mark.parametrize(
    ("tag", "said"),
    [
        ("{{> partial}}", "is not taken"),
        ("{{#with a}}{{/with}}", "is not taken"),
        ("{{lookup a b}}", "is not taken"),
        ("{{json a}}", "is not taken"),
        ("{{#if (eq a b)}}x{{/if}}", "is not taken"),
        ("{{@metadata}}", "is not taken"),
        ("{{{{raw}}}}x{{{{/raw}}}}", "raw blocks"),
        ("{{#if a}}x", "not closed"),
        ("{{/if}}", "belongs to no block"),
        ("{{#if a}}x{{/each}}", "closes"),
        ("{{else}}", "belongs to no block"),
        ("{{name", "not closed"),
        ("{{}}", "empty"),
        ('{{role "wizard"}}', "there is no role 'wizard'"),
        ("{{this}}", "all inputs at once"),
        ("{{#if a}}" * 60 + "{{/if}}" * 60, "nested"),
    ],
)
def test_what_is_refused_is_told_with_its_line(tag: str, said: str) -> None:
    with pytest.raises(PromptError, match=said) as caught:
        jinja(f"one\ntwo {tag}")
    assert caught.value.message.startswith("made.prompt:2: ")


def test_pictures_and_sections_are_losses() -> None:
    read = read_handlebars(PromptFile(Path("made.prompt"), {}, 'a{{media url="x"}}{{section "s"}}'))
    assert read[1] == (
        '{{media url= "x"}}, for which there is nothing here',
        '{{section "s"}}, for which there is nothing here',
    )
