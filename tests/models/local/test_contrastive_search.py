"""Contrastive search, against the formula of its paper worked out without a cache, one candidate at a time."""

from __future__ import annotations

import functools
from typing import Any

import pytest

pytest.importorskip("torch")

from tiny_models import TinyWeights, tiny_weights

PROMPTS = ("The model says what it", "A file that is missing, and the line that names it")

FAMILIES = ("llama", "qwen3", "gpt2", "gemma3")


def by_the_paper(weights: TinyWeights, text: str, *, alpha: float, top_k: int, tokens: int) -> list[int]:
    import torch

    ids = weights.tokenizer(text).input_ids
    start = len(ids)
    for _ in range(tokens):
        with torch.no_grad():
            now = weights.model(torch.tensor([ids]), output_hidden_states=True)
        shares, candidates = now.logits[0, -1].softmax(-1).topk(top_k)
        worth = []
        for share, candidate in zip(shares.tolist(), candidates.tolist(), strict=True):
            with torch.no_grad():
                states = weights.model(torch.tensor([[*ids, candidate]]), output_hidden_states=True).hidden_states[-1][
                    0
                ]
            likeness = torch.cosine_similarity(states[:-1], states[-1:], dim=-1).max().item()
            worth.append((1 - alpha) * share - alpha * likeness)
        ids.append(candidates[max(range(top_k), key=worth.__getitem__)].item())
        if ids[-1] == weights.tokenizer.eos_token_id:
            break
    return ids[start:]


def searched(weights: TinyWeights, *texts: str, alpha: float = 0.6, **options: Any) -> list[list[int]]:
    from chatbot.models.local.contrastive_search import contrastive_search

    prompt = weights.tokenizer(list(texts), return_tensors="pt", padding=True, padding_side="left")
    loop = functools.partial(contrastive_search, alpha=alpha, top_k=4)
    made = weights.model.generate(**prompt, custom_generate=loop, do_sample=False, max_new_tokens=10, **options)
    end, pad = weights.tokenizer.eos_token_id, weights.tokenizer.pad_token_id
    rows = made[:, prompt.input_ids.shape[1] :].tolist()
    return [[each for at, each in enumerate(row) if each != pad or end not in row[:at]] for row in rows]


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("alpha", [0.3, 0.6])
def test_it_chooses_what_the_formula_does(family: str, alpha: float) -> None:
    weights = tiny_weights(family)

    expected = by_the_paper(weights, PROMPTS[0], alpha=alpha, top_k=4, tokens=10)

    assert searched(weights, PROMPTS[0], alpha=alpha) == [expected]


@pytest.mark.parametrize("family", FAMILIES)
def test_prompts_of_different_lengths_go_side_by_side(family: str) -> None:
    weights = tiny_weights(family)

    together = searched(weights, *PROMPTS)

    assert together == [searched(weights, text)[0] for text in PROMPTS]


@pytest.mark.parametrize("family", FAMILIES)
def test_a_cache_of_the_prompts_beginning_changes_nothing(family: str) -> None:
    import torch
    from transformers import DynamicCache

    weights = tiny_weights(family)
    ids = weights.tokenizer(PROMPTS[1], return_tensors="pt").input_ids
    cache = DynamicCache(config=weights.config)
    with torch.no_grad():
        weights.model(ids[:, :-3], past_key_values=cache)

    assert searched(weights, PROMPTS[1], past_key_values=cache) == searched(weights, PROMPTS[1])


def test_a_token_that_is_forbidden_is_not_chosen_for_being_unlike() -> None:
    weights = tiny_weights("llama")

    def only(input_ids: Any, scores: Any) -> Any:
        return scores.index_fill(1, scores.new_tensor([*range(30), *range(31, 640)]).long(), float("-inf"))

    assert searched(weights, PROMPTS[0], alpha=0.99, logits_processor=[only]) == [[30] * 10]


def test_the_scores_of_each_step_are_kept_where_they_are_asked_for() -> None:
    from chatbot.models.local.contrastive_search import contrastive_search

    weights = tiny_weights("llama")
    prompt = weights.tokenizer(PROMPTS[0], return_tensors="pt")
    made = weights.model.generate(
        **prompt,
        custom_generate=functools.partial(contrastive_search, alpha=0.6, top_k=4),
        do_sample=False,
        max_new_tokens=3,
        return_dict_in_generate=True,
        output_scores=True,
        output_logits=True,
    )

    assert (
        len(made.scores) == len(made.logits) == 3
        and made.past_key_values.get_seq_length() >= made.sequences.shape[1] - 1
    )
