"""Diverse beam search, against the beam search of transformers and against its paper, worked out without a cache."""

from __future__ import annotations

import functools
from typing import Any

import pytest

pytest.importorskip("torch")

from tiny_models import TinyWeights, tiny_weights

PROMPTS = ("The model says what it", "A file that is missing, and the line that names it")

FAMILIES = ("llama", "qwen3", "gpt2", "gemma3")

TOKENS = 12


def searched(
    weights: TinyWeights, *texts: str, beams: int = 4, groups: int = 2, diversity: float = 0.0, **options: Any
) -> list[list[int]]:
    from chatbot.models.local.diverse_beam_search import diverse_beam_search

    loop = functools.partial(diverse_beam_search, groups=groups, diversity=diversity)
    return beamed(weights, *texts, beams=beams, custom_generate=loop, **options)


def beamed(weights: TinyWeights, *texts: str, beams: int, **options: Any) -> list[list[int]]:
    prompt = weights.tokenizer(list(texts), return_tensors="pt", padding=True, padding_side="left")
    made = weights.model.generate(**prompt, num_beams=beams, do_sample=False, max_new_tokens=TOKENS, **options)
    return [_to_its_end(row, weights.tokenizer.eos_token_id) for row in made[:, prompt.input_ids.shape[1] :].tolist()]


def _to_its_end(row: list[int], end: int) -> list[int]:
    return row[: row.index(end) + 1] if end in row else row


def by_the_paper(weights: TinyWeights, text: str, *, groups: int, width: int, diversity: float) -> list[int]:
    """The best sequence of all groups; no beam ends before the last token."""
    import torch

    prompt = weights.tokenizer(text).input_ids
    beams = [[(0.0, list[int]())] for _ in range(groups)]
    for _ in range(TOKENS):
        taken: list[int] = []
        for number, group in enumerate(beams):
            grown = []
            for score, said in group:
                with torch.no_grad():
                    log = weights.model(torch.tensor([[*prompt, *said]])).logits[0, -1].float().log_softmax(-1).tolist()
                grown += [
                    (score + value - diversity * taken.count(token), [*said, token]) for token, value in enumerate(log)
                ]
            beams[number] = sorted(grown, key=lambda each: -each[0])[:width]
            taken += [said[-1] for _, said in beams[number]]
    return max((each for group in beams for each in group), key=lambda each: each[0])[1]


@pytest.mark.parametrize("family", FAMILIES)
def test_one_group_is_the_beam_search_of_transformers(family: str) -> None:
    weights = tiny_weights(family)

    assert searched(weights, *PROMPTS, beams=3, groups=1) == beamed(weights, *PROMPTS, beams=3)
    several = {"num_return_sequences": 3}
    assert searched(weights, PROMPTS[0], beams=3, groups=1, **several) == beamed(
        weights, PROMPTS[0], beams=3, **several
    )


@pytest.mark.parametrize("early", [True, False, "never"])
@pytest.mark.parametrize("length_penalty", [0.0, 1.0, 2.0])
def test_beams_end_as_those_of_transformers_do(early: bool | str, length_penalty: float) -> None:
    """With an end that is likely at every step."""
    weights = tiny_weights("llama")
    rules = {
        "early_stopping": early,
        "length_penalty": length_penalty,
        "sequence_bias": [[[weights.tokenizer.eos_token_id], 9.0]],
    }

    assert searched(weights, *PROMPTS, beams=4, groups=1, **rules) == beamed(weights, *PROMPTS, beams=4, **rules)


@pytest.mark.parametrize("family", FAMILIES)
def test_groups_that_are_not_pushed_apart_find_the_same(family: str) -> None:
    weights = tiny_weights(family)

    assert searched(weights, *PROMPTS, beams=6, groups=3) == beamed(weights, *PROMPTS, beams=2)


@pytest.mark.parametrize(("groups", "width"), [(2, 2), (3, 1)])
def test_groups_are_pushed_apart_as_the_paper_says(groups: int, width: int) -> None:
    weights = tiny_weights("llama")

    found = searched(
        weights,
        PROMPTS[0],
        beams=groups * width,
        groups=groups,
        diversity=1.5,
        suppress_tokens=[weights.tokenizer.eos_token_id],
    )

    assert found == [by_the_paper(weights, PROMPTS[0], groups=groups, width=width, diversity=1.5)]


def test_replies_to_one_request_come_from_different_groups() -> None:
    weights = tiny_weights("llama")

    alike = searched(weights, PROMPTS[0], groups=2, num_return_sequences=2)
    apart = searched(weights, PROMPTS[0], groups=2, num_return_sequences=2, diversity=50.0)

    assert alike[0] == alike[1] and all(one != other for one, other in zip(*apart, strict=False))
