"""Turns in the journal: an intent before the call, its result before it is used, the text before the screen."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from chatbot import codec
from chatbot.effects import Remember
from chatbot.errors import JournalError
from chatbot.journal import Journal
from chatbot.journal.records import Recalled
from chatbot.messages import Reply, Usage, message


@pytest.fixture(params=["file", "memory"])
def journal(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Journal]:
    with closing(Journal(tmp_path / "journal.db" if request.param == "file" else None)) as journal:
        yield journal


def begun(journal: Journal, trace_id: str = "t", session: str | None = None) -> str:
    journal.begin_turn(session, trace_id, model="scripted", prompt="chat@1")
    return trace_id


def test_a_trace_tells_every_effect_in_order_with_its_result(journal: Journal) -> None:
    trace = begun(journal)
    first = journal.intend(trace, "generate", {"messages": []})
    second = journal.intend(trace, "tool", {"call": "add"})
    journal.settle(second, {"text": "no"}, failed=True)
    journal.settle(first, {"text": "yes"})
    journal.record(trace, "retrieve", {"query": "q"}, {"result": [1]})
    third = journal.intend(trace, "generate", {})

    told = journal.trace(trace)
    assert [(effect.kind, effect.request, effect.result, effect.failed) for effect in told] == [
        ("generate", {"messages": []}, {"text": "yes"}, False),
        ("tool", {"call": "add"}, {"text": "no"}, True),
        ("retrieve", {"query": "q"}, {"result": [1]}, False),
        ("generate", {}, None, False),
    ]
    assert [effect.id for effect in told[:2]] == [first, second]
    assert told[-1].id == third
    assert told[-1].ended is None
    assert all(effect.ended and effect.ended >= effect.started for effect in told[:3])


def test_an_intent_is_on_the_disk_before_anything_else_happens(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    with closing(Journal(path)) as journal, closing(sqlite3.connect(path)) as witness:
        trace = begun(journal)
        effect = journal.intend(trace, "generate", {"say": "hi"})
        assert witness.execute("SELECT request FROM effect").fetchall() == [('{"say":"hi"}',)]
        journal.show(effect, "hel")
        assert witness.execute("SELECT text FROM shown").fetchall() == [('"hel"',)]
        journal.settle(effect, {"text": "hello"})
        assert witness.execute("SELECT result FROM result").fetchall() == [('{"text":"hello"}',)]


def test_shown_text_is_joined_in_the_order_it_was_shown(journal: Journal) -> None:
    trace = begun(journal)
    one, two = journal.intend(trace, "generate", {}), journal.intend(trace, "generate", {})
    for effect, piece in [(one, "a "), (two, "x"), (one, "b\ud800"), (one, "\0c"), (two, "y")]:
        journal.show(effect, piece)
    assert journal.shown(one) == "a b\ud800\0c"
    assert journal.shown(two) == "xy"
    assert [effect.shown for effect in journal.trace(trace)] == ["a b\ud800\0c", "xy"]


def test_an_effect_has_one_result(journal: Journal) -> None:
    effect = journal.intend(begun(journal), "generate", {})
    journal.settle(effect, {"text": "first"})
    with pytest.raises(JournalError):
        journal.settle(effect, {"text": "second"})
    assert [record.result for record in journal.trace("t")] == [{"text": "first"}]


def test_effects_belong_to_a_turn(journal: Journal) -> None:
    with pytest.raises(JournalError, match="gone"):
        journal.intend("never begun", "generate", {})
    assert journal.trace("never begun") == []


def test_usage_is_summed_over_the_answers_of_a_session(journal: Journal) -> None:
    session, other = journal.create_session(), journal.create_session()
    for number, place in enumerate([session, session, other, None]):
        trace = begun(journal, f"t{number}", place)
        effect = journal.intend(trace, "generate", {})
        reply = Reply("", usage=Usage(10, 2, 1, 0.5 if number else None, 0.25, 1))
        journal.settle(effect, codec.plain(reply))
        journal.settle(journal.intend(trace, "generate", {}), {"error": "down"}, failed=True)
        journal.record(trace, "tool", {}, {"usage": "not a model's"})
    assert journal.usage(session) == Usage(20, 4, 2, 0.5, 0.5, 2)
    assert journal.usage(journal.create_session()) == Usage()


def test_a_turn_ends_once(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    with closing(Journal(path)) as journal, closing(sqlite3.connect(path)) as witness:
        trace = begun(journal)
        journal.end_turn(trace, "interrupted")
        journal.end_turn(trace, "complete")
        assert witness.execute("SELECT state FROM turn").fetchall() == [("interrupted",)]


def test_what_serves_again_is_recalled_with_its_time_and_only_where_it_had_not_failed(journal: Journal) -> None:
    trace = begun(journal)
    assert journal.recall("k") is None
    for text, failed in (("first", False), ("second", False), ("broken", True)):
        journal.settle(journal.intend(trace, "generate", {}, key="k"), {"text": text}, failed=failed)
    journal.settle(journal.intend(trace, "generate", {}), {"text": "serves once"})
    journal.intend(trace, "generate", {}, key="k")  # not settled yet
    second = journal.trace(trace)[1]
    assert journal.recall("k") == Recalled({"text": "second"}, second.started)
    assert journal.recall("k", since=second.started) == Recalled({"text": "second"}, second.started)
    assert journal.recall("k", since=second.started + 1) is None
    assert journal.recall("another") is None


def test_what_a_tool_returned_is_there_for_its_conversation_and_its_forks_and_for_no_other(journal: Journal) -> None:
    session, other = journal.create_session(), journal.create_session()
    made = begun(journal, "made", session)
    journal.append(session, Remember(message("user", "q", "user")), parent=None, trace_id=made)
    fork = journal.fork_session(session, journal.head(session))
    tool = journal.intend(made, "tool", {})
    assert journal.tool_result(made, tool) is None
    journal.settle(tool, {"text": "7"})
    broken, call = journal.intend(made, "tool", {}), journal.intend(made, "generate", {})
    journal.settle(broken, {"text": "no"}, failed=True)
    journal.settle(call, {"text": "no tool"})
    for trace, place in (("later", session), ("forked", fork), ("elsewhere", other), ("alone", None)):
        begun(journal, trace, place)
    assert [journal.tool_result(trace, tool) for trace in (made, "later", "forked")] == [{"text": "7"}] * 3
    assert [journal.tool_result(trace, tool) for trace in ("elsewhere", "alone", "never begun")] == [None] * 3
    assert [journal.tool_result(made, effect) for effect in (broken, call, 999)] == [None] * 3


def test_a_question_is_kept_from_the_beginning_of_its_turn(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    with closing(Journal(path)) as journal:
        session, silent = journal.create_session(), journal.create_session()
        journal.append(session, Remember(message("user", "before", "user")), parent=None)
        journal.begin_turn(session, "asked", model="m", prompt="p", question="Why \ud800?")
        begun(journal, "silent", silent)
    with closing(Journal(path)) as journal:
        recovered = journal.recover(session)
        assert recovered is not None and recovered.message.text == recovered.display == "Why \ud800?"
        assert [stored.message.text for stored in journal.path(session)] == ["before", "Why \ud800?"]
        assert journal.recover(silent) is None
        assert journal.path(silent) == []
