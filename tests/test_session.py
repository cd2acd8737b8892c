"""One conversation in the journal: the branch it stands on, its ledger, and what is done to it."""

from __future__ import annotations

from contextlib import closing, suppress
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from chatbot import Chatbot, conversation, tool
from chatbot.conversation.history import NO_ANSWER
from chatbot.effects import Generate, Remember
from chatbot.errors import ModelUnreachable, NotFoundError, UsageError
from chatbot.journal import Journal
from chatbot.messages import Answer, Evidence, Finish, Message, Passage, Reply, ToolCall, Usage, message
from chatbot.models import Scripted
from chatbot.session import Session, said_by

SKY = Evidence(1, Passage("The sky is blue.", 0, 16, 1, path="sky.md"))


@pytest.fixture
def journal(tmp_path: Path) -> Journal:
    return Journal(tmp_path / "journal.db")


@pytest.fixture
def session(journal: Journal) -> Session:
    return Session(journal)


def ask(session: Session, question: str, answer: str = "", finish: Finish = "complete", *evidence: Evidence) -> str:
    """A turn as the bot leads it; its id."""
    trace_id = f"turn {len(session.messages)} {question}"
    session.begin_turn(trace_id, model="scripted", prompt="chat@1", question=question)
    said = message("user", f"passages\n{question}", "user")
    session.remember(Remember(said, display=question, evidence=evidence), trace_id)
    if answer:
        session.remember(
            Remember(message("assistant", answer, "model"), answer=Answer(answer, finish=finish)), trace_id
        )
    session.end_turn(trace_id, "complete")
    return trace_id


def texts(session: Session) -> list[str]:
    return [stored.display or stored.message.text for stored in session.messages]


def test_it_comes_into_being_with_its_first_question_and_is_named_after_it(session: Session, journal: Journal) -> None:
    assert session.id is None and journal.sessions() == []

    ask(session, "What   colour\nis the sky?", "Blue.")

    [info] = journal.sessions()
    assert (info.id, info.title, info.messages) == (session.id, "What colour is the sky?", 2)


def test_it_goes_on_where_it_was_after_a_restart(session: Session, journal: Journal, tmp_path: Path) -> None:
    ask(session, "What colour is the sky?", "Blue [1].", "complete", SKY)
    assert session.id is not None

    again = Session(Journal(tmp_path / "journal.db"), session.id[:-2])

    assert again.id == session.id
    assert again.messages == session.messages
    assert again.ledger == (SKY,)
    assert again.past == session.past


def test_an_id_that_does_not_exist_is_an_error(journal: Journal) -> None:
    with pytest.raises(NotFoundError, match="no session 'x'"):
        Session(journal, "x")


def test_the_answer_knows_the_turn_it_came_from(session: Session) -> None:
    trace_id = ask(session, "What colour is the sky?", "Blue.")

    assert session.last_answer is not None and session.last_answer.answer is not None
    assert session.last_answer.answer.trace_id == session.last_answer.trace_id == trace_id


@pytest.mark.parametrize(("finish", "state"), [("complete", "complete"), ("length", "interrupted")])
def test_an_answer_that_is_not_whole_is_marked(session: Session, finish: Finish, state: str) -> None:
    ask(session, "What colour is the sky?", "Bl", finish)

    assert session.messages[-1].state == state


def test_it_answers_one_question_at_a_time(session: Session) -> None:
    session.begin_turn("one", model="scripted", prompt="chat@1", question="First?")

    with pytest.raises(UsageError, match="still answering"):
        session.begin_turn("two", model="scripted", prompt="chat@1", question="Second?")

    session.end_turn("one", "complete")
    session.begin_turn("two", model="scripted", prompt="chat@1", question="Second?")


def test_an_answer_that_was_stopped_is_kept_and_its_open_calls_are_closed(session: Session) -> None:
    session.begin_turn("t", model="scripted", prompt="chat@1", question="What time is it?")
    session.remember(Remember(message("user", "What time is it?", "user")), "t")
    session.remember(Remember(Message("assistant", tool_calls=(ToolCall("c1", "clock", "{}"),))), "t")
    session.remember_cut(Answer("It is", finish="interrupted"), "t")
    session.end_turn("t", "interrupted")

    assert [stored.message.role for stored in session.messages] == ["user", "assistant", "tool", "assistant"]
    assert (session.messages[-1].message.text, session.messages[-1].state) == ("It is", "interrupted")
    conversation.check(session.past.history)


def test_a_question_that_was_stopped_before_it_was_sent_is_kept_once(session: Session) -> None:
    session.begin_turn("t", model="scripted", prompt="chat@1", question="What time is it?")
    session.remember_question("What time is it?", "t")
    session.remember_question("What time is it?", "t")

    assert texts(session) == ["What time is it?"]


def test_questions_and_answers_alternate_in_what_is_sent_whatever_was_stopped(session: Session) -> None:
    ask(session, "One?")
    ask(session, "Two?", "Two.")
    ask(session, "Three?")

    assert [each.role for each in session.past.history] == ["user", "assistant"] * 3
    assert session.past.history[1].text == session.past.history[5].text == NO_ANSWER
    assert texts(session) == ["One?", "Two?", "Two.", "Three?"], "nothing of it is in the conversation itself"


def test_undo_takes_back_a_question_and_its_answer_and_keeps_them_in_the_tree(session: Session) -> None:
    ask(session, "One?", "1.")
    ask(session, "Two?", "2.")

    assert session.undo() == "Two?"
    assert texts(session) == ["One?", "1."]
    ask(session, "Three?", "3.")
    assert texts(session) == ["One?", "1.", "Three?", "3."]
    assert [stored.message.text for stored in session.tree() if stored.message.role == "assistant"] == [
        "1.",
        "2.",
        "3.",
    ]


def test_undo_goes_back_to_the_very_beginning_and_no_further(session: Session) -> None:
    ask(session, "One?", "1.")

    assert session.undo() == "One?"
    assert session.messages == () and session.past.history == ()
    with pytest.raises(UsageError, match="nothing to take back"):
        session.undo()


def test_rewind_goes_back_before_any_question(session: Session) -> None:
    for question in ("One?", "Two?", "Three?"):
        ask(session, question, "So.")

    assert session.rewind(2) == "Two?"
    assert texts(session) == ["One?", "So."]
    with pytest.raises(UsageError, match="no question 4"):
        session.rewind(4)


def test_another_branch_can_be_stood_on(session: Session) -> None:
    ask(session, "One?", "1.")
    end = session.messages[-1].id
    session.undo()
    ask(session, "Two?", "2.")

    session.move(end)

    assert texts(session) == ["One?", "1."]
    with pytest.raises(NotFoundError, match="no message 999"):
        session.move(999)
    assert texts(session) == ["One?", "1."]


def test_the_ledger_grows_on_all_branches_so_a_number_never_means_two_things(session: Session) -> None:
    ask(session, "What colour is the sky?", "Blue [1].", "complete", SKY)
    session.undo()

    assert session.ledger == (SKY,)
    assert session.past.ledger == (SKY,)


def test_a_fork_goes_its_own_way(session: Session) -> None:
    ask(session, "What colour is the sky?", "Blue [1].", "complete", SKY)

    other = session.fork()
    ask(other, "And the sea?", "Green.")

    assert other.id != session.id
    assert texts(session) == ["What colour is the sky?", "Blue [1]."]
    assert texts(other) == [*texts(session), "And the sea?", "Green."]
    assert other.ledger == session.ledger


def test_a_fork_of_nothing_is_a_new_conversation(session: Session) -> None:
    assert session.fork().id is None


def test_an_answer_can_be_judged(session: Session, journal: Journal) -> None:
    with pytest.raises(UsageError, match="no answer to judge"):
        session.judge("good")
    ask(session, "What colour is the sky?", "Blue.")

    session.judge("bad", "too short")

    assert session.id is not None
    [feedback] = journal.feedbacks(session.id)
    assert (feedback.message_id, feedback.verdict, feedback.note) == (session.messages[-1].id, "bad", "too short")


def test_nothing_is_used_before_anything_is_asked(session: Session) -> None:
    assert session.usage() == Usage()
    assert session.searches() == [] and session.prompted() is None


def test_people_read_what_they_typed_and_not_what_was_sent_along(session: Session) -> None:
    ask(session, "What colour is the sky?", "Blue.")

    assert [said_by(stored).text for stored in session.messages] == ["What colour is the sky?", "Blue."]


# --- whatever is done -------------------------------------------------------------------------------------------------

CALLING = Reply("Let me see.", (ToolCall("c1", "look", "{}"), ToolCall("c2", "nothing_of_the_kind", "{}")))
FAILING = ModelUnreachable("nobody there")


@tool(impact="none")
def look() -> str:
    """Looks."""
    return "seen"


class AnyConversation(RuleBasedStateMachine):
    """Questions that are answered, cut, failed, taken back and forked, in any order, with restarts in between."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = TemporaryDirectory()
        (Path(self.folder.name) / "chatbot.toml").write_text("tools = []\n")
        self.script: list[Reply | Exception] = []
        self.model = Scripted(self.reply, repeat=True, delay=0.0005)
        self.bot = self.opened(None)

    def reply(self, _: Generate) -> Reply:
        line = self.script.pop(0) if self.script else Reply("So it is, and no other way.")
        if isinstance(line, Exception):
            raise line
        return line

    def opened(self, session_id: str | None) -> Chatbot:
        return Chatbot(self.model, knowledge=None, tools=[look], workspace=self.folder.name, session=session_id)

    @rule(script=st.lists(st.sampled_from([CALLING, FAILING, Reply("Half", finish="length")]), max_size=2))
    def ask(self, script: list[Reply | Exception]) -> None:
        self.script = list(script)
        with suppress(ModelUnreachable):
            self.bot.ask(f"Question {len(self.bot.session.questions)}?")

    @rule(events=st.integers(0, 8), calls=st.booleans())
    def ask_and_stop(self, events: int, calls: bool) -> None:
        self.script = [CALLING] if calls else []
        with closing(self.bot.stream("And this?")) as happening:  # type: ignore[type-var]
            for _ in zip(range(events), happening, strict=False):
                pass

    @rule()
    def go_on(self) -> None:
        self.script = []
        with suppress(UsageError):
            list(self.bot.stream_rest())

    @rule()
    def undo(self) -> None:
        with suppress(UsageError):
            self.bot.session.undo()

    @rule()
    def fork(self) -> None:
        self.bot.session = self.bot.session.fork()

    @rule()
    def restart(self) -> None:
        before = self.bot.session
        self.bot.journal.close()
        self.bot = self.opened(before.id)
        assert self.bot.session.messages == before.messages
        assert self.bot.session.ledger == before.ledger

    @invariant()
    def what_is_sent_is_valid_and_alternates(self) -> None:
        history = self.bot.session.past.history
        conversation.check(history)
        said = [each.role for each in history if each.role != "tool" and not each.tool_calls]
        assert said == ["user", "assistant"] * (len(said) // 2)

    def teardown(self) -> None:
        self.bot.journal.close()
        self.folder.cleanup()


TestAnyConversation = AnyConversation.TestCase
TestAnyConversation.settings = settings(max_examples=20, stateful_step_count=15, deadline=None)
