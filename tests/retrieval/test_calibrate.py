"""The floor that a collection sets itself: what questions are made of, where the floor lies, and how often it errs."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from words import Words

from chatbot import Knowledge
from chatbot.errors import KnowledgeError
from chatbot.retrieval.calibrate import (
    ENOUGH_WORDS,
    MOST_DECLINED,
    MOST_WORDS,
    Asked,
    Calibration,
    best_floor,
    first_words,
)

SUBJECTS = (
    "anchor bridge candle desert engine forest glacier harbour island jungle kettle lantern mirror needle".split()
)
DEEDS = "melts shines travels rusts grows breaks turns sinks burns stays freezes falls".split()


def records() -> list[dict[str, str]]:
    """Three sentences about each subject, in words that the other subjects do not use."""
    return [
        {
            "id": f"{subject}-{deed}",
            "text": f"The {subject} {deed} slowly while every {subject}smith measures {deed}ness.",
        }
        for subject in SUBJECTS
        for deed in DEEDS[:3]
    ]


def test_a_question_is_made_of_the_words_that_say_something() -> None:
    text = "It is so. The parcels to Norway are sent on Mondays by ship, and arrive within a week. Short."

    [question] = first_words([text])

    assert question == "parcels Norway sent Mondays ship"
    assert first_words([text]) == first_words([text]), "the same text asks the same"
    assert first_words(["Too short to ask.", "", "| a | table |"]) == ["", "", ""]


@given(st.lists(st.text(max_size=120), max_size=4))
def test_questions_can_be_made_of_any_texts(texts: list[str]) -> None:
    made = first_words(texts)

    assert len(made) == len(texts)
    assert all(len(question.split()) <= MOST_WORDS < ENOUGH_WORDS for question in made)


def test_the_floor_lies_between_what_is_there_and_what_is_not() -> None:
    apart = [Asked("q", 0.6 + n / 100, 0.3 - n / 100) for n in range(20)]

    assert 0.3 < best_floor(apart) <= 0.6


SHARES = st.floats(0, 1)


@given(st.lists(st.builds(Asked, st.just("q"), SHARES, SHARES), min_size=20, max_size=60))
def test_whatever_the_questions_few_of_the_answerable_are_silenced(asked: list[Asked]) -> None:
    found = Calibration(best_floor(asked), tuple(asked))

    assert 0 <= found.floor < 1
    assert found.declined <= MOST_DECLINED * len(asked)
    assert 0 <= found.answered <= len(asked)


def test_a_collection_sets_its_floor_and_keeps_it(tmp_path: Path) -> None:
    knowledge = Knowledge.from_records(records(), tmp_path / "index.db", embedder=Words())
    assert knowledge.floor == 0, "nobody has measured this embedder"

    found = knowledge.calibrate()

    assert knowledge.floor == found.floor > 0
    assert len(found.tried) == len(records()) // 2
    assert (found.declined, found.answered) == (0, 0)
    assert knowledge.search("What does the anchorsmith do while the anchor melts?")
    assert not knowledge.search("Which orchestras perform symphonies?")
    knowledge.close()


def test_questions_may_be_written_by_somebody_else() -> None:
    seen: list[str] = []

    def write(texts: Sequence[str]) -> list[str]:
        seen.extend(texts)
        return [f"What about {text.split()[1]} and {text.split()[2]}?" for text in texts]

    found = Knowledge.from_records(records(), embedder=Words()).calibrate(write)

    assert len(seen) == len(records())
    assert all(asked.question.startswith("What about ") for asked in found.tried)


def test_too_little_text_sets_no_floor() -> None:
    knowledge = Knowledge.from_records(records()[:5], embedder=Words())

    with pytest.raises(KnowledgeError, match="only 5 questions could be made"):
        knowledge.calibrate()
    assert knowledge.floor == 0
