from __future__ import annotations

import random
from collections.abc import Callable

import pytest

torch = pytest.importorskip("torch")
transformers = pytest.importorskip("transformers")

from chatbot.models.local import kv_cache  # noqa: E402
from chatbot.models.local.likelihood import beginning, continuations, last_log_probabilities  # noqa: E402
from chatbot.models.local.prefix_cache import PrefixCache  # noqa: E402

WORDS = 97

SMALL = {
    "vocab_size": WORDS,
    "hidden_size": 32,
    "intermediate_size": 64,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "max_position_embeddings": 128,
    "bos_token_id": 0,
    "eos_token_id": 1,
    "pad_token_id": 2,
}

FAMILIES: dict[str, Callable[[], object]] = {
    "llama": lambda: transformers.LlamaConfig(**SMALL),
    "qwen3": lambda: transformers.Qwen3Config(**SMALL, head_dim=8),
    "gemma3, which looks back four tokens in every other layer": lambda: transformers.Gemma3TextConfig(
        **SMALL, head_dim=8, sliding_window=4, layer_types=["sliding_attention", "full_attention"]
    ),
    "gpt2": lambda: transformers.GPT2Config(
        vocab_size=WORDS, n_embd=32, n_layer=2, n_head=4, n_positions=128, bos_token_id=0, eos_token_id=1
    ),
    "mamba, which keeps a state instead of keys and values": lambda: transformers.MambaConfig(
        vocab_size=WORDS, hidden_size=32, num_hidden_layers=2, state_size=8
    ),
}


@pytest.fixture(params=FAMILIES)
def model(request: pytest.FixtureRequest) -> object:
    torch.manual_seed(0)
    return transformers.AutoModelForCausalLM.from_config(FAMILIES[request.param]()).eval()


def plainly(model: object, prefix: list[int], ending: list[int]) -> list[float]:
    """One pass over the whole text, without a cache, a batch or anything left out."""
    with torch.no_grad():
        told = model(torch.tensor([prefix + ending]), use_cache=False).logits[0].double().log_softmax(-1)  # type: ignore[operator]
    return [told[len(prefix) + place - 1, token].item() for place, token in enumerate(ending)]


def test_continuations_of_a_prefix_that_is_read_once_cost_what_each_does_by_itself(model: object):
    draw = random.Random(3)
    prefix = [draw.randrange(WORDS) for _ in range(17)]
    endings = [[draw.randrange(WORDS) for _ in range(draw.randint(1, 6))] for _ in range(5)]

    found = continuations(model, beginning(model, prefix), endings, at_once=2)  # type: ignore[arg-type]

    for ending, row in zip(endings, found, strict=True):
        assert row == pytest.approx(plainly(model, prefix, ending), abs=1e-5)


def test_continuations_of_one_token_need_no_more_than_the_prefix(model: object):
    prefix = [5, 6, 7]

    read = beginning(model, prefix)  # type: ignore[arg-type]
    found = continuations(model, read, [[token] for token in range(WORDS)], at_once=WORDS)  # type: ignore[arg-type]

    assert sum(torch.tensor(found).exp().flatten().tolist()) == pytest.approx(1)


def test_a_prefix_that_is_kept_is_read_once_and_changes_nothing(model: object):
    kept, shared = PrefixCache(1 << 24), list(range(20, 40))
    first = beginning(model, [*shared, 5], kept)  # type: ignore[arg-type]
    second = beginning(model, [*shared, 6, 7], kept)  # type: ignore[arg-type]

    found = continuations(model, second, [[8, 9], [3]])  # type: ignore[arg-type]

    assert first.cached == 0 and second.cached == (20 if second.cache and kv_cache.is_plain(second.cache) else 0)
    assert found == [pytest.approx(plainly(model, [*shared, 6, 7], ending), abs=1e-5) for ending in ([8, 9], [3])]


def test_the_last_tokens_of_several_texts_cost_what_each_does_by_itself(model: object):
    draw = random.Random(4)
    rows = [[draw.randrange(WORDS) for _ in range(12)] for _ in range(3)]

    found = last_log_probabilities(model, rows, 5)  # type: ignore[arg-type]

    for row, told in zip(rows, found, strict=True):
        assert told == pytest.approx(plainly(model, row[:-5], row[-5:]), abs=1e-5)


def test_logits_are_turned_into_probabilities_a_part_at_a_time(model: object, monkeypatch: pytest.MonkeyPatch):
    rows = [list(range(20)), list(range(20, 40))]
    whole = last_log_probabilities(model, rows, 15)  # type: ignore[arg-type]
    monkeypatch.setattr("chatbot.models.local.likelihood.NUMBERS", 4 * WORDS)

    assert last_log_probabilities(model, rows, 15) == whole  # type: ignore[arg-type]
