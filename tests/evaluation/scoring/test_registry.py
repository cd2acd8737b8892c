from __future__ import annotations

import pytest
from scored_entries import item, said, score, scorer, section, worth

from chatbot.errors import PromptError
from chatbot.evaluation.records import Response
from chatbot.evaluation.scoring import KINDS, scorer_name
from chatbot.messages import Usage


@pytest.mark.parametrize(
    ("entry", "message", "hint"),
    [
        ("{kind: contain}", "there is no kind of scorer 'contain'", "did you mean 'contains'?"),
        ("{expect: a}", "a scorer needs a kind", "write it as"),
        ("{kind: 3}", "kind must be text", ""),
        ("{kind: exact, expct: a}", "unknown key 'expct' in scorers.0", "did you mean 'expect'?"),
        ("{kind: exact, tolerance: 1}", "unknown key 'tolerance'", "known:"),
        ("{kind: exact, name: [a]}", "name must be text", ""),
        ('{kind: exact, expect: "{{ answr }}"}', "'answr' is not a field of the dataset", "did you mean 'answer'?"),
        ('{kind: exact, expect: ["{{ answer }}", "{{ b"]}', "the template is wrong", ""),
        ('{kind: exact, when: "{{ answr }}"}', "'answr' is not a field of the dataset", "did you mean 'answer'?"),
    ],
)
def test_a_wrong_entry_is_refused_with_its_line_and_what_was_meant(entry: str, message: str, hint: str) -> None:
    with pytest.raises(PromptError) as caught:
        scorer(entry, fields=["answer", "question"])

    assert caught.value.message.startswith("suite.yaml:3: ") and message in caught.value.message
    assert hint in caught.value.hint


def test_the_field_that_a_kind_compares_with_must_be_there() -> None:
    with pytest.raises(PromptError) as caught:
        scorer("{kind: contains}", fields=["gold"])

    assert caught.value.message == "suite.yaml:3: contains needs `expect`"
    assert caught.value.hint == 'write it as expect: "{{ answer }}"'


def test_a_scorer_is_called_by_its_name_or_its_kind() -> None:
    assert scorer_name(section("{kind: exact}")) == "exact"
    assert scorer_name(section("{kind: exact, name: capital}")) == "capital"


SPENDS = ("cost", "latency", "tokens")
JUDGES_DECLINED = {kind for kind in KINDS if KINDS[kind].declined_too}


def test_an_error_a_refusal_and_an_unscored_cell_stay_apart() -> None:
    judge = scorer("{kind: contains}")

    assert worth(judge(item(answer="a"), Response("", error="timed out"))) == "error"
    assert worth(judge(item(answer="a"), said("a", declined=True))) == "refused"
    assert worth(judge(item(answer="a"), said("a", finish="filtered"))) == "refused"
    assert worth(judge(item(), said("a"))) == "unscored"
    assert worth(judge(item(answer="a"), said(""))) == "no_answer"
    assert worth(judge(item(answer="a"), said("b"))) == 0


def test_a_missing_field_is_named_with_the_nearest() -> None:
    found = score("{kind: contains}", "a", anwser="a")

    assert "the item has no field 'answer' (did you mean 'anwser'?)" in found.reason


def test_when_leaves_items_out() -> None:
    entry = '{kind: contains, when: "{{ answerable }}"}'

    assert worth(score(entry, "a", answer="a", answerable=True)) == 1
    assert worth(score(entry, "a", answer="a", answerable=False)) == "unscored"
    assert worth(score(entry, "a", answer="a", answerable="")) == "unscored"


def test_an_item_that_is_left_out_is_neither_refused_nor_an_error() -> None:
    judge = scorer('{kind: contains, when: "{{ answerable }}"}')
    unasked = item(answer="", answerable="no")

    for response in (said("", declined=True), Response("", error="down"), said("a")):
        found = judge(unasked, response)
        assert worth(found) == "unscored" and found.details == {"left_out": True}


@pytest.mark.parametrize(
    "entry", ["{kind: contains, expect: 4}", "{kind: exact, expect: 4}", "{kind: instructions, checks: {words: 1}}"]
)
def test_what_a_model_thinks_is_no_part_of_what_it_says(entry: str) -> None:
    assert worth(score(entry, "<think>Is it 5, or 6? No.</think>\n4")) == 1
    assert worth(score(entry, "<think>4 it is, I think")) == "no_answer"


def test_what_a_reply_took_counts_for_declined_replies_too() -> None:
    declined = said("", declined=True, usage=Usage(3, 4, cost=0.5), seconds=2.0)

    assert [score(f"{{kind: {kind}}}", declined).value for kind in SPENDS] == [0.5, 2, 7]
    assert set(SPENDS) <= JUDGES_DECLINED
