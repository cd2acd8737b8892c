"""Looking up what was noted: by words, by meaning, and never without end."""

from __future__ import annotations

from pathlib import Path

import pytest

from chatbot.memory import Memory
from chatbot.retrieval.embed import embedder
from chatbot.tools import Place, Tool, built_in_tools
from chatbot.tools.recall import SHOWN

FACTS = (
    "The user is allergic to nuts.",
    "The user's birthday is on 4 March.",
    "The user works as a nurse on night shifts.",
    "The user has two daughters, Ida and Mia.",
    "The user drives an electric car.",
)


@pytest.fixture
def place(tmp_path: Path) -> Place:
    memory = Memory(tmp_path / "memory.db")
    for fact in FACTS:
        memory.remember(fact)
    memory.close()
    return Place(tmp_path, tmp_path, embedder("minilm").embed)


def made(place: Place) -> Tool:
    (tool,) = built_in_tools(["recall"], {}, place)
    return tool


@pytest.mark.parametrize(
    ("query", "fact"),
    [
        ("peanut butter", 0),
        ("when was I born?", 1),
        ("what is my job?", 2),
        ("kids", 3),
        ("vehicle", 4),
        ("daughters", 3),
    ],
)
def test_a_fact_is_found_by_what_it_means(place: Place, query: str, fact: int) -> None:
    assert FACTS[fact] in made(place)(query).splitlines()[0]


def test_without_an_embedder_words_decide(place: Place) -> None:
    recall = made(Place(place.root, place.state))

    assert recall("night shifts").startswith("[3]")
    assert recall("vehicle") == "nothing is remembered about that\n(5 more facts are remembered)"


def test_the_latest_facts_come_first_and_not_without_end(place: Place) -> None:
    memory = Memory(place.state / "memory.db")
    for at in range(SHOWN):
        memory.remember(f"Fact number {at}.")

    lines = made(place)().splitlines()

    assert len(lines) == SHOWN + 1
    assert f"Fact number {SHOWN - 1}." in lines[0]
    assert lines[-1] == "(5 more facts are remembered)"
