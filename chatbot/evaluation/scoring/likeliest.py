"""Which of an item's choices a model holds likeliest, without a word of its own: likelihood.

{kind: likelihood, choices: "{{ options }}", expect: "{{ answer }}", by: character}

    by: sum        the log-likelihood of the whole choice, which favours short ones: `acc` of lm-evaluation-harness
    by: token      its mean over the choice's tokens (GPT-3: Brown et al. 2020, arXiv 2005.14165, section 2.4)
    by: character  over its characters: `acc_norm` of lm-evaluation-harness
    by: byte       over its bytes of UTF-8, which is the same for models of any tokenizer and alphabets of any width

The model is asked by `chatbot.evaluation.weighing`. Of choices that are equally likely the first is taken.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from chatbot.errors import UsageError
from chatbot.evaluation.records import Item, Response, Score, Scorer
from chatbot.evaluation.scoring.entry import Entry
from chatbot.evaluation.scoring.expected import as_texts, structured
from chatbot.evaluation.scoring.outcomes import brief, right_or_wrong
from chatbot.messages import Likelihood

OPTIONS = ("choices", "expect", "by", "lead")

BY: Mapping[str, Callable[[Likelihood], int]] = {
    "sum": lambda _: 1,
    "token": lambda found: found.tokens,
    "character": lambda found: len(found.text),
    "byte": lambda found: len(found.text.encode()),
}
"""What a log-likelihood is divided by."""


@dataclass(frozen=True, slots=True)
class Offer:
    """What an entry has weighed."""

    choices: Callable[[Item], tuple[str, ...]]
    """Of an item. Raises ChatbotError where it has none, or one."""
    lead: str = ""
    """What a reply begins with before a choice."""


def offer_of(entry: Entry) -> Offer:
    """Raises PromptError with the line of a mistake."""
    return Offer(entry.made("choices", entry.expected("choices"), _choices), entry.section.text("lead") or "")


def likelihood(entry: Entry) -> Scorer:
    """Whether the likeliest choice is the expected one: its text, its letter, or its place, counted from 0."""
    offer, expected = offer_of(entry), entry.expected(default="answer")
    size = BY[entry.choice("by", tuple(BY), "sum")]

    def judge(item: Item, response: Response) -> Score:
        choices = offer.choices(item)
        if tuple(found.text for found in response.likelihoods) != choices:
            return Score("unscored", reason="the item's choices were not weighed")
        worth = [found.logprob / size(found) for found in response.likelihoods]
        best = max(range(len(choices)), key=worth.__getitem__)
        right = [_place(text, choices) for text in as_texts(expected.value(item))]
        reason = f"expected {brief(choices[right[0]])}, and {brief(choices[best])} is likelier"
        answered = best if best in right else right[0]
        details = {
            "expected": choices[answered],
            "answer": choices[best],
            "log_likelihoods": [found.logprob for found in response.likelihoods],
            "share": _share(worth, right),
        }
        return right_or_wrong(best in right, reason, details)

    return judge


def _choices(value: object) -> tuple[str, ...]:
    found = structured(value)
    if isinstance(found, list | tuple) and any(isinstance(each, bool) for each in found):
        raise UsageError("choices are texts, and one of them is a truth value", hint='put it in quotes: "yes"')
    choices = as_texts(found)
    if len(choices) < 2 or len(set(choices)) < len(choices) or not all(choices):
        hint = 'name a field that lists them: choices: "{{ options }}"'
        raise UsageError(f"choices must be two different texts or more, not {brief(value)}", hint=hint)
    return choices


def _place(text: str, choices: Sequence[str]) -> int:
    """Where the choice stands that an expected value means. Raises UsageError for one that means none."""
    stripped = [choice.strip() for choice in choices]
    if (text := text.strip()) in stripped:
        return stripped.index(text)
    place = int(text) if text.isdecimal() else ord(text.upper()) - ord("A") if len(text) == 1 else -1
    if not 0 <= place < len(choices):
        raise UsageError(f"the expected value {brief(text)} is none of the choices")
    return place


def _share(worth: Sequence[float], right: Sequence[int]) -> float:
    """What the expected choices have of the probability of all: a softmax over them."""
    most = max(worth)
    parts = [math.exp(each - most) for each in worth]
    return math.fsum(parts[place] for place in {*right}) / math.fsum(parts)
