"""What the tests of a prompt file may expect, and what they say when it is not so."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from chatbot.errors import PromptError
from chatbot.messages import message
from chatbot.prompting import Prompt
from chatbot.prompting.expectations import KINDS, Expectation, Seen
from chatbot.prompting.extraction import Extraction

SEEN = Seen(
    (message("system", "Be exact.", "author"), message("user", "2 + 2?", "user")),
    "It is 4.00 euros.",
    "4",
    Extraction("last_number"),
)


@pytest.mark.parametrize(
    ("kind", "met", "unmet"),
    [
        ("answer", "$4", "5"),
        ("contains", "euros", "dollars"),
        ("matches", r"\d+\.\d\d", "^4"),
        ("prompt_contains", "user: 2 + 2?", "3 + 3"),
        ("prompt_matches", "^system: Be", "^Be"),
    ],
)
def test_every_kind_is_met_or_says_what_it_was(kind: str, met: str, unmet: str) -> None:
    assert Expectation(kind, met).complaint(SEEN) == ""
    assert Expectation(f"not_{kind}", unmet).complaint(SEEN) == ""
    said = Expectation(kind, unmet).complaint(SEEN)
    assert repr(unmet) in said
    assert ("2 + 2?" in said) == kind.startswith("prompt_")
    assert "should not" in Expectation(f"not_{kind}", met).complaint(SEEN)


def test_no_answer_is_expected_by_name() -> None:
    none = Seen(SEEN.messages, "I cannot say.", None, SEEN.reads)
    assert Expectation("not_answered").complaint(none) == ""
    assert "should be an answer" in Expectation("answered").complaint(none)
    assert "read as None" in Expectation("answer", "4").complaint(none)


def test_all_kinds_are_covered_here() -> None:
    assert set(KINDS) == {"answer", "answered", "contains", "matches", "prompt_contains", "prompt_matches"}


GOOD = "{inputs: {q: x}, assert: [{kind: answered}]}"


@pytest.mark.parametrize(
    ("tests", "said"),
    [
        ("[{inputs: {q: x}}]", "the test expects nothing"),
        ("[x]", "tests must be a list of tables"),
        ("[{inputs: {w: x}, assert: [{kind: answered}]}]", "do not fit: missing: q.*unknown input 'w'"),
        ("[{inputs: {q: x}, assert: [{kind: contain, expect: x}]}]", "no kind of expectation 'contain'.*'contains'"),
        ("[{inputs: {q: x}, assert: [{kind: answer}]}]", "answer needs `expect`"),
        ("[{inputs: {q: x}, assert: [{kind: answer, expect: 4}]}]", "expect must be text"),
        ("[{inputs: {q: x}, assert: [{kind: matches, expect: '('}]}]", "no regular expression"),
        ("[{inputs: {q: x}, replies: [4], assert: [{kind: answered}]}]", "replies must be a list of texts"),
        ("[{input: {q: x}}]", "unknown key 'input'"),
        (f"[{GOOD}, {{inputs: {{q: x}}}}]", "expects nothing"),
    ],
)
def test_every_mistake_is_told_with_its_line(make_prompt: Callable[..., Prompt], tests: str, said: str) -> None:
    with pytest.raises(PromptError, match=rf"made\.prompty:\d+: .*{said}"):
        make_prompt(
            "user:\n{{ q }}", inputs="q: {required: true}", frontmatter=f"metadata: {{chatbot: {{tests: {tests}}}}}\n"
        )


def test_a_test_knows_its_line_and_whether_it_asks(make_prompt: Callable[..., Prompt]) -> None:
    frontmatter = """metadata:
  chatbot:
    tests:
      - {inputs: {q: x}, assert: [{kind: prompt_contains, expect: x}]}
      - inputs: {q: y}
        replies: [one, two]
        assert: [{kind: not_contains, expect: three}]
"""
    prompt = make_prompt("user:\n{{ q }}", inputs="q: {}", frontmatter=frontmatter)
    first, second = prompt.settings.tests
    lines = prompt.path.read_text(encoding="utf-8").splitlines()
    assert "inputs: {q: x}" in lines[first.line - 1]
    assert "inputs: {q: y}" in lines[second.line - 1]
    assert (first.asks, second.asks) == (False, True)
    assert second.replies == ("one", "two")
