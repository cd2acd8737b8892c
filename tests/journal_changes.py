"""Changes of a journal that a crash may fall into, and what must be found of conversations afterwards.

A change says what it has done the moment it counts, and what it has shown the moment it is seen: both must outlast any
crash. What is found is looked for as a user does who starts the program again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Mapping
from contextlib import closing
from itertools import takewhile
from pathlib import Path

from chatbot import Chatbot, codec, conversation
from chatbot.database import open_database
from chatbot.effects import CallTool, Generate, Remember
from chatbot.errors import JournalError
from chatbot.events import Notice, TextDelta
from chatbot.journal import Journal, StoredMessage
from chatbot.journal.schema import MIGRATIONS
from chatbot.memory import Memory
from chatbot.messages import (
    Answer,
    Evidence,
    Image,
    Message,
    Passage,
    Reply,
    Segment,
    ToolCall,
    ToolResult,
    message,
    tool_message,
)
from chatbot.models import Scripted
from chatbot.session import Session

Told = Callable[[str], None]

QUESTION = "What is one and one?"
CALL = ToolCall("c1", "add", '{"a": 1, "b": 1}')
SAID = ("Let me see.", "It is 2, since one and one are two.")
WHOLE = (QUESTION, SAID[0], "2", SAID[1])
"""What the messages of a chat say when all went well."""

NOT_KEPT = "what follows is not kept"
"""The user has been told so: the disk has failed, and the answer goes on."""

CANARY = "canary-4711-of-the-deleted"


def picture(name: str) -> Image:
    """Of a few pages of the database; its bytes stand for pixels, which nobody looks at here."""
    data = name.encode() * 2000
    return Image(hashlib.sha256(data).hexdigest(), "image/png", 8, 8, data=data)


SHARED, OWN, NEW = picture("shared"), picture(CANARY), picture("new")


def asking(text: str, *images: Image) -> Message:
    """A user's message with pictures."""
    return Message("user", (Segment(text, "user"),), images=images)


def prepare(folder: Path) -> None:
    """What there is before any of the changes: two conversations, a fact, a journal of the first schema."""
    with closing(Journal(folder / "journal.db")) as journal:
        for title, image in (("kept", SHARED), (CANARY, OWN)):
            session = journal.create_session(title)
            asked = journal.append(session, Remember(asking(f"of {title}", SHARED, image)), parent=None)
            said = message("assistant", f"about {title}", "model")
            journal.append(session, Remember(said, evidence=(evidence(title),)), parent=asked.id)
    with closing(Memory(folder / "memory.db")) as memory:
        memory.remember("Tea is preferred")
        memory.remember(CANARY)
    with closing(open_database(folder / "old.db", MIGRATIONS[:1], error=JournalError)) as database:
        database.write("INSERT INTO session VALUES ('old', 'old', NULL, 1.0, 1.0)")
        row = (codec.encode(message("user", QUESTION, "user")), codec.encode(""))
        database.write("INSERT INTO message VALUES (1, 'old', NULL, '', NULL, 'complete', ?, ?, NULL, 1.0)", row)
        database.write("UPDATE session SET head = 1")
    (folder / "workspace" / "prompts").mkdir(parents=True)
    (folder / "workspace" / "chatbot.toml").write_text("tools = []\n", encoding="utf-8")
    for prompt in (Path(__file__).parents[1] / "prompts").glob("*.prompty"):
        (folder / "workspace" / "prompts" / prompt.name).write_bytes(prompt.read_bytes())


def evidence(text: str) -> Evidence:
    """A numbered passage."""
    return Evidence(1, Passage(text, 0, len(text), 1, path="notes.md"))


def _save(folder: Path, told: Told) -> None:
    """Step by step what a turn writes; `_talk` has the program itself do so."""
    journal = Journal(folder / "journal.db")
    session = journal.create_session("saved")
    journal.begin_turn(session, "t", model="scripted", prompt="chat@1", question=QUESTION)
    told("begun")
    remembered = Remember(asking(QUESTION, SHARED, NEW), evidence=(evidence("saved"),))
    parent = journal.append(session, remembered, parent=None, trace_id="t").id
    told("asked")
    effect = journal.intend("t", "generate", codec.plain(Generate(())))
    journal.show(effect, SAID[0][:4])
    told("first word")
    journal.show(effect, SAID[0][4:])
    told("first words")
    reply = Reply(SAID[0], (CALL,))
    journal.settle(effect, codec.plain(reply))
    parent = journal.append(session, Remember(reply.as_message()), parent=parent, trace_id="t").id
    tool = journal.intend("t", "tool", codec.plain(CallTool(CALL)))
    told("called")
    result = ToolResult("c1", "add", "2")
    journal.settle(tool, codec.plain(result))
    parent = journal.append(session, Remember(tool_message(result)), parent=parent, trace_id="t").id
    told("used")
    effect = journal.intend("t", "generate", codec.plain(Generate(())))
    journal.show(effect, SAID[1][:8])
    told("last words")
    journal.settle(effect, codec.plain(Reply(SAID[1])))
    told("replied")
    said = message("assistant", SAID[1], "model")
    journal.append(session, Remember(said, answer=Answer(said.text)), parent=parent, trace_id="t")
    told("said")
    journal.end_turn("t", "complete")
    told("save chat")
    journal.close()


SEEN: Mapping[str, tuple[str, ...]] = {
    "begun": WHOLE[:1],
    "asked": WHOLE[:1],
    "first word": (QUESTION, SAID[0][:4]),
    "first words": WHOLE[:2],
    "called": WHOLE[:2],
    "used": WHOLE[:3],
    "last words": (*WHOLE[:3], SAID[1][:8]),
    "replied": WHOLE,
    "said": WHOLE,
    "save chat": WHOLE,
}
"""What the user has seen of the chat, the last of it perhaps in part, when a step has been told."""


def _talk(folder: Path, told: Told) -> None:
    """A turn as the program runs it, telling of each piece of text the moment it would be on the screen."""

    def add(a: int, b: int) -> int:
        """Adds."""
        return a + b

    model = Scripted(Reply(SAID[0], (CALL,)), SAID[1])
    bot = Chatbot(model, knowledge=None, tools=[add], workspace=folder / "workspace")
    for event in bot.stream(QUESTION):
        if isinstance(event, TextDelta):
            told(f"shown:{event.text}")
        elif isinstance(event, Notice):
            told(NOT_KEPT)
    told("talk")
    bot.close()
    bot.journal.close()


def _delete(folder: Path, told: Told) -> None:
    journal = Journal(folder / "journal.db")
    journal.delete_session(next(info.id for info in journal.sessions() if info.title == CANARY))
    told("delete chat")
    journal.close()


def _fork(folder: Path, told: Told) -> None:
    journal = Journal(folder / "journal.db")
    kept = next(info.id for info in journal.sessions() if info.title == "kept")
    journal.fork_session(kept, journal.head(kept))
    told("fork chat")
    journal.close()


def _note(folder: Path, told: Told) -> None:
    memory = Memory(folder / "memory.db")
    memory.remember("Coffee is not")
    told("note")
    memory.forget([fact.id for fact in memory.facts() if fact.text == CANARY])
    told("note and forget")
    memory.close()


def _upgrade(folder: Path, told: Told) -> None:
    journal = Journal(folder / "old.db")
    told("upgrade")
    journal.close()


def assert_survived(folder: Path, change: str, done: Collection[str]) -> None:
    """What was there before and what was said or seen is there, whole, and can be gone on with."""
    _FOUND[change](folder, done)


def _messages(journal: Journal) -> list[tuple[str, list[StoredMessage]]]:
    """Title and messages of each conversation, as a user opens them, checked for being whole."""
    journal.check()
    found = []
    for info in journal.sessions():
        journal.recover(info.id)
        stored = journal.path(info.id)
        conversation.check(conversation.close_calls([each.message for each in stored]))
        for image in (image for each in stored for image in each.message.images):
            assert hashlib.sha256(image.data).hexdigest() == image.hash, "a picture is not what it was"
        found.append((info.title, stored))
    return sorted(found, key=lambda each: each[0])


def _texts(stored: list[StoredMessage]) -> tuple[str, ...]:
    return tuple(each.message.text for each in stored)


def _assert_as_before(title: str, stored: list[StoredMessage]) -> None:
    assert _texts(stored) == (f"of {title}", f"about {title}")
    assert set(stored[0].message.images) == {SHARED, OWN if title == CANARY else SHARED}


def _goes_on(path: Path) -> None:
    """The journal takes another conversation."""
    with closing(Journal(path)) as journal:
        session = journal.create_session("next")
        journal.append(session, Remember(message("user", "next", "user")), parent=None)
        assert _texts(journal.path(session)) == ("next",)


def _found_saved(folder: Path, done: Collection[str]) -> None:
    with closing(Journal(folder / "journal.db")) as journal:
        found = dict(_messages(journal))
        saved = found.pop("saved", [])
        for title, stored in found.items():
            _assert_as_before(title, stored)
        assert set(found) == {"kept", CANARY}
        seen = max((SEEN[step] for step in done), key=lambda texts: (len(texts), len(texts[-1])), default=())
        _assert_begins_with(saved, seen)
        if saved and "asked" in done:
            assert set(saved[0].message.images) == {SHARED, NEW}
        if "save chat" in done:
            assert [each.state for each in saved] == ["complete"] * 4
    _goes_on(folder / "journal.db")


def _assert_begins_with(stored: list[StoredMessage], seen: tuple[str, ...]) -> None:
    """All that was seen is there, and nothing that was not said; only the last of it may be cut, and says so."""
    texts = _texts(stored)
    assert len(texts) >= len(seen), "a message that was seen is lost"
    for place, text in enumerate(texts):
        assert text.startswith(seen[place] if place < len(seen) else ""), "text that was seen is lost"
        if text != WHOLE[place]:
            assert WHOLE[place].startswith(text)
            assert (place, stored[place].state) == (len(texts) - 1, "interrupted")


def _found_talk(folder: Path, done: Collection[str]) -> None:
    kept = takewhile(lambda each: each != NOT_KEPT, done)
    shown = "".join(each.removeprefix("shown:") for each in kept if each.startswith("shown:"))
    with closing(Journal(folder / "workspace" / ".chatbot" / "journal.db")) as journal:
        latest = journal.latest_session()
        stored = list(_messages(journal)[0][1]) if latest else []
        assert stored or not shown, "text that was on the screen is lost"
        if shown:
            assert Session(journal, latest.id if latest else None).questions[-1].message.text == QUESTION
        said = "".join(each.message.text for each in stored if each.message.role == "assistant")
        assert said.startswith(shown), "text that was on the screen is lost"
        assert "".join(SAID).startswith(said)
        if "talk" in done:
            assert _texts(stored) == WHOLE


def _found_deleted(folder: Path, done: Collection[str]) -> None:
    path = folder / "journal.db"
    with closing(Journal(path)) as journal:
        found = dict(_messages(journal))
        for title, stored in found.items():
            _assert_as_before(title, stored)
        assert set(found) in ({"kept"}, {"kept", CANARY})
        assert CANARY not in found or "delete chat" not in done
    _goes_on(path)
    if CANARY not in found:
        _assert_no_trace(path)


def _assert_no_trace(path: Path) -> None:
    for file in path.parent.glob(f"{path.name}*"):
        if file.is_file():
            assert CANARY.encode() not in file.read_bytes(), f"{file.name} holds what was deleted"


def _found_fork(folder: Path, done: Collection[str]) -> None:
    with closing(Journal(folder / "journal.db")) as journal:
        found = _messages(journal)
        for title, stored in found:
            _assert_as_before(title, stored)
        titles = [title for title, _ in found]
        assert titles in ([CANARY, "kept"], [CANARY, "kept", "kept"])
        assert len(titles) == 3 or "fork chat" not in done
        for info in journal.sessions():
            assert [each.passage.text for each in journal.evidence(info.id)] == [info.title]
    _goes_on(folder / "journal.db")


def _found_facts(folder: Path, done: Collection[str]) -> None:
    path = folder / "memory.db"
    with closing(Memory(path)) as memory:
        facts = [fact.text for fact in memory.facts()]
        assert facts[0] == "Tea is preferred"
        assert set(facts[1:]) in ({CANARY}, {CANARY, "Coffee is not"}, {"Coffee is not"})
        assert "Coffee is not" in facts or "note" not in done
        assert CANARY not in facts or "note and forget" not in done
        memory.remember("Milk goes in first")
    if CANARY not in facts:
        _assert_no_trace(path)


def _found_upgraded(folder: Path, done: Collection[str]) -> None:
    with closing(Journal(folder / "old.db")) as journal:
        assert [(title, _texts(stored)) for title, stored in _messages(journal)] == [("old", (QUESTION,))]
    _goes_on(folder / "old.db")


CHANGES: Mapping[str, Callable[[Path, Told], None]] = {
    "save chat": _save,
    "talk": _talk,
    "delete chat": _delete,
    "fork chat": _fork,
    "note and forget": _note,
    "upgrade": _upgrade,
}

_FOUND: Mapping[str, Callable[[Path, Collection[str]], None]] = {
    "save chat": _found_saved,
    "talk": _found_talk,
    "delete chat": _found_deleted,
    "fork chat": _found_fork,
    "note and forget": _found_facts,
    "upgrade": _found_upgraded,
}
