"""Short answers against spans of a text: exact match and F1 of words, as SQuAD measures them.

Rajpurkar et al. 2016 (arXiv 1606.05250), section 6.1: lower case, without punctuation and articles, spaces single; of
several golds the best counts. Scored is the answer that the prompt read (`of: text`: the whole reply).
"""

from __future__ import annotations

import re
import string
from collections import Counter
from collections.abc import Callable

from chatbot.evaluation.records import Item, Response, Score, Scorer
from chatbot.evaluation.scoring.answers import FOUND_NONE
from chatbot.evaluation.scoring.entry import Entry
from chatbot.evaluation.scoring.expected import as_texts
from chatbot.evaluation.scoring.outcomes import brief, no_answer, scored
from chatbot.retrieval.cite import clean

_ARTICLES = re.compile(r"\b(?:a|an|the)\b")
_PUNCTUATION = str.maketrans("", "", string.punctuation)


def normalised(text: str) -> str:
    """A text as SQuAD compares it."""
    return " ".join(_ARTICLES.sub(" ", text.lower().translate(_PUNCTUATION)).split())


def exact_match(answer: str, gold: str) -> float:
    """1 where both are the same words, else 0."""
    return float(normalised(answer) == normalised(gold))


def word_f1(answer: str, gold: str) -> float:
    """The harmonic mean of precision and recall of words, each counted as often as it stands there."""
    said, wanted = normalised(answer).split(), normalised(gold).split()
    if not said or not wanted:
        return float(said == wanted)
    shared = (Counter(said) & Counter(wanted)).total()
    return 2 * shared / (len(said) + len(wanted))


def span_em(entry: Entry) -> Scorer:
    """Whether the answer is one of the expected spans."""
    return _best(entry, exact_match)


def span_f1(entry: Entry) -> Scorer:
    """How far the answer's words are those of the expected span that fits best."""
    return _best(entry, word_f1)


def _best(entry: Entry, measure: Callable[[str, str], float]) -> Scorer:
    golds_of = entry.made("expect", entry.expected(default="answers"), as_texts)
    whole = entry.choice("of", ("answer", "text"), "answer") == "text"

    def judge(item: Item, response: Response) -> Score:
        golds = golds_of(item)
        answer = response.text if whole else response.answer
        if answer is None or not answer.strip():
            return no_answer(FOUND_NONE)
        if response.citations:
            answer = clean(answer, ())  # the markers are no words of the answer
        value, gold = max(((measure(answer, gold), gold) for gold in golds), key=lambda each: each[0])
        reason = "" if value == 1 else f"expected {brief(gold)}, found {brief(answer)}"
        return scored(value, reason, {"gold": gold})

    return judge
