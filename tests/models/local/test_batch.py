"""Rows join and leave a batch; what stays is written as if alone."""

from __future__ import annotations

import pytest

pytest.importorskip("torch")

import torch
from engine_jobs import PROMPTS, plainly, tiny_weights

from chatbot.models.local.batch import Batch
from chatbot.models.local.decoding import plan
from chatbot.models.local.job import Job, Wrote
from chatbot.models.local.prefill import Prefill
from chatbot.models.local.prefix_cache import PrefixCache
from chatbot.sampling import Sampling


@pytest.fixture(scope="module", params=["llama", "gemma3"])
def weights(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory):
    return tiny_weights(tmp_path_factory.mktemp("models"), request.param)


class Running:
    """A batch of one prompt, and what it says."""

    def __init__(self, weights, prompt: str, *, longest: int = 12, samples: int = 1) -> None:
        self.told: list[object] = []
        ids = weights.tokenizer.encode(prompt)
        decoding = plan(Sampling(temperature=0), schema=None, weights=weights, prompt_tokens=len(ids))
        ends = frozenset({weights.tokenizer.eos_token_id})
        self.job = Job(ids, (decoding,), (None,) * samples, longest, self.told.append, ends)
        prefill = Prefill(self.job, weights, PrefixCache(0))
        logits = prefill.step()
        (draw,) = prefill.draws()
        draw.select(draw.step(logits.expand(samples, -1)))
        self.batch = Batch(draw, prefill.cache, "")

    def text(self, sample: int = 0) -> str:
        return "".join(each.text for each in self.told if isinstance(each, Wrote) and each.sample == sample)


def steps(batch: Batch, weights, number: int = 100, kept: PrefixCache | None = None) -> None:
    def fail(jobs, error):
        raise error

    with torch.inference_mode():
        for _ in range(number):
            if batch.rows:
                batch.step(weights.model, kept or PrefixCache(0), fail)


def test_a_batch_joins_another_at_any_token(weights) -> None:
    if weights.name == "gemma3":
        pytest.skip("windows cannot be padded")
    one, other = Running(weights, PROMPTS[0]), Running(weights, PROMPTS[2])
    steps(one.batch, weights, 3)
    assert one.batch.can_join(other.batch)
    one.batch.join(other.batch)
    assert one.batch.rows == 2
    steps(one.batch, weights)
    assert one.text() == plainly(weights, PROMPTS[0], max_new_tokens=12)
    assert other.text() == plainly(weights, PROMPTS[2], max_new_tokens=12)


def test_windows_and_adapters_keep_batches_apart(weights) -> None:
    one, other = Running(weights, PROMPTS[0]), Running(weights, PROMPTS[1])
    assert one.batch.can_join(other.batch) is (weights.name == "llama")
    other.batch.adapter = "kind"
    assert not one.batch.can_join(other.batch)


def test_samples_of_one_prompt_run_together_in_every_family(weights) -> None:
    running = Running(weights, PROMPTS[0], samples=3)
    steps(running.batch, weights)
    assert {running.text(sample) for sample in range(3)} == {plainly(weights, PROMPTS[0], max_new_tokens=12)}


def test_a_row_that_is_not_wanted_leaves_at_the_next_step(weights) -> None:
    running = Running(weights, PROMPTS[0])
    running.job.cancelled = True
    steps(running.batch, weights, 1)
    assert running.batch.rows == 0


def test_the_cache_of_a_reply_that_is_over_is_kept(weights) -> None:
    kept = PrefixCache(1 << 30)
    running = Running(weights, PROMPTS[0], longest=5)
    steps(running.batch, weights, kept=kept)
    assert kept.tokens == len(running.job.ids) + 4


def test_padding_goes_when_the_longest_row_has_left(weights) -> None:
    if weights.name == "gemma3":
        pytest.skip("windows cannot be padded")
    short, long = Running(weights, PROMPTS[1]), Running(weights, PROMPTS[2], longest=2)
    short.batch.join(long.batch)
    kept = PrefixCache(1 << 30)
    steps(short.batch, weights, kept=kept)
    assert short.text() == plainly(weights, PROMPTS[1], max_new_tokens=12)
    assert kept.tokens == len(short.job.ids) + 11 + len(long.job.ids) + 1
