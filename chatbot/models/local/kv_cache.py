"""Operations on transformers' KV caches that its own class lacks: parts of them, rows of unequal length, their size.

A cache holds keys and values of shape (rows, heads, tokens, head size) for each layer. Layers that grow by a token a
step (`DynamicLayer`) are *plain*: any prefix of them is a cache too, and rows of unequal length can be padded on the
left and stacked. Layers with a sliding window or a recurrent state cannot; such caches are only carried on whole.
"""

from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import TYPE_CHECKING

import torch
from transformers.cache_utils import DynamicCache, DynamicLayer

if TYPE_CHECKING:
    from transformers import PreTrainedConfig


def new_cache(config: PreTrainedConfig) -> DynamicCache:
    """An empty cache of the model's layers."""
    return DynamicCache(config=config)


def is_plain(cache: DynamicCache) -> bool:
    """Whether every layer only grows."""
    return all(type(layer) is DynamicLayer for layer in cache.layers)


def length(cache: DynamicCache) -> int:
    """Tokens of each row."""
    return int(cache.get_seq_length())


def fork(cache: DynamicCache) -> DynamicCache:
    """A cache of the same content that can go its own way.

    Plain layers never change a tensor, they put a longer one in its place, so the content is shared until then.
    """
    if not is_plain(cache):
        return copy.deepcopy(cache)
    forked = copy.copy(cache)
    forked.layers = [copy.copy(layer) for layer in cache.layers]
    return forked


def prefix(cache: DynamicCache, tokens: int) -> DynamicCache | None:
    """The cache of the first `tokens` tokens; None where that much of it is no longer there by itself."""
    surplus = length(cache) - tokens
    if surplus == 0:
        return fork(cache)
    if not all(isinstance(layer, DynamicLayer) and _reaches_back(layer) for layer in cache.layers):
        return None
    part = fork(cache)
    part.crop(-surplus)
    return part


def _reaches_back(layer: DynamicLayer) -> bool:
    window = getattr(layer, "sliding_window", None)
    return type(layer) is DynamicLayer or (window is not None and layer.get_seq_length() < window)


def shrink(cache: DynamicCache, tokens: int) -> None:
    """Makes a plain cache forget, in place, what any layer holds beyond the first `tokens` tokens."""
    for layer in cache.layers:
        if (surplus := layer.get_seq_length() - tokens) > 0:
            layer.crop(-surplus)


def size(cache: DynamicCache) -> int:
    """Bytes of all keys and values."""
    tensors = (part for layer in cache.layers for part in vars(layer).values() if isinstance(part, torch.Tensor))
    return sum(tensor.numel() * tensor.element_size() for tensor in tensors)


def owned(cache: DynamicCache) -> DynamicCache:
    """The same cache in memory of its own: a slice of a batch or of a longer cache would keep all of that alive."""
    kept = fork(cache)
    for layer in kept.layers:
        for name, part in vars(layer).items():
            if isinstance(part, torch.Tensor) and part.untyped_storage().nbytes() > part.numel() * part.element_size():
                setattr(layer, name, part.clone())
    return kept


def repeated(cache: DynamicCache, rows: int) -> DynamicCache:
    """A cache of one row, for `rows` rows that go on from it."""
    many = fork(cache)
    if rows > 1:
        many.batch_repeat_interleave(rows)
    return many


def selected(cache: DynamicCache, rows: Sequence[int]) -> DynamicCache:
    """The cache of these rows."""
    chosen = fork(cache)
    chosen.batch_select_indices(torch.tensor(rows, dtype=torch.long))
    return chosen


def stacked(caches: Sequence[DynamicCache]) -> DynamicCache:
    """One cache of the rows of several plain ones, the shorter padded with zeros on the left."""
    longest = max(map(length, caches))
    together = fork(caches[0])
    for at, layer in enumerate(together.layers):
        for name in ("keys", "values"):
            parts = [_padded(getattr(cache.layers[at], name), longest) for cache in caches]
            setattr(layer, name, torch.cat(parts))
    return together


def trimmed(cache: DynamicCache, start: int) -> DynamicCache:
    """A plain cache without its first `start` columns, which are padding in every row."""
    rest = fork(cache)
    for layer in rest.layers:
        layer.keys, layer.values = layer.keys[:, :, start:], layer.values[:, :, start:]
    return rest


def _padded(tensor: torch.Tensor, tokens: int) -> torch.Tensor:
    return torch.nn.functional.pad(tensor, (0, 0, tokens - tensor.shape[-2], 0))
