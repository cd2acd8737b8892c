"""One conversation in the journal: what was said, the branch it stands on, and its evidence ledger.

A session keeps its branch in memory and appends to the journal; it comes into being there with its first message. It
answers one question at a time.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from chatbot import codec, conversation
from chatbot.context import Past
from chatbot.effects import Remember
from chatbot.errors import ChatbotError, UsageError
from chatbot.events import Prompted, Searched
from chatbot.messages import Answer, Evidence, Image, Message, Passage, Usage, message

if TYPE_CHECKING:
    from chatbot.journal import Journal, MessageState, StoredMessage, Verdict

TITLE_LENGTH = 60

_ATTACHED = "attached"


class Session:
    """A conversation. `session_id` None starts a new one; an id, or the beginning of one, goes on with it."""

    def __init__(self, journal: Journal, session_id: str | None = None) -> None:
        self._journal = journal
        self._id: str | None = None
        self._path: list[StoredMessage] = []
        self._ledger: tuple[Evidence, ...] = ()
        self._answering = threading.Lock()
        if session_id is not None:
            self._id = journal.session(session_id).id
            journal.recover(self._id)
            self._reload()

    @property
    def id(self) -> str | None:
        """Key in the journal; None before the first message."""
        return self._id

    @property
    def messages(self) -> tuple[StoredMessage, ...]:
        """The branch this session stands on, oldest first."""
        return tuple(self._path)

    @property
    def ledger(self) -> tuple[Evidence, ...]:
        """Every passage that was ever shown to the model, by number."""
        return self._ledger

    @property
    def past(self) -> Past:
        """What a turn starts from: a valid history, also after an answer that was cut."""
        said = [stored.message for stored in self._path]
        return Past(tuple(conversation.close_questions(conversation.close_calls(said))), self._ledger)

    def before(self, question: StoredMessage) -> Past:
        """What had been said before a question of this branch; the ledger is all of it, so that numbers stay."""
        said = [stored.message for stored in self._path[: self._path.index(question)]]
        return Past(tuple(conversation.close_questions(conversation.close_calls(said))), self._ledger)

    @property
    def last_answer(self) -> StoredMessage | None:
        """The last thing the model said, if that ends the branch."""
        last = self._path[-1] if self._path else None
        return last if last and last.message.role == "assistant" else None

    @property
    def questions(self) -> tuple[StoredMessage, ...]:
        """What the user said on this branch."""
        return tuple(stored for stored in self._path if stored.message.role == "user")

    @property
    def attached(self) -> tuple[Passage, ...]:
        """What the user sent along with the last question."""
        sent = {part.text for part in self.questions[-1].message.parts} if self.questions else set()
        passages = (item.passage for item in self._ledger)
        return tuple(each for each in passages if each.metadata.get(_ATTACHED) and each.text in sent)

    @property
    def images(self) -> tuple[Image, ...]:
        """Pictures that the user sent along with the last question."""
        return self.questions[-1].message.images if self.questions else ()

    def searches(self) -> list[Searched]:
        """What the last turn searched for and found, from the journal."""
        return [codec.build(Searched, request) for request in self._told("searched")]

    def prompted(self) -> Prompted | None:
        """The tokens of the last turn's prompt, from the journal; None before the first turn."""
        return next((codec.build(Prompted, request) for request in self._told("prompted")), None)

    def _told(self, kind: str) -> list[Mapping[str, object]]:
        trace = self._journal.trace(self._path[-1].trace_id) if self._path else []
        return [effect.request for effect in trace if effect.kind == kind]

    def begin_turn(self, trace_id: str, *, model: str, prompt: str, question: str) -> None:
        """Opens a turn; what is said until `end_turn` belongs to it. `question`: as typed, empty for none.

        Raises UsageError while another turn is open.
        """
        if not self._answering.acquire(blocking=False):
            raise UsageError(
                "this conversation is still answering a question",
                hint="wait for the answer, or ask in another one: conversation()",
            )
        try:
            self._journal.begin_turn(self._ensure(question), trace_id, model=model, prompt=prompt, question=question)
        except ChatbotError:
            self._answering.release()
            raise

    def end_turn(self, trace_id: str, state: MessageState) -> None:
        """Closes the open turn."""
        try:
            self._journal.end_turn(trace_id, state)
        finally:
            self._answering.release()

    def remember(self, effect: Remember, trace_id: str) -> None:
        """Appends a message to the branch, with the evidence that enters the ledger; committed on return."""
        session_id = self._ensure()
        said, answer = effect, effect.answer
        if answer is not None:
            said = replace(effect, answer=replace(answer, trace_id=trace_id))
        state: MessageState = "complete" if answer is None or answer.finish == "complete" else "interrupted"
        parent = self._path[-1].id if self._path else None
        self._path.append(self._journal.append(session_id, said, parent=parent, trace_id=trace_id, state=state))
        self._ledger = (*self._ledger, *effect.evidence)

    def remember_question(self, question: str, trace_id: str) -> None:
        """Appends the question of a turn that was stopped before it had got as far."""
        if question and not any(stored.trace_id == trace_id for stored in self._path):
            self.remember(Remember(message("user", question, "user"), display=question), trace_id)

    def remember_cut(self, answer: Answer, trace_id: str) -> None:
        """Appends what was said of an answer before it was stopped, and closes calls that got no result."""
        said = [stored.message for stored in self._path]
        for closing in conversation.close_calls(said)[len(said) :]:
            self.remember(Remember(closing), trace_id)
        if answer.text:
            self.remember(Remember(message("assistant", answer.text, "model"), answer=answer), trace_id)

    def undo(self) -> str:
        """Takes back the last question and all that followed; returns it. It stays in the tree."""
        if not self.questions:
            raise UsageError("there is nothing to take back")
        return self.rewind(len(self.questions))

    def rewind(self, number: int) -> str:
        """Goes back to before the `number`-th question, from 1; returns it. What followed stays in the tree."""
        questions = self.questions
        if not 1 <= number <= len(questions):
            raise UsageError(f"there is no question {number}", hint=f"there are {len(questions)} on this branch")
        question = questions[number - 1]
        self.move(question.parent)
        return question.display

    def move(self, head: int | None) -> None:
        """Stands on another branch: the one that ends in message `head`."""
        if self._id is not None:
            self._journal.move_head(self._id, head)
            self._reload()

    def judge(self, verdict: Verdict, note: str = "") -> None:
        """Records what the user thinks of the last answer."""
        if self.last_answer is None:
            raise UsageError("there is no answer to judge", hint="ask something first")
        self._journal.feedback(self.last_answer.id, verdict, note)

    def usage(self) -> Usage:
        """Tokens and money of the whole conversation, all branches."""
        return self._journal.usage(self._id) if self._id else Usage()

    def died_calls(self) -> list[str]:
        """The model of each call of the last turn that was under way when its program died; see `Journal`."""
        return self._journal.died_calls(self._id) if self._id else []

    def tree(self) -> list[StoredMessage]:
        """Every message of every branch."""
        return self._journal.tree(self._id) if self._id else []

    def fork(self) -> Session:
        """A new session that starts with a copy of this branch and its ledger."""
        if self._id is None:
            return Session(self._journal)
        return Session(self._journal, self._journal.fork_session(self._id, self._path[-1].id if self._path else None))

    def _ensure(self, question: str = "") -> str:
        title = " ".join(question.split())[:TITLE_LENGTH]
        if self._id is None:
            self._id = self._journal.create_session(title)
        elif title and not self._path:
            self._journal.rename_session(self._id, title)
        return self._id

    def _reload(self) -> None:
        assert self._id is not None
        self._path = self._journal.path(self._id)
        self._ledger = self._journal.evidence(self._id)


def marked_as_attached(passage: Passage) -> Passage:
    """The passage, known from those that were found by a search: the ledger keeps both."""
    return replace(passage, metadata={**passage.metadata, _ATTACHED: True})


def said_by(stored: StoredMessage) -> Message:
    """The message as people read it: a user's question without the passages that were sent along."""
    return message("user", stored.display, "user") if stored.display else stored.message
