"""Scorers of a reply's text: exact, contains, not_contains, regex.

`expect` may be one text or several, of which one is enough (`not_contains`: none may stand there). White space at the
ends and its width never matter; case does, unless the entry says `ignore_case: true`.
"""

from __future__ import annotations

from collections.abc import Callable

from chatbot.errors import UsageError
from chatbot.evaluation.records import Item, Response, Score, Scorer
from chatbot.evaluation.scoring.entry import Entry
from chatbot.evaluation.scoring.expected import as_texts
from chatbot.evaluation.scoring.outcomes import brief, no_answer, right_or_wrong
from chatbot.prompting.patterns import MOST, compiled, last_match

EMPTY = "the reply is empty"


def exact(entry: Entry) -> Scorer:
    """Whether the reply is one of the expected texts."""
    return _compared(entry, lambda said, wanted: said in wanted, "the reply is not {wanted}; it is {said}")


def contains(entry: Entry) -> Scorer:
    """Whether one of the expected texts stands in the reply; all of them with `match: all`."""
    holds = all if entry.choice("match", ("any", "all"), "any") == "all" else any
    return _compared(
        entry,
        lambda said, wanted: holds(each in said for each in wanted),
        "the reply does not contain {wanted}; it is {said}",
    )


def not_contains(entry: Entry) -> Scorer:
    """Whether none of the texts stands in the reply."""
    return _compared(
        entry, lambda said, wanted: not any(each in said for each in wanted), "the reply contains {wanted}: {said}"
    )


def regex(entry: Entry) -> Scorer:
    """Whether `pattern` matches; with `expect`, whether its last match (its first group) is one of these texts.

    As in prompts, `^` and `$` match at each line, and the last 2,000 characters are searched.
    """
    pattern_of = entry.made("pattern", entry.expected("pattern"), _pattern)
    wanted_of = entry.made("expect", entry.expected(), as_texts) if entry.has("expect") else None

    def judge(item: Item, response: Response) -> Score:
        found = last_match(pattern := pattern_of(item), response.text)
        if wanted_of is None:
            matched = found is not None or compiled(pattern).search(response.text[-MOST:]) is not None
            return right_or_wrong(matched, f"nothing in the reply matches {brief(pattern)}")
        if found is None:
            return no_answer(f"nothing in the reply matches {brief(pattern)}")
        wanted = wanted_of(item)
        return right_or_wrong(found in wanted, f"expected {_listed(wanted)}, found {brief(found)}")

    return judge


def _pattern(value: object) -> str:
    if not isinstance(value, str) or not value:
        raise UsageError(f"a pattern must be text, not {value!r}"[:200])
    return compiled(value).pattern


def _compared(entry: Entry, holds: Callable[[str, tuple[str, ...]], bool], complaint: str) -> Scorer:
    wanted_of = entry.made("expect", entry.expected(default="answer"), _some_texts)
    fold = str.casefold if entry.section.flag("ignore_case") else str

    def judge(item: Item, response: Response) -> Score:
        given = wanted_of(item)
        wanted = tuple(fold(" ".join(text.split())) for text in given)
        said = fold(" ".join(response.text.split()))
        if not said:
            return no_answer(EMPTY)
        return right_or_wrong(holds(said, wanted), complaint.format(wanted=_listed(given), said=brief(response.text)))

    return judge


def _some_texts(value: object) -> tuple[str, ...]:
    texts = as_texts(value)
    if not all(map(str.strip, texts)):
        raise UsageError("the expected text is empty")
    return texts


def _listed(texts: tuple[str, ...]) -> str:
    return " or ".join(map(brief, texts))
