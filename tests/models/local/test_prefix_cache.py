"""Kept prefixes: the longest fits, memory is bounded, what was used longest ago goes."""

from __future__ import annotations

import pytest

pytest.importorskip("torch")

from hypothesis import given
from hypothesis import strategies as st
from test_kv_cache import filled, keys, sliding

from chatbot.models.local import kv_cache
from chatbot.models.local.prefix_cache import PrefixCache

TOKEN = kv_cache.size(filled(1))

tokens = st.lists(st.integers(0, 2), min_size=1, max_size=8)


def test_the_longest_common_prefix_is_found_and_the_last_token_left_to_be_read() -> None:
    kept = PrefixCache(100 * TOKEN)
    kept.keep([1, 2, 3, 4], filled(4))
    found = kept.longest([1, 2, 3, 9, 9])
    assert found is not None
    assert keys(found) == [[0, 1, 2]]
    same = kept.longest([1, 2, 3, 4])
    assert same is not None
    assert kv_cache.length(same) == 3


def test_nothing_is_found_where_the_first_token_differs() -> None:
    kept = PrefixCache(100 * TOKEN)
    kept.keep([1, 2], filled(2))
    assert kept.longest([2, 2, 2]) is None


def test_an_adapter_has_prefixes_of_its_own() -> None:
    kept = PrefixCache(100 * TOKEN)
    kept.keep([1, 2], filled(2), adapter="kind")
    assert kept.longest([1, 2, 3]) is None
    assert kept.longest([1, 2, 3], adapter="kind") is not None


def test_a_longer_one_stands_for_its_prefixes() -> None:
    kept = PrefixCache(100 * TOKEN)
    kept.keep([1, 2], filled(2))
    kept.keep([1, 2, 3], filled(3))
    kept.keep([1], filled(1))
    assert kept.tokens == 3


def test_of_sliding_windows_every_snapshot_is_kept() -> None:
    kept = PrefixCache(1 << 20)
    kept.keep([1] * 6, sliding(6))
    kept.keep([1] * 6 + [2] * 2, sliding(8))
    found = kept.longest([1] * 6 + [3])
    assert found is not None
    assert kv_cache.length(found) == 6


def test_what_was_used_longest_ago_goes_first() -> None:
    kept = PrefixCache(4 * TOKEN)
    kept.keep([1, 1], filled(2))
    kept.keep([2, 2], filled(2))
    assert kept.longest([1, 1, 5]) is not None
    kept.keep([3, 3], filled(2))
    assert kept.longest([2, 2, 5]) is None
    assert kept.longest([1, 1, 5]) is not None


def test_what_is_larger_than_the_bound_is_not_kept() -> None:
    kept = PrefixCache(4 * TOKEN)
    kept.keep([1, 1], filled(2))
    kept.keep([2] * 5, filled(5))
    assert kept.tokens == 2


@given(st.lists(tokens, max_size=8), tokens, st.integers(0, 20))
def test_what_is_found_is_always_a_prefix_and_memory_stays_bounded(
    sequences: list[list[int]], wanted: list[int], bound: int
) -> None:
    kept = PrefixCache(bound * TOKEN)
    for sequence in sequences:
        kept.keep(sequence, filled(len(sequence)))
        assert kept.bytes <= bound * TOKEN
    found = kept.longest(wanted)
    if found is not None:
        length = kv_cache.length(found)
        assert 0 < length < len(wanted)
        assert any(sequence[:length] == wanted[:length] for sequence in sequences)
        assert keys(found) == [[float(at) for at in range(length)]]


def test_nothing_is_left_after_clearing() -> None:
    kept = PrefixCache(100 * TOKEN)
    kept.keep([1, 2], filled(2))
    kept.clear()
    assert kept.bytes == 0
    assert kept.longest([1, 2, 3]) is None
