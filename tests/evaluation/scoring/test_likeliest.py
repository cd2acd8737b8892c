from __future__ import annotations

import math

import pytest
from scored_entries import item, said, score, scorer, worth

from chatbot.errors import PromptError
from chatbot.evaluation.records import Response
from chatbot.messages import Likelihood

CHOICES = ["no", "a very long way", "naïve"]


def weighed(*found: tuple[str, float, int]) -> Response:
    """What a model told of choices: text, log-likelihood, tokens."""
    return said("no", likelihoods=tuple(Likelihood(*each) for each in found))


TOLD = weighed(("no", -4.0, 1), ("a very long way", -9.0, 4), ("naïve", -5.4, 2))
"""By sum `no` is likeliest; by token `a very long way`; by character that too; by byte as well."""


@pytest.mark.parametrize(
    ("by", "best"),
    [("sum", "no"), ("token", "a very long way"), ("character", "a very long way"), ("byte", "a very long way")],
)
def test_the_likeliest_choice_is_the_models_answer(by: str, best: str) -> None:
    entry = f'{{kind: likelihood, choices: "{{{{ options }}}}", by: {by}}}'

    assert [worth(score(entry, TOLD, options=CHOICES, answer=each)) for each in CHOICES] == [
        float(each == best) for each in CHOICES
    ]


def test_characters_and_bytes_are_counted_as_the_field_counts_them() -> None:
    told = weighed(("naïve", -5.4, 2), ("naive", -5.2, 2))
    choices = ["naïve", "naive"]

    assert worth(score("{kind: likelihood, choices: [naïve, naive], by: character}", told, answer="naive")) == 1
    assert worth(score("{kind: likelihood, choices: [naïve, naive], by: byte}", told, answer="naïve")) == 1
    assert [found.text for found in told.likelihoods] == choices


@pytest.mark.parametrize("meant", ["a very long way", " a very long way ", "B", "b", 1, "1", ["C", "B"]])
def test_the_expected_choice_goes_by_its_text_its_letter_or_its_place(meant: object) -> None:
    entry = '{kind: likelihood, choices: "{{ options }}", by: token}'

    assert worth(score(entry, TOLD, options=CHOICES, answer=meant)) == 1


def test_a_choice_that_is_a_number_goes_by_its_text_before_its_place() -> None:
    told = weighed(("2", -1.0, 1), ("1", -2.0, 1), ("0", -3.0, 1))

    assert worth(score("{kind: likelihood, choices: [2, 1, 0]}", told, answer=2)) == 1
    assert worth(score("{kind: likelihood, choices: [2, 1, 0]}", told, answer=0)) == 0


@pytest.mark.parametrize("meant", ["yes", "D", 3, "-1", ["x-ray", "B"]])
def test_an_expected_value_that_is_no_choice_leaves_the_cell_unscored(meant: object) -> None:
    found = score('{kind: likelihood, choices: "{{ options }}"}', TOLD, options=CHOICES, answer=meant)

    assert worth(found) == "unscored" and "is none of the choices" in found.reason


def test_choices_that_were_not_weighed_are_not_judged() -> None:
    entry = '{kind: likelihood, choices: "{{ options }}"}'

    assert worth(score(entry, said("no"), options=CHOICES, answer="no")) == "unscored"
    assert worth(score(entry, TOLD, options=CHOICES[:2], answer="no")) == "unscored"


def test_a_cut_or_declined_reply_beside_them_does_not_matter() -> None:
    response = Response("", finish="length", declined=True, likelihoods=TOLD.likelihoods)

    assert worth(score('{kind: likelihood, choices: "{{ options }}"}', response, options=CHOICES, answer="no")) == 1


def test_details_tell_how_sure_the_model_is() -> None:
    found = score(
        "{kind: likelihood, choices: ['yes', 'no']}",
        weighed(("yes", math.log(0.3), 1), ("no", math.log(0.1), 1)),
        answer="no",
    )

    assert found.details["share"] == pytest.approx(0.25)
    assert found.details["expected"] == "no" and found.details["answer"] == "yes"
    assert found.reason == "expected 'no', and 'yes' is likelier"


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        ("{kind: likelihood}", "likelihood needs `choices`"),
        ("{kind: likelihood, choices: [one]}", "choices must be two different texts or more"),
        ("{kind: likelihood, choices: [yes, no]}", "choices are texts, and one of them is a truth value"),
        ("{kind: likelihood, choices: [one, one]}", "choices must be two different texts or more"),
        ("{kind: likelihood, choices: [a, b], by: word}", "by must be one of sum, token, character, byte"),
    ],
)
def test_a_mistake_is_told_with_its_line(entry: str, message: str) -> None:
    with pytest.raises(PromptError, match=rf"suite\.yaml:3.*{message}"):
        scorer(entry)


def test_choices_of_an_item_may_be_json_text() -> None:
    told = weighed(("yes", -1.0, 1), ("no", -2.0, 1))

    judge = scorer('{kind: likelihood, choices: "{{ options }}"}', fields=["options", "answer"])

    assert worth(judge(item(options='["yes", "no"]', answer="yes"), told)) == 1
