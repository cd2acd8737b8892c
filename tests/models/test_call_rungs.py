"""A model is asked to call tools in the way that works best with it: in chats, and from one program to the next."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Literal

import pytest

from chatbot import Chatbot, tool
from chatbot.effects import Generate
from chatbot.messages import Reply, message
from chatbot.models import Scripted
from chatbot.models.call_rungs import InWords, keep, kept, known_as, on_rung, rung_of, rungs_of, settled
from chatbot.models.model import Abilities
from chatbot.models.prices import FREE
from chatbot.sampling import Sampling

CALL = '<tool_call>\n{"name": "pick", "arguments": {"colour": "red", "often": true}}\n</tool_call>'
WRITES_ONLY = Abilities(writes=True, tools=False, context_tokens=8_000, price=FREE)
QUOTES = Abilities(writes=False, tools=False, context_tokens=8_000, price=FREE)


@tool(impact="none")
def pick(colour: Literal["red", "green"], often: bool) -> str:  # a model gives it by name
    """Picks a colour."""
    return f"picked {colour}{' often' if often else ''}"


def test_a_hosted_model_can_be_asked_in_its_own_form_and_in_words() -> None:
    assert rungs_of(Scripted("x")) == ("native", "text")
    assert rungs_of(Scripted("x", abilities=WRITES_ONLY)) == ("text",)
    assert rungs_of(Scripted("x", abilities=QUOTES)) == ()


def test_asked_in_words_it_is_not_offered_tools_in_the_protocol() -> None:
    hosted = Scripted(CALL, "It is red.")
    model = on_rung(hosted, "text")
    assert rung_of(model) == "text" and rung_of(hosted) == "native"
    bot = Chatbot(model, tools=[pick], knowledge=None, prompt="plain", durable=False)
    answer = bot.ask("Pick red.")
    assert [use.result.text for use in answer.tool_calls] == ["picked red often"]
    assert answer.model == hosted.name
    assert all(not request.tools for request in hosted.requests)
    assert on_rung(model, "native") is hosted
    assert rungs_of(model) == rungs_of(hosted)


def test_what_was_measured_is_taken_up_when_the_model_is_connected_again() -> None:
    keep(Scripted("x", name="theirs"), "text", {"tasks": 24})
    assert kept(Scripted("x", name="theirs")) == "text"
    assert isinstance(settled(Scripted("x", name="theirs")), InWords)
    other = Scripted("x", name="other")
    assert settled(other) is other
    bot = Chatbot(Scripted("x", name="theirs"), knowledge=None, durable=False)
    assert not bot.model.abilities.tools


def test_what_was_kept_can_be_replaced() -> None:
    model = Scripted("x", name="theirs")
    keep(model, "text", {})
    keep(settled(model), "native", {})
    assert settled(model) is model


@pytest.mark.parametrize("text", ["", "{", "[]", '{"rung": "sing"}', '{"rung": 7}', '{"rung": "constrained"}'])
def test_what_was_kept_and_cannot_be_used_does_not_count(text: str) -> None:
    model = Scripted("x", name="theirs")
    place = keep(model, "text", {})
    place.write_text(text, encoding="utf-8")
    assert settled(model) is model


def test_what_was_measured_is_kept_beside_the_way() -> None:
    place = keep(Scripted("x", name="theirs"), "native", {"tasks": 3})
    assert json.loads(place.read_text(encoding="utf-8")) == {"model": "theirs", "rung": "native", "tasks": 3}


# --- a model in this process ------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny model without any sense, whose template knows no tools."""
    pytest.importorskip("torch")
    pytest.importorskip("llguidance")
    from tiny_models import tiny_model

    return tiny_model(tmp_path_factory.mktemp("tiny"), "llama", context=2048)


@pytest.fixture
def bot(folder: Path, tmp_path: Path) -> Chatbot:
    (tmp_path / "chatbot.toml").write_text("tools = []\nrounds = 2\n", encoding="utf-8")
    return Chatbot(f"local:{folder}", knowledge=None, tools=[pick], prompt="plain", workspace=tmp_path, durable=False)


def test_a_model_whose_template_knows_no_tools_is_held_to_a_grammar(bot: Chatbot) -> None:
    assert rungs_of(bot.model) == ("constrained", "text")
    assert rung_of(bot.model) == "constrained"


def test_a_model_without_any_sense_that_begins_a_call_always_makes_a_valid_one(bot: Chatbot) -> None:
    one = ("\n<tool_call>", "<tool_call><tool_call>")
    for seed in range(3):
        talk = bot.conversation()
        talk.sampling = Sampling(1.0, max_tokens=300, seed=seed, stop=one, logit_bias=(("<tool_call>", 100.0),))
        (use,) = talk.ask("Pick a colour.").tool_calls
        assert use.result.text.startswith("picked ")


def test_replies_in_another_way_are_not_recalled_for_those_in_the_first(bot: Chatbot) -> None:
    ways = [known_as(on_rung(bot.model, rung)) for rung in rungs_of(bot.model)]
    assert ways[0] == bot.model.name
    assert len(set(ways)) == len(ways) > 1
    assert known_as(Scripted("x", name="theirs")) == "theirs"


def test_the_same_model_asked_in_words_writes_no_call(bot: Chatbot) -> None:
    bot.model = on_rung(bot.model, "text")
    bot.sampling = Sampling(1.0, seed=1, max_tokens=40)
    assert not bot.ask("Pick a colour.").tool_calls


def test_what_was_measured_holds_for_the_weights_wherever_they_lie(folder: Path, tmp_path: Path) -> None:
    import shutil

    from chatbot.models.connect import connect

    keep(connect(f"local:{folder}"), "text", {})
    moved = shutil.copytree(folder, tmp_path / "elsewhere")
    assert rung_of(settled(connect(f"local:{moved}"))) == "text"
    template = moved / "chat_template.jinja"
    template.write_text(template.read_text(encoding="utf-8") + " ", encoding="utf-8")
    assert kept(connect(f"local:{shutil.copytree(moved, tmp_path / 'changed')}")) is None


def test_thinking_is_told_apart_from_the_answer(bot: Chatbot) -> None:
    from chatbot.events import ReasoningDelta, TextDelta

    bot.sampling = Sampling(0.0, choices=("<think>Two and two.</think>It is 4.",))
    events = list(bot.stream("What is 2 + 2?"))
    assert "".join(event.text for event in events if isinstance(event, ReasoningDelta)) == "Two and two."
    assert "".join(event.text for event in events if isinstance(event, TextDelta)) == "It is 4."


def test_a_model_without_a_chat_template_says_so_once_in_the_chat(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    import shutil

    from chatbot.cli.chat import Chat
    from chatbot.cli.screen import Screen

    bare = shutil.copytree(folder, tmp_path / "bare")
    (bare / "chat_template.jinja").unlink()
    talk = Chat(Chatbot(f"local:{bare}", knowledge=None, prompt="plain", durable=False), Screen(plain=True))
    talk.bot.sampling = Sampling(max_tokens=3)
    for times in (1, 0):
        talk.ask("Hello")
        assert capsys.readouterr().out.count("has no chat template") == times


def test_asked_for_words_a_request_with_tools_is_refused_rather_than_left_without(bot: Chatbot) -> None:
    import asyncio

    from chatbot.errors import ToolsRefused
    from chatbot.models.fold import fold

    request = Generate((message("user", "Pick.", "user"),), tools=(pick.schema,))

    async def ask() -> Reply:
        return await fold(on_rung(bot.model, "text").stream(request))

    with pytest.raises(ToolsRefused):
        asyncio.run(ask())


def test_our_small_model_breaks_no_call_that_is_held_and_many_that_are_not() -> None:
    import asyncio

    from chatbot.call_tasks import TASKS
    from chatbot.call_trial import measure
    from chatbot.models.connect import connect

    pytest.importorskip("llguidance")
    pocket = connect(f"local:{Path(__file__).parents[2] / 'examples' / 'pocket'}")
    trial = asyncio.run(measure(pocket, tasks=TASKS[:4], reply_tokens=80))
    broken = {tried.rung: tried.broken for tried in trial.tried}
    assert broken["constrained"] == 0 < broken["native"]
    assert trial.best == "constrained"
