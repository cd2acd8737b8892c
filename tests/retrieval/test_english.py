"""Whether a question is in English."""

from __future__ import annotations

import pytest

from chatbot.retrieval.english import may_be_english


@pytest.mark.parametrize(
    "question",
    [
        "What does a winter berth cost?",
        "how do I return goods",
        "beam search",  # a name, in whichever language
        "Liegeplatz Gebühr",
        "",
    ],
)
def test_what_may_be_english(question: str) -> None:
    assert may_be_english(question)


@pytest.mark.parametrize(
    "question",
    [
        "Was kostet ein Liegeplatz im Hafen?",
        "Combien coûte une place d'hiver ?",
        "¿Cuánto cuesta un amarre en el puerto?",
        "Quanto costa un posto barca in inverno?",
        "Wat kost een ligplaats in de haven?",
        "Сколько стоит место в порту?",
    ],
)
def test_what_is_in_another_language(question: str) -> None:
    assert not may_be_english(question)
