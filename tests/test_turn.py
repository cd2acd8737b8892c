"""A chat turn, driven by hand: what it asks of the world, in which order, and what it makes of the results."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chatbot import conversation
from chatbot.context import Past, Setting
from chatbot.effects import (
    CallTool,
    CheckSources,
    Effect,
    Flow,
    Generate,
    Overview,
    Remember,
    Retrieve,
    Survey,
    Tell,
    Together,
    ToolSchema,
)
from chatbot.errors import ContextOverflow, ModelError, ModelUnreachable, PromptError, UsageError
from chatbot.events import Cited, Notice, Prompted, Searched, TurnEvent
from chatbot.messages import Answer, Evidence, Message, Passage, Reply, Segment, ToolCall, ToolResult, Usage
from chatbot.messages import message as message_of
from chatbot.models.model import Abilities, estimate_tokens
from chatbot.prompting import Prompt
from chatbot.sampling import Sampling
from chatbot.strategies.zero_shot import ZeroShot
from chatbot.tools.search_knowledge import SEARCH_KNOWLEDGE
from chatbot.turn import begin, resume

PROMPTS = Path(__file__).parent.parent / "prompts"
WRITES = Abilities(writes=True, tools=True, context_tokens=32_000)
QUOTES = Abilities(writes=False, tools=False, context_tokens=32_000)
CLOCK = ToolSchema("clock", "What time it is.", {"type": "object", "properties": {}})

SKY = Passage("The sky is blue. It was grey in the morning.", 40, 84, 3, path="sky.md", document_hash="s1")
SEA = Passage("The sea is green.", 0, 17, 1, path="sea.md", document_hash="s2")
SUN = Passage("The sun is white.", 7, 24, 2, path="sun.md", document_hash="s3")


def setting(abilities: Abilities = WRITES, prompt: str = "chat", **more: object) -> Setting:
    made = Setting(
        prompt=Prompt.load(prompt, PROMPTS),
        rewrite=Prompt.load("rewrite", PROMPTS),
        summary=Prompt.load("summary", PROMPTS),
        sampling=Sampling(max_tokens=100),
        abilities=abilities,
        count=estimate_tokens,
        strategy=ZeroShot(),
    )
    return replace(made, **more)  # type: ignore[arg-type]


Line = Reply | str | Exception


@dataclass
class World:
    """Answers a flow's effects from what it was given, keeps the effects, and remembers as a conversation does."""

    replies: list[Line] = field(default_factory=list)
    finds: Callable[[str], Sequence[Passage]] = lambda query: [SKY, SEA]
    openings: tuple[Passage, ...] = ()
    changed: frozenset[str] = frozenset()
    effects: list[Effect] = field(default_factory=list)
    past: Past = field(default_factory=Past)

    def run(self, flow: Flow[Answer]) -> Answer:
        result: object = None
        try:
            effect = flow.send(None)
            while True:
                self.effects.append(effect)
                try:
                    result = self.perform(effect)
                except ModelError as error:
                    effect = flow.throw(error)
                else:
                    effect = flow.send(result)
        except StopIteration as done:
            answer: Answer = done.value
            return answer

    def ask(self, question: str, given: Setting | None = None, attached: tuple[Passage, ...] = ()) -> Answer:
        self.effects.clear()
        return self.run(begin(question, self.past, given or setting(), attached=attached))

    def perform(self, effect: Effect) -> object:
        match effect:
            case Generate():
                line = self.replies.pop(0)
                if isinstance(line, Exception):
                    raise line
                return Reply(line) if isinstance(line, str) else line
            case Retrieve(query):
                return tuple(self.finds(query))
            case Survey():
                return Overview(len(self.openings), 9, self.openings)
            case CallTool(call):
                return ToolResult(call.id, call.name, f"result of {call.name}")
            case CheckSources():
                return self.changed
            case Together(effects):
                return tuple(self.perform(each) for each in effects)
            case Remember(said, evidence=evidence):
                self.past = Past((*self.past.history, said), (*self.past.ledger, *evidence))
        return None

    def all(self, kind: type) -> list:  # type: ignore[type-arg]
        return [effect for effect in self.effects if isinstance(effect, kind)]

    def told(self, kind: type[TurnEvent]) -> list:  # type: ignore[type-arg]
        return [effect.event for effect in self.all(Tell) if isinstance(effect.event, kind)]

    def asked(self, purpose: str = "answer") -> list[Generate]:
        return [effect for effect in self.all(Generate) if effect.purpose == purpose]


def kinds(effects: Sequence[Effect]) -> list[str]:
    return [type(each.event if isinstance(each, Tell) else each).__name__ for each in effects]


def said(role: str, text: str) -> Message:
    return message_of(role, text, "user" if role == "user" else "model")  # type: ignore[arg-type]


def spoken(*texts: str) -> Past:
    """A conversation of questions and answers in turn."""
    return Past(tuple(said("user" if number % 2 == 0 else "assistant", text) for number, text in enumerate(texts)))


def calling(*calls: tuple[str, str], text: str = "") -> Reply:
    return Reply(text, tuple(ToolCall(f"c{number}", *call) for number, call in enumerate(calls, 1)))


# --- the course of a turn ---------------------------------------------------------------------------------------------


def test_a_turn_searches_remembers_the_question_asks_and_remembers_the_answer() -> None:
    world = World(["Blue [1]."])

    answer = world.ask("What colour is the sky?")

    assert kinds(world.effects) == [
        "Retrieve", "Prompted", "Searched", "Remember", "Generate", "CheckSources", "Cited", "Remember",
    ]  # fmt: skip
    assert answer.text == "Blue [1]." and not answer.declined
    [citation] = answer.citations
    assert (citation.path, citation.quote, citation.start, citation.end, citation.line) == (
        "sky.md", "The sky is blue.", 40, 56, 3,
    )  # fmt: skip


def test_the_question_is_remembered_as_it_is_sent_and_shown_as_it_was_typed() -> None:
    world = World(["Blue [1]."])
    world.ask("What colour is the sky?")

    question, answer = world.all(Remember)

    assert question.message == world.asked()[0].messages[-1]
    assert question.display == "What colour is the sky?"
    assert [item.number for item in question.evidence] == [1, 2]
    assert answer.message == said("assistant", "Blue [1].")
    assert answer.answer.text == "Blue [1]."


def test_calls_run_together_and_their_results_go_back_to_the_model() -> None:
    world = World([calling(("clock", "{}"), ("clock", '{"zone": "UTC"}'), text="Let me see."), "It is noon."])

    answer = world.ask("What time is it?", setting(tools=(CLOCK,), grounded=False))

    assert kinds(world.effects) == [
        "Prompted", "Remember", "Generate", "Remember", "Together", "Remember", "Remember", "Generate", "Cited",
        "Remember",
    ]  # fmt: skip
    first, second = world.asked()
    assert second.messages[: len(first.messages)] == first.messages
    assert [message.role for message in second.messages[len(first.messages) :]] == ["assistant", "tool", "tool"]
    assert [use.result.text for use in answer.tool_calls] == ["result of clock"] * 2
    conversation.check(world.past.history)


def test_the_rounds_of_tools_are_bounded_and_the_last_one_is_offered_none() -> None:
    world = World([calling(("clock", "{}"))] * 3)

    answer = world.ask("What time is it?", setting(tools=(CLOCK,), grounded=False, rounds=3))

    assert [bool(request.tools) for request in world.asked()] == [True, True, False]
    assert len(answer.tool_calls) == 2
    assert "after 3 rounds" in world.told(Notice)[0].text
    conversation.check(world.past.history)


def test_a_model_that_calls_no_tools_is_offered_none() -> None:
    world = World(["Noon."])
    world.ask("What time is it?", setting(replace(WRITES, tools=False), tools=(CLOCK,)))

    assert world.asked()[0].tools == ()


def test_the_search_is_offered_only_where_there_are_documents() -> None:
    for grounded, offered in ((True, [CLOCK, SEARCH_KNOWLEDGE]), (False, [CLOCK])):
        world = World(["Noon."])
        world.ask("What time is it?", setting(tools=(CLOCK, SEARCH_KNOWLEDGE), grounded=grounded))
        assert list(world.asked()[0].tools) == offered


def test_usage_counts_every_request_of_the_turn() -> None:
    spent = Usage(10, 2, cost=0.5, calls=1)
    rewritten = Reply("What colour is the sea?", usage=spent)
    called = replace(calling(("clock", "{}")), usage=spent)
    world = World([rewritten, called, Reply("Green.", usage=spent)], past=spoken("What colour is the sky?", "Blue."))

    answer = world.ask("And the sea?", setting(tools=(CLOCK,)))

    assert answer.usage == Usage(30, 6, cost=1.5, calls=3)


def test_an_answer_that_is_not_whole_says_so() -> None:
    for finish in ("length", "filtered", "truncated"):
        assert World([Reply("Blu", finish=finish)]).ask("What colour is the sky?").finish == finish  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "declined"),
    [("The documents do not say.", True), ("They don't say it outright, but it is blue [1].", False), ("Blue.", False)],
)
def test_an_answer_without_a_source_that_says_the_documents_do_not_hold_it_has_declined(
    text: str, declined: bool
) -> None:
    assert World([text]).ask("What colour is the sky?").declined is declined


# --- what is searched -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("turns", [1, 2, 5])
def test_a_follow_up_is_rewritten_by_a_model_that_writes_on_every_turn(turns: int) -> None:
    world = World(["What is the colour of the sea?", "Green [1]."], past=spoken(*["Tell of the sky.", "Blue."] * turns))

    world.ask("and the other one?")

    [rewrite] = world.asked("rewrite")
    assert "Tell of the sky." in rewrite.messages[-1].text and "and the other one?" in rewrite.messages[-1].text
    assert world.all(Retrieve)[0].query == "What is the colour of the sea?"
    assert world.told(Searched)[0].query == "What is the colour of the sea?"
    assert world.all(Remember)[0].display == "and the other one?"


def test_a_model_that_only_quotes_is_never_asked_to_rewrite_and_the_subject_is_carried_by_words() -> None:
    world = World(["Green [1]."], past=spoken("What colour is the Baltic sea?", "Grey."))

    world.ask("how deep is it?", setting(QUOTES))

    assert world.asked("rewrite") == []
    assert "Baltic" in world.all(Retrieve)[0].query
    assert world.asked()[0].grounding.question == world.all(Retrieve)[0].query


@pytest.mark.parametrize(
    "line",
    [ModelUnreachable("gone"), Reply("Half a quest", finish="truncated"), Reply(""), Reply("word " * 500)],
    ids=["failed", "cut", "empty", "rambling"],
)
def test_a_rewriting_that_comes_to_nothing_leaves_the_words_to_carry_the_subject(line: Line) -> None:
    world = World([line, "Grey."], past=spoken("What colour is the Baltic sea?", "Grey."))

    world.ask("how deep is it?")

    query = world.all(Retrieve)[0].query
    assert query.startswith("how deep is it?") and "Baltic" in query


def test_a_rewriting_sees_what_was_said_and_none_of_the_passages() -> None:
    world = World(["Blue [1].", "What colour is the sea?", "Green [2]."])
    world.ask("What colour is the sky?")
    world.ask("and the sea?")

    [rewrite] = world.asked("rewrite")
    assert "user: What colour is the sky?" in rewrite.messages[-1].text
    assert SKY.text not in rewrite.messages[-1].text


def test_a_question_about_the_collection_goes_to_the_overview() -> None:
    world = World(["Two documents [1][2]."], openings=(SKY, SEA))

    world.ask("What documents do you have?")

    assert world.all(Retrieve) == [] and len(world.all(Survey)) == 1
    grounding = world.asked()[0].grounding
    assert grounding.documents == 2 and [item.passage for item in grounding.evidence] == [SKY, SEA]


def test_an_empty_collection_is_still_a_collection() -> None:
    world = World(["None."])

    world.ask("What documents do you have?")

    assert world.asked()[0].grounding.documents == 0 and world.asked()[0].grounding.evidence == ()


def test_small_talk_retrieves_nothing_and_rests_on_nothing() -> None:
    world = World(["You are welcome."], past=spoken("What colour is the sky?", "Blue."))

    world.ask("Thanks!")

    assert kinds(world.effects) == ["Prompted", "Remember", "Generate", "Cited", "Remember"]
    assert world.asked()[0].grounding is None


def test_without_documents_nothing_is_searched_or_rewritten() -> None:
    world = World(["Green."], past=spoken("What colour is the sky?", "Blue."))

    world.ask("and the sea?", setting(grounded=False))

    assert world.all(Retrieve) == [] and world.asked("rewrite") == []


def test_an_attached_file_comes_before_what_is_found() -> None:
    world = World(["White [1]."])

    world.ask("What colour is the sun?", attached=(SUN,))

    assert [(item.number, item.passage) for item in world.told(Searched)[0].found] == [(1, SUN), (2, SKY), (3, SEA)]
    assert SUN.text in world.asked()[0].messages[-1].text


def test_an_attached_file_is_what_summarise_this_speaks_of() -> None:
    world = World(["White [1]."], openings=(SKY, SEA))

    world.ask("summarise this", attached=(SUN,))

    assert world.all(Survey) == [] and world.all(Retrieve) == []
    grounding = world.asked()[0].grounding
    assert grounding.documents == 1 and [item.passage for item in grounding.evidence] == [SUN]


def test_a_file_that_cannot_be_sent_is_refused_rather_than_left_out(tmp_path: Path) -> None:
    bare = tmp_path / "bare.prompty"
    bare.write_text("---\nname: bare\ninputs:\n  - {name: question, kind: string}\n---\nuser:\n{{ question }}\n")

    with pytest.raises(UsageError, match="'bare' has no input 'passages'"):
        World().ask("And?", setting(prompt=str(bare)), attached=(SUN,))

    long = replace(SUN, text="white " * 3000, end=18_000)
    with pytest.raises(ContextOverflow, match=r"sun\.md takes about 6000 tokens"):
        World().ask("And?", setting(replace(WRITES, context_tokens=4000)), attached=(long,))


@pytest.mark.parametrize(
    ("inputs", "body", "words"),
    [
        ("  - {name: text, kind: string, default: ''}", "user:\nHello\n", "has no input 'question'"),
        ("  - {name: question, kind: string}", "{{ question }}\n", "does not end with the user's message"),
    ],
)
def test_a_prompt_that_cannot_hold_a_conversation_is_an_error(
    tmp_path: Path, inputs: str, body: str, words: str
) -> None:
    path = tmp_path / "odd.prompty"
    path.write_text(f"---\nname: odd\ninputs:\n{inputs}\n---\n{body}")

    with pytest.raises(PromptError, match=words):
        World(["Hello"]).ask("And?", setting(prompt=str(path)))


# --- evidence ---------------------------------------------------------------------------------------------------------


def test_a_search_that_the_model_asks_for_joins_the_ledger() -> None:
    world = World([calling((SEARCH_KNOWLEDGE.name, '{"query": "sun"}')), "White [3], unlike the sky [1]."])
    world.finds = lambda query: [SUN, SKY] if query == "sun" else [SKY, SEA]

    answer = world.ask("What colour is the sun?", setting(tools=(SEARCH_KNOWLEDGE,)))

    result = world.past.history[-2]
    assert result.role == "tool" and "[3] sun.md:2\nThe sun is white." in result.text and "[1] sky.md:3" in result.text
    assert result.origins == {"author", "document"}
    assert [item.passage for item in world.past.ledger] == [SKY, SEA, SUN]
    assert [citation.path for citation in answer.citations] == ["sun.md", "sky.md"]


def test_a_search_with_arguments_that_are_none_is_told_to_the_model() -> None:
    world = World([calling((SEARCH_KNOWLEDGE.name, '{"quarry": 1}')), "Sorry."])

    world.ask("What colour is the sun?", setting(tools=(SEARCH_KNOWLEDGE,)))

    [together] = world.all(Together)
    assert isinstance(together.effects[0], CallTool)


def test_a_passage_found_again_is_named_by_its_number_and_not_sent_again() -> None:
    world = World(["Blue [1].", "Is it grey?", "In the morning [1]."])
    world.ask("What colour is the sky?")
    world.finds = lambda query: [SKY, SUN]
    world.ask("And in the morning?")

    prompt = world.asked()[0].messages
    assert "".join(message.text for message in prompt).count(SKY.text) == 1
    assert "may matter again: [1]" in prompt[-1].text and 'number="3"' in prompt[-1].text


def test_a_document_that_was_indexed_anew_gets_new_numbers() -> None:
    world = World(["Blue [1].", "What colour is the sky?", "Red [3]."])
    world.ask("What colour is the sky?")
    red = replace(SKY, text="The sky is red! It was grey in the morning.", document_hash="s9")
    world.finds = lambda query: [red]

    answer = world.ask("And now?")

    assert [(item.number, item.passage.text) for item in world.past.ledger][2] == (3, red.text)
    assert answer.citations[0].quote == "The sky is red!"


def test_two_documents_of_the_same_words_are_both_sent() -> None:
    world = World(["Blue [1].", "What colour is the sky?", "Blue [3]."])
    world.ask("What colour is the sky?")
    world.finds = lambda query: [replace(SKY, path="copy.md")]
    world.ask("Says who?")

    assert 'number="3" source="copy.md:3"' in world.asked()[0].messages[-1].text


def test_a_source_that_has_changed_since_it_was_indexed_is_marked() -> None:
    world = World(["Blue [1], green [2]."], changed=frozenset({"sea.md"}))

    answer = world.ask("What colours are there?")

    assert [(citation.path, citation.stale) for citation in answer.citations] == [("sky.md", False), ("sea.md", True)]
    assert world.told(Cited)[0].citations == answer.citations


def test_a_marker_that_points_nowhere_is_dropped_from_the_answer_and_the_history() -> None:
    world = World(["Blue [1], surely [7]."])

    assert world.ask("What colour is the sky?").text == "Blue [1], surely."
    assert world.past.history[-1].text == "Blue [1], surely."


POOL = [replace(SKY, text=f"Fact {number} is so.", start=number * 50, end=number * 50 + 13) for number in range(9)]
TURN = st.tuples(
    st.lists(st.sampled_from(POOL), max_size=6, unique=True),
    st.sampled_from(["So [1].", "Nothing.", "So [2, 3] and [9].", ""]),
    st.booleans(),
)


@settings(max_examples=60, deadline=None)
@given(st.lists(TURN, min_size=2, max_size=6))
def test_a_prompt_only_grows_at_its_end_and_a_number_means_one_span_for_ever(
    turns: list[tuple[list[Passage], str, bool]],
) -> None:
    world, before, meaning = World(), (), {}
    for number, (found, text, calls) in enumerate(turns):
        world.finds = lambda query, found=found: found  # type: ignore[misc]
        world.replies = [*(["again?"] if number and world.past.history else []), text]
        if calls:
            world.replies.insert(-1, calling((SEARCH_KNOWLEDGE.name, '{"query": "facts"}')))
        world.ask(f"Question {number}?", setting(tools=(SEARCH_KNOWLEDGE,)))

        for request in world.asked():
            assert request.messages[: len(before)] == before
            before = request.messages
        before = (*before, world.past.history[-1])
        for item in world.past.ledger:
            assert meaning.setdefault(item.number, item.passage.span) == item.passage.span
        conversation.check(world.past.history)


# --- the room ---------------------------------------------------------------------------------------------------------


def test_the_token_ledger_adds_up_to_the_prompt_and_the_tools() -> None:
    given = setting(tools=(CLOCK,), instructions="Be brief.")
    world = World(["Is it grey?", "Blue [1]."], past=spoken("What colour is the sky?", "Blue."))

    world.ask("and in the morning?", given)

    [prompted] = world.told(Prompted)
    room = prompted.tokens["room"]
    parts = sum(prompted.tokens.values()) - room
    assert room == 32_000
    assert parts == given.tool_tokens + sum(map(given.tokens, world.asked()[0].messages))
    assert list(prompted.tokens) == ["system", "tools", "summary", "history", "evidence", "question", "room"]


def test_evidence_shrinks_first_when_the_room_is_narrow() -> None:
    found = [replace(SKY, text=f"{number} " + "word " * 200, start=number) for number in range(5)]
    history = spoken("What colour is the sky?", "Blue. " * 60)
    world = World(["Is it?", "Blue [1]."], finds=lambda query: found, past=history)

    world.ask("and in the morning?", setting(replace(WRITES, context_tokens=1600)))

    [searched] = world.told(Searched)
    assert 0 < len(searched.found) < 5
    assert {dropped.reason for dropped in searched.dropped} == {"over the token budget"}
    assert [item.passage for item in searched.found] == found[: len(searched.found)], "the worst goes first"
    assert all(message in world.asked()[0].messages for message in history.history)
    assert [item.number for item in world.past.ledger] == [item.number for item in searched.found]


def test_what_a_tool_finds_is_bounded_by_the_room_too() -> None:
    found = [replace(SKY, text=f"{number} " + "word " * 300, start=number) for number in range(5)]
    given = setting(replace(WRITES, context_tokens=2600), tools=(SEARCH_KNOWLEDGE,))
    world = World([calling((SEARCH_KNOWLEDGE.name, '{"query": "more"}')), "So."])
    world.finds = lambda query: found if query == "more" else [SKY]

    world.ask("What colour is the sky?", given)

    last = world.asked()[-1]
    assert given.tool_tokens + sum(map(given.tokens, last.messages)) <= given.room
    assert any(found[0].text in message.text for message in last.messages)


def test_a_question_that_does_not_fit_alone_is_refused_before_anything_is_said() -> None:
    world = World()

    with pytest.raises(ContextOverflow, match="the model reads 900"):
        world.ask("word " * 2000, setting(replace(WRITES, context_tokens=1000)))

    assert world.past == Past() and world.asked() == []


def test_a_last_turn_too_large_to_stay_makes_room_for_the_next_question() -> None:
    given = setting(replace(WRITES, context_tokens=4000))
    world = World(["Long.", "It was about words.", "What was it about?", "Words."])
    world.ask("word " * 1900, given)

    answer = world.ask("What was it about?", given)

    assert answer.text
    assert len(world.asked("summary")) == 1


def long_past(turns: int) -> Past:
    return spoken(
        *(text for number in range(turns) for text in (f"Question {number}? " + "why " * 150, "Because. " * 60))
    )


SMALL = replace(WRITES, context_tokens=3000)


def test_what_falls_out_of_the_window_is_summarised_by_a_model_that_writes() -> None:
    world = World(["They spoke of whys.", "Why at all?", "So."], past=long_past(6))

    world.ask("And why at all?", setting(SMALL))

    [summary] = world.asked("summary")
    assert "Question 0?" in summary.messages[-1].text
    prompt = world.asked()[0].messages
    assert "They spoke of whys." in prompt[1].text and prompt[1].role == "user"
    assert not any("Question 0?" in message.text for message in prompt)
    [digest] = [part for part in prompt[1].parts if part.text == "They spoke of whys."]
    assert digest.origin == "model"
    assert world.told(Prompted)[0].tokens["summary"] > 0


def test_a_model_that_only_quotes_gets_an_extract_of_what_fell_out() -> None:
    world = World(["So."], past=long_past(6))

    world.ask("And why at all?", setting(replace(SMALL, writes=False)))

    assert world.asked("summary") == []
    assert "The user asked: Question" in world.asked()[0].messages[1].text


@pytest.mark.parametrize("line", [ModelUnreachable("gone"), Reply("  ")], ids=["failed", "empty"])
def test_a_summary_that_fails_becomes_an_extract_and_a_notice(line: Line) -> None:
    world = World([line, "Why at all?", "So."], past=long_past(6))

    world.ask("And why at all?", setting(SMALL))

    assert "could not be summarised" in world.told(Notice)[0].text
    assert "The user asked: Question" in world.asked()[0].messages[1].text


def test_a_cut_keeps_calls_with_their_results() -> None:
    call = ToolCall("c1", "clock", "{}")
    turn = (
        said("user", "What time is it? " + "why " * 150),
        Message("assistant", tool_calls=(call,)),
        Message("tool", (Segment("noon " * 50, "tool"),), call_id="c1"),
        said("assistant", "Noon."),
    )
    for turns in range(1, 12):
        world = World(["Summary."] * 20, past=Past(turn * turns))
        world.ask("And why at all?", setting(replace(SMALL, context_tokens=2000)))
        for request in world.all(Generate):
            conversation.check(request.messages)


def test_the_same_cut_is_asked_to_be_summarised_in_the_same_words() -> None:
    """So the journal recalls it: a conversation is not summarised twice."""
    world = World(["Summary.", "one", "So.", "Summary.", "two", "So."], past=long_past(6))
    world.ask("And why at all?", setting(SMALL))
    first = world.asked("summary")
    world.ask("And else?", setting(SMALL))

    assert world.asked("summary") == first


# --- further instructions, files, taint -------------------------------------------------------------------------------


def test_instructions_of_the_user_stand_in_the_system_message_with_their_origin() -> None:
    world = World(["Bleu [1]."])

    world.ask("What colour is the sky?", setting(instructions="Answer in French."))

    system = world.asked()[0].messages[0]
    assert system.role == "system"
    assert Segment("Answer in French.", "user") in system.parts


def test_a_call_is_tainted_once_text_of_a_document_or_a_tool_is_in_the_context() -> None:
    clean = setting(tools=(CLOCK,), grounded=False)
    world = World([calling(("clock", "{}")), calling(("clock", "{}")), "Noon."])
    world.ask("What time is it?", clean)
    assert [each.tainted for together in world.all(Together) for each in together.effects] == [False, True]

    world = World([calling(("clock", "{}")), "Noon."])
    world.ask("What time is it?", setting(tools=(CLOCK,)))
    assert [each.tainted for together in world.all(Together) for each in together.effects] == [True]


# --- going on ---------------------------------------------------------------------------------------------------------


def test_resume_goes_on_with_the_answer_that_was_cut() -> None:
    past = Past((said("user", "Count."), said("assistant", "One, two")), (Evidence(1, SKY),))
    world = World([", three [1]."], past=past)

    answer = world.run(resume(past, setting()))

    [request] = world.asked()
    assert request.messages[1:-1] == past.history
    assert request.messages[-1].role == "user" and request.messages[-1].origins == {"author"}
    assert world.all(Remember)[0].display == "/continue"
    assert answer.text == ", three [1]." and answer.citations[0].path == "sky.md"
