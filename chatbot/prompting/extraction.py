"""Answers read from replies, by kind: `extract("last_number", "So she pays $1,029.00.")` is `"1029"`.

What comes out is in a normal form, in which equal answers are equal texts; `normalise` brings a known answer into the
same form. A reply that holds no answer gives None, which is an outcome of its own and never a wrong answer.

    text         the whole reply
    last_number  the number that the reply states as its answer, else the last one it asserts
    choice       a letter; `letters` names those there are, `options` their texts, by which an answer is known too
    yes_no       yes or no
    label        one of `labels`
    short_answer the few words that the reply states as its answer, lowercase
    json_path    the JSON value at `path`, in prose or in a fence
    regex        the last match of `pattern`, its first group where it has one
    after        what follows the last `marker`, to the end of the line
    fenced_block the last fenced block, of `language` where that is given
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from inspect import signature

from chatbot.errors import UsageError, nearest
from chatbot.prompting import answers
from chatbot.prompting.section import Section

Read = Callable[..., str | None]

READ: Mapping[str, Read] = {
    "text": answers.whole_text,
    "last_number": answers.last_number,
    "choice": answers.choice,
    "yes_no": answers.yes_no,
    "label": answers.label,
    "short_answer": answers.short_answer,
    "json_path": answers.json_path,
    "regex": answers.regex,
    "after": answers.after,
    "fenced_block": answers.fenced_block,
}

GOLD: Mapping[str, Read] = {
    "last_number": answers.number,
    "choice": answers.letter,
    "short_answer": answers.short_name,
    "json_path": answers.json_value,
    "regex": answers.short_text,
    "after": answers.short_text,
    "fenced_block": answers.whole_text,
}
"""How a known answer is normalised, where it is not read as a reply would be."""


def extract(kind: str, text: str, **options: object) -> str | None:
    """The answer in a reply, normalised; None where there is none.

    Raises UsageError for a kind or an option that does not exist, with the nearest that does.
    """
    return _checked(kind, options)(text, **options)


def normalise(kind: str, text: str, **options: object) -> str | None:
    """A known answer in the form that `extract` gives; None for one that is none of this kind."""
    read = _checked(kind, options)
    gold = GOLD.get(kind, read)
    known = signature(gold).parameters
    return gold(text, **{name: value for name, value in options.items() if name in known})


@dataclass(frozen=True, slots=True)
class Extraction:
    """A kind and its options."""

    kind: str
    options: Mapping[str, object] = field(default_factory=dict)

    def of(self, text: str) -> str | None:
        """The answer in a reply; None where there is none."""
        return extract(self.kind, text, **self.options)

    def gold(self, text: str) -> str | None:
        """A known answer in the same form."""
        return normalise(self.kind, text, **self.options)


def read_extraction(section: Section) -> Extraction:
    """What a prompt file says of its answer: `{extract: KIND, …}`. Raises PromptError with the line."""
    kind = section.text("extract")
    if kind is None:
        raise section.error("the answer needs a kind", hint="write it as answer: {extract: last_number}")
    options = {name: value for name, value in section.table.items() if name != "extract"}
    try:
        extract(kind, "", **options)
    except UsageError as error:
        raise section.error(error.message, "extract", hint=error.hint) from None
    return Extraction(kind, options)


def _checked(kind: str, options: Mapping[str, object]) -> Read:
    if kind not in READ:
        raise UsageError(f"there is no kind of answer {kind!r}", hint=nearest(kind, READ))
    read = READ[kind]
    known = list(signature(read).parameters)[1:]
    for name in options:
        if name not in known:
            raise UsageError(f"{kind} has no option {name!r}", hint=nearest(name, known))
    needed = [name for name, one in list(signature(read).parameters.items())[1:] if one.default is one.empty]
    if missing := [name for name in needed if name not in options]:
        raise UsageError(f"{kind} needs {', '.join(missing)}", hint=f"write it as {{extract: {kind}, {missing[0]}: …}}")
    return read
