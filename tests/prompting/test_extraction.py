"""The answer of a reply is read whatever form it has, and what is no answer is none."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path

import pytest
from answer_forms import KINDS as KIND_OF_SET
from answer_forms import Item, carried, misleading, options, usual
from answer_forms import items as items_of
from hypothesis import given
from hypothesis import strategies as st

from chatbot.errors import PromptError, UsageError
from chatbot.prompting import Prompt, extract, normalise
from chatbot.prompting.extraction import KINDS, Extraction

DATA = Path(__file__).parents[2] / ".." / "shared" / "data"

OPTIONS: dict[str, dict[str, object]] = {
    "label": {"labels": ["positive", "negative", "neutral"]},
    "regex": {"pattern": r"(\d+) apples"},
    "after": {"marker": "Answer:"},
}
"""What kinds need."""

NUMBERS = (
    "The answer is {0}.",
    "#### {0}",
    "Answer: {0}",
    "\\boxed{{{0}}}",
    "**{0}**",
    "So the answer (arabic numerals) is {0}.",
    "3 + 4 = 7 and 7 * 2 = 14. The final answer is {0}. I hope this helps with your 2nd question!",
    "x = {0}",
    "{0}",
    '{{"answer": {0}}}',
    "She has {1} apples in total.",
    "Step 1: 5 + 5 = 10\nStep 2: 10 / 2 = 5\n\n**Answer: {1}**",
    "The result is {0} miles, as step 3 shows.",
    "Therefore, she paid a total of ${1}.",
)
"""Forms that replies give a number: as it is, and with thousands separators."""

LETTERS = (
    "The answer is {0}.",
    "The answer is ({0}).",
    "Answer: {0}",
    "({0})",
    "{0}",
    "{0}) {1}",
    "So the answer is ({0}) {1}.",
    "\\boxed{{{0}}}",
    "**{0}**",
    '{{"answer": "{0}"}}',
    "Option {0} is correct.",
    "(A) is too small and (B) is unlikely. So the correct option is {0}.",
    "Therefore, among A through E, the answer is {0}.",
    "The best answer is **({0}) {1}**.",
)
VERDICTS = (
    "The answer is {0}.",
    "Answer: {0}",
    "{1}",
    "{1}, because of that.",
    "Therefore, the answer (Yes or No) is {0}.",
    "**{1}**",
    "\\boxed{{{1}}}",
    '{{"answer": "{0}"}}',
    "#### {0}",
    "One might think otherwise. So the answer is {0}.",
)
STRINGS = (
    "The answer is {0}.",
    "Answer: {0}",
    "{0}",
    '"{0}"',
    'So the answer is "{0}".',
    "**{0}**",
    "\\boxed{{{0}}}",
    "#### {0}",
    'Concatenating them gives "{0}".',
    '{{"answer": "{0}"}}',
)
REFUSALS = (
    "I cannot determine the answer.",
    "There is not enough information to say.",
    "I don't know.",
    "",
    "Let me think about it.",
)


# --- numbers ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", NUMBERS)
@pytest.mark.parametrize("gold", ["7", "1029", "0", "12.5", "1500000"])
def test_a_number_is_read_from_every_usual_form(form: str, gold: str) -> None:
    separated = f"{float(gold):,.10g}" if "." in gold else f"{int(gold):,}"
    assert extract("last_number", form.format(gold, separated)) == gold


@pytest.mark.parametrize(
    "text", [*REFUSALS, "How many are there in all 3 boxes?", "It cannot be found from 3 numbers."]
)
def test_a_reply_without_a_number_of_its_own_has_no_answer(text: str) -> None:
    assert extract("last_number", text) is None


def test_a_question_told_again_is_no_answer_and_one_behind_a_conclusion_changes_nothing() -> None:
    assert extract("last_number", "Ann has 3 apples. She buys 4. How many has she?") is None
    assert extract("last_number", "3 + 4 = 7. Shall I show the steps?") == "7"
    assert extract("last_number", "So she has 7 apples. Is that clear?") == "7"


def test_a_statement_counts_more_than_numbers_after_it() -> None:
    assert extract("last_number", "The answer is 12. This took 3 steps and 40 seconds.") == "12"


def test_a_negated_statement_states_nothing() -> None:
    assert extract("last_number", "The answer is not 5. The answer is 7.") == "7"
    assert extract("last_number", "The answer is 7. The answer is not 5.") == "7"
    assert extract("last_number", "The answer is not 39.") is None


def test_known_numbers_have_the_same_form() -> None:
    assert normalise("last_number", "39.0") == normalise("last_number", "$39") == "39"


# --- choices ----------------------------------------------------------------------------------------------------------

FRUIT = ["A) apple", "B) pear", "C) plum", "D) green plum", "E) none of these"]


@pytest.mark.parametrize("form", LETTERS)
@pytest.mark.parametrize(("letter", "text"), [("C", "plum"), ("D", "green plum")])
def test_a_choice_is_read_from_every_usual_form(form: str, letter: str, text: str) -> None:
    assert extract("choice", form.format(letter, text), options=FRUIT) == letter


@pytest.mark.parametrize(
    "text",
    [
        *REFUSALS,
        "It is not C.",
        "(C) is wrong.",
        "The answer is not (C).",
        "Is it C?",
        "We can rule out C.",
        "Which one is it?\n" + "\n".join(FRUIT),
        "Which one is it?\n" + "\n".join(each.replace(" ", "", 1) for each in FRUIT),
    ],
)
def test_an_option_that_is_only_mentioned_is_not_chosen(text: str) -> None:
    assert extract("choice", text, options=FRUIT) is None


def test_a_choice_may_be_told_by_its_text_and_the_longest_wins() -> None:
    assert extract("choice", "The answer is green plum.", options=FRUIT) == "D"
    assert extract("choice", "The answer is pear.", options={"X": "pear", "Y": "plum"}, letters="XY") == "X"


# --- verdicts and labels ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", VERDICTS)
@pytest.mark.parametrize("gold", ["yes", "no"])
def test_a_verdict_is_read_from_every_usual_form(form: str, gold: str) -> None:
    assert extract("yes_no", form.format(gold, gold.capitalize())) == gold


@pytest.mark.parametrize("text", [*REFUSALS[:3], "Is it yes?", "It depends: yes in some cases, no in others."])
def test_a_verdict_that_is_not_given_is_none(text: str) -> None:
    assert extract("yes_no", text) is None


def test_true_and_false_are_verdicts() -> None:
    assert extract("yes_no", "The statement is true.") == "yes"
    assert extract("yes_no", '{"answer": false}') == "no"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Positive.", "positive"),
        ("**NEGATIVE**", "negative"),
        ("The sentiment is clearly positive.", "positive"),
        ("Label: neutral", "neutral"),
        ("It is not positive.", None),
        ("positive or negative?", None),
        ("banana", None),
    ],
)
def test_a_label_is_one_of_those_there_are(text: str, expected: str | None) -> None:
    assert extract("label", text, labels=["positive", "negative", "neutral"]) == expected


def test_of_labels_within_each_other_the_longest_is_meant() -> None:
    assert extract("label", "very good", labels=["good", "very good"]) == "very good"


# --- short answers ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", STRINGS)
def test_a_short_answer_is_read_from_every_usual_form(form: str) -> None:
    assert extract("short_answer", form.format("yajo")) == "yajo"


@pytest.mark.parametrize("text", [*REFUSALS[:4], "Let me look at each word and take its last letter in turn."])
def test_a_reply_that_states_nothing_has_no_short_answer(text: str) -> None:
    assert extract("short_answer", text) is None


# --- places in a text -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "path", "expected"),
    [
        ('{"a": {"b": [1, "x"]}}', "$.a.b[1]", "x"),
        ('Here:\n```json\n{"a": 2}\n```\nDone.', "$.a", "2"),
        ('I think {"a": 1} and finally {"a": 2}.', "$.a", "2"),
        ('[{"a b": true}]', "$[0]['a b']", "true"),
        ('{"a": 1', "$.a", None),
        ('{"a": 1}', "$.b", None),
        ("no JSON", "$", None),
        ('{"a": null}', "$.a", None),
    ],
)
def test_a_json_value_is_found_by_its_path(text: str, path: str, expected: str | None) -> None:
    assert extract("json_path", text, path=path) == expected


def test_what_follows_a_marker_is_short_and_bare() -> None:
    assert extract("after", 'Hm.\nAnswer: "Paris."\n', marker="Answer:") == "Paris"
    assert extract("after", "answer: **Rome**", marker="Answer:") == "Rome"
    assert extract("after", "Answer: one\nAnswer: two", marker="Answer:") == "two"
    assert extract("after", "nothing", marker="Answer:") is None


def test_a_pattern_finds_its_last_group() -> None:
    assert extract("regex", "3 apples, then 5 apples", pattern=r"(\d+) apples") == "5"
    assert extract("regex", "none", pattern=r"\d+") is None


def test_a_fenced_block_is_found_by_its_language() -> None:
    text = "```python\nprint(1)\n```\nand\n```sh\nls\n```\n"
    assert extract("fenced_block", text) == "ls"
    assert extract("fenced_block", text, language="python") == "print(1)"
    assert extract("fenced_block", "print(1)") is None


# --- all kinds --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
@given(text=st.text(max_size=400))
def test_any_text_is_read_and_what_is_read_stays_as_it_is(kind: str, text: str) -> None:
    options = OPTIONS.get(kind, {})
    found = extract(kind, text, **options)
    assert found is None or found
    if found is not None and kind not in ("json_path",):
        assert normalise(kind, found, **options) == found


@pytest.mark.parametrize(
    ("kind", "options", "said"),
    [
        ("last_numbers", {}, "did you mean 'last_number'"),
        ("label", {}, "label needs labels"),
        ("label", {"label": ["a"]}, "did you mean 'labels'"),
        ("regex", {"pattern": "("}, "no regular expression"),
        ("json_path", {"path": "$..*"}, "is no path"),
    ],
)
def test_a_kind_or_an_option_that_is_none_is_told(kind: str, options: dict[str, object], said: str) -> None:
    with pytest.raises(UsageError, match=said):
        extract(kind, "", **options)


def test_a_prompt_file_says_how_its_answer_is_read(make_prompt: Callable[..., Prompt]) -> None:
    ours = "metadata: {chatbot: {answer: {extract: label, labels: [a, b]}}}\n"
    assert make_prompt("user:\nx", frontmatter=ours).settings.answer == Extraction("label", {"labels": ["a", "b"]})


@pytest.mark.parametrize(
    ("answer", "said"),
    [("{extract: lable}", "did you mean 'label'"), ("{labels: [a]}", "needs a kind"), ("x", "must be a table")],
)
def test_a_mistake_in_it_is_told_with_its_line(make_prompt: Callable[..., Prompt], answer: str, said: str) -> None:
    with pytest.raises(PromptError, match=rf"made\.prompty:\d+: .*{said}"):
        make_prompt("user:\nx", frontmatter=f"metadata: {{chatbot: {{answer: {answer}}}}}\n")


# --- public data ------------------------------------------------------------------------------------------------------


def items(name: str) -> Iterator[dict[str, str]]:
    with (DATA / name / "items.jsonl").open(encoding="utf-8") as file:
        yield from map(json.loads, file)


def asked(name: str, every: int) -> Iterator[tuple[str, str, str, dict[str, object]]]:
    """Kind, reply, right answer and options, for each so many-th item of a set in every usual form."""
    for item in islice(items(name), 0, None, every):
        gold = item["answer"]
        if name in ("aqua", "commonsenseqa"):
            texts = {choice[0]: choice[2:].strip() for choice in item["choices"]}
            for form in LETTERS:
                yield "choice", form.format(gold, texts[gold]), gold, {"options": item["choices"]}
        elif name in ("strategyqa", "coin_flip"):
            for form in VERDICTS:
                yield "yes_no", form.format(gold, gold.capitalize()), gold, {}
        elif name == "last_letters":
            for form in STRINGS:
                yield "short_answer", form.format(gold), gold, {}
        else:
            bare = gold.removesuffix(".0")
            separated = f"{int(bare):,}" if bare.lstrip("-").isdigit() else bare
            for form in NUMBERS:
                yield "last_number", form.format(bare, separated), str(normalise("last_number", gold)), {}


SETS = ("gsm8k", "svamp", "multiarith", "aqua", "commonsenseqa", "strategyqa", "last_letters", "coin_flip")
EVERY = [pytest.param(12, id="every twelfth"), pytest.param(1, id="all", marks=pytest.mark.slow)]


@pytest.mark.skipif(not DATA.is_dir(), reason="the public data sets are not beside this checkout")
@pytest.mark.parametrize("name", SETS)
@pytest.mark.parametrize("every", EVERY)
def test_the_right_answers_of_public_data_are_read_from_every_form(name: str, every: int) -> None:
    cases = list(asked(name, every))
    right = sum(extract(kind, reply, **options) == gold for kind, reply, gold, options in cases)
    assert right >= 0.995 * len(cases)


@pytest.mark.skipif(not DATA.is_dir(), reason="the public data sets are not beside this checkout")
@pytest.mark.parametrize("name", SETS)
@pytest.mark.parametrize("every", EVERY)
def test_answers_of_public_data_that_are_refused_or_denied_are_not_read(name: str, every: int) -> None:
    for kind, _, gold, known in list(asked(name, every))[::10]:
        for reply in (*REFUSALS, f"The answer is not {gold}.", f"Is it {gold}?"):
            assert extract(kind, reply, **known) != gold


def misread(name: str, item: Item) -> list[str]:
    """Replies that give the item's answer and are not read so."""
    kind, known = KIND_OF_SET[name], options(item)
    gold = normalise(kind, str(item["answer"]), **known)
    assert gold
    return [reply for reply in usual(kind, item) if extract(kind, reply, **known) != gold]


def misled(name: str, item: Item) -> list[str]:
    """Replies that do not give the item's answer and are read as if they did."""
    kind, known = KIND_OF_SET[name], options(item)
    gold = normalise(kind, str(item["answer"]), **known)
    return [reply for reply in misleading(kind, item) if extract(kind, reply, **known) == gold]


@pytest.mark.parametrize("item", carried(), ids=lambda item: str(item["id"]))
def test_the_answer_of_an_item_is_read_from_usual_forms_and_from_no_misleading_one(item: Item) -> None:
    assert misread(str(item["set"]), item) == []
    assert misled(str(item["set"]), item) == []


@pytest.mark.skipif(not DATA.is_dir(), reason="the public data sets are not beside this checkout")
@pytest.mark.parametrize("name", SETS)
@pytest.mark.parametrize("every", EVERY)
def test_items_of_public_data_are_read_from_usual_forms_and_from_no_misleading_one(name: str, every: int) -> None:
    read = items_of(name)[::every]
    forms = sum(len(list(usual(KIND_OF_SET[name], item))) for item in read)
    traps = sum(len(list(misleading(KIND_OF_SET[name], item))) for item in read)
    assert sum(len(misread(name, item)) for item in read) <= 0.005 * forms
    assert sum(len(misled(name, item)) for item in read) <= 0.005 * traps
