"""Our own small model does what its card says, through this program's own prompts, strategies and chat format."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from random import Random
from typing import cast

import pytest

pytest.importorskip("torch")

from pocket.calls import requests
from pocket.conversations import calling, reading
from pocket.passages import DECLINED, lookups
from pocket.talk import WHO

from chatbot import asolve
from chatbot.effects import Generate
from chatbot.evaluation.dataset import Source, read_dataset
from chatbot.messages import Reply, Role, message
from chatbot.models.connect import connect
from chatbot.models.fold import fold
from chatbot.models.model import Model
from chatbot.sampling import Sampling
from chatbot.strategies import get
from chatbot.strategies.task import Strategy
from chatbot.tools import Tool

REPOSITORY = Path(__file__).parents[1]
POCKET = REPOSITORY / "examples/pocket"


@pytest.fixture(scope="module")
def model() -> Model:
    return connect(f"local:{POCKET}")


def replies(model: Model, asked: Sequence[Generate]) -> list[Reply]:
    """Greedy replies, written side by side."""

    async def side_by_side() -> list[Reply]:
        return await asyncio.gather(*(fold(model.stream(each)) for each in asked))

    return asyncio.run(side_by_side())


def greedy(conversation: Sequence[Mapping[str, object]], tools: Sequence[Mapping[str, object]] = ()) -> Generate:
    """A request for what follows a conversation that is in the form of the training."""
    said = tuple(message(cast(Role, each["role"]), str(each["content"]), "user") for each in conversation)
    offered = tuple(Tool.from_schema(each).schema for each in tools)
    return Generate(said, tools=offered, sampling=Sampling(temperature=0, max_tokens=80))


def test_it_is_small_and_holds_nothing_that_runs() -> None:
    files = [path for path in POCKET.rglob("*") if path.is_file()]
    assert sum(path.stat().st_size for path in files) < 25e6
    assert {path.suffix for path in files} <= {".safetensors", ".json", ".jinja", ".md", ""}


def test_its_card_says_what_it_is_not() -> None:
    card = (POCKET / "README.md").read_text(encoding="utf-8")
    assert "made-up" in card and "knows nothing" in card
    assert (POCKET / "LICENSE").read_bytes() == (REPOSITORY / "LICENSE").read_bytes()


def test_worked_steps_beat_the_number_alone(model: Model) -> None:
    items = read_dataset(Source(REPOSITORY / "eval/datasets/pocket_arithmetic.jsonl")).items[::10]

    async def right(prompt: str, strategy: Strategy) -> int:
        path = REPOSITORY / "prompts" / f"{prompt}.prompty"
        asked = [{"question": item.fields["question"]} for item in items]
        outcomes = await asyncio.gather(*(asolve(path, each, model=model, strategy=strategy) for each in asked))
        return sum(outcome.answer == item.fields["answer"] for outcome, item in zip(outcomes, items, strict=True))

    direct = asyncio.run(right("word_problem_direct", get("zero_shot")))
    worked = asyncio.run(right("word_problem_zero_shot_cot", get("zero_shot_cot", calls=1)))
    assert len(items) == 60
    assert worked >= direct + 30


def test_over_passages_it_cites_or_declines_and_copies_more_than_could_be_guessed(model: Model) -> None:
    draw = Random("tests/pocket")
    asked = [lookups(draw, 1, most=4)[0] for _ in range(40)]
    found = replies(model, [greedy(reading(draw, each, shipped=False)) for each in asked])
    told = [(each, reply.text) for each, reply in zip(asked, found, strict=True)]
    cites = re.compile(r"\[\d\]$")
    assert sum(text.startswith(DECLINED) or bool(cites.search(text)) for _, text in told) >= 36
    copied = [each.value in text for each, text in told if each.value]
    assert sum(copied) >= 0.15 * len(copied)
    assert {text.startswith(DECLINED) for _, text in told} == {True, False}


def test_with_functions_it_writes_calls_that_can_be_read_with_the_values_asked_for(model: Model) -> None:
    draw = Random("tests/pocket")
    asked = [each for each in (requests(draw, 1)[0] for _ in range(30)) if each.name]
    found = replies(model, [greedy(calling(draw, each), each.tools) for each in asked])
    calls = [json.loads(reply.tool_calls[0].arguments) if reply.tool_calls else {} for reply in found]
    assert sum(map(bool, calls)) >= 0.9 * len(asked)
    wanted = [sorted(map(str, each.arguments.values())) for each in asked]
    right = [sorted(map(str, call.values())) == values for call, values in zip(calls, wanted, strict=True)]
    assert sum(right) >= len(asked) / 2


def test_it_says_what_it_is(model: Model) -> None:
    asked = {"role": "user", "content": "Who are you?"}
    assert [reply.text for reply in replies(model, [greedy([asked])])] == [WHO]
