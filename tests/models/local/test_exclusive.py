"""Beams and speculation through the engine: what `generate` finds, streamed where it streams, stopped when asked."""

from __future__ import annotations

import pytest

pytest.importorskip("torch")

from engine_jobs import PROMPTS, ask, plainly, tiny_weights

from chatbot.models.local.engine import Engine
from chatbot.models.local.job import Wrote
from chatbot.sampling import Sampling


@pytest.fixture(scope="module")
def llama(tmp_path_factory: pytest.TempPathFactory):
    return tiny_weights(tmp_path_factory.mktemp("llama"))


def test_the_best_beam_is_the_reply(llama) -> None:
    came = ask(Engine(llama), PROMPTS[0], Sampling(beams=3)).came()
    assert came.text == plainly(llama, PROMPTS[0], num_beams=3)


def test_several_samples_are_the_best_beams_in_order(llama) -> None:
    import torch

    came = ask(Engine(llama), PROMPTS[0], Sampling(beams=4), samples=3).came()
    ids = llama.tokenizer.encode(PROMPTS[0])
    found = llama.model.generate(
        torch.tensor([ids]), num_beams=4, num_return_sequences=3, max_new_tokens=24, do_sample=False
    )
    end = llama.tokenizer.eos_token_id
    expected = [llama.decode([token for token in row[len(ids) :].tolist() if token != end]) for row in found]
    assert [came.texts[sample] for sample in range(3)] == expected


def test_prompt_look_up_writes_what_greedy_decoding_writes(llama) -> None:
    prompt = PROMPTS[2] * 3
    came = ask(Engine(llama), prompt, Sampling(temperature=0, prompt_lookup=3)).came()
    assert came.text == plainly(llama, prompt)


def test_speculation_streams(llama) -> None:
    asked = ask(Engine(llama), PROMPTS[2] * 3, Sampling(temperature=0, prompt_lookup=3))
    asked.came()
    pieces = list(asked.heard)
    assert sum(isinstance(each, Wrote) for each in pieces) > 1


def test_a_seed_repeats(llama) -> None:
    engine = Engine(llama)
    drawn = Sampling(temperature=1.0, beams=2, seed=4)
    assert ask(engine, PROMPTS[0], drawn).came().text == ask(engine, PROMPTS[0], drawn).came().text


def test_it_leaves_the_random_numbers_of_the_process_alone(llama) -> None:
    import torch

    before = torch.get_rng_state()
    ask(Engine(llama), PROMPTS[0], Sampling(temperature=1.0, beams=2, seed=4)).came()
    assert torch.equal(torch.get_rng_state(), before)


def test_scores_come_with_the_end(llama) -> None:
    import torch

    came = ask(Engine(llama), PROMPTS[0], Sampling(beams=2, logprobs=1, max_tokens=5)).came()
    ids = llama.tokenizer.encode(PROMPTS[0])
    row = llama.model.generate(torch.tensor([ids]), num_beams=2, max_new_tokens=5, do_sample=False)[0]
    logprobs = torch.log_softmax(llama.model(row[None]).logits[0], -1)
    expected = [float(logprobs[at - 1, row[at]]) for at in range(len(ids), len(row))]
    assert [score.logprob for score in came.scores[0]] == pytest.approx(expected, abs=1e-4) and len(expected) == 5


def test_a_cancelled_search_says_nothing_and_the_next_is_right(llama) -> None:
    engine = Engine(llama)
    asked = ask(engine, PROMPTS[0], Sampling(beams=4, max_tokens=300))
    asked.job.cancelled = True
    assert ask(engine, PROMPTS[1]).came().text == plainly(llama, PROMPTS[1])
    assert asked.told.empty()
