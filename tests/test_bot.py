"""`Chatbot` as apps use it: real documents, a real journal, a real endpoint on loopback."""

from __future__ import annotations

import asyncio
import json
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import aclosing, closing
from pathlib import Path
from typing import Annotated

import pytest
from chat_server import SILENT, ChatServer, call, calls, delta, refuses, says, streams, usage

from chatbot import Chatbot, Injected, Knowledge, tool
from chatbot.conversation import check
from chatbot.effects import Generate
from chatbot.errors import (
    ChatbotError,
    ContextOverflow,
    KnowledgeError,
    LimitReached,
    ModelError,
    ModelRefused,
    ModelUnreachable,
    NotFoundError,
    UsageError,
)
from chatbot.events import Done, Notice, Prompted, Searched, TextDelta, ToolEnded, ToolProgress, ToolStarted, TurnEvent
from chatbot.messages import Answer, Decision, Passage, Reply, ToolCall, Usage
from chatbot.models import Scripted
from chatbot.models.model import Abilities
from chatbot.retrieval import passage_of_file
from chatbot.sampling import Sampling
from chatbot.session import Session
from chatbot.tools import Approve, Policy, Rule

DOCUMENTS = {
    "returns.md": "# Returns\n\nGoods can be returned within 30 days. Sale items can be returned within 14 days.\n",
    "shipping.md": "# Shipping\n\nOrders are shipped on Mondays. Shipping to Norway takes nine days.\n",
    "hours.txt": "The shop in Bergen is open from nine to five. On Sundays it is closed.\n",
}


@pytest.fixture(scope="module")
def knowledge() -> Knowledge:
    return Knowledge.from_records({"id": name, "text": text} for name, text in DOCUMENTS.items())


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A workspace with nothing but settings and documents, and the current folder."""
    root = tmp_path / "workspace"
    (root / "knowledge").mkdir(parents=True)
    (root / "chatbot.toml").write_text("")
    for name, text in DOCUMENTS.items():
        (root / "knowledge" / name).write_text(text)
    monkeypatch.chdir(root)
    return root


@pytest.fixture
def talk(folder: Path) -> Callable[..., Chatbot]:
    """A chatbot that says these replies, without documents."""

    def made(*replies: object, **more: object) -> Chatbot:
        return Chatbot(Scripted(*replies), knowledge=None, **more)  # type: ignore[arg-type]

    return made


def text_of(events: list[TurnEvent]) -> str:
    return "".join(event.text for event in events if isinstance(event, TextDelta))


def history(bot: Chatbot) -> list[tuple[str, str, str]]:
    return [(each.message.role, each.display or each.message.text, each.state) for each in bot.session.messages]


def words(count: int) -> str:
    return " ".join(f"word{number}" for number in range(count))


# --- the four ways to ask ---------------------------------------------------------------------------------------------


def same(answer: Answer) -> tuple[object, ...]:
    return answer.text, answer.citations, answer.finish, answer.declined, answer.model


def test_all_four_ways_to_ask_are_the_same_turn(folder: Path) -> None:
    bot = Chatbot("extractive")
    question = "How long does shipping to Norway take?"

    async def gathered() -> list[TurnEvent]:
        return [event async for event in bot.conversation().astream(question)]

    streamed, async_streamed = list(bot.conversation().stream(question)), asyncio.run(gathered())
    answers = [bot.ask(question), asyncio.run(bot.conversation().aask(question))]
    for events in (streamed, async_streamed):
        assert [isinstance(event, Done) for event in events].index(True) == len(events) - 1
        assert isinstance(events[0], Prompted) and isinstance(events[1], Searched)
        answers.append(events[-1].answer)  # type: ignore[union-attr]
        assert text_of(events) == answers[0].text

    assert len({same(answer) for answer in answers}) == 1
    assert len({answer.trace_id for answer in answers}) == 4
    assert answers[0].citations[0].quote == "Shipping to Norway takes nine days."


def test_a_citation_quotes_its_document_exactly(folder: Path) -> None:
    bot = Chatbot("extractive")

    for question in ("How long does shipping to Norway take?", "When can sale items be returned?"):
        for citation in bot.ask(question).citations:
            text = (folder / "knowledge" / str(citation.path)).read_text()
            assert text[citation.start : citation.end] == citation.quote
            assert citation.quote in text.splitlines()[citation.line - 1]


def test_it_says_so_where_the_documents_do_not_hold_the_answer(folder: Path) -> None:
    answer = Chatbot("extractive").ask("Who composed the opera about the flying Dutchman?")

    assert answer.declined and "do not say" in answer.text


def test_asking_works_inside_a_running_event_loop(talk: Callable[..., Chatbot]) -> None:
    async def app() -> str:
        return talk("Hello.").ask("Hello?").text

    assert asyncio.run(app()) == "Hello."


def test_a_tool_on_the_chatbots_own_loop_is_told_not_to_wait_for_itself(talk: Callable[..., Chatbot]) -> None:
    @tool(impact="none")
    async def ask_again() -> str:
        """Asks, synchronously, from the event loop that would have to answer."""
        return talk("Never.").ask("Hello?").text

    bot = talk(Reply("", (ToolCall("c1", "ask_again", "{}"),)), "So.", tools=[ask_again])

    assert "would wait for itself" in bot.ask("Hello?").tool_calls[0].result.text


def test_an_empty_question_is_refused(talk: Callable[..., Chatbot]) -> None:
    bot = talk()
    for question in ("", "  \n"):
        with pytest.raises(UsageError, match="empty"):
            bot.ask(question)
    assert bot.session.id is None


# --- the parts --------------------------------------------------------------------------------------------------------


def test_without_a_model_named_it_quotes(folder: Path) -> None:
    assert Chatbot().model.name == "extractive"


def test_a_model_is_named_by_settings_and_environment(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "chatbot.toml").write_text('model = "scripted:text=from the file"\n')
    assert Chatbot(knowledge=None).ask("Hello?").text == "from the file"

    monkeypatch.setenv("CHATBOT_MODEL", "scripted:text=from the environment")
    assert Chatbot(knowledge=None).ask("Hello?").text == "from the environment"


def test_a_workspace_without_prompts_of_its_own_uses_the_starters(folder: Path) -> None:
    assert Chatbot().prompt.name == "chat"

    (folder / "prompts").mkdir()
    (folder / "prompts" / "chat.prompty").write_text(
        "---\nname: chat\ninputs:\n  - {name: question, kind: string}\n---\nuser:\nMine: {{ question }}\n"
    )
    model = Scripted("Hello.")
    Chatbot(model).ask("Hello there, friend?")

    assert model.requests[0].messages[0].text == "Mine: Hello there, friend?"


def test_a_prompt_that_does_not_exist_is_an_error_with_the_nearest_name(folder: Path) -> None:
    (folder / "prompts").mkdir()
    (folder / "prompts" / "support.prompty").write_text("---\nname: support\n---\nuser:\nHello\n")

    with pytest.raises(NotFoundError, match="did you mean 'support'"):
        Chatbot(prompt="suport")


def test_without_documents_the_model_is_not_told_to_answer_from_documents_alone(folder: Path) -> None:
    assert Chatbot(knowledge=None).prompt.name == "plain"
    assert Chatbot(knowledge=None, prompt="chat").prompt.name == "chat"


def test_documents_can_be_a_folder_a_file_or_knowledge(folder: Path, knowledge: Knowledge) -> None:
    question = "How long does shipping to Norway take?"
    found = [
        Chatbot("extractive", knowledge=given).ask(question).citations[0].quote
        for given in (folder / "knowledge", str(folder / "knowledge" / "shipping.md"), knowledge)
    ]

    assert found == ["Shipping to Norway takes nine days."] * 3
    with pytest.raises(KnowledgeError, match="no documents at"):
        Chatbot("extractive", knowledge="nowhere").ask(question)


def test_a_langchain_chat_model_is_a_model(folder: Path, knowledge: Knowledge) -> None:
    from langchain_core.language_models import GenericFakeChatModel

    bot = Chatbot(GenericFakeChatModel(messages=iter(["Nine days [1]."])), knowledge=knowledge)
    answer = bot.ask("How long does shipping to Norway take?")

    assert answer.text == "Nine days [1]." and answer.finish == "complete"
    assert answer.citations[0].quote == "Shipping to Norway takes nine days."


@tool(impact="reads")
def order_status(order_id: str) -> str:
    """Look up an order."""
    return f"order {order_id} was shipped"


def test_functions_are_tools_and_their_use_is_in_the_answer(
    folder: Path, chat_server: Callable[..., ChatServer]
) -> None:
    server = chat_server(
        calls(call(0, '{"order', '_id": "17"}', id="a", name="order_status")), says("Order 17 ", "was shipped.")
    )
    bot = Chatbot(f"{server.url}#test-model", knowledge=None, tools=[order_status])

    events = list(bot.stream("Where is order 17?"))

    answer = events[-1].answer  # type: ignore[union-attr]
    assert answer.text == "Order 17 was shipped."
    assert [(use.call.name, use.result.text) for use in answer.tool_calls] == [("order_status", "order 17 was shipped")]
    assert [type(event) for event in events if isinstance(event, ToolStarted | ToolEnded)] == [ToolStarted, ToolEnded]
    assert (answer.usage.input_tokens, answer.usage.output_tokens, answer.usage.calls) == (24, 6, 2)
    first, second = (body["messages"] for body in server.bodies)
    assert second[: len(first)] == first  # type: ignore[index]
    assert [message["role"] for message in second[len(first) :]] == ["assistant", "tool"]  # type: ignore[index]


def send_mail(to: str) -> str:
    """Send a mail."""
    raise AssertionError("this must never run")


@pytest.mark.parametrize(("approve", "words"), [(None, "nobody can approve"), (lambda request: False, "not approve")])
def test_a_tool_with_side_effects_does_not_run_on_a_documents_word(
    folder: Path, knowledge: Knowledge, approve: Approve | None, words: str
) -> None:
    model = Scripted(Reply("", (ToolCall("c1", "send_mail", '{"to": "thief"}'),)), "I did not.")
    bot = Chatbot(model, knowledge=knowledge, tools=[tool(impact="sends")(send_mail)], approve=approve)

    [use] = bot.ask("When are orders shipped?").tool_calls

    assert use.result.failed and words in use.result.text


def test_two_turns_of_an_endpoint_share_the_bytes_of_the_first_prompt(
    folder: Path, knowledge: Knowledge, chat_server: Callable[..., ChatServer]
) -> None:
    """So a provider's, or a local server's, cache of the prompt survives."""
    server = chat_server(says("Nine days [1]."), says("How long to Sweden?"), says("The documents do not say."))
    bot = Chatbot(f"{server.url}#test-model", knowledge=knowledge)
    bot.ask("How long does shipping to Norway take?")
    bot.ask("And to Sweden?")

    first, _, third = (json.dumps(body["messages"]) for body in server.bodies)
    assert third.startswith(first.removesuffix("]"))


def test_a_file_goes_along_with_a_question_with_and_without_documents(folder: Path, knowledge: Knowledge) -> None:
    note = folder / "note.md"
    note.write_text("The code of the door is 4711.")

    for given in (knowledge, None):
        model = Scripted("It is 4711 [1].")
        answer = Chatbot(model, knowledge=given).ask("What is the code of the door?", attached=[passage_of_file(note)])
        assert "4711" in model.requests[0].messages[-1].text
        assert (answer.citations[0].path, answer.citations[0].quote) == (str(note), "The code of the door is 4711.")


def test_instructions_and_sampling_reach_the_model(talk: Callable[..., Chatbot]) -> None:
    bot = talk("Bonjour.")
    bot.instructions, bot.sampling = "Answer in French.", Sampling(temperature=0.1, max_tokens=50)
    bot.ask("Hello?")

    [request] = bot.model.requests  # type: ignore[attr-defined]
    assert "Answer in French." in request.messages[0].text
    assert (request.sampling.temperature, request.sampling.max_tokens) == (0.1, 50)


# --- conversations ----------------------------------------------------------------------------------------------------


def test_a_conversation_goes_on_after_a_restart(folder: Path) -> None:
    bot = Chatbot(Scripted("Blue."), knowledge=None)
    bot.ask("What colour is the sky?")

    model = Scripted("Green.")
    again = Chatbot(model, knowledge=None, session=bot.session.id)
    again.ask("And the sea?")

    assert [message.text for message in model.requests[0].messages[1:]] == [
        "What colour is the sky?", "Blue.", "And the sea?",
    ]  # fmt: skip
    assert history(again) == [
        ("user", "What colour is the sky?", "complete"), ("assistant", "Blue.", "complete"),
        ("user", "And the sea?", "complete"), ("assistant", "Green.", "complete"),
    ]  # fmt: skip


def test_a_number_means_the_same_source_after_a_restart(folder: Path) -> None:
    first = Chatbot("extractive")
    cited = first.ask("How long does shipping to Norway take?").citations[0]
    again = Chatbot("extractive", session=first.session.id)
    again.ask("When can sale items be returned?")
    once_more = again.ask("How long does shipping to Norway take?").citations[0]

    assert (once_more.number, once_more.quote) == (cited.number, cited.quote)


def test_conversations_know_nothing_of_one_another(talk: Callable[..., Chatbot]) -> None:
    bot = talk("One.", "Two.")
    other = bot.conversation()
    other.sampling = Sampling(temperature=0.5)
    other.instructions = "Be brief."

    bot.ask("First?")
    other.ask("Second?")

    assert [row[1] for row in history(bot)] == ["First?", "One."]
    assert [row[1] for row in history(other)] == ["Second?", "Two."]
    assert bot.sampling == Sampling() and bot.instructions == ""


def test_conversations_share_model_documents_and_tools_opened_once(folder: Path) -> None:
    bot = Chatbot("extractive")
    one, two = bot.conversation(), bot.conversation()
    parts: list[tuple[object, ...]] = []
    threads = [
        threading.Thread(target=lambda each=each: parts.append((each.model, each.knowledge, each.tools)))  # type: ignore[misc]
        for each in (bot, one, two, bot.conversation())
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len({tuple(map(id, part)) for part in parts}) == 1


def test_a_model_assigned_to_one_conversation_is_not_the_others(talk: Callable[..., Chatbot]) -> None:
    bot = talk("One.")
    other = bot.conversation()
    other.model = Scripted("Two.")

    assert [each.ask("Hello?").text for each in (bot, other)] == ["One.", "Two."]


def test_a_conversation_answers_one_question_at_a_time(folder: Path) -> None:
    bot = Chatbot(Scripted(words(200), "Two.", delay=0.001), knowledge=None)
    with closing(bot.stream("First?")) as events:  # type: ignore[type-var]
        next(event for event in events if isinstance(event, TextDelta))
        with pytest.raises(UsageError, match="still answering"):
            bot.ask("Second?")
        bot.conversation().ask("Second?")

    assert history(bot)[0][1] == "First?"


def test_many_threads_may_ask_at_once_each_in_a_conversation(folder: Path, knowledge: Knowledge) -> None:
    bot = Chatbot("extractive", knowledge=knowledge)
    questions = ["How long does shipping to Norway take?", "When can sale items be returned?"] * 8

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda question: bot.conversation().ask(question), questions))

    assert len({(question, same(answer)) for question, answer in zip(questions, answers, strict=True)}) == 2
    assert len(bot.journal.sessions()) == 16


def test_several_programs_use_one_workspace_at_once(folder: Path) -> None:
    program = (
        "from chatbot import Chatbot\nfrom chatbot.models import Scripted\n"
        "bot = Chatbot(Scripted(*['So.'] * 20), knowledge=None)\n"
        "for number in range(20): bot.ask(f'Question {number}?')\n"
        "print(len(bot.session.messages))"
    )
    running = [
        subprocess.Popen([sys.executable, "-c", program], cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        for _ in range(4)
    ]
    outputs = [each.communicate() for each in running]

    assert outputs == [(b"40\n", b"")] * 4
    assert [info.messages for info in Chatbot(knowledge=None).journal.sessions()] == [40] * 4


def test_a_conversation_that_is_not_durable_leaves_no_file(folder: Path) -> None:
    Chatbot(Scripted("Hello."), knowledge=None, durable=False).ask("Hello?")

    assert not (folder / ".chatbot" / "journal.db").exists()


def test_the_costs_of_a_conversation_add_up(talk: Callable[..., Chatbot]) -> None:
    bot = talk(*[Reply("So.", usage=Usage(10, 5, cost=0.25))] * 2)
    first, second = bot.ask("One?"), bot.ask("Two?")

    assert (first.usage.cost, second.usage.calls) == (0.25, 1)
    total = bot.session.usage()
    assert (total.input_tokens, total.output_tokens, total.cost, total.calls) == (20, 10, 0.5, 2)


# --- what goes wrong --------------------------------------------------------------------------------------------------


def test_leaving_a_stream_keeps_what_was_said_marked_and_the_history_valid(folder: Path) -> None:
    bot = Chatbot(Scripted(words(500), "Two.", delay=0.001), knowledge=None)
    seen = ""
    with closing(bot.stream("Tell.")) as events:  # type: ignore[type-var]
        for event in events:
            if isinstance(event, TextDelta):
                seen += event.text
                if "word9" in seen:
                    break

    (_, question, _), (_, answer, state) = history(bot)
    assert (question, state) == ("Tell.", "interrupted")
    assert answer.startswith(seen) and words(500).startswith(answer)
    assert bot.session.last_answer.answer.finish == "interrupted"  # type: ignore[union-attr]
    check(bot.session.past.history)
    assert bot.ask("And?").text == "Two."


def test_leaving_an_async_stream_keeps_what_was_said_too(folder: Path) -> None:
    bot = Chatbot(Scripted(words(500), delay=0.001), knowledge=None)

    async def leave() -> None:
        async with aclosing(bot.astream("Tell.")) as events:
            async for event in events:
                if isinstance(event, TextDelta):
                    break

    asyncio.run(leave())
    assert history(bot)[-1][0::2] == ("assistant", "interrupted")


def test_what_was_cut_goes_on_with_continue(talk: Callable[..., Chatbot]) -> None:
    bot = talk(Reply("One, two", finish="length"), ", three.")
    assert bot.ask("Count.").finish == "length"

    events = list(bot.stream_rest())

    assert events[-1].answer.text == ", three."  # type: ignore[union-attr]
    assert bot.model.requests[1].messages[-2].text == "One, two"  # type: ignore[attr-defined]
    assert [row[1] for row in history(bot)] == ["Count.", "One, two", "/continue", ", three."]
    with pytest.raises(UsageError, match="whole"):
        bot.stream_rest()


def test_a_question_that_failed_is_kept_and_asked_again_with_continue(
    folder: Path, chat_server: Callable[..., ChatServer]
) -> None:
    server = chat_server(refuses(401, "bad key"), says("Blue."))
    bot = Chatbot(f"{server.url}#test-model", knowledge=None)

    with pytest.raises(ModelRefused):
        bot.ask("What colour is the sky?")

    assert history(bot) == [("user", "What colour is the sky?", "complete")]
    assert list(bot.stream_rest())[-1].answer.text == "Blue."  # type: ignore[union-attr]
    assert [row[1] for row in history(bot)] == ["What colour is the sky?", "Blue."]


def test_a_question_asked_again_takes_the_file_along_that_went_with_it(folder: Path) -> None:
    note = folder / "note.md"
    note.write_text("The code of the door is 4711.")
    model = Scripted("I cannot say.", "It is 4711 [1].")
    bot = Chatbot(model, knowledge=None)
    bot.ask("What is the code of the door?", attached=[passage_of_file(note)])

    bot = Chatbot(model, knowledge=None, session=bot.session.id)
    answer = list(bot.stream_again())[-1].answer  # type: ignore[union-attr]

    assert model.requests[1].messages == model.requests[0].messages
    assert answer.citations[0].path == str(note)
    assert [row[1] for row in history(bot)] == ["What is the code of the door?", "It is 4711 [1]."]
    assert len(bot.session.tree()) == 4


def test_nothing_asked_cannot_be_asked_again(talk: Callable[..., Chatbot]) -> None:
    with pytest.raises(UsageError, match="nothing to take back"):
        talk().stream_again()


@pytest.mark.parametrize(
    ("scene", "error", "kept"),
    [
        (refuses(400, {"error": {"message": "context length exceeded", "code": "context_length_exceeded"}}),
         ContextOverflow, None),
        (refuses(500, "oops"), ModelError, None),
        (streams(delta(content="Half an ans"), end="cut"), ModelUnreachable, "Half an ans"),
        (streams(b"data: {nonsense\n\n"), ModelError, None),
    ],
    ids=["overflow", "error", "cut", "malformed"],
)  # fmt: skip
def test_an_endpoint_that_fails_is_a_typed_error_and_the_conversation_stays_usable(
    folder: Path, chat_server: Callable[..., ChatServer], scene: object, error: type[ChatbotError], kept: str | None
) -> None:
    server = chat_server(says("Hello."), *[scene] * 4)
    bot = Chatbot(f"{server.url}#test-model", knowledge=None)
    bot.ask("Hello?")

    with pytest.raises(error) as raised:
        list(bot.stream("What colour is the sky?"))

    assert "Traceback" not in str(raised.value)
    said = [row[1] for row in history(bot)]
    assert said == ["Hello?", "Hello.", "What colour is the sky?", *([kept] if kept else [])]
    check(bot.session.past.history)
    model = bot.model = Scripted("Blue.")
    assert bot.ask("Again?").text == "Blue."
    assert [each.role for each in model.requests[0].messages[1:]] == ["user", "assistant"] * 2 + ["user"]


def test_a_stream_without_a_finish_is_never_passed_off_as_whole(
    folder: Path, chat_server: Callable[..., ChatServer]
) -> None:
    server = chat_server(streams(delta(content="Half an ans"), usage()))
    bot = Chatbot(f"{server.url}#test-model", knowledge=None)

    assert bot.ask("Hello?").finish == "truncated"
    assert history(bot)[-1] == ("assistant", "Half an ans", "interrupted")


@pytest.mark.parametrize(("finish", "named"), [("length", "length"), ("content_filter", "filtered")])
def test_an_answer_that_was_cut_or_withheld_says_so(
    folder: Path, chat_server: Callable[..., ChatServer], finish: str, named: str
) -> None:
    bot = Chatbot(f"{chat_server(says('Half', finish=finish)).url}#test-model", knowledge=None)

    assert bot.ask("Hello?").finish == named


def test_timeout_bounds_the_whole_request(folder: Path, chat_server: Callable[..., ChatServer]) -> None:
    bot = Chatbot(f"{chat_server(SILENT).url}#test-model", knowledge=None)

    with pytest.raises(LimitReached, match=r"no answer within 0\.3 s"):
        bot.ask("Hello?", timeout=0.3)
    assert history(bot) == [("user", "Hello?", "complete")]


def test_a_limit_that_nobody_set_is_not_reported_as_reached(talk: Callable[..., Chatbot]) -> None:
    def late(_: Generate) -> str:
        raise TimeoutError("a fault in a model's own code")

    with pytest.raises(TimeoutError, match="own code"):
        talk(late).ask("Hello?")


def test_timeout_bounds_a_stream_that_drips(folder: Path, chat_server: Callable[..., ChatServer]) -> None:
    drip = streams(*[delta(content="x ")] * 200, pause=0.05)
    bot = Chatbot(f"{chat_server(drip).url}#test-model", knowledge=None)

    with pytest.raises(LimitReached):
        list(bot.stream("Hello?", timeout=2.0))
    assert history(bot)[-1][0::2] == ("assistant", "interrupted")


class SlowKnowledge(Knowledge):
    """Searches only once it is let go."""

    released = threading.Event()

    def search(self, *args: object, **kwargs: object) -> list[Passage]:
        self.released.wait(10)
        return []


def test_a_question_stopped_while_the_documents_are_searched_is_kept(folder: Path) -> None:
    slow = SlowKnowledge.from_records([{"id": "sky", "text": "The sky is blue."}])
    bot = Chatbot(Scripted("Never."), knowledge=slow)

    with pytest.raises(LimitReached):
        bot.ask("What colour is the sky?", timeout=1.0)
    SlowKnowledge.released.set()

    assert [row[1] for row in history(bot)] == ["What colour is the sky?"]


def test_what_was_said_before_a_tool_ran_is_not_said_twice_when_the_answer_is_cut(
    folder: Path, knowledge: Knowledge
) -> None:
    search = Reply("Let me look.", (ToolCall("c1", "search_knowledge", '{"query": "Norway"}'),))
    bot = Chatbot(Scripted(search, words(400), delay=0.001), knowledge=knowledge)
    said = ""
    with closing(bot.stream("How long does shipping take?")) as events:  # type: ignore[type-var]
        for event in events:
            said += event.text if isinstance(event, TextDelta) else ""
            if "word3" in said:
                break

    assert history(bot)[1][:2] == ("assistant", "Let me look.")
    assert history(bot)[-1][1].startswith("word0")
    check(bot.session.past.history)


def test_a_marker_that_points_nowhere_never_reaches_the_screen(folder: Path, knowledge: Knowledge) -> None:
    bot = Chatbot(Scripted("Nine days [1, 99], surely [42]."), knowledge=knowledge)

    events = list(bot.stream("How long does shipping to Norway take?"))

    assert text_of(events) == "Nine days [1], surely." == events[-1].answer.text  # type: ignore[union-attr]


def test_old_evidence_can_be_cited_in_a_later_turn(folder: Path, knowledge: Knowledge) -> None:
    bot = Chatbot(Scripted("Nine days [1].", "Still nine [1]."), knowledge=knowledge)
    bot.ask("How long does shipping to Norway take?")

    events = list(bot.stream("Thanks!"))

    assert text_of(events) == "Still nine [1]."
    assert events[-1].answer.citations[0].quote == "Shipping to Norway takes nine days."  # type: ignore[union-attr]


def test_a_small_context_is_summarised_and_goes_on(folder: Path) -> None:
    def reply(request: Generate) -> str:
        return "They counted." if request.purpose == "summary" else words(150)

    small = Abilities(writes=True, tools=False, context_tokens=3000)
    bot = Chatbot(Scripted(*[reply] * 40, abilities=small), knowledge=None)
    for number in range(8):
        bot.ask(f"Count to {number}, and then go on as far as you can get.")

    requests: list[Generate] = bot.model.requests  # type: ignore[attr-defined]
    summaries = [request for request in requests if request.purpose == "summary"]
    assert summaries and len({request.messages for request in summaries}) == len(summaries), "none is asked for twice"
    assert "They counted." in requests[-1].messages[1].text


# --- as a LangChain runnable ------------------------------------------------------------------------------------------


@pytest.fixture
def runnable_bot(folder: Path) -> Chatbot:
    @tool(impact="none")
    def look() -> str:
        """Looks."""
        return "seen"

    replies = [Reply("Let me look. ", (ToolCall("c1", "look", "{}"),)), "I have seen it."]
    return Chatbot(Scripted(*replies, repeat=True), knowledge=None, tools=[look])


def test_a_function_that_cannot_be_a_tool_is_refused_before_anything_is_asked(talk: Callable[..., Chatbot]) -> None:
    def look(where: str, what):  # type: ignore[no-untyped-def]
        return where

    with pytest.raises(UsageError, match="look cannot be a tool: its parameter 'what' has no type hint"):
        talk("So.", tools=[look])


def test_the_progress_of_a_tool_is_streamed_and_its_last_word_is_what_the_model_reads(
    talk: Callable[..., Chatbot],
) -> None:
    @tool(impact="reads")
    def count(book: str) -> Iterator[str]:
        """Count a book's pages."""
        yield f"opening {book}"
        yield "9 pages"

    asked = ToolCall("c1", "count", '{"book": "Emma"}')
    events = list(talk(Reply("", (asked,)), "Nine.", tools=[count]).stream("How long is Emma?"))

    assert [event.text for event in events if isinstance(event, ToolProgress)] == ["opening Emma", "9 pages"]
    at = [type(event) for event in events]
    assert at.index(ToolStarted) < at.index(ToolProgress) < at.index(ToolEnded)
    done = events[-1]
    assert isinstance(done, Done)
    assert [use.result.text for use in done.answer.tool_calls] == ["9 pages"]


def test_each_conversation_fills_its_own_users_values_and_the_journal_holds_none(
    folder: Path, talk: Callable[..., Chatbot]
) -> None:
    @tool(impact="reads")
    def whoami(
        user: Annotated[str, Injected("user")],
        key: Annotated[str, Injected("key", secret=True)],
        conversation: Annotated[Session, Injected()],
    ) -> str:
        """Who is asking."""
        return f"{len(user)} letters, {key}, {conversation.messages[0].message.text}"

    asks = Reply("", (ToolCall("c1", "whoami", "{}"),))
    shop = talk(asks, "You.", asks, "You.", tools=[whoami], tool_context={"key": "sk-12345"})
    with pytest.raises(UsageError, match="whoami needs 'user' of the app"):
        shop.ask("Who am I?")
    for user in ("Bo", "Alexander"):
        answer = shop.conversation(tool_context={"user": user}).ask(f"Am I {len(user)} letters?")
        said = f"{len(user)} letters, [secret], Am I {len(user)} letters?"
        assert [use.result.text for use in answer.tool_calls] == [said]
    kept = b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())
    assert b"letters" in kept
    assert b"sk-12345" not in kept and b"Alexander" not in kept


def test_as_a_runnable_it_answers_and_streams(runnable_bot: Chatbot) -> None:
    runnable = runnable_bot.as_runnable()

    async def both() -> tuple[str, list[str]]:
        return await runnable.ainvoke("Look."), [piece async for piece in runnable.astream("Look.")]

    assert runnable.invoke("Look.") == "I have seen it."
    pieces = list(runnable.stream("Look."))
    assert len(pieces) > 3 and "".join(pieces) == "Let me look. I have seen it."
    assert asyncio.run(both()) == ("I have seen it.", pieces)


def test_as_a_runnable_it_is_part_of_a_chain_and_takes_a_batch(folder: Path) -> None:
    from langchain_core.prompts import PromptTemplate

    model = Scripted("Blue.", repeat=True)
    chain = PromptTemplate.from_template("What colour is the {thing}?") | Chatbot(model, knowledge=None).as_runnable()

    assert chain.batch([{"thing": "sky"}, {"thing": "sea"}]) == ["Blue.", "Blue."]
    assert "".join(chain.stream({"thing": "sun"})) == "Blue."
    asked = {tuple(message.text for message in request.messages[1:]) for request in model.requests}
    assert asked == {(f"What colour is the {thing}?",) for thing in ("sky", "sea", "sun")}, "each on its own"


def test_as_a_runnable_it_refuses_what_is_no_question(runnable_bot: Chatbot) -> None:
    with pytest.raises(UsageError, match="as text, not dict"):
        runnable_bot.as_runnable().invoke({"question": "?"})  # type: ignore[arg-type]


def test_a_setting_says_what_the_model_reads_where_its_server_does_not(
    folder: Path, chat_server: Callable[..., ChatServer]
) -> None:
    server = chat_server(says("Read it."))
    long = "word " * 8_000
    with pytest.raises(ContextOverflow, match="the model reads 7168"):
        Chatbot(f"{server.url}#m", knowledge=None).ask(long)
    (folder / "chatbot.toml").write_text("context = 32768\n")
    assert Chatbot(f"{server.url}#m", knowledge=None).ask(long).text == "Read it."


# --- what its tools may do --------------------------------------------------------------------------------------------


def note(text: str) -> str:
    """Add a note."""
    return f"noted {text}"


@pytest.fixture
def with_policy(folder: Path) -> Callable[..., Chatbot]:
    """A chatbot in a workspace with a policy, whose model wants to add a note."""
    (folder / "chatbot.toml").write_text(
        '[policy]\ndeny = ["note"]\n[policy.profiles.notes]\ntools = ["note"]\n'
        '[[policy.profiles.notes.rules]]\nverdict = "allow"\ntool = "note"\narguments = {text = "milk"}\n'
    )

    def make(**options: object) -> Chatbot:
        model = Scripted(Reply("", (ToolCall("c1", "note", '{"text": "milk"}'),)), "Well.", repeat=True)
        return Chatbot(model, knowledge=None, tools=[note], workspace=folder, **options)  # type: ignore[arg-type]

    return make


def test_the_settings_policy_holds_and_a_profile_of_it_by_name(with_policy: Callable[..., Chatbot]) -> None:
    bot = with_policy()
    assert "note" not in [each.name for each in bot.offered_tools]
    [denied] = bot.ask("Note milk.").tool_calls
    assert denied.result.failed and "denies calls of note" in denied.result.text
    assert denied.result.decision == Decision("deny", "the policy denies calls of note", "effect")

    bot = with_policy(policy="notes")
    assert [each.name for each in bot.offered_tools] == ["note"]
    assert bot.ask("Note milk.").tool_calls[0].result.text == "noted milk"


def test_a_conversation_can_have_a_policy_of_its_own(with_policy: Callable[..., Chatbot]) -> None:
    bot = with_policy(policy=Policy())
    other = bot.conversation()
    other.policy = Policy(tools=())
    assert bot.ask("Note milk.").tool_calls[0].result.text == "noted milk"
    [use] = other.ask("Note milk.").tool_calls
    assert use.result.decision is not None and use.result.decision.check == "scope"


def test_the_decision_is_in_the_journal_before_the_tool_runs(with_policy: Callable[..., Chatbot]) -> None:
    bot = with_policy(policy=Policy())
    answer = bot.ask("Note milk.")
    kinds = [(each.kind, (each.result or {}).get("verdict")) for each in bot.journal.trace(answer.trace_id)]
    assert ("decision", "allow") in kinds
    denied = with_policy().ask("Note milk.")
    [decision] = [each for each in with_policy().journal.trace(denied.trace_id) if each.kind == "decision"]
    assert decision.request == {"call_id": "c1", "tool": "note"}
    assert decision.result is not None and decision.result["verdict"] == "deny"


def test_a_policy_that_speaks_of_no_tool_is_told_once(with_policy: Callable[..., Chatbot]) -> None:
    bot = with_policy(policy=Policy((Rule("deny", "noet"),)))
    told = [[event.text for event in bot.stream("Hello") if isinstance(event, Notice)] for _ in range(2)]
    assert told == [["the policy speaks of 'noet', and there is no such tool (did you mean 'note'?)"], []]


WITHHELD = (Policy(tools=()), Policy((Rule("deny", "search_*"),)), Policy((Rule("ask", impact="reads"),)))


@pytest.mark.parametrize("policy", WITHHELD)
def test_the_search_is_a_tool_that_a_policy_may_withhold(folder: Path, knowledge: Knowledge, policy: Policy) -> None:
    model = Scripted(Reply("", (ToolCall("c1", "search_knowledge", '{"query": "returns"}'),)), "Well.")
    bot = Chatbot(model, knowledge=knowledge, policy=policy)
    assert "search_knowledge" not in [each.name for each in bot.offered_tools]
    [use] = bot.ask("Hello!").tool_calls
    assert use.result.failed and "not among the tools of this task" in use.result.text


# --- MCP servers ------------------------------------------------------------------------------------------------------


def test_one_mcp_server_serves_every_loop_and_conversation_and_ends_with_the_chatbot(folder: Path) -> None:
    pytest.importorskip("mcp")
    program = shutil.copy(Path(__file__).parent / "programs" / "mcp_by_hand.py", folder / "sums_of_this_test.py")
    add = {"name": "add", "description": "Adds.", "inputSchema": {"type": "object", "properties": {}}}
    (folder / "manifest.json").write_text(json.dumps({"pages": [[add]]}))
    started = json.dumps([sys.executable, "-S", "-E", str(program), str(folder / "manifest.json")])
    (folder / "chatbot.toml").write_text(
        f'[mcp.sums]\ncommand = {started}\ntools = ["add"]\nimpact = {{ add = "none" }}'
    )
    wants = Reply("", (ToolCall("c1", "add", "{}"),))
    with Chatbot(Scripted("Not yet."), knowledge=None) as waiting:
        notices = [event.text for event in waiting.stream("Add.") if isinstance(event, Notice)]
        assert notices == ["the MCP server sums waits for your approval: chatbot tools approve sums"]
        waiting.sources.connections[0].approve()
    with Chatbot(Scripted(wants, "5", wants, "5", wants, "5"), knowledge=None) as bot:
        answers = [bot.ask("Add."), asyncio.run(bot.aask("Again.")), asyncio.run(bot.conversation().aask("And here."))]
        assert [answer.tool_calls[0].result.text for answer in answers] == ["ran add"] * 3
    running = subprocess.run(["ps", "-A", "-ww", "-o", "args"], capture_output=True, text=True, check=True).stdout
    assert str(program) not in running
