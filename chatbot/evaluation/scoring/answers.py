"""Scorers of a stated answer: number, choice, label, and answer, which is what the prompt's own extraction read.

They read the reply with `chatbot.prompting.extraction`, or what the prompt read with `of: answer`, and bring the
expected value into the same normal form. A reply in which nothing can be read has no answer; it is not wrong.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction
from functools import partial

from chatbot.errors import UsageError
from chatbot.evaluation.records import Item, Response, Score, Scorer
from chatbot.evaluation.scoring.entry import Entry
from chatbot.evaluation.scoring.expected import as_texts, structured
from chatbot.evaluation.scoring.outcomes import brief, no_answer, right_or_wrong
from chatbot.prompting.extraction import Extraction, extract
from chatbot.prompting.numbers import numbers
from chatbot.prompting.plain import bare

Same = Callable[[str, str], bool]
"""Whether an answer is the expected one, both in normal form."""

FOUND_NONE = "no answer can be read in the reply"


def number(entry: Entry) -> Scorer:
    """Whether the reply's number is the expected one: $29.00 is 29, and 1/2 is 0.5.

    `tolerance` is how far it may be off: a number, or a share of the expected value such as "5%".
    """
    reads, tolerance = Extraction("last_number"), _tolerance(entry)
    golds_of, said = _golds_of(entry, reads), _said(entry, reads)

    def close(answer: str, wanted: str) -> bool:
        value = Fraction(wanted)
        return abs(Fraction(answer) - value) <= tolerance(value)

    return lambda item, response: _judged(said(response), golds_of(item), close)


def choice(entry: Entry) -> Scorer:
    """Whether the reply chooses the expected letter of `letters`; by its text too, where `options` are given."""
    letters = entry.section.text("letters")
    known: Mapping[str, object] = {"letters": letters} if letters else {}
    if not entry.has("options"):
        _try(entry, reads := Extraction("choice", known), "letters")
        golds_of, said = _golds_of(entry, reads), _said(entry, reads)
        return lambda item, response: _judged(said(response), golds_of(item))
    expected, options_of = (
        entry.expected(default="answer"),
        entry.made("options", entry.expected("options"), structured),
    )

    def judge(item: Item, response: Response) -> Score:
        own = Extraction("choice", {**known, "options": options_of(item)})
        return _judged(_said(entry, own)(response), _golds(own, expected.value(item)))

    return judge


def label(entry: Entry) -> Scorer:
    """Whether the reply states the expected one of `labels`; both are noted, for `macro_f1`."""
    reads = Extraction("label", {"labels": [_label(entry, each) for each in entry.section.items("labels")]})
    _try(entry, reads, "labels")
    golds_of, said = _golds_of(entry, reads), _said(entry, reads)

    def judge(item: Item, response: Response) -> Score:
        golds, answer = golds_of(item), said(response)
        details = {"expected": answer if answer in golds else golds[0], "answer": answer}
        if answer is None:
            return no_answer(FOUND_NONE, details)
        return right_or_wrong(answer in golds, _wrong(answer, golds), details)

    return judge


def answer(entry: Entry) -> Scorer:
    """Whether the answer that the prompt's own extraction read is the expected one.

    The expected value is normalised as the prompt's extraction does. Where that is not known, texts that differ in
    case and in white space are the same, and so are numbers that are written differently.
    """
    reads, texts_of = entry.reads, entry.made("expect", entry.expected(default="answer"), as_texts)

    def judge(item: Item, response: Response) -> Score:
        texts = texts_of(item)
        if response.answer is not None and response.answer in texts:
            return right_or_wrong(True, "")
        if reads is not None and reads.kind != "text":
            return _judged(response.answer, _golds(reads, texts))
        return _judged(response.answer, texts, _loosely)

    return judge


def _judged(answer: str | None, golds: tuple[str, ...], same: Same = str.__eq__) -> Score:
    if answer is None or not answer.strip():
        return no_answer(FOUND_NONE, {"expected": golds[0], "answer": None})
    right = any(same(answer, gold) for gold in golds)
    return right_or_wrong(right, _wrong(answer, golds), {"expected": golds[0], "answer": answer})


def _wrong(answer: str, golds: tuple[str, ...]) -> str:
    return f"expected {' or '.join(map(brief, golds))}, found {brief(answer)}"


def _golds_of(entry: Entry, reads: Extraction) -> Callable[[Item], tuple[str, ...]]:
    return entry.made("expect", entry.expected(default="answer"), partial(_golds, reads))


def _golds(reads: Extraction, value: object) -> tuple[str, ...]:
    """The expected values in normal form. Raises UsageError for one that is none of this kind."""
    texts = as_texts(value)
    golds = tuple(map(reads.gold, texts))
    for text, gold in zip(texts, golds, strict=True):
        if gold is None:
            raise UsageError(f"the expected value {brief(text)} is none that {reads.kind} can read")
    return tuple(gold for gold in golds if gold is not None)


def _said(entry: Entry, reads: Extraction) -> Callable[[Response], str | None]:
    """What a response answers: read in its text, or in the answer that the prompt read."""
    if entry.choice("of", ("text", "answer"), "text") == "answer":
        return lambda response: None if response.answer is None else reads.gold(response.answer)
    return lambda response: reads.of(response.text)


def _loosely(answer: str, gold: str) -> bool:
    if " ".join(answer.casefold().split()) == " ".join(gold.casefold().split()):
        return True
    value = _only_number(answer)
    return value is not None and value == _only_number(gold)


def _only_number(text: str) -> Fraction | None:
    """The number that a text is, and nothing else but its unit's sign."""
    found = list(numbers(shown := bare(text)))
    if len(found) != 1 or (shown[: found[0].start] + shown[found[0].end :]).strip(" %°$€£"):
        return None
    return found[0].value


def _tolerance(entry: Entry) -> Callable[[Fraction], Fraction]:
    """How far from a value is close enough."""
    given = entry.section.table.get("tolerance", 0)
    text = str(given).strip()
    try:
        if isinstance(given, bool) or (size := Fraction(text.removesuffix("%"))) < 0:
            raise ValueError
    except (ValueError, ZeroDivisionError):
        hint = "a number such as 0.5, or a share such as 5%"
        raise entry.error(
            f"tolerance must be a number of 0 or more, not {text!r}"[:200], "tolerance", hint=hint
        ) from None
    return (lambda value: abs(value) * size / 100) if text.endswith("%") else (lambda value: size)


def _label(entry: Entry, value: object) -> str:
    if not isinstance(value, str) or not value.strip():
        raise entry.error("labels must be a list of texts", "labels", hint="put them in quotes")
    return value


def _try(entry: Entry, reads: Extraction, key: str) -> None:
    """Says now what is wrong with the options of an extraction."""
    options: Mapping[str, object] = reads.options
    try:
        extract(reads.kind, "", **options)
    except UsageError as error:
        raise entry.error(error.message, key, hint=error.hint) from None
