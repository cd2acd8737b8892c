"""A prompt is read once, in chunks, from what is kept; its decoding is what `generate` would have prepared."""

from __future__ import annotations

import pytest

pytest.importorskip("torch")

import torch
from engine_jobs import PROMPTS, tiny_weights

from chatbot.events import Reading
from chatbot.models.local.decoding import plan
from chatbot.models.local.job import Job, Read
from chatbot.models.local.prefill import CHUNK_TOKENS, Prefill, prepared
from chatbot.models.local.prefix_cache import PrefixCache
from chatbot.sampling import Sampling


@pytest.fixture(scope="module")
def llama(tmp_path_factory: pytest.TempPathFactory):
    return tiny_weights(tmp_path_factory.mktemp("llama"), context=4096)


def job_of(weights, prompt: str, told: list, **sampling) -> Job:
    ids = weights.tokenizer.encode(prompt)
    decoding = plan(Sampling(**sampling), schema=None, weights=weights, prompt_tokens=len(ids))
    return Job(ids, (decoding,), (None,), 10, told.append)


def test_chunks_give_the_logits_of_one_reading(llama) -> None:
    told: list[Reading | Read] = []
    job = job_of(llama, " ".join(PROMPTS) * 20, told)
    reading = Prefill(job, llama, PrefixCache(0))
    chunks = -(-len(job.ids) // CHUNK_TOKENS)
    assert chunks > 2
    for _ in range(chunks - 1):
        assert reading.step() is None
    logits = reading.step()
    torch.testing.assert_close(logits, llama.model(torch.tensor([job.ids])).logits[:, -1], atol=1e-4, rtol=1e-4)
    *so_far, whole = told
    assert so_far == [Reading(CHUNK_TOKENS * number, len(job.ids)) for number in range(1, chunks)]
    assert (whole.tokens, whole.cached) == (len(job.ids), 0)


def test_only_what_is_not_kept_is_read(llama) -> None:
    kept, told = PrefixCache(1 << 30), []
    first = Prefill(job_of(llama, PROMPTS[0], told), llama, kept)
    first.step()
    kept.keep(first.job.ids, first.cache)
    longer = Prefill(job_of(llama, PROMPTS[0] + " And more.", told), llama, kept)
    longer.step()
    assert told[1].cached >= len(first.job.ids) - 2


def test_processors_are_those_of_generate_in_its_order(llama) -> None:
    ids = torch.tensor([llama.tokenizer.encode(PROMPTS[0])])
    sampling = Sampling(temperature=0.7, top_k=5, top_p=0.8, repetition_penalty=1.1)
    decoding = plan(sampling, schema=None, weights=llama, prompt_tokens=ids.shape[1])
    processors, config = prepared(llama, ids, decoding)
    names = [type(each).__name__ for each in processors]
    assert names[0] == "RepetitionPenaltyLogitsProcessor"
    assert names[-3:] == ["TemperatureLogitsWarper", "TopKLogitsWarper", "TopPLogitsWarper"]
    assert config.do_sample
