"""What our own small model is trained on is right and repeats; its training learns, and goes on from what it kept."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from random import Random
from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

pytest.importorskip("torch")

import torch
from pocket.arithmetic import MOST, drill, held_out, problem
from pocket.calls import requests
from pocket.conversations import Conversation, block
from pocket.passages import DECLINED, lookups
from pocket.training import Plan, Trainer, in_step, padded
from pocket.vocabulary import encoded, known
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

from chatbot.evaluation.dataset import Source, read_dataset
from chatbot.tools import Tool

REPOSITORY = Path(__file__).parents[1]
SEEDS = st.integers(0, 2**32)
STEP = re.compile(r"(\d+) ([-+*/]) (\d+) = (\d+)")


@pytest.fixture(scope="module")
def tokenizer() -> PreTrainedTokenizerFast:
    return known(REPOSITORY / "examples/pocket")


@pytest.fixture(scope="module")
def conversations() -> list[Conversation]:
    return block(7, 3)


@pytest.fixture
def threads() -> Iterator[None]:
    """The trainer computes with one thread for each batch; other tests get theirs back."""
    before = torch.get_num_threads()
    yield
    torch.set_num_threads(before)


@given(SEEDS)
def test_the_working_of_a_problem_is_right_and_ends_in_its_answer(seed: int) -> None:
    made = problem(Random(seed), held=None)
    numbers = re.findall(r"\d+", made.question)
    words = {"half": "2", "third": "3", "quarter": "4", "fifth": "5"}
    known_numbers = {*numbers, *(number for word, number in words.items() if word in made.question.casefold())}
    for step in made.steps:
        first, sign, second, result = cast(re.Match[str], STEP.fullmatch(step)).groups()
        assert {first, second} <= known_numbers, "a step uses what the problem or an earlier step says"
        one, two = int(first), int(second)
        assert int(result) == {"+": one + two, "-": one - two, "*": one * two, "/": one / two}[sign] <= MOST
        known_numbers.add(result)
    assert made.steps[-1].endswith(f"= {made.answer}")
    assert 3 <= len(made.steps) <= 6


@given(SEEDS)
def test_no_shape_that_is_held_out_is_trained_on(seed: int) -> None:
    assert not held_out(problem(Random(seed)).shape)
    assert held_out(problem(Random(seed), held=True).shape)


@given(SEEDS)
def test_a_drill_is_right(seed: int) -> None:
    asked, result = drill(Random(seed))
    assert STEP.fullmatch(f"{asked} = {result}")
    assert eval(asked) == int(result)


@given(SEEDS)
def test_an_answer_over_passages_stands_in_the_passage_it_cites_and_else_it_declines(seed: int) -> None:
    for asked in lookups(Random(seed), 3):
        if not asked.value:
            assert asked.answer.startswith(DECLINED)
            continue
        sentence, _, number = asked.answer.removesuffix("]").rpartition(" [")
        (cited,) = (each for each in asked.passages if each.number == int(number))
        assert asked.value.casefold() in sentence.casefold() and sentence in cited.text


@given(SEEDS)
def test_a_call_is_one_that_its_function_takes_and_without_a_fit_none_is_made(seed: int) -> None:
    for asked in requests(Random(seed), 3):
        tools = {tool.name: tool for tool in map(Tool.from_schema, asked.tools)}
        assert len(tools) == len(asked.tools)
        assert not asked.name or tools[asked.name].check(dict(asked.arguments)) == asked.arguments


def test_a_block_of_conversations_is_fixed_by_its_seed_and_number(conversations: list[Conversation]) -> None:
    assert block(7, 3) == conversations
    assert block(7, 4)[:20] != conversations[:20] != block(8, 3)[:20]


def test_the_problems_of_the_suite_are_not_among_those_trained_on(conversations: list[Conversation]) -> None:
    asked = [str(each.fields["question"]) for each in read_dataset(
        Source(REPOSITORY / "eval/datasets/pocket_arithmetic.jsonl")
    ).items]  # fmt: skip
    told = "\n".join(str(message["content"]) for each in conversations for message in each.messages)
    assert [each for each in asked if each in told] == []


def test_what_the_assistant_says_is_learnt_with_the_end_of_its_turn(
    tokenizer: PreTrainedTokenizerFast, conversations: list[Conversation]
) -> None:
    for each in conversations[:100]:
        tokens, learnt = encoded(tokenizer, each)
        said = tokenizer.decode([token for token, wanted in zip(tokens, learnt, strict=True) if wanted])
        spoken = [message for message in each.messages if message["role"] == "assistant"]
        assert said.count("<|im_end|>") == len(spoken)
        assert [text for message in spoken if (text := cast(Mapping[str, str], message)["content"]) not in said] == []


def little(tokenizer: PreTrainedTokenizerFast) -> Trainer:
    torch.manual_seed(1)
    shape = {"hidden_size": 32, "num_hidden_layers": 1, "intermediate_size": 32, "num_attention_heads": 2}
    plan = Plan(seed=7, steps=40, minutes=60, warm_up=4, rate=1e-2)
    return Trainer(LlamaForCausalLM(LlamaConfig(vocab_size=len(tokenizer), **shape)), plan, cores=2)


@pytest.mark.usefixtures("threads")
def test_training_lowers_the_loss_and_goes_on_from_what_was_kept(
    tokenizer: PreTrainedTokenizerFast, conversations: list[Conversation], tmp_path: Path
) -> None:
    examples = [encoded(tokenizer, each) for each in conversations if len(each.messages) == 3 and not each.tools]
    parts = list(in_step(padded(tokenizer, [examples[:8], examples[8:16]]), 2))
    trainer = little(tokenizer)
    with ThreadPoolExecutor(2) as crew:
        losses = [trainer.step(parts[0], crew) for _ in range(20)]
        assert losses[-1] < losses[0] - 1

        trainer.keep(tmp_path, tokenizer)
        again = little(tokenizer)
        again.resume(tmp_path)
        assert again.step(parts[0], crew) == pytest.approx(trainer.step(parts[0], crew))
    for one, other in zip(trainer.weights, again.weights, strict=True):
        assert torch.allclose(one, other)


@pytest.mark.slow
def test_the_script_trains_a_model_from_nothing(tmp_path: Path) -> None:
    command = [sys.executable, "scripts/train_pocket.py", "--out", tmp_path / "out", "--work", tmp_path / "work"]
    size = ["--steps", "3", "--hidden", "64", "--layers", "1", "--cores", "1"]
    done = subprocess.run([*command, *size], cwd=REPOSITORY, capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stderr
    assert "3 steps" in done.stdout
    assert LlamaForCausalLM.from_pretrained(tmp_path / "out").config.hidden_size == 64
    assert len(known(tmp_path / "out")) == 2048
