"""Ids are found in ids."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from chatbot.retrieval.vector_search import places_of

IDS = st.sets(st.integers(1, 40)).map(lambda ids: np.array(sorted(ids), dtype=np.int64))


@given(IDS, IDS)
def test_places_are_those_of_the_ids_that_are_there(wanted: np.ndarray, ids: np.ndarray) -> None:
    assert ids[places_of(wanted, ids)].tolist() == sorted(set(wanted.tolist()) & set(ids.tolist()))
