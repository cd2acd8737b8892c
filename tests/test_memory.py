"""Facts about the user: kept, found by word and by meaning, each user's own, and gone when erased."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from chatbot.errors import NotFoundError, ProjectError, UsageError
from chatbot.memory import MOST_FACTS, MOST_LENGTH, Memory

NUTS = "The user is allergic to nuts."
OSLO = "The user lives in Oslo and cycles to work."
CAT = "The user's cat is called Miso."


@pytest.fixture
def memory(tmp_path: Path) -> Memory:
    return Memory(tmp_path / "state" / "memory.db")


def test_a_fact_outlives_the_program_with_where_it_came_from(memory: Memory, tmp_path: Path) -> None:
    noted = memory.remember(NUTS, origin="tool", conversation="c1", turn="t1")
    memory.close()

    assert Memory(tmp_path / "state" / "memory.db").facts() == [noted]
    assert (noted.text, noted.origin, noted.conversation, noted.turn) == (NUTS, "tool", "c1", "t1")


def test_looking_writes_nothing(memory: Memory, tmp_path: Path) -> None:
    assert memory.facts() == [] and memory.find("nuts") == []
    assert list(tmp_path.iterdir()) == []


def test_the_same_words_are_one_fact(memory: Memory) -> None:
    first = memory.remember(NUTS, turn="t1")

    assert memory.remember(f"  {NUTS}\n", turn="t2") == first
    assert memory.facts() == [first]


def test_facts_are_found_by_their_words_the_rarest_first(memory: Memory) -> None:
    for fact in (NUTS, OSLO, CAT):
        memory.remember(fact)

    assert [fact.text for fact in memory.find("what is the cat called?")] == [CAT]
    assert [fact.text for fact in memory.find("which nuts may the user eat?")] == [NUTS, CAT, OSLO]
    assert memory.find("quantum chromodynamics") == []
    assert len(memory.find("user", limit=2)) == 2


def test_facts_are_found_by_meaning_where_something_can_embed(memory: Memory) -> None:
    for fact in (NUTS, OSLO, CAT):
        memory.remember(fact)
    subjects = {"peanut": 0, "nuts": 0, "Oslo": 1, "cat": 2}

    def embed(texts: Sequence[str]) -> NDArray[np.float32]:
        return np.stack(
            [np.eye(3, dtype=np.float32)[next(at for word, at in subjects.items() if word in t)] for t in texts]
        )

    assert [fact.text for fact in memory.find("may I serve peanut butter?", embed=embed)] == [NUTS]
    assert memory.find("may I serve peanut butter?") == []


def test_what_one_user_said_is_never_found_for_another(memory: Memory) -> None:
    noted = memory.remember(NUTS, user="ada")

    assert memory.facts(user="bo") == memory.find("nuts", user="bo") == memory.facts() == []
    with pytest.raises(NotFoundError):
        memory.forget([noted.id], user="bo")
    assert memory.facts(user="ada") == memory.facts(user=None) == [noted]


def test_what_is_erased_is_in_no_file_any_more(memory: Memory, tmp_path: Path) -> None:
    canaries = [f"canary {word} sings in the {word}" for word in ("quetzal", "narwhal", "axolotl")]
    facts = [memory.remember(text) for text in canaries]
    kept = memory.remember(NUTS)

    assert memory.forget([fact.id for fact in facts]) == facts

    assert memory.facts() == [kept]
    written = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    assert NUTS.encode() in written
    assert not [word for word in (b"quetzal", b"narwhal", b"axolotl") if word in written]


def test_where_a_reader_keeps_what_is_erased_in_the_file_that_is_said(memory: Memory, tmp_path: Path) -> None:
    fact = memory.remember(NUTS)
    (path,) = tmp_path.rglob("*.db")
    with closing(sqlite3.connect(path)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM fact").fetchall()
        with pytest.raises(ProjectError, match="stays in the file"):
            memory.forget([fact.id])
    assert memory.facts() == []


def test_a_number_is_never_given_again(memory: Memory) -> None:
    first = memory.remember(NUTS)
    memory.forget([first.id])

    assert memory.remember(OSLO).id > first.id


def test_nothing_is_erased_where_one_of_the_numbers_is_wrong(memory: Memory) -> None:
    noted = memory.remember(NUTS)

    with pytest.raises(NotFoundError, match="there is no fact 99"):
        memory.forget([noted.id, 99])
    assert memory.facts() == [noted]


@pytest.mark.parametrize(
    ("text", "said"), [(" \n ", "nothing to remember"), ("x" * (MOST_LENGTH + 1), "at most 500 characters")]
)
def test_what_is_no_fact_is_refused(memory: Memory, text: str, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        memory.remember(text)


def test_there_is_an_end_to_what_is_remembered(memory: Memory) -> None:
    with memory._database().transaction() as connection:
        connection.executemany(
            "INSERT INTO fact (user, text, origin, conversation, turn, created) VALUES ('', ?, 'user', '', '', 0)",
            [(f"fact {at}",) for at in range(MOST_FACTS)],
        )

    with pytest.raises(UsageError, match="1,000 facts are remembered"):
        memory.remember(NUTS)
    assert memory.remember("fact 7").id == 8
    assert memory.remember(NUTS, user="ada")


@given(st.text(max_size=MOST_LENGTH))
def test_any_text_is_kept_in_one_visible_line_or_refused(text: str) -> None:
    memory = Memory(None)
    try:
        noted = memory.remember(text)
    except UsageError:
        return
    assert noted.text.isprintable() and memory.facts() == [noted]
    memory.close()


def test_a_file_that_is_no_database_is_a_project_error(tmp_path: Path) -> None:
    (tmp_path / "memory.db").write_text("hello " * 100)

    with pytest.raises(ProjectError, match=r"memory.db"):
        Memory(tmp_path / "memory.db").facts()
