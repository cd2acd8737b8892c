"""Who asks the same model at the same address with the same key has one pace with all others who do."""

from __future__ import annotations

import asyncio

from pacing import let_in

from chatbot.service.pace import START
from chatbot.service.shared_paces import pace_of, troubles


def test_all_that_ask_the_same_share_a_pace_on_whichever_loop() -> None:
    one, same = pace_of("http://here/v1", "m", start=3), pace_of("http://here/v1", "m")
    others = pace_of("http://here/v1", "n"), pace_of("http://here/v1", "m", "sk-other")
    assert one is same and one not in others
    assert (one.limit, others[0].limit) == (3, START)
    permit = asyncio.run(let_in(one))
    one.throttled(permit, 60, "too much")
    assert [line for line in troubles() if "http://here/v1" in line]
