"""Every format: a draft goes there and back and says the same, or a loss says why not; so do the shipped prompts."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from drafts import Said, draft_of, drafts, full_block, plain_block, spoken
from hypothesis import assume, given
from hypothesis import strategies as st

from chatbot.messages import Message, message
from chatbot.prompting import Prompt
from chatbot.prompting.convert import FORMATS, convert, prompty
from chatbot.prompting.convert.draft import Draft
from chatbot.prompting.convert.tree import Block, Turn
from chatbot.prompting.prompt_file import split_prompt_file

PROMPTS = sorted((Path(__file__).parents[3] / "prompts").glob("*.prompty"))
LISTS = ("promptfoo", "openai")
"""Formats in which a prompt is a list of templates with conditions and loops."""

BODY = (
    "depend on a condition",
    "has no turns",
    "taken as true",
    "has none, and it is",
    "the place of",
    "the filter",
    "the expression",
    "braces in the text",
    "knows plain names",
    "which is empty",
)
"""Words of losses that say that the messages have changed."""


def there_and_back(draft: Draft, name: str) -> tuple[Said, tuple[str, ...]]:
    """What a draft says after it went through a format, and what of its messages was lost on the way."""
    write = FORMATS[name].write
    assert write is not None
    away = write(draft)
    if any("braces in the text" in loss for loss in away.losses):
        return [], away.losses
    home = FORMATS[name].read(Path(f"made{FORMATS[name].suffix}"), away.text)
    losses = (*away.losses, *home.losses)
    return spoken(home.draft), tuple(loss for loss in losses if any(word in loss for word in BODY))


@pytest.mark.parametrize("name", ["dotprompt", *LISTS])
@given(draft=drafts(full_block))
def test_conditions_loops_and_braces_survive(name: str, draft: Draft) -> None:
    said, losses = there_and_back(draft, name)
    assert losses == ()
    assert said == spoken(draft)


@given(drafts(full_block, threads=True))
def test_the_place_of_a_thread_survives_in_dotprompt(draft: Draft) -> None:
    said, losses = there_and_back(draft, "dotprompt")
    assert losses == ()
    assert said == spoken(draft)


@given(drafts(plain_block))
def test_texts_with_plain_inputs_survive_at_github_unless_their_braces_are_variables_there(draft: Draft) -> None:
    said, losses = there_and_back(draft, "github")
    assume(not losses)
    assert said == spoken(draft)


@given(system=plain_block | st.just(()), user=plain_block)
def test_one_text_for_the_system_and_one_for_the_user_survive_in_llm(system: Block, user: Block) -> None:
    draft = draft_of([(Turn("system"), *system), (Turn("user"), *user)])
    said, losses = there_and_back(draft, "llm")
    assert losses == ()
    assert said == spoken(draft)


@given(drafts(plain_block, threads=True) | drafts(full_block, threads=True))
def test_every_draft_can_be_written_in_every_format_and_read_again(draft: Draft) -> None:
    for name, each in FORMATS.items():
        if each.write is not None:
            there_and_back(draft, name)


# --- the shipped prompts ----------------------------------------------------------------------------------------------

DEPEND = {"chat", "plain"}
"""Prompts with messages that only exist where there is a summary."""

SHAPED = {
    "chat",
    "code_review",
    "game24_propose",
    "judge_pairwise",
    "judge_rubric",
    "multiple_choice",
    "plain",
    "rewrite",
    "summary",
    "thoughts_propose",
}
"""Prompts with conditions or loops."""

EARLIER = {"by_example", "chat", "plain", "question", "step_by_step"}
"""Prompts with a place for the earlier messages."""

CHANGED: dict[str, set[str]] = {
    "prompty": set(),
    "dotprompt": set(),
    "promptfoo": DEPEND | EARLIER,
    "openai": DEPEND | EARLIER,
    "github": SHAPED | EARLIER,
    "llm": SHAPED | EARLIER,
}
"""What each format cannot carry; all else comes back and renders to the same messages."""

THREAD = [message("user", "Earlier?", "user"), message("assistant", "Yes.", "model")]


def said_by(prompt: Prompt, inputs: dict[str, object]) -> Said:
    kinds = {name: declared.kind for name, declared in prompt.inputs.items()}
    known = {
        name: str(value) if kinds[name] == "string" and isinstance(value, int) else value
        for name, value in inputs.items()
        if name in kinds
    }
    if "history" in prompt.inputs:
        thread = prompt.inputs["history"].kind == "thread"
        known["history"] = THREAD if thread else [{"role": each.role, "text": each.text} for each in THREAD]
    messages: list[Message] = prompt.render(**known)
    return [(each.role, each.text) for each in messages]


def load(path: Path, text: str) -> Prompt:
    """The prompt of a text, without the demonstrations that lie beside the original."""
    draft = prompty.read(split_prompt_file(path, text)).draft
    kept = {key: value for key, value in draft.settings.items() if key not in ("examples", "strategy")}
    path.write_text(prompty.write(replace(draft, settings=kept)).text, encoding="utf-8")
    return Prompt.load(path)


@pytest.mark.parametrize("name", CHANGED)
@pytest.mark.parametrize("path", PROMPTS, ids=lambda path: path.stem)
def test_a_shipped_prompt_comes_back_and_says_the_same_or_the_losses_say_why(
    path: Path, name: str, tmp_path: Path
) -> None:
    prompt = Prompt.load(path)
    away = convert(path, name)
    back = load(tmp_path / path.name, convert(away.text, "prompty", name).text)

    if path.stem in CHANGED[name]:
        assert [loss for loss in away.losses if any(word in loss for word in BODY)]
        return
    usual = {each.name: each.default for each in prompt.inputs.values() if each.default is not None}
    for test in prompt.settings.tests:
        inputs = {**usual, **test.inputs}  # formats without defaults need them said
        assert said_by(back, inputs) == said_by(prompt, inputs)


@pytest.mark.parametrize("title", ["promptfoo", "dotprompt", "llm"])
def test_a_way_to_decode_that_a_format_lacks_is_told(tmp_path: Path, title: str) -> None:
    file = tmp_path / "a.prompty"
    file.write_text("---\nmetadata:\n  chatbot:\n    decode: min-p=0.1\n---\nuser:\nHi\n")

    assert any("min-p" in loss for loss in convert(file, title).losses)
