"""`chatbot prompts diff` tells what differs in meaning, and whether anything does."""

from __future__ import annotations

import json

from in_process import Run


def test_a_prompt_does_not_differ_from_itself(here: Run) -> None:
    done = here("prompts", "diff", "chat", "chat")
    assert "chat and chat send the same" in done.stdout
    assert "(+0; an estimate)" in done.stdout
    assert "@@" not in done.stdout


def test_settings_text_and_tokens_are_told(here: Run) -> None:
    lines = here("prompts", "diff", "sentiment_zero_shot", "sentiment_few_shot").stdout.splitlines()
    assert "  ~ strategy.name: zero_shot -> few_shot" in lines
    assert "  + examples.k: 6" in lines
    assert lines[-1].startswith("tokens before any input: ")


def test_text_is_told_as_a_unified_diff_without_colours_in_a_pipe(here: Run) -> None:
    done = here("prompts", "diff", "word_problem_direct", "word_problem_zero_shot_cot")
    assert "\n-Reply with the number alone, without a unit.\n" in done.stdout
    assert "\x1b" not in done.stdout


def test_a_difference_is_printed_as_json(here: Run) -> None:
    found = json.loads(here("prompts", "diff", "question", "chat", "--json").stdout)
    assert found["same_hash"] is False
    assert found["hashes"][0] != found["hashes"][1]
    assert "passages" in [change["name"] for change in found["inputs"]]


def test_a_name_that_does_not_exist_is_told_with_the_nearest(here: Run) -> None:
    assert "did you mean 'chat'" in here("prompts", "diff", "chat", "caht").stderr
