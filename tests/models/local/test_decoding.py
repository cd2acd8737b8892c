"""What a request's sampling becomes, held against what `generate` of transformers does by itself."""

from __future__ import annotations

from typing import Any

import pytest

pytest.importorskip("torch")

from tiny_models import TinyWeights, tiny_weights

from chatbot.errors import UsageError
from chatbot.models.local.decoding import Decoding, plan
from chatbot.sampling import Sampling
from chatbot.sampling_names import read_decoding

PROMPT = "A command that starts a model, and what it says"

FAMILIES = ("llama", "qwen3", "gpt2", "gemma3")


@pytest.fixture(params=FAMILIES)
def weights(request: pytest.FixtureRequest) -> TinyWeights:
    return tiny_weights(request.param)


def ids_of(weights: TinyWeights) -> Any:
    return weights.tokenizer(PROMPT, return_tensors="pt")


def run(weights: TinyWeights, decoding: Decoding, *, seed: int = 0) -> list[int]:
    import torch

    prompt = ids_of(weights)
    torch.manual_seed(seed)
    made = weights.model.generate(
        **prompt,
        generation_config=decoding.config,
        logits_processor=decoding.processors,
        custom_generate=decoding.loop,
        assistant_model=decoding.assistant,
        **decoding.arguments,
    )
    return made[0, prompt.input_ids.shape[1] :].tolist()


def planned(weights: TinyWeights, sampling: Sampling, *, draft: TinyWeights | None = None) -> Decoding:
    width = ids_of(weights).input_ids.shape[1]
    return plan(sampling, schema=None, weights=weights, prompt_tokens=width, draft=draft)


def ours(weights: TinyWeights, text: str, *, draft: TinyWeights | None = None) -> list[int]:
    return run(weights, planned(weights, read_decoding(f"max-tokens=12, {text}"), draft=draft))


def plain(weights: TinyWeights, **options: Any) -> list[int]:
    import torch

    prompt = ids_of(weights)
    torch.manual_seed(0)
    made = weights.model.generate(**prompt, max_new_tokens=12, **options)
    return made[0, prompt.input_ids.shape[1] :].tolist()


@pytest.mark.parametrize(
    ("text", "options"),
    [
        ("greedy", {"do_sample": False}),
        ("temperature=0.8", {"do_sample": True, "temperature": 0.8, "top_k": 0}),
        ("temperature=1.3, top-k=7", {"do_sample": True, "temperature": 1.3, "top_k": 7}),
        ("top-p=0.5", {"do_sample": True, "top_p": 0.5, "top_k": 0}),
        ("min-p=0.1, temperature=2", {"do_sample": True, "temperature": 2.0, "min_p": 0.1, "top_k": 0}),
        ("typical=0.6", {"do_sample": True, "typical_p": 0.6, "top_k": 0}),
        ("greedy, repetition-penalty=1.4", {"repetition_penalty": 1.4}),
        ("greedy, no-repeat-ngram=2", {"no_repeat_ngram_size": 2}),
        ("greedy, logit-bias=#70:12, logit-bias=#71:-4", {"sequence_bias": [[[70], 12.0], [[71], -4.0]]}),
        ("beam=4", {"num_beams": 4}),
        ("beam=3, temperature=1.5", {"num_beams": 3, "do_sample": True, "temperature": 1.5, "top_k": 0}),
        ("greedy, prompt-lookup=4", {"prompt_lookup_num_tokens": 4}),
    ],
)
def test_every_token_is_the_one_that_generate_chooses(weights: TinyWeights, text: str, options: dict[str, Any]) -> None:
    assert ours(weights, text) == plain(weights, **options)


@pytest.mark.parametrize("text", ["contrastive=0, top-k=5", "prompt-lookup=4, greedy", "draft=local:small, greedy"])
def test_what_only_hastens_changes_no_token(weights: TinyWeights, text: str) -> None:
    draft = tiny_weights("llama", seed=1) if "draft" in text else None

    assert ours(weights, text, draft=draft) == plain(weights, do_sample=False)


def test_a_draft_that_is_the_model_itself_is_believed(weights: TinyWeights) -> None:
    assert ours(weights, "greedy, draft=local:same", draft=weights) == plain(weights)


@pytest.mark.parametrize(
    ("text", "before", "after"),
    [("frequency-penalty=2", 0.0, 2.0), ("presence-penalty=-2", 0.0, -2.0), ("frequency-penalty=1", 1.0, 2.0)],
)
def test_penalties_count_what_the_reply_holds_and_not_the_prompt(text: str, before: float, after: float) -> None:
    import torch

    weights = tiny_weights("llama")
    prompt = ids_of(weights).input_ids
    (processor,) = planned(weights, read_decoding(text)).processors
    reply = torch.full((1, 1 + int(before)), 9)
    scores = torch.zeros(1, 640)

    taken = scores - processor(torch.cat([prompt, reply], 1), scores)

    assert taken[0, 9] == after and taken.count_nonzero() == 1


def test_nothing_said_is_what_the_models_makers_recommend() -> None:
    weights = tiny_weights("llama", seed=5)
    own = weights.model.generation_config
    own.do_sample, own.temperature, own.top_k, own.repetition_penalty = True, 0.6, 9, 1.3

    assert run(weights, planned(weights, Sampling(max_tokens=12))) == plain(weights)
    assert run(weights, planned(weights, Sampling(max_tokens=12, temperature=0))) == plain(weights, do_sample=False)
    assert planned(weights, Sampling(top_p=0.5)).config.top_k == 9


def test_drawing_is_from_all_tokens_where_nobody_cuts_them() -> None:
    """transformers by itself would draw from the 50 likeliest."""
    assert planned(tiny_weights("llama"), Sampling(temperature=1)).config.top_k == 0


def test_a_reply_ends_where_the_context_does() -> None:
    weights = tiny_weights("llama", context=32)
    width = ids_of(weights).input_ids.shape[1]

    assert planned(weights, Sampling()).config.max_new_tokens == 32 - width
    assert planned(weights, Sampling(max_tokens=100)).config.max_new_tokens == 32 - width
    assert planned(weights, Sampling(max_tokens=2)).config.max_new_tokens == 2


def test_the_engine_is_told_what_a_search_needs() -> None:
    def of(text: str) -> tuple[bool, int, bool]:
        decoding = planned(tiny_weights("llama"), read_decoding(text))
        return decoding.streams, decoding.rows, decoding.exclusive

    assert of("temperature=1") == (True, 1, False)
    assert of("beam=5") == (False, 5, True)
    assert of("diverse-beam=2, beam=6") == (False, 6, True)
    assert of("contrastive") == (True, 4, True)
    assert of("prompt-lookup") == (True, 1, True)


@pytest.mark.parametrize(
    ("sampling", "wrong"),
    [
        (Sampling(logit_bias=(("#640", 1.0),)), "there is no token #640"),
        (Sampling(logit_bias=(("", 1.0),)), "is no token of this model"),
        (Sampling(draft="local:small"), "is not loaded"),
        (Sampling(contrastive_alpha=0.5), "needs top-k"),
        (Sampling(regex="(?=a)b"), "look-around"),
        (Sampling(temperature=-1), "a number from 0 to 100"),
    ],
    ids=str,
)
def test_what_cannot_be_done_is_said_before_anything_runs(sampling: Sampling, wrong: str) -> None:
    with pytest.raises(UsageError, match=wrong):
        planned(tiny_weights("llama"), sampling)


def test_a_form_is_asked_for_once() -> None:
    with pytest.raises(UsageError, match="JSON Schema already"):
        plan(Sampling(regex="a"), schema={"type": "object"}, weights=tiny_weights("llama"), prompt_tokens=4)
