"""The strategies that are shown where nobody names one."""

from __future__ import annotations

from chatbot.decode_view.asked import SEQUENCES, SINGLE


def test_each_has_a_name_of_its_own_and_a_different_sampling() -> None:
    every = (*SINGLE, *SEQUENCES)
    assert len({each.name for each in every}) == len({each.sampling for each in every}) == len(every)
