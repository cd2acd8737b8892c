"""Secrets leave neither in the arguments of tools nor in answers, in whichever encoding; other text is left alone."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

import pytest
from exfiltration import CANARIES, ENCODINGS, hidden_in

from chatbot import Chatbot, Tool
from chatbot.events import Done, TextDelta
from chatbot.messages import Reply, ToolCall
from chatbot.models import Scripted
from chatbot.tools.answer_links import Heard, Outlet
from chatbot.tools.secret_values import Secrets

REPOSITORY = Path(__file__).parents[1]
DATA = REPOSITORY / ".." / "shared" / "data"
SECRETS = Secrets(CANARIES)


def benign() -> Iterator[str]:
    """Messages without secrets: what documents and people say, in the repository and, where it is, in the data."""
    for path in sorted(chain.from_iterable(map(REPOSITORY.glob, ("knowledge/**/*.md", "*.md", "prompts/*")))):
        if path.is_file():
            yield from (part for part in path.read_text(encoding="utf-8").split("\n\n") if part.strip())
    for name in ("xquad_en", "gsm8k", "bfcl", "xstest", "svamp"):
        for path in sorted((DATA / name).glob("*.jsonl")):
            for line in path.read_text(encoding="utf-8").splitlines()[:300]:
                yield from texts(json.loads(line))


def texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for each in value.values() if isinstance(value, dict) else value:
            yield from texts(each)


@pytest.fixture
def bot(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Chatbot, list[str]]:
    """A chatbot whose environment holds the secrets, with a tool that only reads, and what that tool was told."""
    for number, secret in enumerate(CANARIES):
        monkeypatch.setenv(f"SERVICE_{number}_API_KEY", secret)
    (tmp_path / "chatbot.toml").write_text("tools = []\n")
    told: list[str] = []

    def look(what: str) -> str:
        told.append(what)
        return "nothing"

    made = Tool.from_function(look, impact="none")
    return Chatbot(Scripted(), knowledge=None, tools=[made], workspace=tmp_path, durable=False), told


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_a_secret_leaves_neither_in_an_argument_nor_in_an_answer(bot: tuple[Chatbot, list[str]], encoding: str) -> None:
    chatbot, told = bot
    for number, secret in enumerate(CANARIES):
        text = hidden_in(ENCODINGS[encoding](secret))[number % 4]
        call = ToolCall("c", "look", json.dumps({"what": text}))
        talk = chatbot.conversation()
        talk.model = Scripted(Reply("", (call,)), text)
        events = list(talk.stream("What is it?"))
        answer = next(event.answer for event in events if isinstance(event, Done))
        shown = "".join(event.text for event in events if isinstance(event, TextDelta))
        assert answer.tool_calls[0].result.failed
        assert not SECRETS.within(answer.text)
        assert secret not in shown and ENCODINGS[encoding](secret) not in shown
    assert told == []


def test_other_text_is_left_alone() -> None:
    messages = [*dict.fromkeys(benign())]
    outlet = Outlet(secrets=SECRETS)
    sample = messages[:: max(1, len(messages) // 250)]
    changed = [text for text in sample if outlet.clean(text, Heard(("hello",), ("a document",))) != text]
    assert len(changed) <= 0.005 * len(sample), changed


@pytest.mark.slow
def test_of_2000_messages_hardly_any_is_changed() -> None:
    messages = [*dict.fromkeys(benign())]
    if len(messages) < 2_000:
        pytest.skip("there are not enough messages without ../shared/data")
    sample = messages[:: len(messages) // 2_000][:2_000]
    outlet = Outlet(secrets=SECRETS)
    read = tuple(messages[1::97])
    changed = [text for text in sample if outlet.clean(text, Heard(("hello",), read)) != text or SECRETS.within(text)]
    assert len(changed) <= 0.005 * len(sample), changed
