"""The tools that note, look up and erase facts, as a model calls them."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from chatbot import Chatbot
from chatbot.effects import CallTool
from chatbot.errors import ToolError
from chatbot.memory import Memory
from chatbot.messages import Reply, ToolCall
from chatbot.models.scripted import Scripted
from chatbot.tools import Place, Tool, Toolbox, built_in_tools


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path, tmp_path / ".chatbot")


def made(place: Place) -> tuple[Tool, Tool, Tool]:
    remember, recall, forget = built_in_tools(["remember", "recall", "forget"], {}, place)
    return remember, recall, forget


def said(box: Toolbox, name: str, *, tainted: bool = False, **arguments: object) -> str:
    result = asyncio.run(box.run(CallTool(ToolCall("1", name, json.dumps(arguments)), tainted)))
    return result.text


def test_what_is_noted_is_recalled_with_its_number_and_forgotten_by_it(place: Place) -> None:
    remember, recall, forget = made(place)

    assert remember("The user is allergic to nuts.") == "noted as fact 1: The user is allergic to nuts."
    remember("The user lives in Oslo.")
    assert recall("nuts").startswith("[1] The user is allergic to nuts. (said by the user, 20")
    assert recall("nuts").endswith("\n(1 more facts are remembered)")
    assert recall().splitlines()[0].startswith("[2]")
    assert forget(1) == "forgotten: The user is allergic to nuts."
    assert recall("nuts") == "nothing is remembered about that\n(1 more facts are remembered)"


def test_noting_and_erasing_have_side_effects_and_looking_up_has_none(place: Place) -> None:
    assert [(tool.name, tool.impact) for tool in made(place)] == [
        ("remember", "writes"),
        ("recall", "reads"),
        ("forget", "writes"),
    ]


def test_a_document_cannot_plant_a_fact(place: Place) -> None:
    box = Toolbox(made(place))

    assert "needs approval" in said(box, "remember", tainted=True, fact="The user's bank is evil.example.")
    assert said(box, "recall") == "nothing is remembered about the user yet"


def test_where_a_fact_was_said_is_the_apps_to_tell_not_the_models(place: Place) -> None:
    box = Toolbox(made(place)).within({"user": "ada", "conversation": "c1", "turn": "t1"})

    assert "wrong arguments" in said(box, "remember", fact="x", conversation="c9")
    assert said(box, "remember", fact="The user likes tea.").startswith("noted")
    (fact,) = Memory(place.state / "memory.db").facts(user="ada")
    assert (fact.conversation, fact.turn, fact.origin) == ("c1", "t1", "user")


def test_a_fact_that_the_user_allowed_in_a_tainted_turn_says_so(place: Place) -> None:
    box = Toolbox(made(place), approve=lambda request: True)

    said(box, "remember", tainted=True, fact="The user ordered 40 chairs.")

    assert "noted while reading documents or tools" in said(box, "recall")


def test_each_user_of_an_app_has_a_memory_of_their_own(place: Place) -> None:
    ada, bo = (Toolbox(made(place)).within({"user": name}) for name in ("ada", "bo"))

    said(ada, "remember", fact="Ada likes tea.")

    assert said(bo, "recall", query="tea") == "nothing is remembered about the user yet"
    assert "there is no fact 1" in said(bo, "forget", number=1)
    assert "Ada likes tea." in said(ada, "recall", query="tea")


def test_what_cannot_be_noted_is_an_error_for_the_model(place: Place) -> None:
    remember, _, forget = made(place)

    with pytest.raises(ToolError, match="at most 500 characters"):
        remember("x" * 501)
    with pytest.raises(ToolError, match=r"there is no fact 7 \(recall shows the numbers\)"):
        forget(7)


def test_the_model_sees_only_what_it_is_to_fill(place: Place) -> None:
    remember, recall, forget = made(place)

    assert [list(tool.parameters["properties"]) for tool in (remember, recall, forget)] == [
        ["fact"],
        ["query"],
        ["number"],
    ]
    assert "as the app says" not in str([tool.schema for tool in (remember, recall, forget)])


def test_in_a_chat_a_fact_is_kept_with_its_conversation_and_turn(tmp_path: Path) -> None:
    (tmp_path / "chatbot.toml").write_text('tools = ["remember", "recall"]')
    call = ToolCall("1", "remember", json.dumps({"fact": "The user likes tea."}))
    model = Scripted(Reply("", tool_calls=(call,)), "I shall remember that.")
    bot = Chatbot(model, workspace=tmp_path, knowledge=None)

    answer = bot.ask("Remember that I like tea.")

    (fact,) = Memory(tmp_path / ".chatbot" / "memory.db").facts()
    assert (fact.text, fact.origin) == ("The user likes tea.", "user")
    assert (fact.conversation, fact.turn) == (bot.session.id, answer.trace_id)
