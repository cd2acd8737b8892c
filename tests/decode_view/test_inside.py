"""A look from inside a local model: what is shown is what it says when it is asked."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from math import exp, log

import pytest

pytest.importorskip("torch")

from tiny_models import tiny_model

from chatbot.decode_view.asked import SINGLE, Asked
from chatbot.decode_view.inside import inside_view
from chatbot.decode_view.looking import looked_at
from chatbot.effects import Generate
from chatbot.errors import ContextOverflow, UsageError
from chatbot.messages import message
from chatbot.models.connect import connect
from chatbot.models.fold import fold
from chatbot.models.local.model import LocalModel
from chatbot.sampling import Sampling

ASKED = Asked("Hello?", (message("user", "Hello?", "user"),), SINGLE, tokens=5, depth=2, branches=2)


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> LocalModel:
    connected = connect(f"local:{tiny_model(tmp_path_factory.mktemp('llama'), 'llama')}")
    assert isinstance(connected, LocalModel)
    return connected


def test_the_way_is_what_the_model_says_when_it_is_asked(model: LocalModel) -> None:
    view = asyncio.run(inside_view(model, ASKED))
    sampling = Sampling(temperature=0, max_tokens=5, logprobs=0)
    reply = asyncio.run(fold(model.stream(Generate(ASKED.messages, sampling=sampling))))
    assert view.text == reply.text and view.is_whole
    assert [step.taken.probability for step in view.steps] == pytest.approx(
        [exp(score.logprob) for score in reply.scores], rel=1e-4
    )
    assert [each.is_taken for each in view.tree] == [True, False]


def test_every_strategy_writes_where_nobody_says_otherwise(model: LocalModel) -> None:
    view = asyncio.run(looked_at(model, ASKED))
    greedy = view.written[0]
    assert (greedy.strategy, greedy.text, greedy.tokens) == ("greedy", view.text, 5)
    assert greedy.logprob == pytest.approx(sum(log(step.taken.probability) for step in view.steps), rel=1e-4)
    assert asyncio.run(looked_at(model, ASKED, write=False)).written == ()


def test_raw_text_is_gone_on_with_in_no_chat_format(model: LocalModel) -> None:
    import torch

    asked = replace(ASKED, prompt="A command <|im_end|>", is_raw=True)
    first = asyncio.run(inside_view(model, asked)).steps[0].before.candidates[0]
    ids = model.weights.tokenizer("A command <|im_end|>", split_special_tokens=True, add_special_tokens=False).input_ids
    with torch.inference_mode():
        chances = torch.softmax(model.weights.model(torch.tensor([ids])).logits[0, -1], -1)
    assert (first.id, first.probability) == (int(chances.argmax()), pytest.approx(float(chances.max()), rel=1e-4))


def test_a_prompt_that_leaves_no_room_is_refused_before_it_is_read(model: LocalModel) -> None:
    for is_raw in (False, True):
        asked = replace(ASKED, prompt="word " * 400, messages=(message("user", "word " * 400, "user"),), is_raw=is_raw)
        with pytest.raises(ContextOverflow, match="reads 512"):
            asyncio.run(inside_view(model, asked))


def test_there_is_nothing_after_no_text(model: LocalModel) -> None:
    with pytest.raises(UsageError, match="no text"):
        asyncio.run(inside_view(model, replace(ASKED, prompt="", is_raw=True)))
