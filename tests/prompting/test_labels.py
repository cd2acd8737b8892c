"""A label is read by whole words, as its author spells it, and not where it is negated."""

from __future__ import annotations

import pytest

from chatbot.prompting.labels import label

LABELS = ["positive", "negative", "very positive", "neutral"]


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        ("Sentiment: **Positive**", "positive"),
        ("The review is very positive.", "very positive"),
        ("It is neither positive nor negative, so neutral.", "neutral"),
        ("negative, rather than positive", "negative"),
        ("The sentiment is not positive.", None),
        ("It isn't really negative.", None),
        ("positive or negative", None),
        ("a positively charged ion", None),
    ],
)
def test_a_label_is_what_is_said_and_not_what_is_denied(reply: str, expected: str | None) -> None:
    assert label(reply, LABELS) == expected


def test_accents_case_and_punctuation_do_not_matter() -> None:
    assert label("Le sentiment : NEGATIF.", ["Positif", "Négatif"]) == "Négatif"
    assert label("not hateful", ["hateful", "not_hateful"]) == "not_hateful"
