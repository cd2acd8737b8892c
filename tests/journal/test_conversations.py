"""Conversations in the journal: trees of messages that only grow, and lists of them for people."""

from __future__ import annotations

import re
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from pictures import photo

from chatbot.effects import Remember
from chatbot.errors import JournalError, NotFoundError
from chatbot.images import read_image
from chatbot.journal import Journal, SessionInfo, StoredMessage
from chatbot.messages import (
    Answer,
    Citation,
    Evidence,
    Image,
    Message,
    Passage,
    Segment,
    ToolCall,
    ToolResult,
    ToolUse,
    Usage,
    message,
    tool_message,
)


@pytest.fixture(params=["file", "memory"])
def journal(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Journal]:
    with closing(Journal(tmp_path / "journal.db" if request.param == "file" else None)) as journal:
        yield journal


def ask(journal: Journal, session: str, text: str, parent: int | None = None) -> StoredMessage:
    return journal.append(session, Remember(message("user", text, "user")), parent=parent)


def reply(journal: Journal, session: str, text: str, parent: int) -> StoredMessage:
    said = Remember(message("assistant", text, "model"), answer=Answer(text))
    return journal.append(session, said, parent=parent)


def passage(text: str, start: int = 0) -> Passage:
    return Passage(text, start, start + len(text), 1, path="a.md", heading=("A",), ranks={"dense": 0.5, "rank": 1})


def texts(messages: list[StoredMessage]) -> list[str]:
    return [stored.message.text for stored in messages]


# --- messages ---------------------------------------------------------------------------------------------------------


def test_every_part_of_a_message_comes_back_as_it_was(journal: Journal) -> None:
    session = journal.create_session()
    call = ToolCall("c1", "add", '{"a": 1}')
    result = ToolResult("c1", "add", "2")
    sent = Message("user", (Segment("What?", "user"), Segment("[1] passage", "document")))
    answer = Answer(
        "Two [1].",
        (Citation(1, "passage", 0, 7, 1, path="a.md", heading=("A",)),),
        (ToolUse(call, result),),
        Usage(10, 2, 3, 0.25, 1.5, 1),
        model="scripted",
        trace_id="t",
    )
    said = [
        Remember(sent, display="What?", evidence=(Evidence(1, passage("passage")),)),
        Remember(Message("assistant", (Segment("Let me see.", "model"),), (call,))),
        Remember(tool_message(result)),
        Remember(message("assistant", "Two [1].", "model"), answer=answer),
    ]
    parent = None
    stored = []
    for effect in said:
        stored.append(journal.append(session, effect, parent=parent, trace_id="t"))
        parent = stored[-1].id

    assert journal.path(session) == stored
    assert [message.message for message in stored] == [effect.message for effect in said]
    assert [message.parent for message in stored] == [None, *(message.id for message in stored[:-1])]
    assert stored[0].display == "What?"
    assert stored[-1].answer == answer
    assert {message.trace_id for message in stored} == {"t"}


@pytest.mark.parametrize(
    "text", ["\ud800 half a pair", "nul \0 inside", "\U0001f600 \x1b[31m", "", "'; DROP TABLE message; --"]
)
def test_no_text_costs_a_row(journal: Journal, text: str) -> None:
    session = journal.create_session(text)
    said = Remember(message("user", text, "user"), display=text, evidence=(Evidence(1, passage(text)),))
    stored = journal.append(session, said, parent=None)
    journal.feedback(stored.id, "bad", text)
    assert journal.path(session) == [stored]
    assert journal.evidence(session)[0].passage.text == text
    assert journal.feedbacks(session)[0].note == text
    assert len(journal.sessions()) == 1


def test_messages_make_a_tree_and_a_session_stands_on_one_branch_of_it(journal: Journal) -> None:
    session = journal.create_session()
    first = ask(journal, session, "q1")
    a = reply(journal, session, "a1", first.id)
    b = reply(journal, session, "b1", first.id)
    assert journal.head(session) == b.id
    assert texts(journal.path(session)) == ["q1", "b1"]
    journal.move_head(session, a.id)
    assert journal.head(session) == a.id
    ask(journal, session, "q2", parent=a.id)
    assert texts(journal.path(session)) == ["q1", "a1", "q2"]
    assert texts(journal.path(session, b.id)) == ["q1", "b1"]
    assert texts(journal.tree(session)) == ["q1", "a1", "b1", "q2"]


def test_a_session_can_stand_before_its_first_message(journal: Journal) -> None:
    session = journal.create_session()
    assert (journal.head(session), journal.path(session)) == (None, [])
    ask(journal, session, "q1")
    journal.move_head(session, None)
    assert journal.path(session) == []
    ask(journal, session, "q1 again")
    assert texts(journal.path(session)) == ["q1 again"]


def test_the_head_moves_only_to_a_message_of_the_session(journal: Journal) -> None:
    session, other = journal.create_session(), journal.create_session()
    stranger = ask(journal, other, "elsewhere")
    for number in (stranger.id, 999):
        with pytest.raises(NotFoundError, match=f"no message {number}"):
            journal.move_head(session, number)
    assert journal.head(session) is None


def test_a_message_cannot_follow_one_of_another_session(journal: Journal) -> None:
    session, other = journal.create_session(), journal.create_session()
    stranger = ask(journal, other, "elsewhere")
    with pytest.raises(JournalError):
        ask(journal, session, "here", parent=stranger.id)
    assert journal.tree(session) == []


def test_a_long_conversation_is_read_as_it_was_said(journal: Journal) -> None:
    session, parent = journal.create_session(), None
    for number in range(300):
        parent = ask(journal, session, str(number), parent).id
    assert texts(journal.path(session)) == [str(number) for number in range(300)]


# --- evidence ---------------------------------------------------------------------------------------------------------


def test_the_ledger_grows_with_the_messages_and_keeps_what_undone_branches_brought(journal: Journal) -> None:
    session = journal.create_session()
    one, two, three = (Evidence(number, passage(str(number))) for number in (1, 2, 3))
    journal.append(session, Remember(message("user", "q", "user"), evidence=(one, two)), parent=None)
    journal.move_head(session, None)
    journal.append(session, Remember(message("user", "r", "user"), evidence=(three,)), parent=None)
    assert journal.evidence(session) == (one, two, three)
    assert journal.evidence(session)[0].passage.ranks == {"dense": 0.5, "rank": 1}


def test_a_conversation_that_is_not_there_has_nothing(journal: Journal) -> None:
    assert (journal.head("none"), journal.path("none"), journal.tree("none"), journal.evidence("none")) == (
        None,
        [],
        [],
        (),
    )


def test_a_number_never_changes_its_passage(journal: Journal) -> None:
    session = journal.create_session()
    first = Remember(message("user", "q", "user"), evidence=(Evidence(1, passage("one")),))
    other = Remember(message("user", "r", "user"), evidence=(Evidence(1, passage("other", start=7)),))
    journal.append(session, first, parent=None)
    journal.append(session, first, parent=None)
    with pytest.raises(JournalError, match=r"source \[1\].*another passage.*load it again"):
        journal.append(session, other, parent=None)
    assert [item.passage.text for item in journal.evidence(session)] == ["one"]
    assert texts(journal.tree(session)) == ["q", "q"]


# --- sessions ---------------------------------------------------------------------------------------------------------


def test_ids_sort_by_age_and_are_told_apart_by_their_beginning(journal: Journal) -> None:
    ids = [journal.create_session() for _ in range(20)]
    times = [session[:13] for session in ids]
    assert all(re.fullmatch(r"[0-9]{6}-[0-9]{6}-[0-9a-z]{4}", session) for session in ids)
    assert len(set(ids)) == 20
    assert times == sorted(times)
    assert journal.session(ids[3]).id == ids[3]
    for session in ids:
        if sum(other.startswith(session[:16]) for other in ids) == 1:
            assert journal.session(session[:16]).id == session


@pytest.mark.skipif(not hasattr(time, "tzset"), reason="the zone cannot be changed here")
def test_ids_tell_the_time_of_no_zone(journal: Journal, monkeypatch: pytest.MonkeyPatch) -> None:
    """So that they sort by age wherever they were made."""
    monkeypatch.setenv("TZ", "XYZ-9")
    time.tzset()
    try:
        session = journal.create_session()
    finally:
        monkeypatch.undo()
        time.tzset()
    began = datetime.fromtimestamp(journal.session(session).created, UTC)
    assert session[:13] == f"{began:%y%m%d-%H%M%S}"


def test_a_session_that_is_not_there_or_not_the_only_one_is_said_so(journal: Journal) -> None:
    with pytest.raises(NotFoundError, match="no session 'x'") as missing:
        journal.session("x")
    assert missing.value.hint == "there are none yet"
    first = journal.create_session()
    with pytest.raises(NotFoundError) as near:
        journal.session("x" + first)
    assert first in near.value.hint
    others = [journal.create_session() for _ in range(5)]
    with pytest.raises(NotFoundError, match="6 sessions begin with") as several:
        journal.session(first[:2])
    named = several.value.hint.removeprefix("such as ").split(", ")
    assert len(named) == 4 and {*named} < {first, *others}
    with pytest.raises(NotFoundError):
        journal.session("")
    with pytest.raises(NotFoundError):
        journal.session("%")


def test_sessions_are_listed_by_their_last_message_and_only_with_messages(journal: Journal) -> None:
    old, empty, new = (journal.create_session(title) for title in ("old", "empty", "new"))
    first = ask(journal, old, "q")
    ask(journal, new, "q")
    assert [info.id for info in journal.sessions()] == [new, old]
    time.sleep(0.002)
    reply(journal, old, "a", first.id)
    assert [info.id for info in journal.sessions()] == [old, new]
    assert [info.id for info in journal.sessions(limit=1)] == [old]
    assert journal.latest_session() == journal.session(old)
    assert journal.session(old).messages == 2
    assert journal.session(empty) == SessionInfo(empty, "empty", *[journal.session(empty).created] * 2, 0)


def test_fifty_sessions_are_listed_where_nobody_says_how_many(journal: Journal) -> None:
    for _ in range(52):
        ask(journal, journal.create_session(), "q")
    assert (len(journal.sessions()), len(journal.sessions(limit=100))) == (50, 52)


def test_there_is_no_latest_session_before_the_first_message(journal: Journal) -> None:
    journal.create_session()
    assert journal.latest_session() is None


@pytest.mark.parametrize(
    ("sought", "found"),
    [
        ("GROSSE", ["street"]),  # folded: ß is ss
        ("über", ["title"]),
        ("typed", ["typed"]),
        ("asked of", ["title"]),
        ("document", []),  # what a document said is not what was said in the conversation
        ('"role"', []),
        ("100%", []),
        ("", ["typed", "title", "street"]),
    ],
)
def test_sessions_are_found_by_what_people_read_in_them(journal: Journal, sought: str, found: list[str]) -> None:
    street = journal.create_session("street")
    reply(journal, street, "Große Straße", ask(journal, street, "q").id)
    title = journal.create_session("title ÜBER Katzen")
    ask(journal, title, "Asked of cats")
    typed = journal.create_session("typed")
    sent = Message("user", (Segment("What I typed", "user"), Segment("a document", "document")))
    journal.append(typed, Remember(sent, display="What I typed"), parent=None)
    assert [info.title.split()[0] for info in journal.sessions(containing=sought)] == found


def test_a_session_can_be_renamed(journal: Journal) -> None:
    session = journal.create_session("old")
    assert (journal.session(session).title, journal.session(journal.create_session()).title) == ("old", "")
    journal.rename_session(session, "new \0 name")
    assert journal.session(session).title == "new  name"


def test_a_deleted_session_is_gone_with_all_it_held(tmp_path: Path) -> None:
    path = tmp_path / "state" / "journal.db"
    with closing(Journal(path)) as journal:
        session, other = journal.create_session("canary title"), journal.create_session("other")
        kept = ask(journal, other, "kept")
        journal.begin_turn(session, "t", model="m", prompt="p")
        said = Remember(message("user", "canary said", "user"), evidence=(Evidence(1, passage("canary passage")),))
        stored = journal.append(session, said, parent=None, trace_id="t")
        journal.feedback(stored.id, "good", "canary note")
        effect = journal.intend("t", "generate", {"text": "canary request"})
        journal.show(effect, "canary shown")
        journal.settle(effect, {"text": "canary reply"})
        journal.delete_session(session)

        with pytest.raises(NotFoundError):
            journal.session(session)
        assert journal.path(other) == [kept]
        for file in path.parent.rglob("*"):
            if file.is_file():
                assert b"canary" not in file.read_bytes(), file.name
        assert journal.check().startswith("sound")


def test_writing_to_a_deleted_session_says_that_it_is_gone(journal: Journal) -> None:
    session = journal.create_session()
    journal.delete_session(session)
    with pytest.raises(JournalError, match="gone"):
        ask(journal, session, "q")


def test_a_fork_copies_a_branch_and_the_ledger_and_then_goes_its_own_way(journal: Journal) -> None:
    session = journal.create_session("title")
    said = Remember(message("user", "q1", "user"), evidence=(Evidence(1, passage("one")),))
    first = journal.append(session, said, parent=None, trace_id="t")
    a = reply(journal, session, "a1", first.id)
    reply(journal, session, "b1", first.id)

    fork = journal.fork_session(session, a.id)
    assert journal.session(fork).title == "title"
    copied = journal.path(fork)
    assert texts(copied) == ["q1", "a1"]
    assert [stored.trace_id for stored in copied] == ["t", ""]
    assert journal.evidence(fork) == journal.evidence(session)
    ask(journal, fork, "q2", parent=copied[-1].id)
    assert texts(journal.tree(fork)) == ["q1", "a1", "q2"]
    assert texts(journal.tree(session)) == ["q1", "a1", "b1"]


def test_a_fork_of_nothing_keeps_the_ledger(journal: Journal) -> None:
    session = journal.create_session()
    said = Remember(message("user", "q1", "user"), evidence=(Evidence(1, passage("one")),))
    journal.append(session, said, parent=None)
    fork = journal.fork_session(session, None)
    assert journal.path(fork) == []
    assert len(journal.evidence(fork)) == 1


def test_feedback_is_kept_in_order(journal: Journal) -> None:
    session = journal.create_session()
    asked = ask(journal, session, "q")
    answered = reply(journal, session, "a", asked.id)
    journal.feedback(answered.id, "bad", "wrong source")
    journal.feedback(answered.id, "good")
    feedbacks = journal.feedbacks(session)
    assert answered.created <= feedbacks[0].created <= feedbacks[1].created <= time.time()
    given = [(feedback.message_id, feedback.verdict, feedback.note) for feedback in feedbacks]
    assert given == [(answered.id, "bad", "wrong source"), (answered.id, "good", "")]
    assert journal.feedbacks(journal.create_session()) == []


def test_a_row_that_cannot_be_read_is_named_and_not_guessed(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    with closing(Journal(path)) as journal:
        session = journal.create_session()
        ask(journal, session, "q")
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("""UPDATE message SET message = '{"role": "user", "parts": [], "os": "system"}'""")
        connection.commit()
    with (
        closing(Journal(path)) as journal,
        pytest.raises(JournalError, match=r"cannot be read: Message: unknown os.*the file may be damaged"),
    ):
        journal.path(session)


# --- pictures ---------------------------------------------------------------------------------------------------------


def show(journal: Journal, session: str, *images: Image, parent: int | None = None) -> StoredMessage:
    said = Message("user", (Segment("What is this?", "user"),), images=images)
    return journal.append(session, Remember(said), parent=parent)


def pictures_kept(journal: Journal) -> list[str]:
    return [key for (key,) in journal._database.read("SELECT hash FROM image ORDER BY hash")]


def test_a_picture_comes_back_with_its_message_and_is_kept_once(journal: Journal) -> None:
    session, other = journal.create_session(), journal.create_session()
    image = read_image(photo())
    first = show(journal, session, image, image)
    show(journal, session, image, parent=first.id)
    show(journal, other, image)
    for stored in (*journal.path(session), *journal.path(other)):
        assert {each.data for each in stored.message.images} == {image.data}
        assert stored.message.images[0] == image
    assert pictures_kept(journal) == [image.hash]
    assert all(not each.data for stored in journal.tree(session) for each in stored.message.images)


def test_a_copy_of_a_conversation_keeps_its_pictures_and_the_last_one_takes_them_along(journal: Journal) -> None:
    session = journal.create_session()
    image, alone = read_image(photo()), read_image(photo(80, 60))
    first = show(journal, session, image)
    last = show(journal, session, alone, parent=first.id)
    copy = journal.fork_session(session, first.id)
    assert len(pictures_kept(journal)) == 2 and last.message.images == (alone,)
    journal.delete_session(session)
    assert journal.path(copy)[0].message.images[0].data == image.data
    assert pictures_kept(journal) == [image.hash]
    journal.delete_session(copy)
    assert pictures_kept(journal) == []


def test_a_picture_that_is_lost_leaves_its_message_readable(tmp_path: Path) -> None:
    with closing(Journal(tmp_path / "journal.db")) as journal:
        session = journal.create_session()
        show(journal, session, read_image(photo()))
        with closing(sqlite3.connect(tmp_path / "journal.db")) as connection, connection:
            connection.execute("DELETE FROM image")
        [stored] = journal.path(session)
        assert stored.message.text == "What is this?"
        assert [image.data for image in stored.message.images] == [b""]


def test_a_deleted_picture_stays_in_no_file_of_the_journal(tmp_path: Path) -> None:
    with closing(Journal(tmp_path / "journal.db")) as journal:
        session, image = journal.create_session(), read_image(photo(300, 200))
        show(journal, session, image)
        probe = image.data[600:640]
        assert any(probe in file.read_bytes() for file in tmp_path.iterdir() if file.is_file())
        journal.delete_session(session)
        assert not any(probe in file.read_bytes() for file in tmp_path.iterdir() if file.is_file())
