"""The engine writes what `generate` writes, whatever else it is doing, and survives what fails."""

from __future__ import annotations

import gc
import threading
import time
import weakref

import pytest

pytest.importorskip("torch")

from engine_jobs import PROMPTS, ask, plainly, tiny_weights

from chatbot.errors import ModelError
from chatbot.models.local.engine import Engine
from chatbot.models.local.job import Failed, Wrote
from chatbot.sampling import Sampling

FAMILIES = ("llama", "qwen3", "gpt2", "gemma3")


@pytest.fixture(scope="module", params=FAMILIES)
def weights(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory):
    return tiny_weights(tmp_path_factory.mktemp("models"), request.param)


@pytest.fixture(scope="module")
def llama(tmp_path_factory: pytest.TempPathFactory):
    return tiny_weights(tmp_path_factory.mktemp("llama"))


def test_a_greedy_reply_is_that_of_generate(weights) -> None:
    engine = Engine(weights)
    for prompt in PROMPTS:
        assert ask(engine, prompt).came().text == plainly(weights, prompt)


def test_replies_written_side_by_side_are_those_written_alone(weights) -> None:
    engine = Engine(weights)
    asked = [ask(engine, prompt, Sampling(max_tokens=8 + 4 * at)) for at, prompt in enumerate(PROMPTS * 3)]
    for at, each in enumerate(asked):
        assert each.came().text == plainly(weights, PROMPTS[at % len(PROMPTS)], max_new_tokens=8 + 4 * at)


def test_a_seed_draws_what_generate_draws_with_it(weights) -> None:
    engine = Engine(weights)
    drawn = ask(engine, PROMPTS[0], Sampling(temperature=0.9, top_p=0.9, seed=5)).came().text
    assert drawn == plainly(weights, PROMPTS[0], seed=5, do_sample=True, temperature=0.9, top_p=0.9, top_k=0)


def test_samples_share_one_reading_and_differ_as_their_seeds_do(weights) -> None:
    engine = Engine(weights)
    came = ask(engine, PROMPTS[2], Sampling(temperature=1.0, seed=11), samples=5).came()
    for sample in range(5):
        alone = plainly(weights, PROMPTS[2], seed=11 + sample, do_sample=True, temperature=1.0, top_k=0)
        assert came.texts[sample] == alone
    assert engine.rates.read == len(weights.tokenizer.encode(PROMPTS[2]))


def test_a_seed_repeats_whatever_is_written_beside_it(llama) -> None:
    engine = Engine(llama)
    alone = ask(engine, PROMPTS[1], Sampling(temperature=1.0, seed=3)).came().text
    others = [ask(engine, prompt, Sampling(temperature=1.0)) for prompt in PROMPTS]
    assert ask(engine, PROMPTS[1], Sampling(temperature=1.0, seed=3)).came().text == alone
    for other in others:
        other.came()


def test_a_kept_prefix_changes_no_reply(weights) -> None:
    kept, forgetful = Engine(weights), Engine(weights)
    prompt = weights.tokenizer.encode(PROMPTS[0])
    for _ in range(5):
        prompt = prompt + weights.tokenizer.encode(ask(kept, prompt).came().text + PROMPTS[1])
        again = ask(kept, prompt).came()
        forgetful.kept.clear()
        assert again.text == ask(forgetful, prompt).came().text
    if weights.name != "gemma3":  # its window of 16 tokens is full at once
        assert again.read.cached > len(prompt) / 2


def test_a_window_that_is_full_is_carried_on_where_the_whole_of_it_comes_again(tmp_path) -> None:
    gemma = tiny_weights(tmp_path, "gemma3")
    engine = Engine(gemma)
    prompt = gemma.tokenizer.encode(PROMPTS[2])
    ask(engine, prompt).came()
    longer = prompt + gemma.tokenizer.encode(PROMPTS[3])
    came = ask(engine, longer).came()
    assert came.read.cached == len(prompt)
    assert came.text == plainly(gemma, longer)


def test_a_long_prompt_is_read_in_chunks_and_to_the_same_effect(tmp_path) -> None:
    llama = tiny_weights(tmp_path, context=4096)
    prompt = llama.tokenizer.encode(" ".join(PROMPTS) * 20)
    assert len(prompt) > 1024
    assert ask(Engine(llama), prompt).came().text == plainly(llama, prompt)


def test_replies_go_on_while_a_long_prompt_is_read(tmp_path) -> None:
    llama = tiny_weights(tmp_path, context=8192)
    engine = Engine(llama)
    long = llama.tokenizer.encode(" ".join(PROMPTS) * 80)
    writing = ask(engine, PROMPTS[0], Sampling(max_tokens=2_000, temperature=1.0, logit_bias=(("<|im_end|>", -100.0),)))
    while not isinstance(writing.told.get(timeout=60), Wrote):
        pass
    reading = ask(engine, long, Sampling(max_tokens=1))
    before = writing.told.qsize()
    reading.came()
    assert writing.told.qsize() > before + 2
    writing.job.cancelled = True


def test_scores_are_the_models_own_log_probabilities(weights) -> None:
    import torch

    engine = Engine(weights)
    came = ask(engine, PROMPTS[0], Sampling(temperature=0, logprobs=3, max_tokens=6)).came()
    ids = weights.tokenizer.encode(PROMPTS[0])
    written = weights.model.generate(torch.tensor([ids]), max_new_tokens=6, do_sample=False)[0]
    logprobs = torch.log_softmax(weights.model(written[None]).logits[0].float(), -1)
    for at, score in enumerate(came.scores[0]):
        expected = logprobs[len(ids) + at - 1]
        assert score.logprob == pytest.approx(float(expected[written[len(ids) + at]]), abs=1e-4)
        assert [value for _, value in score.alternatives] == pytest.approx(
            torch.topk(expected, 3).values.tolist(), abs=1e-4
        )
        assert score.alternatives[0] == (score.text, score.logprob)


def test_a_reply_ends_before_a_stop_string_and_at_its_longest(llama) -> None:
    engine = Engine(llama)
    whole = ask(engine, PROMPTS[0]).came()
    stop = whole.text[8:12]
    cut = ask(engine, PROMPTS[0], Sampling(stop=(stop,))).came()
    assert cut.text == whole.text[: whole.text.index(stop)]
    assert cut.stopped[0].finish == "complete"
    short = ask(engine, PROMPTS[0], Sampling(max_tokens=3)).came()
    assert (short.stopped[0].finish, short.stopped[0].tokens) == ("length", 3)


def test_fifty_cancellations_leave_the_next_answer_right(llama) -> None:
    import random

    engine, chance = Engine(llama), random.Random(1)
    expected = plainly(llama, PROMPTS[0])
    for _ in range(50):
        others = [ask(engine, prompt, Sampling(max_tokens=60)) for prompt in PROMPTS]
        for _ in range(chance.randrange(1, 12)):
            others[0].told.get(timeout=60)
        for each in others:
            each.job.cancelled = True
        assert ask(engine, PROMPTS[0]).came().text == expected


def test_a_cancelled_job_writes_no_further_token(llama) -> None:
    engine = Engine(llama)
    endless = ask(engine, PROMPTS[0], Sampling(max_tokens=400, logit_bias=(("<|im_end|>", -100.0),)))
    endless.told.get(timeout=60)
    endless.told.get(timeout=60)
    endless.job.cancelled = True
    ask(engine, PROMPTS[1], Sampling(max_tokens=2)).came()
    so_far = endless.told.qsize()
    ask(engine, PROMPTS[1], Sampling(max_tokens=20)).came()
    assert endless.told.qsize() <= so_far + 1


def test_what_fails_reaches_its_caller_and_the_engine_goes_on(llama) -> None:
    engine = Engine(llama)
    with pytest.raises(ModelError, match="local:llama failed while it computed"):
        ask(engine, [10**9]).came()
    assert ask(engine, PROMPTS[0]).came().text == plainly(llama, PROMPTS[0])


@pytest.mark.parametrize("tokens", [0, 3])
def test_a_failing_decoding_fails_alone(llama, tokens: int) -> None:
    engine, length = Engine(llama), len(llama.tokenizer.encode(PROMPTS[1]))

    def break_down(ids, scores):
        if ids.shape[1] >= length + tokens:
            raise RuntimeError("the processor broke")
        return scores

    asked = [ask(engine, prompt) for prompt in PROMPTS]
    bad = ask(engine, PROMPTS[1], processor=break_down)
    with pytest.raises(ModelError, match="the processor broke"):
        bad.came()
    for each, prompt in zip(asked, PROMPTS, strict=True):
        assert each.came().text == plainly(llama, prompt)


def test_more_replies_than_a_batch_holds_wait(tmp_path) -> None:
    llama = tiny_weights(tmp_path, batch=2)
    engine = Engine(llama)
    asked = [ask(engine, prompt) for prompt in PROMPTS * 2]
    for each, prompt in zip(asked, PROMPTS * 2, strict=True):
        assert each.came().text == plainly(llama, prompt)


def test_the_thread_ends_when_there_is_nothing_to_do_and_the_model_can_go(tmp_path) -> None:
    llama = tiny_weights(tmp_path)
    gone = weakref.ref(llama)
    engine = Engine(llama)
    ask(engine, PROMPTS[0]).came()
    threads = [each for each in threading.enumerate() if each.name == "local:llama"]
    for each in threads:
        each.join(timeout=30)
    assert not any(each.is_alive() for each in threads)
    assert ask(engine, PROMPTS[0]).came().text
    del engine, llama
    for each in threading.enumerate():
        if each.name == "local:llama":
            each.join(timeout=30)
    gc.collect()
    assert gone() is None


def test_many_threads_may_submit_at_once(llama) -> None:
    engine, expected = Engine(llama), {prompt: plainly(llama, prompt) for prompt in PROMPTS}
    wrong: list[str] = []

    def work(at: int) -> None:
        for turn in range(5):
            prompt = PROMPTS[(at + turn) % len(PROMPTS)]
            if ask(engine, prompt).came().text != expected[prompt]:
                wrong.append(prompt)

    threads = [threading.Thread(target=work, args=(at,)) for at in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=120)
    assert not wrong


def test_a_conversation_finds_its_engine_again(llama) -> None:
    assert Engine.of(llama) is Engine.of(llama)


def test_nothing_comes_after_a_failure(llama) -> None:
    engine = Engine(llama)
    asked = ask(engine, [10**9])
    assert isinstance(asked.told.get(timeout=60), Failed)
    time.sleep(0.05)
    assert asked.told.empty()
