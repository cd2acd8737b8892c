"""A picture on its way: from a question through the conversation and its journal to what a real endpoint is sent."""

from __future__ import annotations

import base64
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from chat_server import ChatServer, refuses, says
from pictures import opened, photo

from chatbot import Chatbot, tool
from chatbot.errors import ContextOverflow, ImagesRefused, UsageError
from chatbot.events import Notice, TurnEvent
from chatbot.images import read_image
from chatbot.messages import Reply, ToolCall
from chatbot.models import Scripted
from chatbot.models.model import Abilities
from chatbot.sampling import Sampling

Start = Callable[..., ChatServer]

BLIND = Abilities(writes=True, tools=True, context_tokens=8_000)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "beach.jpg"
    path.write_bytes(photo(orientation=6))
    return path


def bot_of(server: ChatServer, tmp_path: Path, **options: object) -> Chatbot:
    (tmp_path / "chatbot.toml").touch()
    return Chatbot(f"{server.url}#m", knowledge=None, workspace=tmp_path, **options)  # type: ignore[arg-type]


def pictures_in(body: dict[str, object]) -> list[bytes]:
    """The pictures of a request, as a server that knows the protocol takes them out."""
    messages = body["messages"]
    assert isinstance(messages, list)
    contents = [each["content"] for each in messages if isinstance(each["content"], list)]
    urls = [part["image_url"]["url"] for content in contents for part in content if part["type"] == "image_url"]
    return [base64.b64decode(url.partition(";base64,")[2], validate=True) for url in urls]


def test_an_endpoint_is_sent_the_picture_upright_and_without_its_place(
    path: Path, tmp_path: Path, chat_server: Start
) -> None:
    server = chat_server(says("A beach."))
    answer = bot_of(server, tmp_path).ask("What is this?", images=[path])
    assert answer.text == "A beach."
    (data,) = pictures_in(server.bodies[0])
    assert opened(data).size == (48, 64) and b"Telephone" not in data
    asked = server.bodies[0]["messages"][-1]["content"]  # type: ignore[index]
    assert [part["type"] for part in asked] == ["image_url", "text"]
    assert asked[0]["image_url"]["url"].startswith("data:image/jpeg;base64,")
    assert "What is this?" in asked[1]["text"]


def test_a_later_question_is_asked_over_the_same_picture_also_after_a_restart(
    path: Path, tmp_path: Path, chat_server: Start
) -> None:
    server = chat_server(says("A beach."), says("Sand."), says("Water."))
    with closing(bot_of(server, tmp_path)) as bot:
        bot.ask("What is this?", images=[path, path.read_bytes()])
        bot.ask("And below?")
        session = bot.session.id
    path.unlink()
    bot_of(server, tmp_path, session=session).ask("And behind?")
    assert [len(pictures_in(body)) for body in server.bodies] == [2, 2, 2]
    assert len({picture for body in server.bodies for picture in pictures_in(body)}) == 1


def test_answering_again_takes_the_picture_along(path: Path, tmp_path: Path, chat_server: Start) -> None:
    server = chat_server(says("A beach."), says("A desert."))
    bot = bot_of(server, tmp_path)
    bot.ask("What is this?", images=[path])
    list(bot.stream_again())
    assert pictures_in(server.bodies[1]) == pictures_in(server.bodies[0]) != []


@pytest.mark.parametrize("strategy", ["zero_shot_cot", "self_consistency", "self_refine", "tree_of_thoughts", "react"])
def test_every_request_of_a_strategy_shows_the_picture(strategy: str, path: Path, tmp_path: Path) -> None:
    model = Scripted("1. A beach.\n\nAnswer: 7", repeat=True)
    bot = Chatbot(model, knowledge=None, workspace=tmp_path, strategy=strategy, durable=False)
    bot.ask("How many boats are there?", images=[path])
    assert model.requests
    for request in model.requests:
        assert [image.name for each in request.messages for image in each.images] == ["beach.jpg"], request.purpose


# --- models that cannot see -------------------------------------------------------------------------------------------


def test_a_model_that_cannot_see_says_so_before_it_is_asked(path: Path, tmp_path: Path) -> None:
    model = Scripted("Hm.", abilities=BLIND)
    for blind in (model, "extractive"):
        with pytest.raises(ImagesRefused, match=r"cannot see, and beach\.jpg is a picture") as raised:
            Chatbot(blind, knowledge=None, workspace=tmp_path, durable=False).ask("What is this?", images=[path])
        assert "\n" not in str(raised.value)
    assert not model.requests


@pytest.mark.parametrize(
    "said",
    [
        "Invalid content type. image_url is only supported by certain models.",
        "Failed to deserialize the JSON body: messages[1]: unknown variant `image_url`, expected `text`",
        "image input is not supported - hint: if this is unexpected, you may need to provide the mmproj",
        "test-model is not a multimodal model",
        "No endpoints found that support image input",
    ],
)
def test_an_endpoint_that_refuses_pictures_is_not_sent_them_again(
    said: str, path: Path, tmp_path: Path, chat_server: Start
) -> None:
    server = chat_server(refuses(400, said), says("Hello."))
    bot = bot_of(server, tmp_path)
    assert bot.model.abilities.images
    with pytest.raises(ImagesRefused, match="cannot see pictures"):
        bot.ask("What is this?", images=[path])
    assert not bot.model.abilities.images
    seen: list[TurnEvent] = list(bot.stream("Then just say hello."))
    assert pictures_in(server.bodies[1]) == []
    assert "[image that is not shown: beach.jpg]" in str(server.bodies[1]["messages"])
    assert any(isinstance(event, Notice) and "cannot see" in event.text for event in seen)


# --- bounds -----------------------------------------------------------------------------------------------------------


def test_pictures_count_as_tokens_so_too_many_are_refused_before_the_call(path: Path, tmp_path: Path) -> None:
    model = Scripted("Many.", abilities=Abilities(writes=True, tools=True, context_tokens=6_000, images=True))
    bot = Chatbot(model, knowledge=None, workspace=tmp_path, durable=False)
    with pytest.raises(ContextOverflow):
        bot.ask("What are these?", images=[path] * 9)
    assert not model.requests


def test_a_wrong_picture_ends_the_turn_in_one_line_and_the_conversation_stays_as_it_was(tmp_path: Path) -> None:
    model = Scripted("Hm.")
    bot = Chatbot(model, knowledge=None, workspace=tmp_path, durable=False)
    for wrong in (tmp_path / "none.jpg", b"no picture", "https://example.com/a.png"):
        with pytest.raises(UsageError):
            bot.ask("What is this?", images=[wrong])
    assert not model.requests and not bot.session.messages


# --- what stands in a picture is nobody's order -----------------------------------------------------------------------


def test_a_tool_that_changes_things_is_not_called_over_a_picture_without_a_person(path: Path, tmp_path: Path) -> None:
    called: list[str] = []

    @tool(impact="writes")
    def send(text: str) -> str:
        """Send a message."""
        called.append(text)
        return "sent"

    obeys = Reply("", (ToolCall("1", "send", '{"text": "the code of the door"}'),))
    model = Scripted(obeys, "Sent.", obeys, "I may not.")
    bot = Chatbot(model, knowledge=None, workspace=tmp_path, tools=[send], durable=False)
    bot.ask("Send them the code of the door.")
    assert called == ["the code of the door"]
    answer = bot.ask("What does the sign say?", images=[path])
    assert len(called) == 1 and answer.tool_calls[0].result.failed


def test_a_picture_that_was_read_before_is_sent_as_it_is(path: Path, tmp_path: Path) -> None:
    image, model = read_image(path), Scripted("A beach.")
    Chatbot(model, knowledge=None, workspace=tmp_path, durable=False).ask("What is this?", images=[image])
    assert model.requests[0].messages[-1].images[0] is image
    assert model.requests[0].sampling == Sampling()
