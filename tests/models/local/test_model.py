"""A local model keeps the promises of every `Model`: events, samples, usage, errors, cancellation."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from dataclasses import replace
from pathlib import Path

import pytest

pytest.importorskip("torch")

from engine_jobs import PROMPTS, plainly
from tiny_models import tiny_model

from chatbot import Chatbot
from chatbot.effects import Generate
from chatbot.errors import ContextOverflow
from chatbot.events import Ended, OfSample, Scored, TextDelta
from chatbot.messages import Reply, message
from chatbot.models.connect import connect
from chatbot.models.fold import Fold, fold
from chatbot.models.local.model import LocalModel
from chatbot.sampling import Sampling


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_model(tmp_path_factory.mktemp("llama"), "llama", context=1024)


@pytest.fixture(scope="module")
def model(folder: Path) -> LocalModel:
    connected = connect(f"local:{folder}")
    assert isinstance(connected, LocalModel)
    return connected


def request_for(text: str = PROMPTS[0], *, samples: int = 1, sample: int = 0, **sampling) -> Generate:
    sampling = {"temperature": 0.0, "max_tokens": 20, **sampling}
    return Generate((message("user", text, "user"),), sampling=Sampling(**sampling), samples=samples, sample=sample)


def reply(model: LocalModel, request: Generate) -> Reply:
    return asyncio.run(fold(model.stream(request)))


def replies(model: LocalModel, request: Generate) -> list[Reply]:
    async def all_of_them() -> list[Reply]:
        folds: dict[int, Fold] = {}
        async for event in model.stream(request):
            assert isinstance(event, OfSample)
            folds.setdefault(event.index, Fold()).add(event.event)
        return [folds[index].reply() for index in sorted(folds)]

    return asyncio.run(all_of_them())


def test_it_is_known_by_its_spec(model: LocalModel, folder: Path) -> None:
    assert model.name == f"local:{folder}"
    assert model.abilities.context_tokens == 1024
    assert model.abilities.samples


def test_a_reply_is_what_generate_writes_after_the_rendered_prompt(model: LocalModel) -> None:
    prompt = f"<|im_start|>user\n{PROMPTS[0]}<|im_end|>\n<|im_start|>assistant\n"
    weights = model.weights
    assert reply(model, request_for()).text == plainly(weights, prompt, max_new_tokens=20)


def test_a_special_token_is_no_text_though_no_config_gives_it_a_role(model: LocalModel) -> None:
    biased = request_for(logit_bias=(("<|im_start|>", 1000.0),), max_tokens=3)
    assert reply(model, biased).usage.output_tokens == 3
    assert reply(model, biased).text == ""


def test_usage_counts_what_was_read_what_was_kept_and_what_was_written(model: LocalModel) -> None:
    first, again = (reply(model, request_for("Count me.")).usage for _ in range(2))
    assert first.input_tokens == again.input_tokens
    assert again.cached_tokens == again.input_tokens - 1
    assert 1 <= again.output_tokens <= 20
    assert again.cost == 0


def test_two_models_of_one_folder_share_its_weights(model: LocalModel, folder: Path) -> None:
    other = connect(f"local:{folder}")
    assert isinstance(other, LocalModel)
    assert other.weights is model.weights


def test_samples_are_drawn_at_once_each_with_its_seed(model: LocalModel) -> None:
    together = replies(model, request_for(samples=3, temperature=1.0, seed=7))
    alone = [reply(model, request_for(sample=sample, temperature=1.0, seed=7)) for sample in range(3)]
    assert [each.text for each in together] == [each.text for each in alone]
    assert [each.usage.input_tokens > 0 for each in together] == [True, False, False]
    written = sum(each.usage.output_tokens for each in alone)
    assert [each.usage.output_tokens for each in together] == [written, 0, 0], "a strategy's first sample bears it all"


def test_a_prompt_that_is_too_long_is_refused_before_anything_is_computed(model: LocalModel) -> None:
    with pytest.raises(ContextOverflow) as caught:
        reply(model, request_for("word " * 2000))
    assert "reads 1,024" in str(caught.value)


def test_a_reply_never_outgrows_the_context(model: LocalModel) -> None:
    long = "word " * 180
    endless = (("<|im_end|>", -100.0), ("<|endoftext|>", -100.0))
    read = reply(model, request_for(long, max_tokens=1)).usage.input_tokens
    written = reply(model, request_for(long, max_tokens=None, logit_bias=endless))
    assert written.usage.output_tokens == 1024 - read
    assert written.finish == "length"


def test_scores_come_when_they_are_asked_for(model: LocalModel) -> None:
    scored = reply(model, request_for(logprobs=2))
    assert len(scored.scores) == len(reply(model, request_for(logprobs=2)).scores) > 0
    assert all(len(score.alternatives) == 2 for score in scored.scores)
    assert reply(model, request_for()).scores == ()


def test_candidates_are_weighed_and_nothing_is_written(model: LocalModel) -> None:
    weighed = reply(model, replace(request_for(), candidates=("yes", "no, never")))
    assert [each.text for each in weighed.likelihoods] == ["yes", "no, never"]
    assert weighed.likelihoods[0].logprob > weighed.likelihoods[1].logprob
    assert (weighed.text, weighed.usage.output_tokens) == ("", 0) and weighed.usage.input_tokens > 0
    assert model.abilities.likelihoods


def test_closing_the_stream_stops_the_writing(model: LocalModel) -> None:
    async def close_after_two() -> int:
        seen = 0
        endless = (("<|im_end|>", -100.0), ("<|endoftext|>", -100.0))
        async with aclosing(model.stream(request_for(max_tokens=800, logit_bias=endless))) as events:
            async for event in events:
                seen += isinstance(event, TextDelta)
                if seen == 2:
                    break
        before = model.engine.rates.written
        await asyncio.sleep(0.3)
        return model.engine.rates.written - before

    assert asyncio.run(close_after_two()) <= 2


def test_conversations_at_once_get_the_replies_they_get_alone(model: LocalModel) -> None:
    async def at_once() -> list[Reply]:
        return await asyncio.gather(*(fold(model.stream(request_for(prompt))) for prompt in PROMPTS))

    together = asyncio.run(at_once())
    assert [each.text for each in together] == [reply(model, request_for(prompt)).text for prompt in PROMPTS]


def test_a_stream_ends_with_its_finish(model: LocalModel) -> None:
    async def events() -> list[object]:
        return [event async for event in model.stream(request_for(max_tokens=2, logprobs=0))]

    told = asyncio.run(events())
    assert told[-1] == Ended("length")
    assert any(isinstance(event, Scored) for event in told)


def test_a_chat_reads_only_what_is_new_at_every_turn(folder: Path, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "chatbot.toml").write_text("tools = []\n")
    bot = Chatbot(f"local:{folder}", prompt="plain", knowledge=None)
    bot.sampling = Sampling(max_tokens=12)
    fresh = []
    for turn in range(6):
        usage = bot.ask(f"Question {turn}, please.").usage
        fresh.append(usage.input_tokens - usage.cached_tokens)
    assert max(fresh[1:]) < 80


@pytest.mark.slow
def test_memory_stays_flat_over_a_thousand_turns(model: LocalModel) -> None:
    turns_stay_flat(model, turns=1000)


def test_memory_stays_flat_over_many_turns(model: LocalModel) -> None:
    turns_stay_flat(model, turns=150)


def turns_stay_flat(model: LocalModel, *, turns: int) -> None:
    import resource

    peak = []
    for turn in range(turns):
        reply(model, request_for(f"Turn {turn % 40}", max_tokens=4, temperature=1.0, seed=turn))
        if turn == turns // 2:
            peak.append(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
    peak.append(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
    assert peak[1] - peak[0] < 30_000  # KiB
