"""Kept prefixes: the KV caches of what was read and written, so that a conversation is not read anew at every turn.

Bounded in bytes; what was used longest ago goes first. Whether a prefix fits is decided by its tokens alone, so a reply
from it is the reply that reading everything again would give.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from chatbot.models.local import kv_cache

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray
    from transformers.cache_utils import DynamicCache


@dataclass(frozen=True, slots=True, eq=False)
class _Kept:
    ids: NDArray[np.int64]
    cache: DynamicCache
    bytes: int
    adapter: str


class PrefixCache:
    """Caches of single rows by their tokens, at most `most_bytes` in all."""

    def __init__(self, most_bytes: int) -> None:
        self.most_bytes = most_bytes
        self._kept: list[_Kept] = []  # used longest ago first

    def longest(self, ids: Sequence[int], adapter: str = "") -> DynamicCache | None:
        """The cache of the longest prefix of `ids` that is kept, without the last token: it is to be read anyway."""
        wanted = np.asarray(ids[:-1], dtype=np.int64)
        found = [(_common(each.ids, wanted), each) for each in self._kept if each.adapter == adapter]
        for tokens, kept in sorted(found, key=lambda each: -each[0]):
            if tokens == 0:
                break
            if (cache := kv_cache.prefix(kept.cache, tokens)) is not None:
                self._kept.remove(kept)
                self._kept.append(kept)
                return cache
        return None

    def keep(self, ids: Sequence[int], cache: DynamicCache, adapter: str = "") -> None:
        """Keeps the cache of `ids`, in place of those of their prefixes; one that exceeds the bound is not kept.

        Where a part of the new one could not stand for them, as with a sliding window, prefixes are kept beside it.
        """
        tokens = kv_cache.length(cache)
        new = np.asarray(ids[:tokens], dtype=np.int64)
        if tokens == 0 or len(new) < tokens:
            return
        if any(each.adapter == adapter and _common(each.ids, new) == tokens for each in self._kept):
            return
        own = kv_cache.owned(cache)
        entry = _Kept(new, own, kv_cache.size(own), adapter)
        if entry.bytes > self.most_bytes:
            return
        if kv_cache.is_plain(own):
            self._kept = [
                each for each in self._kept if each.adapter != adapter or _common(each.ids, new) < len(each.ids)
            ]
        self._kept.append(entry)
        while self.bytes > self.most_bytes:
            del self._kept[0]

    def clear(self) -> None:
        """Lets go of everything."""
        self._kept.clear()

    @property
    def bytes(self) -> int:
        """Of all that is kept."""
        return sum(each.bytes for each in self._kept)

    @property
    def tokens(self) -> int:
        """Of all that is kept."""
        return sum(len(each.ids) for each in self._kept)


def _common(one: NDArray[np.int64], other: NDArray[np.int64]) -> int:
    """Length of the common prefix."""
    shorter = min(len(one), len(other))
    different = np.flatnonzero(one[:shorter] != other[:shorter])
    return int(different[0]) if len(different) else shorter
