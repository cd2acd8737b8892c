from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scored_entries import any_text, item, said, score, scorer, section, worth

from chatbot.errors import PromptError
from chatbot.evaluation.records import Judgement, Response
from chatbot.evaluation.scoring import KINDS, scorer_name
from chatbot.messages import Citation, Likelihood, Passage, ToolCall, ToolResult, ToolUse, Usage


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


FIELDS = {
    "answer": "4",
    "answers": ["4", "four"],
    "label": "good",
    "table": {"four": 4},
    "sources": ["a.md"],
    "relevant": {"a.md": 2, "b.md": 0},
    "ground_truth": [{"f": {"a": [4]}}],
    "answerable": True,
    "checks": ["no_commas", {"words_at_most": 3}],
}

KINDS_WITH_JUDGES = ("pairwise", "rubric")

RIGHT: Mapping[str, tuple[str, Response]] = {
    "exact": ("{kind: exact}", said("4")),
    "contains": ("{kind: contains}", said("It is 4.")),
    "not_contains": ("{kind: not_contains}", said("It is 5.")),
    "regex": ('{kind: regex, pattern: "(\\\\d)", expect: "{{ answers }}"}', said("4")),
    "number": ("{kind: number}", said("It is $4.00.")),
    "choice": ("{kind: choice, letters: '3456'}", said("(4)")),
    "label": ('{kind: label, labels: [good, bad], expect: "{{ label }}"}', said("Good.")),
    "likelihood": (
        "{kind: likelihood, choices: ['4', '5']}",
        said("4", likelihoods=(Likelihood("4", -1.0, 1), Likelihood("5", -2.0, 1))),
    ),
    "answer": ("{kind: answer}", said("…", answer="4")),
    "json_schema": ("{kind: json_schema, schema: {required: [four]}}", said('{"four": 4}')),
    "fields": ('{kind: fields, expect: "{{ table }}"}', said('{"four": "4"}')),
    "span_f1": ("{kind: span_f1}", said("Four")),
    "span_em": ("{kind: span_em}", said("Four")),
    "citations": ("{kind: citations}", said("x", citations=(Citation(1, "It is 4.", 0, 8, 1, path="a.md"),))),
    "support": ("{kind: support}", said("It is 4 [1].", citations=(Citation(1, "It is 4.", 0, 8, 1, path="a.md"),))),
    "retrieval": ("{kind: retrieval}", said("x", passages=(Passage("It is 4.", 0, 8, 1, path="a.md"),))),
    "tool_call": (
        "{kind: tool_call}",
        said("", tool_uses=(ToolUse(ToolCall("1", "f", '{"a": 4}'), ToolResult("1", "f", "")),)),
    ),
    "refusal": ("{kind: refusal}", said("4")),
    "instructions": ("{kind: instructions}", said("It is 4.")),
    "rubric": (
        '{kind: rubric, question: "4?", rubric: good}',
        said("4", judgements={"rubric": (Judgement("judge", "Grade: 5", "5"),)}),
    ),
    "pairwise": (
        '{kind: pairwise, question: "4?", rubric: good}',
        said("4", judgements={"pairwise": (Judgement("judge", "Verdict: first", "first"),)}),
    ),
    "python": ("{kind: python, function: operator:is_not}", said("4")),
}


@pytest.mark.parametrize("kind", sorted(KINDS.keys() - {"cost", "latency", "tokens"}))
def test_what_is_right_is_worth_1_with_every_kind(kind: str) -> None:
    entry, response = RIGHT[kind]

    assert worth(scorer(entry, fields=FIELDS)(item(**FIELDS), response)) == 1


@pytest.mark.parametrize("kind", sorted(RIGHT))
@given(text=any_text, declined=st.booleans())
def test_no_text_makes_any_kind_fail_or_leave_0_to_1(kind: str, text: str, declined: bool) -> None:
    entry, right = RIGHT[kind]
    judge = scorer(entry)

    for response in (said(text, declined=declined), replace(right, text=text, answer=text, declined=declined)):
        found = judge(item(**FIELDS), response)
        nobody_told = (kind in KINDS_WITH_JUDGES and not response.judgements) or (
            kind == "likelihood" and not response.likelihoods
        )
        assert found.status in ("scored", "no_answer", "refused", *(["unscored"] if nobody_told else []))
        assert found.value is None or 0 <= found.value <= 1
        assert json.loads(json.dumps(found.details)) == found.details  # as the journal keeps them
        assert found == judge(item(**FIELDS), response)


@pytest.mark.parametrize("kind", sorted(RIGHT))
def test_an_item_without_what_a_kind_compares_with_is_unscored(kind: str) -> None:
    entry, response = RIGHT[kind]
    needs_no_field = {"json_schema", "support", "python", *KINDS_WITH_JUDGES}

    assert worth(scorer(entry)(item(), response)) == (1 if kind in needs_no_field else "unscored")


@pytest.mark.parametrize(
    ("entry", "key"),
    [
        ("{kind: contains, ignore_case: %s}", "ignore_case"),
        ("{kind: contains, match: %s}", "match"),
        ("{kind: number, tolerance: %s}", "tolerance"),
        ("{kind: number, of: %s}", "of"),
        ("{kind: choice, letters: %s}", "letters"),
        ("{kind: label, labels: %s}", "labels"),
        ("{kind: regex, pattern: %s}", "pattern"),
        ("{kind: span_f1, of: %s}", "of"),
        ("{kind: citations, measure: %s}", "measure"),
        ("{kind: support, least: %s}", "least"),
        ("{kind: retrieval, k: %s}", "k"),
        ("{kind: retrieval, measure: %s}", "measure"),
        ("{kind: tool_call, order: %s}", "order"),
        ("{kind: instructions, measure: %s}", "measure"),
        ("{kind: python, function: %s}", "function"),
        ("{kind: python, function: operator:is_, declined: %s}", "declined"),
        ("{kind: tokens, of: %s}", "of"),
    ],
)
def test_an_option_of_the_wrong_kind_is_refused_by_its_name(entry: str, key: str) -> None:
    for wrong in ("{x: y}", "[[1]]"):
        with pytest.raises(PromptError, match=rf"suite\.yaml:3: (a )?{key}"):
            scorer(entry % wrong)


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
