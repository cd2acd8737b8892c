"""A look at any model: what is asked of it, and what is left unasked."""

from __future__ import annotations

import asyncio

import pytest

from chatbot.decode_view.asked import SEQUENCES, SINGLE, Asked
from chatbot.decode_view.looking import looked_at
from chatbot.messages import Reply, TokenScore, message
from chatbot.models.scripted import Scripted

ASKED = Asked("Hello?", (message("user", "Hello?", "user"),), SINGLE)
REPLY = Reply("Hi", scores=(TokenScore("Hi", -0.1, (("Hi", -0.1), ("Ho", -3.0))),))


@pytest.mark.parametrize(("write", "asked"), [(None, 1), (False, 1), (True, 1 + len(SINGLE) + len(SEQUENCES))])
def test_nothing_is_written_that_nobody_asked_for(write: bool | None, asked: int) -> None:
    model = Scripted(REPLY, repeat=True)
    view = asyncio.run(looked_at(model, ASKED, write=write))
    assert len(model.requests) == asked
    assert len(view.written) == asked - 1 and all(each.text == "Hi" for each in view.written)
