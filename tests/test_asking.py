"""Asking a model: what it writes down and when, and what becomes of a reply that the journal cannot take."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from chat_server import SILENT, ChatServer, Scene, delta, refuses, says

from chatbot import Chatbot
from chatbot.asking import Asking
from chatbot.effects import Generate
from chatbot.errors import JournalError, LimitReached, ModelProtocolError
from chatbot.events import Ended, ModelEvent, Notice, OfSample, Receiving, TextDelta, TurnEvent
from chatbot.journal import Journal
from chatbot.journal.recollection import Summaries
from chatbot.messages import Reply, message
from chatbot.models import Scripted
from chatbot.models.model import Abilities, estimate_tokens
from chatbot.raw_reply import RawReply

REPOSITORY = Path(__file__).parent.parent


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    (tmp_path / "chatbot.toml").write_text("tools = []\n")
    (tmp_path / "prompts").symlink_to(REPOSITORY / "prompts")
    return tmp_path


def fill_the_disk(bot: Chatbot) -> None:
    """SQLite then reports a full disk as soon as it needs another page."""
    (pages,) = bot.journal._database.read("PRAGMA page_count")[0]
    bot.journal._database.read(f"PRAGMA max_page_count = {pages + 2}")


def test_an_answer_that_the_disk_has_no_room_for_is_shown_to_its_end_and_said_not_to_be_kept(workspace: Path) -> None:
    long = " ".join(f"word{number}{'x' * 200}" for number in range(300))
    bot = Chatbot(Scripted("Kept.", long, "Never asked.", delay=0.0005), knowledge=None, workspace=workspace)
    bot.ask("first")
    seen: list[TurnEvent] = []

    def ask(question: str) -> None:
        for event in bot.stream(question):
            if isinstance(event, TextDelta) and not any(isinstance(each, TextDelta) for each in seen):
                fill_the_disk(bot)
            seen.append(event)

    with pytest.raises(JournalError, match="nothing is kept any more, since a write failed: the disk is full"):
        ask("second")
    assert "".join(event.text for event in seen if isinstance(event, TextDelta)) == long
    [notice] = [event.text for event in seen if isinstance(event, Notice)]
    assert notice.startswith("what follows of this answer is not kept: ") and "the disk is full" in notice

    seen.clear()
    with pytest.raises(JournalError, match="start the program again"):
        ask("third")
    assert not [event for event in seen if isinstance(event, TextDelta)], "nothing is asked that cannot be kept"
    assert [stored.message.text for stored in bot.session.messages][:2] == ["first", "Kept."]

    bot.journal.close()
    again = Chatbot(Scripted("Kept too."), knowledge=None, workspace=workspace, session=bot.session.id)
    assert [stored.display or stored.message.text for stored in again.session.messages][:3] == [
        "first",
        "Kept.",
        "second",
    ]
    assert again.ask("fourth").text == "Kept too."


# --- what came in -----------------------------------------------------------------------------------------------------

BODY = b'data: {"choices": [{"delta": {"content": "Hel'


class Wired:
    """A model with a wire, whose responses do this and that before they are done with."""

    name = "wired"
    abilities = Abilities(writes=True, tools=False, context_tokens=8_000, samples=True)

    def __init__(self, *outcomes: BaseException | Reply) -> None:
        self.outcomes = list(outcomes)

    def count_tokens(self, text: str) -> int:
        return estimate_tokens(text)

    async def stream(self, request: Generate) -> AsyncGenerator[ModelEvent, None]:
        yield Receiving(RawReply(429, "refused-1", bytearray(b"too much")))
        raw = RawReply(200, "request-2")
        yield Receiving(raw)
        raw.body += BODY
        outcome = self.outcomes.pop(0)
        for sample in range(request.samples):
            said = TextDelta("Hel")
            yield OfSample(sample, said) if request.samples > 1 else said
        if isinstance(outcome, BaseException):
            raise outcome
        for sample in range(request.samples):
            ended = Ended("complete")
            yield OfSample(sample, ended) if request.samples > 1 else ended


REQUEST = Generate((message("user", "hi", "user"),))


def asking(journal: Journal, model: Wired) -> Asking:
    journal.begin_turn(None, "t", model=model.name, prompt="p")
    return Asking(model, journal, Summaries(journal), "t", None)


def bodies(journal: Journal) -> list[tuple[int, str, bytes]]:
    return [(each.status, each.request_id, journal.body(each.id)) for each in journal.received("t")]


CAME = [(429, "refused-1", b"too much"), (200, "request-2", BODY)]


def test_every_response_of_a_call_is_kept_as_it_came() -> None:
    with closing(Journal(None)) as journal:
        assert asyncio.run(asking(journal, Wired(Reply(""))).reply(REQUEST)).text == "Hel"
        assert bodies(journal) == CAME
        assert [record.failed for record in journal.trace("t")] == [False]


def test_responses_to_several_samples_are_kept_once() -> None:
    with closing(Journal(None)) as journal:
        requests = {at: replace(REQUEST, sample=at) for at in range(3)}
        replies = asyncio.run(asking(journal, Wired(Reply(""))).samples(requests))
        assert [reply.text for reply in replies.values()] == ["Hel"] * 3
        assert bodies(journal) == CAME


@pytest.mark.parametrize("samples", [1, 3])
@pytest.mark.parametrize(
    ("failure", "result"),
    [
        (ModelProtocolError("half a reply").of_request("request-2"), {"billed": True, "request_id": "request-2"}),
        (AttributeError("a fault of ours in reading the reply"), {"billed": True}),
        (asyncio.CancelledError(), {}),
    ],
    ids=lambda value: type(value).__name__,
)
def test_what_came_in_is_kept_whatever_becomes_of_its_reading(
    failure: BaseException, result: dict[str, object], samples: int
) -> None:
    with closing(Journal(None)) as journal:
        ask = asking(journal, Wired(failure))
        requests = {at: replace(REQUEST, sample=at) for at in range(samples)}
        with pytest.raises(type(failure)):
            asyncio.run(ask.samples(requests) if samples > 1 else ask.reply(REQUEST))  # type: ignore[arg-type]
        assert bodies(journal) == CAME
        effects = journal.trace("t")
        assert len(effects) == samples
        for effect in effects:
            assert effect.result is not None
            assert effect.result["finish"] == "interrupted" if "finish" in effect.result else effect.failed
            assert result.items() <= effect.result.items()


def test_whoever_watches_is_told_once_of_a_reply_that_held_no_text(workspace: Path) -> None:
    replies = [Reply("caf\ufffd", mended=True), Reply("caf\ufffd")]
    with Chatbot(Scripted(*replies), knowledge=None, workspace=workspace) as bot:
        told = [[each.text for each in bot.stream("Where?") if isinstance(each, Notice)] for _ in replies]

    assert told == [["Something in this answer was no text: � stands for it, and the journal has it as it came."], []]


def test_whoever_watches_is_told_what_a_request_waits_for(
    workspace: Path, chat_server: Callable[..., ChatServer]
) -> None:
    server = chat_server(refuses(429, "busy", Retry_After="2"), refuses(503, "busy", Retry_After="0.1"), says("4"))
    with Chatbot(f"{server.url}#any", knowledge=None, workspace=workspace) as bot:
        told = [each.text for each in bot.stream("2 + 2?") if isinstance(each, Notice)]

    assert told == [f"{server.url} takes no more requests now (429): busy; asked again in 2 s"]


BEGUN = tuple(delta(content=f"word{number} ") for number in range(3))
"""Of a reply whose rest takes longer than anybody waits."""


def test_a_reply_that_outlasts_its_turn_is_ended_and_what_came_of_it_is_the_answer(
    workspace: Path, chat_server: Callable[..., ChatServer]
) -> None:
    server = chat_server(Scene(steps=(*BEGUN, 30.0)))
    with (workspace / "chatbot.toml").open("a") as settings:
        settings.write("turn_seconds = 0.5\n")
    bot = Chatbot(f"{server.url}#any", knowledge=None, workspace=workspace)

    answer = bot.ask("a long story")

    assert server.left()
    assert (answer.text, answer.finish) == ("word0 word1 word2 ", "interrupted")
    assert answer.limit == "the time that a turn may take is over"
    [effect] = [each for each in bot.journal.trace(answer.trace_id) if each.kind == "generate"]
    assert effect.result is not None and effect.result["text"] == "word0 word1 word2 "
    shown = "".join(event.text for event in bot.stream("another") if isinstance(event, TextDelta))
    assert shown == "word0 word1 word2 "


def test_an_answer_that_its_turn_ended_is_gone_on_with(workspace: Path, chat_server: Callable[..., ChatServer]) -> None:
    server = chat_server(Scene(steps=(*BEGUN, 30.0)), says("and the rest."))
    with (workspace / "chatbot.toml").open("a") as settings:
        settings.write("turn_seconds = 0.5\n")
    bot = Chatbot(f"{server.url}#any", knowledge=None, workspace=workspace)
    bot.ask("a long story")

    assert "".join(event.text for event in bot.stream_rest() if isinstance(event, TextDelta)) == "and the rest."
    assert [each.state for each in bot.session.messages] == ["complete", "interrupted", "complete", "complete"]


def test_where_nothing_came_in_the_time_of_a_turn_the_answer_says_so(
    workspace: Path, chat_server: Callable[..., ChatServer]
) -> None:
    with (workspace / "chatbot.toml").open("a") as settings:
        settings.write("turn_seconds = 0.3\n")
    bot = Chatbot(f"{chat_server(SILENT).url}#any", knowledge=None, workspace=workspace)

    answer = bot.ask("a long story")

    assert answer.text == "I came to no answer: the time that a turn may take is over."
    assert answer.limit == "the time that a turn may take is over"


@pytest.mark.parametrize("watched", [False, True])
def test_what_was_said_within_a_callers_time_comes_with_the_error_and_can_be_gone_on_with(
    workspace: Path, chat_server: Callable[..., ChatServer], watched: bool
) -> None:
    server = chat_server(Scene(steps=(*BEGUN, 30.0)), says("and the rest."))
    bot = Chatbot(f"{server.url}#any", knowledge=None, workspace=workspace)

    with pytest.raises(LimitReached) as late:
        list(bot.stream("a long story", timeout=2.5)) if watched else bot.ask("a long story", timeout=2.5)

    assert late.value.text == "word0 word1 word2 "
    assert bot.session.last_answer is not None and bot.session.last_answer.state == "interrupted"
    assert "".join(event.text for event in bot.stream_rest() if isinstance(event, TextDelta)) == "and the rest."


def test_of_an_answer_that_nobody_watched_no_half_of_a_call_is_kept(
    workspace: Path, chat_server: Callable[..., ChatServer]
) -> None:
    call = delta(content='Let me see. <tool_call>{"name": "calculate", "argu')
    server = chat_server(refuses(400, "this model does not support tools"), Scene(steps=(call, 30.0)))
    (workspace / "chatbot.toml").write_text('tools = ["calculate"]\n')
    bot = Chatbot(f"{server.url}#any", knowledge=None, workspace=workspace)

    with pytest.raises(LimitReached) as late:
        bot.ask("what is 2 + 2?", timeout=4.0)

    assert late.value.text.rstrip() == "Let me see."
