"""Parts, rows and stacks of caches hold the keys that they should."""

from __future__ import annotations

import pytest

pytest.importorskip("torch")

import torch
from transformers import LlamaConfig
from transformers.cache_utils import DynamicCache, DynamicSlidingWindowLayer

from chatbot.models.local import kv_cache

CONFIG = LlamaConfig(hidden_size=8, num_attention_heads=2, num_key_value_heads=2, num_hidden_layers=2)


def filled(tokens: int, *, rows: int = 1, start: float = 0.0) -> DynamicCache:
    """A cache in which token t of row r has the key 100 r + t + start."""
    cache = kv_cache.new_cache(CONFIG)
    keys = torch.arange(tokens).float()[None, None, :, None] + 100 * torch.arange(rows).float()[:, None, None, None]
    for layer in range(2):
        cache.update(
            (keys + start).expand(rows, 2, tokens, 4).clone(), (keys + start).expand(rows, 2, tokens, 4), layer
        )
    return cache


def sliding(tokens: int, window: int = 4) -> DynamicCache:
    cache = DynamicCache()
    cache.layers = [DynamicSlidingWindowLayer(window)]
    cache.layer_class_to_replicate = None
    states = torch.arange(tokens).float()[None, None, :, None].expand(1, 2, tokens, 4)
    cache.update(states, states, 0)
    return cache


def keys(cache: DynamicCache) -> list[list[float]]:
    return [row[0, :, 0].tolist() for row in cache.layers[-1].keys]


def test_a_prefix_holds_the_first_tokens_and_leaves_the_whole_as_it_was() -> None:
    whole = filled(5)
    part = kv_cache.prefix(whole, 3)
    assert part is not None
    assert keys(part) == [[0, 1, 2]]
    assert keys(whole) == [[0, 1, 2, 3, 4]]


def test_a_fork_grows_by_itself() -> None:
    whole = filled(2)
    forked = kv_cache.fork(whole)
    more = torch.full((1, 2, 1, 4), 9.0)
    forked.update(more, more, 1)
    assert keys(forked) == [[0, 1, 9]]
    assert keys(whole) == [[0, 1]]


def test_a_sliding_cache_is_not_plain_and_has_no_prefix_once_its_window_is_full() -> None:
    assert not kv_cache.is_plain(sliding(3))
    assert kv_cache.prefix(sliding(6), 5) is None
    whole = kv_cache.prefix(sliding(6), 6)
    assert whole is not None
    assert kv_cache.length(whole) == 6


def test_a_sliding_cache_whose_window_is_not_full_has_prefixes() -> None:
    part = kv_cache.prefix(sliding(3), 2)
    assert part is not None
    assert keys(part) == [[0, 1]]
    assert kv_cache.length(part) == 2


def test_rows_are_repeated_and_selected() -> None:
    assert keys(kv_cache.repeated(filled(2), 3)) == [[0, 1]] * 3
    assert keys(kv_cache.selected(filled(2, rows=3), [2, 0])) == [[200, 201], [0, 1]]


def test_stacked_caches_are_padded_on_the_left_and_trimmed_again() -> None:
    together = kv_cache.stacked([filled(1, start=7), filled(3)])
    assert keys(together) == [[0, 0, 7], [0, 1, 2]]
    assert keys(kv_cache.trimmed(kv_cache.selected(together, [0]), 2)) == [[7]]


def test_an_owned_cache_does_not_keep_the_longer_one_alive() -> None:
    part = kv_cache.prefix(filled(100), 2)
    assert part is not None
    own = kv_cache.owned(part)
    assert own.layers[0].keys.untyped_storage().nbytes() == 2 * 2 * 4 * 4
    assert kv_cache.size(own) == 2 * 2 * 64  # layers, keys and values, 2 heads of 2 tokens of 4 floats
    assert keys(own) == [[0, 1]]


def test_what_a_broken_pass_added_to_some_layers_is_taken_back() -> None:
    cache = filled(2)
    more = torch.ones(1, 2, 1, 4)
    cache.update(more, more, 0)
    kv_cache.shrink(cache, 2)
    assert [layer.get_seq_length() for layer in cache.layers] == [2, 2]
