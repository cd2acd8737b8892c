from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scored_entries import any_text, gold_and_other, item, rows, said, score, scorer, worth

from chatbot.errors import PromptError
from chatbot.evaluation.records import Item, Response
from chatbot.prompting.extraction import Extraction

LABELS = "{kind: label, labels: [positive, negative]}"


@pytest.mark.parametrize(
    ("entry", "reply", "answer", "value"),
    [
        ("{kind: number}", "It costs $29.00.", "29", 1),
        ("{kind: number}", "29", "$29.00", 1),
        ("{kind: number}", "The answer is 1,000.", 1000, 1),
        ("{kind: number}", "0.5", "1/2", 1),
        ("{kind: number}", "30", "29", 0),
        ("{kind: number}", "It is -29.", "29", 0),
        ("{kind: number}", "I do not know.", "29", "no_answer"),
        ("{kind: number}", "", "29", "no_answer"),
        ("{kind: number}", "29", "many", "unscored"),
        ("{kind: number}", "30", [29, 30], 1),
        ("{kind: number, tolerance: 1}", "30", "29", 1),
        ("{kind: number, tolerance: 0.5}", "30", "29", 0),
        ("{kind: number, tolerance: 0.1}", "0.3", 0.2, 1),
        ("{kind: number, tolerance: 5%}", "105", "100", 1),
        ("{kind: number, tolerance: 5%}", "-105", "-100", 1),
        ("{kind: number, tolerance: 5%}", "106", "100", 0),
        ("{kind: choice}", "The answer is (B).", "B", 1),
        ("{kind: choice}", "The answer is (B).", "C", 0),
        ("{kind: choice}", "Hard to say.", "C", "no_answer"),
        ("{kind: choice, letters: AB}", "The answer is (B).", "C", "unscored"),
        ('{kind: choice, options: ["red", "blue"]}', "blue", "B", 1),
        (LABELS, "The sentiment is positive.", "positive", 1),
        (LABELS, "Positive!", "negative", 0),
        (LABELS, "no idea", "negative", "no_answer"),
        (LABELS, "positive", "neutral", "unscored"),
    ],
)
def test_answers_are_read_and_compared_in_normal_form(
    entry: str, reply: str, answer: object, value: float | str
) -> None:
    assert worth(score(entry, reply, answer=answer)) == value


def test_options_may_be_an_items_own() -> None:
    entry = '{kind: choice, options: "{{ choices }}"}'

    assert worth(score(entry, "The answer is 14 cats.", answer="B", choices=["A)12 cats", "B)14 cats"])) == 1
    assert worth(score(entry, "12 cats", answer="B", choices=["A)12 cats", "B)14 cats"])) == 0


def test_a_label_score_holds_what_macro_f1_needs() -> None:
    assert score(LABELS, "Positive!", answer="negative").details == {"expected": "negative", "answer": "positive"}
    assert score(LABELS, "no idea", answer="negative").details == {"expected": "negative", "answer": None}


def test_what_the_prompt_read_is_scored_where_the_entry_says_so() -> None:
    response = said("First 12. Then 7.", answer="12")

    assert worth(score("{kind: number, of: answer}", response, answer=12)) == 1
    assert worth(score("{kind: number}", response, answer=12)) == 0
    assert worth(score("{kind: number, of: answer}", said("12", answer=None), answer=12)) == "no_answer"


@pytest.mark.parametrize(
    ("answer", "gold", "value"),
    [
        ("29", "29", 1),
        ("29", "$29.00", 1),
        ("29", 29.0, 1),
        ("Paris", "paris", 1),
        ("29", "29 or 30", 0),
        ("b", "B", 1),
        (None, "B", "no_answer"),
        ("29", None, "unscored"),
    ],
)
def test_an_answer_is_compared_without_knowing_how_it_was_read(answer: str | None, gold: object, value: object) -> None:
    assert worth(score("{kind: answer}", said("…", answer=answer), answer=gold)) == value


def test_an_answer_is_compared_in_the_form_of_the_prompts_extraction() -> None:
    judge = scorer("{kind: answer}", reads=Extraction("label", {"labels": ["very good", "bad"]}))

    assert worth(judge(item(answer="Very-Good"), said("…", answer="very good"))) == 1
    assert worth(judge(item(answer="bad"), said("…", answer="very good"))) == 0
    assert worth(judge(item(answer="none"), said("…", answer="very good"))) == "unscored"


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        ("{kind: number, tolerance: -1}", "tolerance must be a number of 0 or more, not '-1'"),
        ("{kind: number, tolerance: wide}", "tolerance must be a number of 0 or more"),
        ("{kind: number, tolerance: true}", "tolerance must be a number"),
        ("{kind: number, of: reply}", "of must be one of text, answer, not 'reply'"),
        ("{kind: choice, letters: AAB}", "letters of choice must be different letters"),
        ("{kind: label}", "labels of label must be a list of different texts"),
        ("{kind: label, labels: [1]}", "labels must be a list of texts"),
    ],
)
def test_a_mistake_is_told_with_its_line(entry: str, message: str) -> None:
    with pytest.raises(PromptError) as caught:
        scorer(entry)

    assert f"suite.yaml:3: {message}" in caught.value.message


@pytest.mark.parametrize("entry", ["{kind: number}", "{kind: number, of: answer}", "{kind: choice}", LABELS])
@given(reply=any_text, gold=any_text)
def test_no_text_makes_a_scorer_fail(entry: str, reply: str, gold: str) -> None:
    found = score(entry, reply, answer=gold)

    assert worth(found) in (0, 1, "no_answer", "unscored")
    assert "failed" not in found.reason


@given(st.integers(-(10**9), 10**9), st.integers(0, 10**6), st.integers(0, 10**6))
def test_a_number_is_right_within_the_tolerance_and_wrong_beyond_it(gold: int, off: int, tolerance: int) -> None:
    for answer in (gold + off, gold - off):
        found = score(f"{{kind: number, tolerance: {tolerance}}}", f"{answer}", answer=gold)
        assert found.value == (off <= tolerance)


def test_gold_rationales_and_letters_score_1_and_those_of_other_items_less() -> None:
    gsm8k = rows("gsm8k/items.jsonl")
    items = [Item(str(row["id"]), row) for row in gsm8k]
    own, other = gold_and_other(
        scorer("{kind: number}"), items, [said(f"The answer is {row['answer']}.") for row in gsm8k]
    )
    assert own == 1
    assert other > 0.95

    aqua = rows("aqua/items.jsonl")
    items = [Item(str(row["id"]), row) for row in aqua]
    judge = scorer('{kind: choice, options: "{{ choices }}"}', fields=aqua[0])
    own, other = gold_and_other(judge, items, [said(f"The answer is ({row['answer']}).") for row in aqua])
    assert own == 1
    assert other > 0.7  # of five letters, a fifth is the same by chance


def test_the_text_of_the_right_option_is_as_good_as_its_letter() -> None:
    aqua = rows("aqua/items.jsonl")
    judge = scorer('{kind: choice, options: "{{ choices }}"}', fields=aqua[0])
    found = []
    for row in aqua:
        options = row["choices"]
        assert isinstance(options, list)
        text = next(option for option in options if str(option).startswith(str(row["answer"])))[2:]
        found.append(judge(Item(str(row["id"]), row), Response(str(text))).value)

    assert sum(value == 1 for value in found) / len(found) > 0.95
