"""Candidates for a reply cost what their tokens cost after the model's own prompt."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest

torch = pytest.importorskip("torch")

from engine_jobs import tiny_weights  # noqa: E402

from chatbot.effects import Generate  # noqa: E402
from chatbot.errors import ContextOverflow  # noqa: E402
from chatbot.messages import message  # noqa: E402
from chatbot.models.local.chat_format import ChatFormat  # noqa: E402
from chatbot.models.local.engine import Engine  # noqa: E402
from chatbot.models.local.weighing import Weighable, weigh, weighable  # noqa: E402

CANDIDATES = ("yes", "no, never", "Zürich <|im_end|>", "42")


class Loaded:
    """A tiny model, its engine and its chat format."""

    def __init__(self, folder: Path, family: str) -> None:
        self.weights = tiny_weights(folder, family)
        self.engine = Engine.of(self.weights)
        self.tokenizer = self.weights.tokenizer
        self.chat = ChatFormat.of(self.tokenizer, name="tiny")

    def given(self, request: Generate, *, context_tokens: int = 512) -> Weighable:
        return weighable(self.chat, request, name="tiny", context_tokens=context_tokens, now=datetime(2026, 1, 1))

    def weighed(self, request: Generate) -> list[float]:
        found, _ = weigh(self.engine, self.given(request), request.candidates)
        return [each.logprob for each in found]

    def plainly(self, before: str, candidate: str) -> float:
        """The candidate after a text that was written by hand, token by token, one pass for each."""
        ids = self.tokenizer(before, add_special_tokens=False)["input_ids"]
        own = self.tokenizer(candidate, add_special_tokens=False, split_special_tokens=True)["input_ids"]
        total = 0.0
        for place, token in enumerate(own):
            with torch.no_grad():
                logits = self.weights.model(torch.tensor([ids + own[:place]]), use_cache=False).logits[0, -1]
            total += logits.double().log_softmax(-1)[token].item()
        return total


@pytest.fixture(scope="module", params=["llama", "qwen3", "gpt2", "gemma3"])
def loaded(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Loaded:
    return Loaded(tmp_path_factory.mktemp("tiny"), request.param)


def asking(*candidates: str, lead: str = "") -> Generate:
    return Generate((message("user", "Is it warm?", "user"),), candidates=candidates, lead=lead)


def test_a_candidate_is_as_likely_as_its_tokens_after_the_models_own_prompt(loaded: Loaded) -> None:
    before = "<|im_start|>user\nIs it warm?<|im_end|>\n<|im_start|>assistant\n"

    assert loaded.weighed(asking(*CANDIDATES)) == pytest.approx(
        [loaded.plainly(before, candidate) for candidate in CANDIDATES], abs=1e-4
    )


def test_a_lead_is_read_and_not_counted(loaded: Loaded) -> None:
    before = "<|im_start|>user\nIs it warm?<|im_end|>\n<|im_start|>assistant\nI say:"

    assert loaded.weighed(asking(".", "?!", lead="I say:")) == pytest.approx(
        [loaded.plainly(before, "."), loaded.plainly(before, "?!")], abs=1e-4
    )


def test_a_token_of_the_leads_last_space_and_the_first_letters_is_the_candidates(loaded: Loaded) -> None:
    """A tokenizer makes one token of ` the`, which it never makes of a space and `the`."""
    before = "<|im_start|>user\nIs it warm?<|im_end|>\n<|im_start|>assistant\nI say:"
    assert len(loaded.tokenizer(" the")["input_ids"]) == 1

    found = loaded.weighed(asking("the", "a day", lead="I say: "))

    assert found == pytest.approx([loaded.plainly(before, " the"), loaded.plainly(before, " a day")], abs=1e-4)


def test_what_a_token_less_would_be_the_prompt_itself_still_has_a_candidate(loaded: Loaded) -> None:
    given = loaded.given(asking("a", "ab"))

    assert all(own >= 1 for own in given.own)
    assert given.tokens == len(given.prefix) + sum(map(len, given.endings))


def test_a_prompt_that_is_too_long_with_a_choice_is_refused_before_it_is_read(loaded: Loaded) -> None:
    with pytest.raises(ContextOverflow, match=r"are \d+ tokens long, and tiny reads 12"):
        loaded.given(asking("yes", "no"), context_tokens=12)


def test_what_all_requests_begin_with_is_read_once(loaded: Loaded) -> None:
    system = message("system", "Answer as shown. " * 8, "author")
    first, second = (
        Generate((system, message("user", text, "user")), candidates=("yes", "no")) for text in ("Is it warm?", "Cold?")
    )
    weigh(loaded.engine, loaded.given(first), first.candidates)
    found, usage = weigh(loaded.engine, loaded.given(second), second.candidates)

    assert usage.input_tokens == loaded.given(second).tokens
    if loaded.weights.name != "gemma3":  # its windows cannot go back
        assert usage.cached_tokens > 0.8 * len(loaded.given(first).prefix)
    loaded.engine.kept.clear()
    assert [each.logprob for each in found] == pytest.approx(loaded.weighed(second), abs=1e-4)
