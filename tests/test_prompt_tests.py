"""The tests that prompt files carry, and those of the files that come with the program."""

from __future__ import annotations

from pathlib import Path

import pytest

from chatbot.errors import ModelUnreachable
from chatbot.models import Scripted
from chatbot.prompt_tests import run_test
from chatbot.prompting import Prompt, list_prompts

PROMPTS = list_prompts(Path(__file__).parents[1] / "prompts")
CASES = [(prompt, test) for prompt in PROMPTS for test in prompt.settings.tests]


@pytest.mark.parametrize(("prompt", "test"), CASES, ids=[f"{prompt.name}:{test.line}" for prompt, test in CASES])
def test_every_prompt_of_the_starter_passes_its_tests(prompt: Prompt, test) -> None:  # type: ignore[no-untyped-def]
    report = run_test(prompt, test)
    assert report.complaints == ()
    assert not report.skipped


def test_every_prompt_of_the_starter_has_tests() -> None:
    assert [prompt.name for prompt in PROMPTS if not prompt.settings.tests] == []
    assert len(PROMPTS) >= 20


@pytest.fixture
def prompt(tmp_path: Path) -> Prompt:
    path = tmp_path / "made.prompty"
    path.write_text(
        """---
inputs: [{name: q, kind: string, required: true}]
metadata:
  chatbot:
    answer: {extract: last_number}
    tests:
      - {inputs: {q: "2 + 2?"}, replies: ["5"], assert: [{kind: answer, expect: "4"}, {kind: contains, expect: "5"}]}
      - {inputs: {q: "2 + 2?"}, assert: [{kind: answer, expect: "4"}]}
      - {inputs: {q: "2 + 2?"}, assert: [{kind: prompt_contains, expect: "2 + 2"}]}
---
user:
{{ q }}
""",
        encoding="utf-8",
    )
    return Prompt.load(path)


def test_what_is_not_as_expected_is_told(prompt: Prompt) -> None:
    report = run_test(prompt, prompt.settings.tests[0])
    assert report.complaints == ("the answer should be '4'; it was '5', read as '5'",)


def test_a_model_takes_the_place_of_the_scripted_replies(prompt: Prompt) -> None:
    report = run_test(prompt, prompt.settings.tests[0], Scripted("4 or 5: 4"))
    assert report.complaints == ()
    assert report.usage.calls == 1


def test_without_replies_an_answer_needs_a_model_and_a_prompt_does_not(prompt: Prompt) -> None:
    _, asks, renders = prompt.settings.tests
    assert "--model" in run_test(prompt, asks).skipped
    assert run_test(prompt, asks, Scripted("4")).complaints == ()
    assert run_test(prompt, renders).complaints == ()


def test_a_model_that_fails_fails_the_test(prompt: Prompt) -> None:
    def down(_: object) -> str:
        raise ModelUnreachable("nothing listens there")

    assert "nothing listens there" in run_test(prompt, prompt.settings.tests[0], Scripted(down)).complaints[0]
