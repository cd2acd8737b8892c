"""The strategies that are shown where nobody names one."""

from __future__ import annotations

import pytest

from chatbot.decode_view.asked import SEQUENCES, SINGLE, asked_for
from chatbot.errors import UsageError
from chatbot.sampling import Sampling


def test_each_has_a_name_of_its_own_and_a_different_sampling() -> None:
    every = (*SINGLE, *SEQUENCES)
    assert len({each.name for each in every}) == len({each.sampling for each in every}) == len(every)


def test_the_first_strategy_that_a_person_names_chooses_the_way() -> None:
    asked = asked_for("Hello?", ["top-p=0.5", " min-p=0.1, temperature=2"])
    assert [each.name for each in asked.strategies] == ["top-p=0.5", "min-p=0.1, temperature=2"]
    assert asked.way == Sampling(top_p=0.5) and asked.is_named
    assert not asked_for("Hello?").is_named and asked_for("Hello?").strategies == SINGLE


def test_a_strategy_that_means_nothing_is_refused() -> None:
    with pytest.raises(UsageError, match="there is no 'warm'"):
        asked_for("Hello?", ["warm"])
