"""What a request's sampling becomes, held against what `generate` of transformers does by itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest
from tiny_models import tiny_model

from chatbot.models.local.decoding import plan
from chatbot.sampling import Sampling

PROMPT = "A command that starts a model, and what it says"

FAMILIES = ("llama", "qwen3", "gpt2", "gemma3")


@dataclass(frozen=True)
class Weights:
    model: Any
    tokenizer: Any
    config: Any
    context_tokens: int = 512


@pytest.fixture(scope="session", params=FAMILIES)
def weights(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Weights:
    from transformers import AutoModelForCausalLM, AutoTokenizer

    folder = tiny_model(tmp_path_factory.mktemp("tiny") / request.param, request.param)
    model = AutoModelForCausalLM.from_pretrained(folder, dtype="float32").eval()
    return Weights(model, AutoTokenizer.from_pretrained(folder), model.config)


def ours(weights: Weights, sampling: Sampling, text: str = PROMPT, *, seed: int = 0) -> list[int]:
    import torch

    ids = weights.tokenizer(text, return_tensors="pt").input_ids
    decoding = plan(sampling, schema=None, weights=weights, prompt_tokens=ids.shape[1])
    torch.manual_seed(seed)
    made = weights.model.generate(
        ids,
        generation_config=decoding.config,
        logits_processor=decoding.processors,
        custom_generate=decoding.loop,
        assistant_model=decoding.assistant,
    )
    return made[0, ids.shape[1] :].tolist()


def plain(weights: Weights, text: str = PROMPT, *, seed: int = 0, **options: Any) -> list[int]:
    import torch

    ids = weights.tokenizer(text, return_tensors="pt").input_ids
    torch.manual_seed(seed)
    return weights.model.generate(ids, max_new_tokens=24, **options)[0, ids.shape[1] :].tolist()


@pytest.mark.parametrize(
    ("sampling", "options"),
    [
        (Sampling(temperature=0), {"do_sample": False}),
        (Sampling(temperature=0.8), {"do_sample": True, "temperature": 0.8, "top_k": 0}),
        (Sampling(temperature=1.3, top_k=7), {"do_sample": True, "temperature": 1.3, "top_k": 7}),
        (Sampling(top_p=0.5), {"do_sample": True, "top_p": 0.5, "top_k": 0}),
        (Sampling(min_p=0.1, temperature=2), {"do_sample": True, "temperature": 2.0, "min_p": 0.1, "top_k": 0}),
        (Sampling(typical_p=0.6), {"do_sample": True, "typical_p": 0.6, "top_k": 0}),
        (Sampling(temperature=0, repetition_penalty=1.4), {"repetition_penalty": 1.4}),
        (Sampling(temperature=0, no_repeat_ngram=2), {"no_repeat_ngram_size": 2}),
        (Sampling(beams=4), {"num_beams": 4}),
    ],
    ids=str,
)
def test_every_token_is_the_one_that_generate_chooses(
    weights: Weights, sampling: Sampling, options: dict[str, Any]
) -> None:
    sampling = sampling.overridden(Sampling(max_tokens=24))

    assert ours(weights, sampling) == plain(weights, **options)
