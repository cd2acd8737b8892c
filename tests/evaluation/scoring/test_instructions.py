from __future__ import annotations

import pytest
from scored_entries import score, scorer, worth

from chatbot.errors import PromptError

CHECKS = [{"words_at_most": 5}, "no_commas", {"includes": ["red", "blue"]}]


@pytest.mark.parametrize(
    ("reply", "every", "share"),
    [
        ("Red and blue.", 1, 1),
        ("Red, and blue.", 0, 2 / 3),
        ("Red, green, yellow, black, white and pink", 0, 0),
        (" ", "no_answer", "no_answer"),
    ],
)
def test_all_checks_or_the_share_of_them_that_holds(reply: str, every: object, share: object) -> None:
    assert worth(score("{kind: instructions}", reply, checks=CHECKS)) == every
    assert worth(score("{kind: instructions, measure: share}", reply, checks=CHECKS)) == pytest.approx(share)


def test_checks_that_fail_are_named() -> None:
    found = score("{kind: instructions}", "Red, red.", checks=CHECKS)

    assert found.reason == "not so: no_commas: True; includes: ('red', 'blue')"
    assert found.details["share"] == pytest.approx(1 / 3)


def test_checks_in_the_suite_are_read_when_it_is_loaded() -> None:
    assert worth(score("{kind: instructions, checks: [{words: 2}, lowercase]}", "two words")) == 1
    assert worth(score('{kind: instructions, checks: {includes: "{{ word }}"}}', "two words", word="Two")) == 1
    with pytest.raises(PromptError) as caught:
        scorer("{kind: instructions, checks: [{word_at_most: 5}]}")
    assert caught.value.message == "suite.yaml:3: there is no check 'word_at_most'"
    assert caught.value.hint == "did you mean 'words_at_most'?"


def test_an_items_wrong_check_leaves_it_unscored() -> None:
    found = score("{kind: instructions}", "a", checks=["shout"])

    assert worth(found) == "unscored" and "there is no check 'shout'" in found.reason
