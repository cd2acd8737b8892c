"""Drafts as prompt files: what is written says what the draft says, whatever stands in it."""

from __future__ import annotations

from pathlib import Path

import pytest
from drafts import drafts, full_block, plain_block, spoken, written
from hypothesis import given

from chatbot.prompting.convert.draft import Draft
from chatbot.prompting.convert.prompty import read, write
from chatbot.prompting.convert.tree import Text, Turn
from chatbot.prompting.inputs import Input
from chatbot.prompting.prompt_file import read_prompt_file, split_prompt_file
from chatbot.sampling import Sampling

PROMPTS = sorted((Path(__file__).parents[3] / "prompts").glob("*.prompty"))


@given(drafts(plain_block, threads=True) | drafts(full_block, threads=True))
def test_a_written_file_says_what_the_draft_says(draft: Draft) -> None:
    assert written(draft) == spoken(draft)


@given(drafts(full_block, threads=True))
def test_a_written_file_reads_as_a_draft_that_is_written_the_same(draft: Draft) -> None:
    once = write(draft).text
    again = write(read(split_prompt_file(Path("made.prompty"), once)).draft).text
    assert written(draft) == spoken(read(split_prompt_file(Path("made.prompty"), again)).draft)


@pytest.mark.parametrize("path", PROMPTS, ids=lambda path: path.stem)
def test_each_shipped_prompt_survives_being_written_again(path: Path) -> None:
    draft = read(read_prompt_file(path)).draft
    done = write(draft)

    assert done.losses == ()
    assert read(split_prompt_file(path, done.text)).draft == draft


def test_a_line_of_the_authors_that_looks_like_a_role_line_is_none_in_the_file() -> None:
    draft = Draft(body=(Turn("user"), Text("Say it so:\nsystem:\nbe kind")))
    assert spoken(draft) == written(draft) == [("user", "Say it so:\nsystem:\nbe kind")] * 2


def test_everything_that_a_draft_has_comes_back() -> None:
    draft = Draft(
        name="all",
        description="All there is",
        model="some-model",
        sampling=Sampling(0.5, 0.9, 100, 7, ("END",), 40, 0.1, -0.1),
        inputs=(Input("level", choices=("easy", "hard"), default="easy", description="How hard"),),
        body=(Turn("user"), Text("Hello")),
        schema={
            "type": "object",
            "properties": {
                "answer": {"type": "number", "description": "d"},
                "why": {"type": "array", "items": {"type": "string"}},
            },
            "required": ["answer"],
            "additionalProperties": False,
        },
        settings={"strategy": "structured"},
        tests=({"inputs": {"level": "hard"}, "assert": [{"kind": "prompt_contains", "expect": "Hello"}]},),
        metadata={"authors": ["a"], "version": "3"},
    )
    assert read(split_prompt_file(Path("all.prompty"), write(draft).text)).draft == draft


def test_a_schema_that_our_outputs_cannot_say_is_a_loss() -> None:
    outer = write(Draft(schema={"type": "array", "items": {"type": "string"}}))
    inner = write(Draft(schema={"type": "object", "properties": {"n": {"type": "integer", "minimum": 1}}}))

    assert outer.losses == ("the schema of the answer, which is not that of an object with named properties",)
    assert inner.losses == ("what the schema says of n by minimum",)
