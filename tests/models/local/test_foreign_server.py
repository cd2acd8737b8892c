"""Our endpoint client at a server of someone else's, and our own decoding beside it: one model, one answer."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from foreign_server import NOT_INSTALLED, PROGRAM, said, serving, unstreamed
from tiny_models import tiny_model

from chatbot.effects import Generate
from chatbot.messages import Message, Reply, message
from chatbot.models.connect import connect
from chatbot.models.fold import fold
from chatbot.sampling import Sampling

pytestmark = pytest.mark.skipif(not PROGRAM.is_file(), reason=NOT_INSTALLED)

GREEDY = Sampling(temperature=0, max_tokens=24)

CONVERSATIONS: dict[str, Sequence[Message]] = {
    "one question": [message("user", "What is a passage?", "user")],
    "a system text": [message("system", "Be brief.", "author"), message("user", "Say it – in «français» 🙂.", "user")],
    "several turns": [
        message("user", "Two and two?", "user"),
        message("assistant", "Four.", "model"),
        message("user", "And three more?", "user"),
    ],
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_model(tmp_path_factory.mktemp("served") / "tiny", "qwen3")


@pytest.fixture(scope="module")
def spec(folder: Path) -> Iterator[str]:
    with serving(folder) as spec:
        yield spec


def ask(spec: str, request: Generate) -> Reply:
    return asyncio.run(fold(connect(spec).stream(request)))


@pytest.mark.parametrize("messages", CONVERSATIONS.values(), ids=CONVERSATIONS)
def test_a_reply_that_is_streamed_is_the_one_that_comes_in_one_piece(spec: str, messages: Sequence[Message]) -> None:
    request = Generate(tuple(messages), sampling=GREEDY)
    streamed = ask(spec, request)
    assert streamed.text and said(streamed) == said(unstreamed(spec, request))
