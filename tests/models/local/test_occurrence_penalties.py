"""Frequency and presence penalties, against their definition."""

from __future__ import annotations

import pytest

pytest.importorskip("torch")

from hypothesis import given, settings
from hypothesis import strategies as st

VOCABULARY = 7

rows = st.lists(st.lists(st.integers(0, VOCABULARY - 1), min_size=5, max_size=5), min_size=1, max_size=3)


@settings(max_examples=50)
@given(rows, st.integers(0, 5), st.floats(-2, 2), st.floats(-2, 2))
def test_each_token_loses_what_its_occurrences_cost(
    tokens: list[list[int]], prompt: int, frequency: float, presence: float
) -> None:
    import torch

    from chatbot.models.local.occurrence_penalties import OccurrencePenalties

    scores = torch.linspace(-3, 3, len(tokens) * VOCABULARY).view(len(tokens), VOCABULARY)
    before = scores.clone()

    after = OccurrencePenalties(frequency, presence, prompt)(torch.tensor(tokens), scores)

    assert torch.equal(scores, before)
    for row, said in enumerate(tokens):
        for token in range(VOCABULARY):
            count = said[prompt:].count(token)
            expected = float(before[row, token]) - frequency * count - presence * (count > 0)
            assert abs(float(after[row, token]) - expected) < 1e-4
