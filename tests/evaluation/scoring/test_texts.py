from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scored_entries import any_text, score, scorer, worth

from chatbot.errors import PromptError


@pytest.mark.parametrize(
    ("entry", "reply", "answer", "value"),
    [
        ("{kind: exact}", "Paris", "Paris", 1),
        ("{kind: exact}", "  Paris\n", "Paris", 1),
        ("{kind: exact}", "paris", "Paris", 0),
        ("{kind: exact, ignore_case: true}", "PARIS", "Paris", 1),
        ("{kind: exact}", "It is Paris", "Paris", 0),
        ("{kind: exact}", "Lyon", ["Paris", "Lyon"], 1),
        ("{kind: exact}", "4", 4, 1),
        ("{kind: exact}", "true", True, 1),
        ("{kind: exact}", "", "Paris", "no_answer"),
        ("{kind: exact}", "Paris", None, "unscored"),
        ("{kind: exact}", "Paris", [], "unscored"),
        ("{kind: exact}", "Paris", " ", "unscored"),
        ("{kind: contains}", "It is Paris.", "Paris", 1),
        ("{kind: contains}", "New\n  York it is", "New York", 1),
        ("{kind: contains}", "It is Lyon.", "Paris", 0),
        ("{kind: contains}", "It is paris.", "Paris", 0),
        ("{kind: contains, ignore_case: true}", "It is paris.", "Paris", 1),
        ("{kind: contains}", "It is Lyon.", ["Paris", "Lyon"], 1),
        ("{kind: contains, match: all}", "It is Lyon.", ["Paris", "Lyon"], 0),
        ("{kind: contains, match: all}", "Lyon and Paris.", ["Paris", "Lyon"], 1),
        ("{kind: contains}", " \n", "Paris", "no_answer"),
        ("{kind: not_contains}", "It is Lyon.", "Paris", 1),
        ("{kind: not_contains}", "It is Lyon.", ["Paris", "Lyon"], 0),
        ("{kind: not_contains}", "", "Paris", "no_answer"),
        ('{kind: contains, expect: "in {{ answer }}"}', "It is in Paris.", "Paris", 1),
        ('{kind: contains, expect: ["Lyon", "in {{ answer }}"]}', "It is in Paris.", "Paris", 1),
        ('{kind: regex, pattern: "\\\\d{4}"}', "in 1999", "", 1),
        ('{kind: regex, pattern: "\\\\d{4}"}', "long ago", "", 0),
        ('{kind: regex, pattern: "^$"}', "", "", "no_answer"),
        ('{kind: regex, pattern: "year: (\\\\d+)", expect: "{{ answer }}"}', "year: 1999", "1999", 1),
        ('{kind: regex, pattern: "year: (\\\\d+)", expect: "{{ answer }}"}', "year: 1999", 1999, 1),
        ('{kind: regex, pattern: "year: (\\\\d+)", expect: "{{ answer }}"}', "year: 2000", "1999", 0),
        ('{kind: regex, pattern: "year: (\\\\d+)", expect: "{{ answer }}"}', "1999", "1999", "no_answer"),
        ('{kind: regex, pattern: "{{ answer }}"}', "a cat", "c.t", 1),
        ('{kind: regex, pattern: "{{ answer }}"}', "a cat", "(", "unscored"),
    ],
)
def test_texts_are_compared(entry: str, reply: str, answer: object, value: float | str) -> None:
    assert worth(score(entry, reply, answer=answer)) == value


def test_a_reason_says_what_was_expected_and_what_was_found() -> None:
    assert score("{kind: contains}", "It is Lyon.", answer="Paris").reason == (
        "the reply does not contain 'Paris'; it is 'It is Lyon.'"
    )


@pytest.mark.parametrize("kind", ["exact", "contains"])
@given(gold=st.text(min_size=1).filter(str.strip), others=st.lists(st.text(min_size=1).filter(str.strip), max_size=3))
def test_a_gold_is_right_wherever_it_stands_among_others(kind: str, gold: str, others: list[str]) -> None:
    for golds in ([gold, *others], [*others, gold], [*reversed(others), gold]):
        assert score(f"{{kind: {kind}}}", gold, answer=golds).value == 1


@pytest.mark.parametrize("kind", ["exact", "contains", "not_contains", 'regex, pattern: "a+b"'])
@given(reply=any_text, golds=st.lists(any_text, max_size=3))
def test_no_text_makes_a_scorer_fail(kind: str, reply: str, golds: list[str]) -> None:
    found = score(f"{{kind: {kind}}}", reply, answer=golds)

    assert worth(found) in (0, 1, "no_answer", "unscored")
    assert "failed" not in found.reason
    assert worth(found) == worth(score(f"{{kind: {kind}}}", reply, answer=golds[::-1]))


@given(reply=any_text.filter(str.strip), gold=any_text.filter(str.strip))
def test_contains_and_not_contains_are_opposites(reply: str, gold: str) -> None:
    values = [score(f"{{kind: {kind}}}", reply, answer=gold).value for kind in ("contains", "not_contains")]

    assert sorted(values) == [0, 1]


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        ('{kind: regex, pattern: "("}', "suite.yaml:3: '(' is no regular expression"),
        ('{kind: regex, pattern: "(a+)+"}', "suite.yaml:3: '(a+)+' has a repeat"),
        ("{kind: regex, pattern: 3}", "suite.yaml:3: a pattern must be text"),
        ("{kind: regex}", "suite.yaml:3: regex needs `pattern`"),
        ('{kind: contains, expect: " "}', "suite.yaml:3: there is no expected value"),
        ("{kind: contains, expect: []}", "suite.yaml:3: there is no expected value"),
        ('{kind: number, expect: "many"}', "suite.yaml:3: the expected value 'many' is none that last_number can read"),
        ("{kind: contains, match: some}", "suite.yaml:3: match must be one of any, all, not 'some'"),
        ("{kind: contains, ignore_case: 3}", "suite.yaml:3: ignore_case must be true or false"),
    ],
)
def test_a_mistake_is_told_with_its_line(entry: str, message: str) -> None:
    with pytest.raises(PromptError) as caught:
        scorer(entry)

    assert message in caught.value.message
